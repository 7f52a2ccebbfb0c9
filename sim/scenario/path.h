/* Where in a scenario we are: a chain of keys and indices from the root, each link on the stack of
 * the function that went one level down.  Only an error makes a string of it. */
#ifndef SCENARIO_PATH_H
#define SCENARIO_PATH_H
#include <glib.h>
#include <stddef.h>

struct path {
    const struct path *up; /* NULL at the root */
    const char *key;       /* NULL: `index` counts */
    size_t index;
};

static inline struct path path_root(void) { return (struct path){ NULL, NULL, 0 }; }

static inline struct path path_key(const struct path *up, const char *key)
{
    return (struct path){ up, key, 0 };
}

static inline struct path path_index(const struct path *up, size_t index)
{
    return (struct path){ up, NULL, index };
}

/* The JSON pointer (RFC 6901); "" is the root.  Free it with g_free. */
char *path_pointer(const struct path *path);

/* Append `token` to a pointer, with '~' and '/' escaped. */
void pointer_add(GString *pointer, const char *token);

/* Split a pointer into its tokens, unescaped; NULL if it does not begin with '/' or has a wrong
 * escape.  "" has no tokens.  Free them with g_strfreev. */
char **pointer_split(const char *pointer);

#endif
