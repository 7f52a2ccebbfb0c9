/* The names of faults and of their firings. */
#include <string.h>

#include "scenario/build_faults.h"

void build_fault_id(struct build *build, json_t *json, size_t index, struct fault_options *fault)
{
    bool known = fault->kind < FAULT_KIND_COUNT;
    g_autofree char *usual =
        g_strdup_printf("%s-%zu", known ? fault_syntax[fault->kind].key : "fault", index + 1);
    if (json_object_get(json, "id") == NULL)
        json_object_set_new(json, "id", json_string(usual));
    const char *id = json_string_value(json_object_get(json, "id"));
    fault->id = plan_memory_string(build->loading->memory, id);
}

/* Its firings, or its parts, are called by its id and a number behind a dot. */
static bool is_numbered(const struct fault_options *fault)
{
    return fault->repeats || fault->unscheduled || (fault->on != NULL && fault->on_number == 0) ||
           (fault->kind >= FAULT_SIMPLE_COUNT && fault->kind < FAULT_KIND_COUNT);
}

static size_t digits_of(uint64_t number)
{
    size_t digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

/* The longest of those names must be a name. */
static void check_length(struct build *build, const struct fault_options *fault,
                         const struct path *path)
{
    enum { NAME_MAX_LENGTH = 64 };
    bool parts = fault->kind >= FAULT_SIMPLE_COUNT && fault->kind < FAULT_KIND_COUNT;
    bool each = fault->repeats || (fault->on != NULL && fault->on_number == 0);
    uint64_t firings = fault->repeat_count > 0 ? fault->repeat_count : UINT32_MAX;
    size_t more =
        (each ? 1 + digits_of(firings) : 0) + (parts ? 1 + digits_of(build->instances->len) : 0);
    size_t length = fault->id == NULL ? 0 : strlen(fault->id);
    struct path member = path_key(path, "id");
    if (length <= NAME_MAX_LENGTH && length + more > NAME_MAX_LENGTH) {
        wrong_value(build->loading, &member,
                    "numbers for its firings take up to %zu characters more, and a name has at "
                    "most %d",
                    more, NAME_MAX_LENGTH);
    }
}

/* "kill" of "kill.2", or NULL; g_free. */
static char *without_number(const char *id)
{
    const char *dot = strrchr(id, '.');
    bool number = dot != NULL && dot[1] >= '1' && dot[1] <= '9' &&
                  dot[1 + strspn(dot + 1, "0123456789")] == '\0';
    return number ? g_strndup(id, (gsize)(dot - id)) : NULL;
}

/* The fault that has a firing of this name, or may have one; NULL if there is none. */
static const struct fault_options *other_of_name(const struct build *build, GHashTable *ids,
                                                 const char *name)
{
    g_autofree char *id = without_number(name);
    for (unsigned numbers = 0; id != NULL && numbers < 2; numbers++) {
        uint32_t other = build_find(ids, id);
        if (other != BUILD_NONE && is_numbered(&build->plan->faults[other]))
            return &build->plan->faults[other];
        char *shorter = without_number(id);
        g_free(id);
        id = shorter;
    }
    return NULL;
}

static void add_id(struct build *build, uint32_t index, GHashTable *ids)
{
    const char *id = build->plan->faults[index].id;
    struct path path = path_index(&build->timeline_path, index);
    struct path id_path = path_key(&path, "id");
    uint32_t other = id == NULL ? BUILD_NONE : build_find(ids, id);
    bool chosen = index >= build->plan->placed_count; /* by the nemesis: its id is ours */
    if (other != BUILD_NONE && chosen) {
        path = path_index(&build->timeline_path, other);
        id_path = path_key(&path, "id");
        wrong_value(build->loading, &id_path, "a fault of the nemesis has the id \"%s\"", id);
    } else if (other != BUILD_NONE) {
        wrong_value(build->loading, &id_path, "duplicate fault id \"%s\"", id);
    } else if (id != NULL) {
        build_index(ids, id, index);
    }
}

/* Every firing has a name of its own: results and replays go by it. */
void build_fault_names(struct build *build)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (uint32_t i = 0; i < build->plan->fault_count; i++)
        add_id(build, i, ids);
    for (uint32_t i = 0; i < build->plan->placed_count; i++) {
        const struct fault_options *fault = &build->plan->faults[i];
        if (fault->id == NULL)
            continue;
        struct path path = path_index(&build->timeline_path, i);
        struct path id_path = path_key(&path, "id");
        const struct fault_options *other = other_of_name(build, ids, fault->id);
        if (other != NULL) {
            wrong_value(build->loading, &id_path, "a firing of \"%s\" can have the name \"%s\"",
                        other->id, fault->id);
        }
        check_length(build, fault, &path);
    }
}
