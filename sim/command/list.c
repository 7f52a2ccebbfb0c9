/* list: what there is to name in a scenario.  Each list is made as JSON; text is that, laid out. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "fault/timeline.h"
#include "verify/oracle.h"

/* ---- What there is ------------------------------------------------------------------------------
 */

static json_t *params_of(const struct cs_program *program)
{
    json_t *params = json_array();
    for (const struct cs_param *p = program->params; p != NULL && p->name != NULL; p++) {
        json_array_append_new(params, json_pack("{s:s, s:s, s:s}", "name", p->name, "default",
                                                p->fallback, "about", p->help));
    }
    return params;
}

static json_t *roles_of(const struct cs_protocol *protocol)
{
    json_t *roles = json_array();
    for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
        bool server = strcmp(p->role, "server") == 0;
        g_autofree char *name =
            server ? g_strdup(protocol->name) : g_strdup_printf("%s-%s", protocol->name, p->role);
        json_array_append_new(roles,
                              json_pack("{s:s, s:o}", "name", name, "parameters", params_of(p)));
    }
    return roles;
}

static json_t *list_programs(const struct registry *registry)
{
    json_t *list = json_array();
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct cs_protocol *protocol = registry_at(registry, i);
        const char *about = protocol->about != NULL ? protocol->about : "";
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s?, s:o}", "name", protocol->name, "about",
                                        about, "plugin", registry_origin(registry, i), "programs",
                                        roles_of(protocol)));
    }
    return list;
}

static void add_named(json_t *list, const char *name, const char *about)
{
    json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "about", about));
}

static json_t *list_checks(const struct registry *registry)
{
    (void)registry;
    json_t *list = json_array();
    for (size_t i = 0; oracle_types[i] != NULL; i++)
        add_named(list, oracle_types[i]->name, oracle_types[i]->about);
    add_named(list, "liveness", "after the heal an operation is answered within a given time");
    return list;
}

static json_t *list_faults(const struct registry *registry)
{
    static const char *const abouts[FAULT_KIND_COUNT] = {
        [FAULT_CRASH] = "A process ends and starts again; what it had written stays.",
        [FAULT_POWER_LOSS] = "A machine loses its power; unflushed sectors are lost or torn.",
        [FAULT_PAUSE] = "A process stands still; its machine's clocks go on.",
        [FAULT_PARTITION] = "The sides cannot reach each other.",
        [FAULT_BLOCK] = "What goes one way does not arrive.",
        [FAULT_PACKETS] = "Messages of some machines are lost, doubled or delayed.",
        [FAULT_SLOW_DISK] = "Disk operations take a multiple of their time.",
        [FAULT_CLOCK] = "The wall clock jumps.",
    };
    (void)registry;
    json_t *list = json_array();
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        add_named(list, fault_kind_name((enum fault_kind)kind), abouts[kind]);
    return list;
}

static const struct {
    const char *name;
    json_t *(*make)(const struct registry *registry);
} topics[] = {
    { "programs", list_programs },
    { "checks", list_checks },
    { "faults", list_faults },
};

/* ---- As text
 * ---------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void print_params(const json_t *params)
{
    size_t i;
    json_t *param;
    json_array_foreach((json_t *)params, i, param)
        printf("    %-20s %-16s %s\n", text_of(param, "name"), text_of(param, "default"),
               text_of(param, "about"));
}

static void print_protocol(const json_t *protocol)
{
    const char *plugin = text_of(protocol, "plugin");
    printf("%s: %s%s%s\n", text_of(protocol, "name"), text_of(protocol, "about"),
           plugin[0] != '\0' ? " From plug-in " : "", plugin);
    size_t i;
    json_t *program;
    json_array_foreach(json_object_get(protocol, "programs"), i, program)
    {
        printf("  %s\n", text_of(program, "name"));
        print_params(json_object_get(program, "parameters"));
    }
}

static void print_list(json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_object_get(item, "programs") != NULL) {
            print_protocol(item);
        } else {
            printf("%-24s %s\n", text_of(item, "name"), text_of(item, "about"));
        }
    }
}

/* ---- The verb
 * ------------------------------------------------------------------------------------------ */

struct settings {
    char **plugins, *format;
};

static bool load_plugins(struct registry *registry, char **plugins)
{
    for (; plugins != NULL && *plugins != NULL; plugins++) {
        g_autofree char *error = NULL;
        if (!registry_load(registry, *plugins, &error)) {
            complain("%s", error);
            return false;
        }
    }
    return true;
}

static int list_topic(const char *name, const struct settings *settings, bool json,
                      const struct cs_protocol *const *protocols)
{
    for (size_t i = 0; i < G_N_ELEMENTS(topics); i++) {
        if (strcmp(name, topics[i].name) != 0)
            continue;
        struct registry *registry = registry_new(protocols);
        bool loaded = load_plugins(registry, settings->plugins);
        if (loaded) {
            json_t *list = topics[i].make(registry);
            if (json) {
                print_json(list);
            } else {
                print_list(list);
            }
            json_decref(list);
        }
        registry_free(registry);
        return loaded ? EXIT_PASS : EXIT_USAGE;
    }
    complain("cannot list \"%s\"; there are: programs, checks, faults", name);
    return EXIT_USAGE;
}

int list_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings.plugins,
          "load protocols from a file", "FILE" },
        { "format", 0, 0, G_OPTION_ARG_STRING, &settings.format, "text or json", "FORMAT" },
        { 0 },
    };
    int status = EXIT_USAGE;
    bool json = false;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = EXIT_USAGE;
        if (argc != 2) {
            complain("list needs one of: programs, checks, faults");
        } else if (format_is_json(settings.format, &json)) {
            status = list_topic(argv[1], &settings, json, protocols);
        }
    }
    g_strfreev(settings.plugins);
    g_free(settings.format);
    return status;
}
