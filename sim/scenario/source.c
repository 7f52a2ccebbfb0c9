/* Files and options as sources of a scenario; the scanner is in scan.c. */
#include "scenario/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clustersim/protocol.h"

struct source *source_new(const char *name, char *text, size_t size, unsigned order)
{
    cs_assert(text != NULL);
    cs_assert(size <= SOURCE_BYTES_MAX);
    struct source *source = g_new0(struct source, 1);
    source->name = g_strdup(name);
    source->text = text;
    source->size = size;
    source->order = order;
    source->spots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return source;
}

struct source *source_new_option(const char *name, const char *set_pointer, unsigned order)
{
    cs_assert(name != NULL);
    cs_assert(set_pointer != NULL);
    struct source *source = g_new0(struct source, 1);
    source->name = g_strdup(name);
    source->set_pointer = g_strdup(set_pointer);
    source->order = order;
    return source;
}

void source_free(struct source *source)
{
    if (source == NULL)
        return;
    if (source->spots != NULL)
        g_hash_table_destroy(source->spots);
    g_free(source->name);
    g_free(source->text);
    g_free(source->set_pointer);
    g_free(source);
}

const struct spot *source_spot(const struct source *source, const char *pointer)
{
    cs_assert(pointer != NULL);
    return source->spots == NULL ? NULL : g_hash_table_lookup(source->spots, pointer);
}

/* In words that do not depend on the locale. */
static char *system_sentence(int error)
{
    if (error == ENOENT)
        return g_strdup("there is no such file");
    if (error == EACCES)
        return g_strdup("no permission to read it");
    if (error == EISDIR)
        return g_strdup("it is a directory, not a file");
    if (error == ENOTDIR)
        return g_strdup("a part of its path is not a directory");
    return g_strdup_printf("it cannot be read (%s)", strerrorname_np(error));
}

static char *too_large(void)
{
    return g_strdup_printf("it is larger than %d MiB, the most that a scenario may have",
                           SOURCE_BYTES_MAX >> 20);
}

/* Read until the end or one byte more than is allowed: a pipe has no size to ask for. */
static char *read_all(int file, GString *text)
{
    char buffer[1 << 16];
    for (;;) {
        ssize_t count = read(file, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return system_sentence(errno);
        if (count == 0)
            return NULL;
        g_string_append_len(text, buffer, count);
        if (text->len > SOURCE_BYTES_MAX)
            return too_large();
    }
}

char *source_read_file(const char *path, char **ret_text, size_t *ret_size)
{
    cs_assert(ret_text != NULL);
    cs_assert(ret_size != NULL);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return system_sentence(errno);
    struct stat status;
    char *wrong = NULL;
    GString *text = g_string_new(NULL);
    if (fstat(file, &status) != 0) {
        wrong = system_sentence(errno);
    } else if (S_ISREG(status.st_mode) && status.st_size > SOURCE_BYTES_MAX) {
        wrong = too_large();
    } else {
        wrong = read_all(file, text);
    }
    close(file);
    if (wrong != NULL) {
        g_string_free(text, TRUE);
        return wrong;
    }
    *ret_size = text->len;
    *ret_text = g_string_free(text, FALSE);
    return NULL;
}
