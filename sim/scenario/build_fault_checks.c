/* What is wrong with a fault although each of its values is right: targets that contradict one
 * another, and numbers with which it could never do anything. */
#include <string.h>

#include "scenario/build_faults.h"

/* ---- Whom ------------------------------------------------------------------------------------ */

/* Who could be meant by a selector that does not go by chance or by role: instances from `first` to
 * `end`, if is_named() says so. */
struct named {
    uint32_t first, end;
};

static struct named named_by(const struct build *build, const struct selector *selector)
{
    if (selector->text == NULL ||
        (selector->kind == SELECT_INSTANCE && selector->index == BUILD_NONE))
        return (struct named){ 0, 0 };
    if (selector->kind == SELECT_INSTANCE)
        return (struct named){ selector->index, selector->index + 1 };
    if (selector->kind == SELECT_GROUP) {
        const struct group_build *group = build_group(build, selector->group);
        return (struct named){ group->first, group->first + group->count - group->spares };
    }
    bool place = selector->kind == SELECT_REGION || selector->kind == SELECT_RACK;
    return (struct named){ 0, place ? build->instances->len : 0 };
}

static bool is_named(const struct build *build, const struct selector *selector, uint32_t instance)
{
    if (selector->kind != SELECT_REGION && selector->kind != SELECT_RACK)
        return true;
    uint32_t rack = build_machine(build, build_instance(build, instance)->machine)->rack;
    if (rack == BUILD_NONE || selector->kind == SELECT_RACK)
        return rack == selector->index;
    return g_array_index(build->rack_region, uint32_t, rack) == selector->index;
}

/* The selectors of one side as they are written: one or a list of them, and where. */
struct written_side {
    const json_t *value;
    struct path path;
};

static struct written_side side_as_written(const struct fault_options *fault, const json_t *value,
                                           const struct path *path, uint32_t side)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    if (syntax->form == FORM_TARGETS)
        return (struct written_side){ value, *path };
    if (syntax->form == FORM_SIDES)
        return (struct written_side){ json_array_get(value, side), path_index(path, side) };
    bool target = syntax->either && json_object_get(value, "target") != NULL;
    const char *key = side > 0 ? syntax->second : target ? "target" : syntax->first;
    return (struct written_side){ json_object_get(value, key), path_key(path, key) };
}

/* Mark those that a selector names as seen; who already was is named twice.  A group, rack or
 * region says so once, and only where `whole` says that it may not name who was. */
static void check_named_once(struct build *build, const struct selector *selector, bool whole,
                             bool *seen, const struct path *path)
{
    bool alone = selector->kind == SELECT_INSTANCE;
    if (!alone && !whole)
        return;
    struct named named = named_by(build, selector);
    bool told = false;
    for (uint32_t n = named.first; n < named.end; n++) {
        if (!is_named(build, selector, n))
            continue;
        if (seen[n] && !told) {
            wrong_value(build->loading, path, "\"%s\" is named twice%s%s%s",
                        build_instance(build, n)->name, alone ? "" : ", once by \"",
                        alone ? "" : selector->text, alone ? "" : "\"");
            told = true;
        }
        seen[n] = true;
    }
}

/* One node that is named twice would be on two sides, or is a slip.  Elsewhere "from A to all of
 * its group" has a meaning. */
static void check_twice(struct build *build, const struct fault_options *fault, const json_t *value,
                        const struct path *path)
{
    if (fault->side_count == 0 || (fault->side_count == 1 && fault->sides[0].count == 1))
        return;
    bool whole = fault->kind == FAULT_PARTITION || fault->kind == FAULT_RING;
    bool *seen = g_new0(bool, build->instances->len + 1);
    for (uint32_t s = 0; s < fault->side_count; s++) {
        struct written_side side = side_as_written(fault, value, path, s);
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            struct path element = path_index(&side.path, i);
            check_named_once(build, &fault->sides[s].selectors[i], whole, seen,
                             json_is_array(side.value) ? &element : &side.path);
        }
    }
    g_free(seen);
}

/* How often a selector that means "the others" stands in a fault; *ret_rest is the last one. */
static unsigned count_rest(const struct fault_options *fault, const struct selector **ret_rest)
{
    unsigned count = 0;
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            if (selector->kind == SELECT_REST && selector->text != NULL) {
                *ret_rest = selector;
                count++;
            }
        }
    }
    return count;
}

/* Whether the selectors that say whom name this instance. */
static bool is_named_by_any(const struct build *build, const struct fault_options *fault,
                            uint32_t instance)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            struct named named = named_by(build, selector);
            if (instance >= named.first && instance < named.end &&
                is_named(build, selector, instance))
                return true;
        }
    }
    return false;
}

/* "rest" twice says nothing, and where all are named it means nobody. */
static void check_rest(struct build *build, const struct fault_options *fault,
                       const struct path *path)
{
    const struct selector *rest = NULL;
    unsigned count = count_rest(fault, &rest);
    if (count > 1 && build->server_groups == 1)
        wrong_value(build->loading, path, "\"rest\" stands here more than once");
    if (count != 1 || rest->group == BUILD_NONE)
        return;
    const struct group_build *group = build_group(build, rest->group);
    bool left = group->spares > 0 || group->count == 0;
    for (uint32_t i = group->first; i < group->first + group->count && !left; i++)
        left = !is_named_by_any(build, fault, i);
    if (!left) {
        wrong_value(build->loading, path, "nobody is left for \"%s\": all of \"%s\" are named",
                    rest->text, group->name);
    }
}

/* The machine that all are on who are met; BUILD_NONE if there are several, or nobody knows. */
static uint32_t only_machine(const struct build *build, const struct fault_options *fault)
{
    uint32_t machine = BUILD_NONE;
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            struct named named = named_by(build, selector);
            if (selector->kind != SELECT_INSTANCE && selector->kind != SELECT_GROUP)
                return BUILD_NONE;
            for (uint32_t n = named.first; n < named.end; n++) {
                uint32_t of = build_instance(build, n)->machine;
                if (machine != BUILD_NONE && machine != of)
                    return BUILD_NONE;
                machine = of;
            }
        }
    }
    return machine;
}

/* A machine reaches itself, whatever is wrong. */
static void check_apart(struct build *build, const struct fault_options *fault,
                        const struct path *path)
{
    bool between = fault->kind == FAULT_PARTITION || fault->kind == FAULT_BLOCK ||
                   fault->kind == FAULT_CLOG_LINK ||
                   (fault->kind == FAULT_PACKETS && fault->side_count == 2);
    if (!between || problems_count(build->loading->problems) > 0)
        return;
    uint32_t machine = only_machine(build, fault);
    if (machine != BUILD_NONE) {
        wrong_value(build->loading, path,
                    "it would do nothing: all are on the machine \"%s\", which reaches itself",
                    build_machine(build, machine)->name);
    }
}

static void check_spare(struct build *build, const struct selector *selector, bool joins,
                        const struct path *path)
{
    bool by_index = selector->kind == SELECT_INSTANCE || selector->kind == SELECT_REGION ||
                    selector->kind == SELECT_RACK;
    bool known = (by_index ? selector->index : selector->group) != BUILD_NONE;
    if (selector->text == NULL || !known)
        return; /* it has its error already */
    bool named = selector->kind == SELECT_INSTANCE && build_is_spare(build, selector->index);
    bool none = selector->spare && build_group(build, selector->group)->spares == 0;
    if (selector->spare && !joins) {
        wrong_value(build->loading, path,
                    "\"%s\" belongs to \"add\": who has not joined is not there", selector->text);
    } else if (none) {
        wrong_value(build->loading, path, "\"%s\", but the group \"%s\" has no \"spares\"",
                    selector->text, build_group(build, selector->group)->name);
    } else if (joins && !named && !selector->spare) {
        wrong_value(build->loading, path, "\"%s\" is not one of a group's \"spares\"",
                    selector->text);
    }
}

void build_fault_spares(struct build *build, const struct fault_options *fault,
                        const struct path *path)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++)
            check_spare(build, &fault->sides[s].selectors[i], fault->kind == FAULT_ADD, path);
    }
}

/* A ring of fewer than four cuts nothing.  Targets that are chosen when it fires may be any number.
 */
static void check_ring(struct build *build, const struct fault_options *fault,
                       const struct path *path)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < fault->sides[0].count; i++) {
        const struct selector *selector = &fault->sides[0].selectors[i];
        if (selector->text == NULL ||
            (selector->kind != SELECT_INSTANCE && selector->kind != SELECT_GROUP))
            return;
        members += selector->kind == SELECT_GROUP ? build_group(build, selector->group)->count : 1;
    }
    if (members < 4 || members >= NETWORK_SIDES_MAX) {
        wrong_value(build->loading, path, "a ring has 4 to %d nodes, not %u", NETWORK_SIDES_MAX - 1,
                    members);
    }
}

void build_check_targets(struct build *build, const struct fault_options *fault,
                         const json_t *value, const struct path *path)
{
    build_fault_spares(build, fault, path);
    if (fault->kind == FAULT_RING)
        check_ring(build, fault, path);
    check_rest(build, fault, path);
    check_twice(build, fault, value, path);
    check_apart(build, fault, path);
}

/* ---- How much -------------------------------------------------------------------------------- */

/* Whether every draw is `number`. */
static bool is_always(const struct fault_draw *draw, int64_t number)
{
    int64_t sample = number - draw->shift;
    return sample >= 0 && distribution_is_only(&draw->distribution, (uint64_t)sample);
}

/* The keys of its numbers, as `"read", "write" or "flush"`. */
static char *keys_of(const struct fault_syntax *syntax)
{
    GString *text = g_string_new(NULL);
    bool delays = syntax == &fault_syntax[FAULT_PACKETS];
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        if (member->amount == AMOUNT_BURST_END || member->amount == AMOUNT_QUEUE)
            continue; /* of a burst that never begins, of what does not wait */
        bool last = member[1].key == NULL && !delays;
        g_string_append_printf(text, "%s\"%s\"",
                               text->len == 0 ? ""
                               : last         ? " or "
                                              : ", ",
                               member->key);
    }
    if (delays)
        g_string_append(text, " or \"delay\"");
    return g_string_free(text, FALSE);
}

/* A fault all of whose numbers are 0 changes nothing; one with an error is not judged. */
static void check_all_nothing(struct build *build, const json_t *value, const struct path *path,
                              const struct fault_options *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    bool nothing = syntax->members[0].key != NULL && fault->kind != FAULT_ROLLING_RESTART &&
                   distribution_is_only(&fault->delay, 0);
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        const char *dot = strchr(member->key, '.');
        g_autofree char *key =
            dot == NULL ? g_strdup(member->key) : g_strndup(member->key, dot - member->key);
        bool wrong = build_given(build, path, key) && fault_syntax_member(value, member) == NULL;
        bool idle =
            member->amount == AMOUNT_BURST_END || is_always(&fault->amounts[member->amount], 0);
        nothing = nothing && !wrong && idle;
    }
    if (build_given(build, path, "delay") && json_object_get(value, "delay") == NULL)
        nothing = false;
    if (nothing) {
        g_autofree char *keys = keys_of(syntax);
        wrong_value(build->loading, path, "it would do nothing: %s must be other than 0", keys);
    }
}

static void check_factor(struct build *build, const json_t *value, const struct path *path,
                         const struct fault_options *fault)
{
    bool slow = fault->kind == FAULT_SLOW_CPU || fault->kind == FAULT_SLOW_DISK;
    struct path member = path_key(path, "factor");
    if (slow && json_object_get(value, "factor") != NULL &&
        is_always(&fault->amounts[AMOUNT_FACTOR], 1 << 16))
        wrong_value(build->loading, &member, "it would do nothing: a factor of 1 changes no speed");
}

/* Message kinds count from 0, and a program that names its kinds has no others. */
static void check_kinds(struct build *build, const struct path *path,
                        const struct fault_options *fault)
{
    size_t known = 0;
    for (guint g = 0; g < build->groups->len; g++) {
        const struct cs_program *program = build_group(build, g)->program;
        if (program == NULL || program->kinds == NULL)
            return;
        size_t count = 0;
        while (program->kinds[count] != NULL)
            count++;
        known = MAX(known, count);
    }
    struct path kinds = path_key(path, "kinds");
    for (uint32_t i = 0; i < fault->message_kind_count; i++) {
        struct path member = path_index(&kinds, i);
        if (fault->message_kinds[i] >= known) {
            wrong_value(build->loading, &member,
                        "no program here sends messages of kind %u: the last one is %zu",
                        fault->message_kinds[i], known - 1);
        }
    }
}

/* ---- Which disks ----------------------------------------------------------------------------- */

/* Whether a fault can meet nodes of this group, as far as its selectors tell. */
static bool can_meet(const struct fault_options *fault, uint32_t group)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            bool place = selector->kind == SELECT_REGION || selector->kind == SELECT_RACK;
            if (place || selector->group == group || selector->group == BUILD_NONE)
                return true;
        }
    }
    return false;
}

static bool has_named(const struct build *build, const struct selector *selector, uint32_t group)
{
    const struct group_build *members = build_group(build, group);
    for (uint32_t i = members->first; i < members->first + members->count; i++) {
        if (is_named(build, selector, i))
            return true;
    }
    return false;
}

bool build_fault_meets(const struct build *build, const struct fault_options *fault, uint32_t group)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            bool place = selector->kind == SELECT_REGION || selector->kind == SELECT_RACK;
            if (place ? has_named(build, selector, group) : selector->group == group)
                return true;
        }
    }
    return false;
}

/* A fault of disks needs one, and "where" names a volume that somebody has whom it can meet. */
static void check_disks(struct build *build, const json_t *value, const struct path *path,
                        const struct fault_options *fault)
{
    const char *where = json_string_value(json_object_get(value, "where"));
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    bool found = false, unknown = fault->side_count == 0;
    for (uint32_t g = 0; g < build->groups->len; g++) {
        const struct cs_program *program = build_group(build, g)->program;
        unknown |= program == NULL;
        if (program == NULL || !can_meet(fault, g))
            continue;
        for (size_t v = 0; program->volumes != NULL && program->volumes[v].name != NULL; v++) {
            found |= g_strcmp0(program->volumes[v].name, where) == 0;
            g_ptr_array_add(names, (void *)program->volumes[v].name);
        }
    }
    struct path member = path_key(path, "where");
    if (names->len == 0 && !unknown) {
        wrong_value(build->loading, path, "it would do nothing: who is meant has no disk");
    } else if (where != NULL && !found && !unknown) {
        build_unknown(build, &member, PART_VALUE, "volume", where, names);
    }
}

void build_check_amounts(struct build *build, const json_t *value, const struct path *path,
                         const struct fault_options *fault)
{
    const json_t *bandwidth = json_object_get(value, "bandwidth");
    const struct distribution *left = &fault->amounts[AMOUNT_BANDWIDTH].distribution;
    if (fault->kind == FAULT_PACKETS && bandwidth != NULL && distribution_min(left) == 0) {
        struct path member = path_key(path, "bandwidth");
        wrong_value(build->loading, &member,
                    "a bandwidth of 0 lets nothing through: that is a partition or a clog");
        return;
    }
    if (fault->kind == FAULT_PACKETS && bandwidth == NULL && build_given(build, path, "queue")) {
        struct path member = path_key(path, "queue");
        wrong_value(build->loading, &member,
                    "nothing waits: a queue is of the \"bandwidth\" beside it");
        return;
    }
    bool sectors = fault->kind == FAULT_BIT_ROT || fault->kind == FAULT_BAD_SECTORS;
    bool any = build_given(build, path, "count") || build_given(build, path, "probability");
    bool moves = build_given(build, path, "jump") || build_given(build, path, "drift_ppm");
    if (sectors && !any) {
        wrong_value(build->loading, path, "missing key \"count\" or \"probability\"");
    } else if (fault->kind == FAULT_CLOCK && !moves) {
        wrong_value(build->loading, path, "missing key \"jump\" or \"drift_ppm\"");
    } else {
        check_all_nothing(build, value, path, fault);
    }
    check_factor(build, value, path, fault);
    if (fault->message_kind_count > 0)
        check_kinds(build, path, fault);
    if (fault->kind >= FAULT_SLOW_DISK && fault->kind <= FAULT_BAD_SECTORS)
        check_disks(build, value, path, fault);
}

/* ---- How long -------------------------------------------------------------------------------- */

void build_check_duration(struct build *build, const struct path *path,
                          const struct fault_options *fault)
{
    bool lasts = fault_syntax[fault->kind].duration == FOR_REQUIRED || fault->kind == FAULT_CLOCK;
    struct path member = path_key(path, "for");
    if (lasts && fault->has_duration && distribution_is_only(&fault->duration, 0))
        wrong_value(build->loading, &member, "it would do nothing: it ends as it begins");
}
