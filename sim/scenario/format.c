/* Looking up the format's tables. */
#include "scenario/format.h"

#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/scalar.h"

const struct key *format_find(const struct format *format, const char *name)
{
    cs_assert(format->keys != NULL);
    cs_assert(name != NULL);
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if (strcmp(key->name, name) == 0)
            return key;
    }
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++) {
        if (strcmp(format->more_name(i), name) == 0)
            return format->more;
    }
    return NULL;
}

const char **format_names(const struct format *format, size_t *ret_count)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const struct key *key = format->keys; key->name != NULL; key++)
        g_ptr_array_add(names, (void *)key->name);
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++)
        g_ptr_array_add(names, (void *)format->more_name(i));
    *ret_count = names->len;
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_steal(names, NULL);
}

bool format_is_note(const char *name)
{
    return strcmp(name, "about") == 0 || strcmp(name, "note") == 0;
}

static char *join_choices(const char *const *choices)
{
    cs_assert(choices[0] != NULL);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; choices[i] != NULL; i++) {
        const char *between = i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ";
        g_string_append_printf(text, "%s\"%s\"", between, choices[i]);
    }
    return g_string_free(text, FALSE);
}

static char *join_forms(const struct key *forms)
{
    GString *text = g_string_new(NULL);
    for (const struct key *form = forms; form->help != NULL; form++) {
        g_autofree char *words = key_expects(form);
        g_string_append_printf(text, "%s%s", form == forms ? "" : " or ", words);
    }
    return g_string_free(text, FALSE);
}

char *key_expects(const struct key *key)
{
    g_autofree char *inner = NULL;
    switch (key->kind) {
    case KIND_CHOICE:
        return join_choices(key->choices);
    case KIND_DISTRIBUTION:
        inner = g_strdup_printf("%s, or a distribution of such", scalar_expects(key->of));
        return key->word == NULL ? g_steal_pointer(&inner)
                                 : g_strdup_printf("%s, or \"%s\"", inner, key->word);
    case KIND_OBJECT:
    case KIND_CONFIG:
        return g_strdup("an object");
    case KIND_MAP:
        inner = key_expects(key->item);
        return g_strdup_printf("an object: for each name %s", inner);
    case KIND_LIST:
        inner = key_expects(key->item);
        return g_strdup_printf("a list, each %s", inner);
    case KIND_EITHER:
        return join_forms(key->item);
    case KIND_ANY:
        return g_strdup("any value");
    case KIND_UNSUPPORTED:
        return g_strdup("nothing yet");
    case KIND_FLAG:
        return g_strdup((key->flags & KEY_ONLY_FALSE) != 0 ? "false" : "true or false");
    case KIND_TEXT:
    case KIND_NAME:
    case KIND_NUMBER:
    case KIND_REAL:
    case KIND_PROBABILITY:
    case KIND_SEED:
    case KIND_DURATION:
    case KIND_SHIFT:
    case KIND_FINE_DURATION:
    case KIND_RATE:
    case KIND_SIZE:
    case KIND_BANDWIDTH:
    case KIND_PPM:
    case KIND_FACTOR:
    case KIND_SELECTOR:
        break;
    }
    const char *words = scalar_expects(key->kind);
    return key->word == NULL ? g_strdup(words) : g_strdup_printf("%s or \"%s\"", words, key->word);
}
