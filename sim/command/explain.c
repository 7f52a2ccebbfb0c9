/* explain: what a key of the scenario format is. */
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/paragraph.h"
#include "scenario/help.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* "Default: 1", if there is one. */
static void print_line(const char *label, const char *text)
{
    if (*text == '\0')
        return;
    struct paragraph line = paragraph_begin(0, (int)strlen(label) + 1, label);
    paragraph_words(&line, text);
    putchar('\n');
}

static void print_keys(const json_t *keys)
{
    size_t i, width = 0;
    json_t *key;
    json_array_foreach((json_t *)keys, i, key) width = MAX(width, strlen(text_of(key, "name")) + 2);
    if (width > 0)
        puts("Its keys:");
    json_array_foreach((json_t *)keys, i, key)
    {
        struct paragraph line = paragraph_begin(2, (int)width, text_of(key, "name"));
        paragraph_words(&line, text_of(key, "about"));
        putchar('\n');
    }
}

static void print_text(const json_t *answer)
{
    bool required = json_is_true(json_object_get(answer, "required"));
    struct paragraph top = paragraph_begin(0, 0, "");
    g_autofree char *name = g_strconcat(text_of(answer, "name"), ":", NULL);
    paragraph_word(&top, name);
    paragraph_words(&top, text_of(answer, "value"));
    if (required)
        paragraph_word(&top, "(required)");
    putchar('\n');
    struct paragraph about = paragraph_begin(0, 0, "");
    paragraph_words(&about, text_of(answer, "about"));
    putchar('\n');
    print_line("Default:", text_of(answer, "default"));
    print_line("Example:", text_of(answer, "example"));
    print_keys(json_object_get(answer, "keys"));
    size_t i;
    json_t *path;
    json_array_foreach(json_object_get(answer, "also"), i, path)
        print_line("See also:", json_string_value(path));
}

static int explain(const char *key, bool json)
{
    g_autofree char *near = NULL;
    json_t *answer = scenario_explain(key, &near);
    if (answer == NULL) {
        complain("there is no key \"%s\"%s%s%s", key, near != NULL ? "; did you mean \"" : "",
                 near != NULL ? near : "", near != NULL ? "\"?" : "");
        return EXIT_USAGE;
    }
    if (json) {
        print_json(answer);
    } else {
        print_text(answer);
    }
    json_decref(answer);
    return EXIT_PASS;
}

int explain_main(const struct verb *verb, int argc, char **argv,
                 const struct cs_protocol *const *protocols)
{
    (void)protocols;
    g_autofree char *format = NULL;
    const GOptionEntry entries[] = {
        OPTION_ANSWER(format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (!options_parse(verb, entries, &argc, &argv, &status))
        return status;
    bool json = false;
    if (!format_is_json(format, &json))
        return EXIT_USAGE;
    if (argc != 2) {
        complain("explain needs one key, like faults.timeline.partition or bit-rot");
        return EXIT_USAGE;
    }
    return explain(argv[1], json);
}
