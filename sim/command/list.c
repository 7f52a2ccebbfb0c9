/* list: what there is to name in a scenario. */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "fault/timeline.h"
#include "load/workload.h"
#include "verify/oracle.h"

static void list_params(const struct cs_program *program)
{
    for (const struct cs_param *p = program->params; p != NULL && p->name != NULL; p++)
        printf("    %-20s %-16s %s\n", p->name, p->fallback, p->help);
}

static void list_programs(const struct registry *registry)
{
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct cs_protocol *protocol = registry_at(registry, i);
        const char *origin = registry_origin(registry, i);
        printf("%s: %s%s%s\n", protocol->name, protocol->about != NULL ? protocol->about : "",
               origin != NULL ? " From plug-in " : "", origin != NULL ? origin : "");
        for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
            bool server = strcmp(p->role, "server") == 0;
            printf("  %s%s%s\n", protocol->name, server ? "" : "-", server ? "" : p->role);
            list_params(p);
        }
    }
}

static void list_checks(const struct registry *registry)
{
    (void)registry;
    for (size_t i = 0; oracle_types[i] != NULL; i++)
        printf("%-24s %s\n", oracle_types[i]->name, oracle_types[i]->about);
    printf("%-24s %s\n", "liveness", "after the heal an operation is answered within a given time");
}

static void list_faults(const struct registry *registry)
{
    (void)registry;
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        printf("%s\n", fault_kind_name((enum fault_kind)kind));
}

static const struct {
    const char *name;
    void (*list)(const struct registry *registry);
} topics[] = {
    { "programs", list_programs },
    { "checks", list_checks },
    { "faults", list_faults },
};

int list_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    g_auto(GStrv) plugins = NULL;
    const GOptionEntry entries[] = {
        { "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &plugins, "load protocols from a file",
          "FILE" },
        { 0 },
    };
    int status = EXIT_PASS;
    if (!options_parse(verb, entries, &argc, &argv, &status))
        return status;
    if (argc != 2) {
        complain("list needs one of: programs, checks, faults");
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        if (strcmp(argv[1], topics[i].name) != 0)
            continue;
        struct registry *registry = registry_new(protocols);
        for (size_t p = 0; plugins != NULL && plugins[p] != NULL && status == EXIT_PASS; p++) {
            g_autofree char *error = NULL;
            if (!registry_load(registry, plugins[p], &error)) {
                complain("%s", error);
                status = EXIT_USAGE;
            }
        }
        if (status == EXIT_PASS)
            topics[i].list(registry);
        registry_free(registry);
        return status;
    }
    complain("cannot list \"%s\"; there are: programs, checks, faults", argv[1]);
    return EXIT_USAGE;
}
