/* --shard: which of the runs are this process'. */
#include <string.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

enum { SHARDS_MAX = 1000000 };

/* How CI systems tell the parallel copies of a job apart, as each documents it. */
static const struct ci_system {
    const char *name, *index, *count;
    uint64_t first; /* the index of the first copy */
} ci_systems[] = {
    { "GitLab", "CI_NODE_INDEX", "CI_NODE_TOTAL", 1 },
    { "CircleCI", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0 },
    { "Buildkite", "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0 },
    { "Semaphore", "SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1 },
    { "Bitbucket", "BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0 },
    { "Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1 },
};

static const char *variable(const char *name)
{
    const char *value = g_getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* GitLab sets the total of a job that is not parallel, too: to 1, without an index. */
static bool is_one_of_one(const char *index, const char *count)
{
    return index == NULL && g_strcmp0(count, "1") == 0;
}

static bool read_system(const struct ci_system *system, struct sweep_limits *limits)
{
    const char *index_text = variable(system->index), *count_text = variable(system->count);
    guint64 index = system->first, count = 1;
    bool good = is_one_of_one(index_text, count_text) ||
                (index_text != NULL && count_text != NULL &&
                 g_ascii_string_to_unsigned(count_text, 10, 1, SHARDS_MAX, &count, NULL) &&
                 g_ascii_string_to_unsigned(index_text, 10, system->first,
                                            system->first + count - 1, &index, NULL));
    if (!good) {
        complain("--shard auto: %s's %s=%s and %s=%s name no shard; give it as --shard K/N",
                 system->name, system->index, index_text != NULL ? index_text : "", system->count,
                 count_text != NULL ? count_text : "");
        return false;
    }
    limits->shard = index - system->first;
    limits->shards = count;
    fprintf(stderr, "shard %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT ", from %s and %s (%s)\n",
            limits->shard + 1, limits->shards, system->index, system->count, system->name);
    return true;
}

static bool read_environment(struct sweep_limits *limits)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(ci_systems); i++) {
        const struct ci_system *system = &ci_systems[i];
        if (variable(system->index) != NULL || variable(system->count) != NULL)
            return read_system(system, limits);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", system->index);
    }
    complain("--shard auto: none of %s is set; give it as --shard K/N", names->str);
    return false;
}

bool sweep_read_shard(const char *text, struct sweep_limits *limits)
{
    limits->shard = 0;
    limits->shards = 1;
    if (text == NULL)
        return true;
    if (strcmp(text, "auto") == 0)
        return read_environment(limits);
    g_auto(GStrv) sides = g_strsplit(text, "/", 2);
    guint64 shard = 0, shards = 0;
    if (g_strv_length(sides) == 2 &&
        g_ascii_string_to_unsigned(sides[1], 10, 1, SHARDS_MAX, &shards, NULL) &&
        g_ascii_string_to_unsigned(sides[0], 10, 1, shards, &shard, NULL)) {
        limits->shard = shard - 1;
        limits->shards = shards;
        return true;
    }
    complain("--shard \"%s\" is not K/N, with K from 1 to N, nor auto", text);
    return false;
}
