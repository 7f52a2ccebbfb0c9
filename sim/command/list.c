/* list: what there is to name in a scenario.  Each list is made as JSON; text is that, laid out. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/paragraph.h"
#include "fault/timeline.h"
#include "scenario/help.h"
#include "scenario/presets.h"
#include "verify/oracle.h"

/* ---- What there is --------------------------------------------------------------------------- */

static json_t *param_of(const struct cs_param *param)
{
    json_t *object = json_pack("{s:s, s:s, s:s}", "name", param->name, "default", param->fallback,
                               "about", param->help);
    if (param->kind != CS_PARAM_CHOICE)
        return object;
    json_t *choices = json_array();
    cs_assert(param->choices != NULL);
    for (const char *const *choice = param->choices; *choice != NULL; choice++)
        json_array_append_new(choices, json_string(*choice));
    json_object_set_new(object, "choices", choices);
    return object;
}

static json_t *params_of(const struct cs_program *program)
{
    json_t *params = json_array();
    for (const struct cs_param *p = program->params; p != NULL && p->name != NULL; p++)
        json_array_append_new(params, param_of(p));
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

/* The builds that there are of a protocol, "built-in" and plug-ins. */
static json_t *builds_of(const struct registry *registry, const struct cs_protocol *protocol)
{
    json_t *builds = json_array();
    for (size_t i = 0; i < registry_build_count(registry); i++) {
        const char *build = registry_build_at(registry, i);
        if (registry_brings(registry, build, protocol->name))
            json_array_append_new(builds, json_string(build));
    }
    return builds;
}

static json_t *list_programs(const struct registry *registry)
{
    json_t *list = json_array();
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct cs_protocol *protocol = registry_at(registry, i);
        const char *about = protocol->about != NULL ? protocol->about : "";
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s?, s:o, s:o}", "name", protocol->name, "about", about,
                            "plugin", registry_origin(registry, i), "builds",
                            builds_of(registry, protocol), "programs", roles_of(protocol)));
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
    add_named(list, "linearizable",
              "some order of the operations, as in time, explains every answer (Herlihy and Wing); "
              "on where a scenario asks for it");
    return list;
}

static json_t *list_faults(const struct registry *registry)
{
    (void)registry;
    return scenario_fault_kinds();
}

static json_t *list_selectors(const struct registry *registry)
{
    (void)registry;
    return scenario_selector_forms();
}

/* In the order of fault_event_name(). */
static const char *const event_abouts[] = {
    "an instance leads a term that nobody led before",
    "an instance has voted",
    "an instance has cut its log short",
    "an instance knows that an entry is committed",
    "an instance has applied an entry",
    "an instance has made or installed a snapshot",
    "an instance works under another membership",
    "an acceptor has promised",
    "an acceptor has accepted",
    "an instance knows what was chosen",
    "a participant has prepared",
    "a coordinator or participant has decided",
    "a lock was granted",
    "a lock was released",
    "an instance owns a shard",
    "an instance suspects another",
    "an instance trusts another again",
    "an instance has started, at first or again",
    "an instance has ended, in whatever way",
    "no fault has been active for a second",
    "a fault is active, after none was",
};

static json_t *list_events(const struct registry *registry)
{
    (void)registry;
    json_t *list = json_array();
    for (size_t i = 0; fault_event_name(i) != NULL; i++) {
        cs_assert(i < G_N_ELEMENTS(event_abouts));
        add_named(list, fault_event_name(i), event_abouts[i]);
    }
    add_named(list, "NAME", "a program has called cs_reached() with this name");
    return list;
}

static json_t *list_presets(const struct registry *registry)
{
    (void)registry;
    json_t *list = json_array();
    for (size_t i = 0; preset_at(i) != NULL; i++) {
        const struct preset *preset = preset_at(i);
        g_autofree char *about =
            g_strdup_printf("%s: %s (%s)", preset->key, preset->about, preset->source);
        add_named(list, preset->name, about);
    }
    return list;
}

#define TOPICS "programs, checks, faults, events, selectors, presets"
static const struct {
    const char *name, *intro;
    json_t *(*make)(const struct registry *registry);
} topics[] = {
    { "programs",
      "What a group can run, as its \"program\": each protocol's programs, with the parameters of "
      "\"config\".",
      list_programs },
    { "checks",
      "Keys of \"checks\". Each is on unless it is false; one that is named must have something to "
      "judge, or the run is inconclusive.",
      list_checks },
    { "faults",
      "What can happen, by its key in an entry of \"timeline\" in \"faults\", each with such an "
      "entry; start.jitter is part of a group. \"clustersim explain KIND\" says more.",
      list_faults },
    { "events",
      "What a fault can wait for: \"on\": \"leader-elected#3\" is the third, without a number it "
      "is each. Facts that an instance only recovered do not count.",
      list_events },
    { "selectors", "Whom a fault can meet. Who it is, is chosen when the fault fires.",
      list_selectors },
    { "presets",
      "Values of \"preset\" in \"topology\", and in the \"disk\" of a node: numbers that were "
      "published. Keys beside it are stronger.",
      list_presets },
};

/* ---- As text --------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* The columns that the names of a list take, with two between them and what follows. */
static int width_of(const json_t *list)
{
    size_t i, width = 0;
    json_t *item;
    json_array_foreach((json_t *)list, i, item) width =
        MAX(width, strlen(text_of(item, "name")) + 2);
    return (int)width;
}

static void print_choices(struct paragraph *line, const json_t *choices)
{
    size_t i;
    json_t *choice;
    json_array_foreach((json_t *)choices, i, choice)
    {
        bool last = i + 1 == json_array_size(choices);
        g_autofree char *word =
            g_strdup_printf("\"%s\"%s", json_string_value(choice), last ? "." : ",");
        if (i == 0)
            paragraph_words(line, "One of");
        paragraph_word(line, word);
    }
}

static void print_params(const json_t *params, int width)
{
    size_t i;
    json_t *param;
    json_array_foreach((json_t *)params, i, param)
    {
        struct paragraph line = paragraph_begin(4, width, text_of(param, "name"));
        g_autofree char *fallback = g_strconcat("Default: ", text_of(param, "default"), NULL);
        paragraph_words(&line, text_of(param, "about"));
        print_choices(&line, json_object_get(param, "choices"));
        paragraph_word(&line, fallback);
        putchar('\n');
    }
}

/* Of one alone nobody needs the name. */
static void print_builds(struct paragraph *line, const json_t *builds)
{
    size_t i;
    json_t *build;
    if (json_array_size(builds) < 2)
        return;
    paragraph_words(line, "Builds:");
    json_array_foreach((json_t *)builds, i, build)
    {
        g_autofree char *word = g_strconcat(json_string_value(build),
                                            i + 1 == json_array_size(builds) ? "." : ",", NULL);
        paragraph_word(line, word);
    }
}

static void print_protocol(const json_t *protocol)
{
    const json_t *programs = json_object_get(protocol, "programs");
    const char *plugin = text_of(protocol, "plugin");
    struct paragraph line = paragraph_begin(0, 0, "");
    g_autofree char *name = g_strconcat(text_of(protocol, "name"), ":", NULL);
    putchar('\n');
    paragraph_word(&line, name);
    paragraph_words(&line, text_of(protocol, "about"));
    print_builds(&line, json_object_get(protocol, "builds"));
    if (plugin[0] != '\0') {
        paragraph_words(&line, "From plug-in");
        paragraph_word(&line, plugin);
    }
    putchar('\n');
    size_t i;
    json_t *program;
    int width = 0;
    json_array_foreach((json_t *)programs, i, program) width =
        MAX(width, width_of(json_object_get(program, "parameters")));
    json_array_foreach((json_t *)programs, i, program)
    {
        printf("  %s\n", text_of(program, "name"));
        print_params(json_object_get(program, "parameters"), width);
    }
}

static void print_list(const char *intro, json_t *list)
{
    struct paragraph top = paragraph_begin(0, 0, "");
    paragraph_words(&top, intro);
    putchar('\n');
    if (json_object_get(json_array_get(list, 0), "programs") == NULL)
        putchar('\n');
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_object_get(item, "programs") != NULL) {
            print_protocol(item);
            continue;
        }
        struct paragraph line = paragraph_begin(2, width_of(list), text_of(item, "name"));
        paragraph_words(&line, text_of(item, "about"));
        if (json_object_get(item, "example") != NULL) {
            paragraph_line(&line);
            paragraph_words(&line, text_of(item, "example"));
        }
        putchar('\n');
    }
}

/* ---- The verb -------------------------------------------------------------------------------- */

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
                print_list(topics[i].intro, list);
            }
            json_decref(list);
        }
        registry_free(registry);
        return loaded ? EXIT_PASS : EXIT_USAGE;
    }
    complain("cannot list \"%s\"; there are: " TOPICS, name);
    return EXIT_USAGE;
}

int list_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        OPTION_PLUGINS(settings.plugins),
        { "format", 0, 0, G_OPTION_ARG_STRING, &settings.format, "text (by default) or json",
          "FORMAT" },
        { 0 },
    };
    int status = EXIT_USAGE;
    bool json = false;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = EXIT_USAGE;
        if (argc > 2) {
            complain("list takes one argument, and \"%s\" is another; see clustersim list --help",
                     argv[2]);
        } else if (argc < 2) {
            complain("list needs to know what: " TOPICS);
        } else if (format_is_json(settings.format, &json)) {
            status = list_topic(argv[1], &settings, json, protocols);
        }
    }
    g_strfreev(settings.plugins);
    g_free(settings.format);
    return status;
}
