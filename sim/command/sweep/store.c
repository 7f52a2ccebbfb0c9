/* The lines of a sweep, on disk.  Of each is kept where it is; they are read again in their order
 * at the end.
 *
 * While runs come in, lines are appended to one file as they come: whatever ends the process, what
 * is complete in it is kept, and a line that was cut short is run again. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

struct entry {
    uint64_t number;
    uint64_t offset;
    uint32_t size; /* without the line's end */
    uint32_t status;
    uint32_t file; /* index */
};

struct sweep_store {
    struct sweep_space space;
    GArray *files;   /* int */
    GArray *entries; /* struct entry */
    guint sorted;    /* so many of the entries are in their order */
    uint8_t *has;    /* a bit for each run */
    GArray *failed;  /* uint64_t: the numbers of failed runs, sorted */
    int folder;      /* locked; -1: none */
    int journal;     /* index of the file that is written; -1: none */
    uint64_t journal_size;
};

struct sweep_store *sweep_store_new(const struct sweep_space *space)
{
    struct sweep_store *store = g_new0(struct sweep_store, 1);
    store->space = *space;
    store->files = g_array_new(FALSE, FALSE, sizeof(int));
    store->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    store->has = g_malloc0(space->total / 8 + 1);
    store->failed = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    store->folder = store->journal = -1;
    return store;
}

void sweep_store_free(struct sweep_store *store)
{
    if (store == NULL)
        return;
    for (guint i = 0; i < store->files->len; i++)
        close(g_array_index(store->files, int, i));
    sweep_store_leave(store);
    g_array_unref(store->files);
    g_array_unref(store->entries);
    g_array_unref(store->failed);
    g_free(store->has);
    g_free(store);
}

/* A lock ends with the last process that has it open: the workers of a sweep that was killed a
 * moment ago may be a little behind.  Where the file system has no locks, nobody is kept out. */
bool sweep_store_claim(struct sweep_store *store, const char *folder)
{
    enum { TRIES = 50, PAUSE_US = 20000 };
    cs_assert(store->folder < 0);
    store->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < TRIES; i++) {
        if (store->folder < 0 || flock(store->folder, LOCK_EX | LOCK_NB) == 0 ||
            errno != EWOULDBLOCK)
            return true;
        g_usleep(PAUSE_US);
    }
    complain("another sweep is writing into %s; wait for its end, or give each a folder of its own "
             "with --out",
             folder);
    return false;
}

void sweep_store_leave(struct sweep_store *store)
{
    if (store->folder >= 0)
        close(store->folder);
    store->folder = -1;
}

/* Passed and inconclusive runs have not failed. */
static bool is_failure(uint32_t status)
{
    return status != EXIT_PASS && status != EXIT_INCONCLUSIVE;
}

static void add_failure(struct sweep_store *store, uint64_t number)
{
    guint at = store->failed->len;
    while (at > 0 && g_array_index(store->failed, uint64_t, at - 1) > number)
        at--; /* they come nearly in order */
    g_array_insert_val(store->failed, at, number);
}

static void add_entry(struct sweep_store *store, const struct entry *entry)
{
    cs_assert(!sweep_store_has(store, entry->number));
    store->has[entry->number / 8] |= (uint8_t)(1u << (entry->number % 8));
    if (is_failure(entry->status))
        add_failure(store, entry->number);
    g_array_append_val(store->entries, *entry);
}

bool sweep_store_has(const struct sweep_store *store, uint64_t number)
{
    cs_assert(number < store->space.total);
    return (store->has[number / 8] >> (number % 8) & 1) != 0;
}

uint64_t sweep_store_count(const struct sweep_store *store) { return store->entries->len; }
uint64_t sweep_store_failed(const struct sweep_store *store) { return store->failed->len; }

uint64_t sweep_store_horizon(const struct sweep_store *store, uint64_t failures)
{
    if (failures == 0 || store->failed->len < failures)
        return store->space.total;
    return g_array_index(store->failed, uint64_t, failures - 1);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The text of an entry, without the line's end.  NULL if it cannot be read.  g_free. */
static char *entry_text(const struct sweep_store *store, const struct entry *entry)
{
    char *text = g_malloc((gsize)entry->size + 1);
    size_t got = 0;
    while (got < entry->size) {
        ssize_t size = pread(g_array_index(store->files, int, entry->file), text + got,
                             entry->size - got, (off_t)(entry->offset + got));
        if (size <= 0) {
            g_free(text);
            return NULL;
        }
        got += (size_t)size;
    }
    text[got] = '\0';
    return text;
}

static gint compare_entries(gconstpointer a, gconstpointer b)
{
    const struct entry *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The run that is there already; those of earlier files are in order. */
static const struct entry *find_entry(const struct sweep_store *store, uint64_t number)
{
    const struct entry key = { .number = number };
    const struct entry *entries = (const struct entry *)(const void *)store->entries->data;
    const struct entry *found = store->sorted == 0 ? NULL
                                                   : bsearch(&key, entries, store->sorted,
                                                             sizeof *entries, compare_entries);
    for (guint i = store->sorted; i < store->entries->len && found == NULL; i++)
        found = entries[i].number == number ? &entries[i] : NULL;
    cs_assert(found != NULL);
    return found;
}

/* Whether the run that is there already told the same. */
static bool is_same(const struct sweep_store *store, uint64_t number, const char *line)
{
    g_autofree char *text = entry_text(store, find_entry(store, number));
    return text != NULL && strcmp(text, line) == 0;
}

/* False if the line differs from one that is there. */
static bool take_line(struct sweep_store *store, const char *line, struct entry entry)
{
    json_t *json = json_loads(line, 0, NULL);
    bool known = json != NULL && sweep_number(&store->space, json, &entry.number);
    entry.status = (uint32_t)json_integer_value(json_object_get(json, "status"));
    json_decref(json);
    if (!known)
        return true; /* of another sweep, or harmed: it is run again */
    if (sweep_store_has(store, entry.number))
        return is_same(store, entry.number, line);
    add_entry(store, &entry);
    return true;
}

bool sweep_store_read(struct sweep_store *store, const char *path, bool *ret_differs)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    *ret_differs = false;
    if (descriptor < 0 && errno == ENOENT)
        return true;
    FILE *file = fopen(path, "re");
    if (descriptor < 0 || file == NULL) {
        complain("%s cannot be read: %s", path, g_strerror(errno));
        return false;
    }
    g_array_append_val(store->files, descriptor);
    g_array_sort(store->entries, compare_entries);
    store->sorted = store->entries->len;
    struct entry entry = { .file = store->files->len - 1 };
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t size; (size = getline(&line, &capacity, file)) > 0;
         entry.offset += (uint64_t)size) {
        if (line[size - 1] != '\n')
            break; /* cut short */
        line[size - 1] = '\0';
        entry.size = (uint32_t)size - 1;
        if (!take_line(store, line, entry)) {
            complain("%s: two runs of one seed differ: %.80s…", path, line);
            *ret_differs = true;
            break;
        }
    }
    free(line);
    fclose(file);
    return !*ret_differs;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Cut off what is no complete line. */
static bool trim(int descriptor, uint64_t *ret_size)
{
    uint64_t end = (uint64_t)lseek(descriptor, 0, SEEK_END);
    char byte = '\0';
    while (end > 0 && pread(descriptor, &byte, 1, (off_t)end - 1) == 1 && byte != '\n')
        end--;
    *ret_size = end;
    return ftruncate(descriptor, (off_t)end) == 0;
}

bool sweep_store_open(struct sweep_store *store, const char *path)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0 || !trim(descriptor, &store->journal_size)) {
        complain("%s cannot be written: %s", path, g_strerror(errno));
        return false;
    }
    g_array_append_val(store->files, descriptor);
    store->journal = (int)store->files->len - 1;
    return true;
}

static bool write_all(int descriptor, const char *data, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t written = pwrite(descriptor, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        offset += (uint64_t)written;
        size -= (size_t)written;
    }
    return true;
}

bool sweep_store_add(struct sweep_store *store, uint64_t number, const char *line, uint32_t status)
{
    cs_assert(store->journal >= 0);
    cs_assert(strchr(line, '\n') == NULL);
    g_autofree char *whole = g_strconcat(line, "\n", NULL);
    size_t size = strlen(whole);
    int descriptor = g_array_index(store->files, int, store->journal);
    if (!write_all(descriptor, whole, size, store->journal_size)) {
        complain("a run cannot be written down: %s", g_strerror(errno));
        return false;
    }
    const struct entry entry = { .number = number,
                                 .offset = store->journal_size,
                                 .size = (uint32_t)size - 1,
                                 .status = status,
                                 .file = (uint32_t)store->journal };
    store->journal_size += size;
    add_entry(store, &entry);
    return true;
}

void sweep_store_cut(struct sweep_store *store, uint64_t failures)
{
    uint64_t horizon = sweep_store_horizon(store, failures);
    guint keep = store->entries->len;
    g_array_sort(store->entries, compare_entries);
    while (keep > 0 && g_array_index(store->entries, struct entry, keep - 1).number > horizon) {
        keep--;
        const struct entry *entry = &g_array_index(store->entries, struct entry, keep);
        store->has[entry->number / 8] &= (uint8_t) ~(1u << (entry->number % 8));
    }
    g_array_set_size(store->entries, keep);
    if (horizon < store->space.total)
        g_array_set_size(store->failed, (guint)failures);
}

static bool write_entry(struct sweep_store *store, guint index, FILE *file)
{
    char *text = entry_text(store, &g_array_index(store->entries, struct entry, index));
    bool good = text != NULL && fputs(text, file) >= 0 && fputc('\n', file) != EOF;
    g_free(text);
    return good;
}

bool sweep_store_write(struct sweep_store *store, const char *path)
{
    g_autofree char *draft = g_strconcat(path, ".draft", NULL);
    FILE *file = fopen(draft, "we");
    bool good = file != NULL;
    g_array_sort(store->entries, compare_entries);
    for (guint i = 0; good && i < store->entries->len; i++)
        good = write_entry(store, i, file);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    good = good && g_rename(draft, path) == 0;
    if (!good)
        complain("%s cannot be written: %s", path, g_strerror(errno));
    return good;
}
