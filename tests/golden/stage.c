/* See stage.h.  GOLDEN_FOLDER, where the tests' files are, comes from the build. */
#include "stage.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "builtin.h"

void stage_open(struct stage *stage, const char *scenario, const char *const *sets)
{
    *stage = (struct stage){ .registry = registry_new(builtin_protocols) };
    g_autofree char *path = g_build_filename(GOLDEN_FOLDER, scenario, NULL);
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = { .sets = sets };
    stage->plan = plan_load(path, &overrides, stage->registry, errors);
    if (stage->plan == NULL)
        ck_abort_msg("%s", errors->str);
    stage->cluster = cluster_new(&stage->plan->cluster);
}

void stage_close(struct stage *stage)
{
    cluster_free(stage->cluster);
    plan_free(stage->plan);
    registry_free(stage->registry);
    text_done(&stage->told);
}

uint32_t stage_instance(const struct stage *stage, const char *name)
{
    const struct cluster_options *options = &stage->plan->cluster;
    uint32_t index = 0;
    while (index < options->instance_count && strcmp(options->instances[index].name, name) != 0)
        index++;
    cs_assert(index < options->instance_count);
    return index;
}

/* ---- Golden files ---------------------------------------------------------------------------- */

/* To standard error: standard output is the test's protocol. */
static void print_diff(const char *path, const char *text)
{
    g_autofree char *actual = NULL;
    int file = g_file_open_tmp("golden-XXXXXX", &actual, NULL);
    if (file < 0 || !g_close(file, NULL) || !g_file_set_contents(actual, text, -1, NULL)) {
        fprintf(stderr, "no diff: a temporary file cannot be written\n");
        return;
    }
    const char *const command[] = { "diff",     "-u", "--label", path, "--label",
                                    "this run", path, actual,    NULL };
    g_autofree char *diff = NULL;
    g_autoptr(GError) error = NULL;
    bool ran = g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &diff,
                            NULL, NULL, &error);
    if (ran) {
        fputs(diff, stderr);
    } else {
        fprintf(stderr, "no diff: %s\n", error->message);
    }
    g_unlink(actual);
}

void stage_expect_golden(const char *name, const char *text)
{
    g_autofree char *file = g_strconcat(name, ".txt", NULL);
    g_autofree char *path = g_build_filename(GOLDEN_FOLDER, file, NULL);
    g_autoptr(GError) error = NULL;
    if (g_strcmp0(g_getenv("BLESS"), "1") == 0) {
        if (!g_file_set_contents(path, text, -1, &error))
            ck_abort_msg("%s", error->message);
        return;
    }
    g_autofree char *expected = NULL;
    if (!g_file_get_contents(path, &expected, NULL, &error))
        ck_abort_msg("%s; scripts/bless-golden writes it", error->message);
    if (strcmp(expected, text) == 0)
        return;
    print_diff(path, text);
    ck_abort_msg("%s tells another story; if that is meant, scripts/bless-golden", file);
}
