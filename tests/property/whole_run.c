#include "whole_run.h"

#include <check.h>
#include <glib/gstdio.h>

#include "builtin.h"

static struct plan *plan_of(const char *scenario, uint64_t seed, struct registry *registry)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("scenario-XXXXXX.json", &path, NULL);
    ck_assert_int_ge(file, 0);
    ck_assert(g_close(file, NULL));
    ck_assert(g_file_set_contents(path, scenario, -1, NULL));
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = { .has_seed = true, .seed = seed };
    struct plan *plan = plan_load(path, &overrides, registry, errors);
    ck_assert_msg(plan != NULL, "%s", errors->str);
    ck_assert_int_eq(g_unlink(path), 0);
    return plan;
}

void whole_run_of(struct whole_run *run, const char *scenario, uint64_t seed)
{
    *run = (struct whole_run){ .registry = registry_new(builtin_protocols) };
    run->plan = plan_of(scenario, seed, run->registry);
    run->simulation = simulation_run(run->plan, &(struct simulation_options){ 0 });
    run_report_init(&run->report, run->plan, run->simulation->cluster, run->simulation->history,
                    run->simulation->samples, run->simulation->timeline, run->simulation->verifier);
}

void whole_run_done(struct whole_run *run)
{
    run_report_done(&run->report);
    simulation_free(run->simulation);
    plan_free(run->plan);
    registry_free(run->registry);
}
