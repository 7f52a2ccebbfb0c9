/* JSON pointers, RFC 6901. */
#include "scenario/path.h"

#include <string.h>

#include "clustersim/protocol.h"

void pointer_add(GString *pointer, const char *token)
{
    cs_assert(pointer != NULL);
    cs_assert(token != NULL);
    g_string_append_c(pointer, '/');
    for (const char *p = token; *p != '\0'; p++) {
        if (*p == '~') {
            g_string_append(pointer, "~0");
        } else if (*p == '/') {
            g_string_append(pointer, "~1");
        } else {
            g_string_append_c(pointer, *p);
        }
    }
}

static void add_path(GString *pointer, const struct path *path)
{
    cs_assert(path->key == NULL || path->up != NULL);
    if (path->up == NULL)
        return;
    add_path(pointer, path->up);
    if (path->key != NULL) {
        pointer_add(pointer, path->key);
    } else {
        g_string_append_printf(pointer, "/%zu", path->index);
    }
}

char *path_pointer(const struct path *path)
{
    cs_assert(path != NULL);
    GString *pointer = g_string_new(NULL);
    add_path(pointer, path);
    return g_string_free(pointer, FALSE);
}

/* In place.  False if '~' is followed by anything but '0' or '1'. */
static bool unescape(char *token)
{
    char *out = token;
    for (const char *p = token; *p != '\0'; p++) {
        if (*p == '~') {
            p++;
            if (*p != '0' && *p != '1')
                return false;
            *out++ = *p == '0' ? '~' : '/';
        } else {
            *out++ = *p;
        }
    }
    *out = '\0';
    return true;
}

char **pointer_split(const char *pointer)
{
    cs_assert(pointer != NULL);
    if (*pointer != '\0' && *pointer != '/')
        return NULL;
    char **tokens = *pointer == '\0' ? g_new0(char *, 1) : g_strsplit(pointer + 1, "/", -1);
    if (*pointer == '/' && tokens[0] == NULL) { /* "/" names the empty key */
        g_strfreev(tokens);
        tokens = g_new0(char *, 2);
        tokens[0] = g_strdup("");
    }
    for (size_t i = 0; tokens[i] != NULL; i++) {
        if (!unescape(tokens[i])) {
            g_strfreev(tokens);
            return NULL;
        }
    }
    return tokens;
}
