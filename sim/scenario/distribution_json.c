/* Checking a distribution, and making one of what was checked. */
#include "scenario/distribution_json.h"

#include <string.h>

#include "scenario/scalar.h"

#define SHAPE_MIN 0.0009765625 /* base/distribution.h: 1/1024 */
#define SHAPE_MAX 1048576.0

static json_t *check_value(struct loading *loading, enum kind of, const json_t *given,
                           const struct path *path, int64_t *ret_value)
{
    cs_assert(scalar_kind(of));
    cs_assert(ret_value != NULL);
    char *wrong = scalar_read(of, given, ret_value);
    if (wrong == NULL)
        return json_deep_copy(given);
    wrong_value(loading, path, "%s", wrong);
    g_free(wrong);
    return NULL;
}

static enum kind without_sign(enum kind of) { return of == KIND_SHIFT ? KIND_DURATION : of; }

/* ---- Checking: one function for each form; it returns the value checked, or NULL ---- */

typedef json_t *(*check_form)(struct loading *loading, enum kind of, const json_t *given,
                              const struct path *path);

static json_t *check_mean(struct loading *loading, enum kind of, const json_t *given,
                          const struct path *path)
{
    int64_t mean = 0;
    return check_value(loading, of, given, path, &mean);
}

static json_t *check_uniform(struct loading *loading, enum kind of, const json_t *given,
                             const struct path *path)
{
    if (json_array_size(given) != 2) {
        wrong_value(loading, path, "\"uniform\" takes a list of two values, the low and the high");
        return NULL;
    }
    json_t *checked = json_array();
    int64_t ends[2] = { 0, 0 };
    for (size_t i = 0; i < 2; i++) {
        struct path element = path_index(path, i);
        json_t *end = check_value(loading, of, json_array_get(given, i), &element, &ends[i]);
        if (end != NULL)
            json_array_append_new(checked, end);
    }
    if (json_array_size(checked) == 2 && ends[0] <= ends[1])
        return checked;
    if (json_array_size(checked) == 2)
        wrong_value(loading, path, "the low value is above the high one");
    json_decref(checked);
    return NULL;
}

/* An object of two members: a value, and another value or a shape. */
struct pair_format {
    const char *names[2];
    bool shape; /* the second is a number of its own */
};

static bool check_shape(struct loading *loading, const json_t *value, const struct path *path)
{
    double number = json_number_value(value);
    if (json_is_number(value) && number >= SHAPE_MIN && number <= SHAPE_MAX)
        return true;
    wrong_value(loading, path, "expected a number from 1/1024 to 1048576");
    return false;
}

/* One member of the pair. */
static bool check_member(struct loading *loading, enum kind of, const struct pair_format *format,
                         const json_t *value, const struct path *path, int64_t ret_values[2])
{
    bool second = strcmp(path->key, format->names[1]) == 0;
    if (!second && strcmp(path->key, format->names[0]) != 0) {
        unknown_key(loading, path->up, path->key, nearest_name(path->key, format->names, 2));
        return false;
    }
    if (second && format->shape)
        return check_shape(loading, value, path);
    enum kind kind = second ? without_sign(of) : of;
    json_t *copy = check_value(loading, kind, value, path, &ret_values[second]);
    json_decref(copy);
    return copy != NULL;
}

/* False if errors were reported. */
static bool check_pair(struct loading *loading, enum kind of, const struct pair_format *format,
                       const json_t *given, const struct path *path, int64_t ret_values[2])
{
    if (!json_is_object(given)) {
        wrong_value(loading, path, "expected an object with \"%s\" and \"%s\", not %s",
                    format->names[0], format->names[1], json_type_words(given));
        return false;
    }
    bool good = true;
    const char *key = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)given, key, value)
    {
        struct path member = path_key(path, key);
        bool fine =
            format_is_note(key) || check_member(loading, of, format, value, &member, ret_values);
        good = good && fine;
    }
    for (size_t i = 0; i < 2; i++) {
        if (json_object_get(given, format->names[i]) == NULL) {
            missing_key(loading, path, format->names[i]);
            good = false;
        }
    }
    return good;
}

static json_t *check_normal(struct loading *loading, enum kind of, const json_t *given,
                            const struct path *path)
{
    static const struct pair_format format = { { "mean", "sd" }, false };
    int64_t values[2] = { 0, 0 };
    if (!check_pair(loading, of, &format, given, path, values))
        return NULL;
    if (values[1] >= 0)
        return json_deep_copy(given);
    wrong_value(loading, path, "the standard deviation is negative");
    return NULL;
}

static json_t *check_lognormal(struct loading *loading, enum kind of, const json_t *given,
                               const struct path *path)
{
    static const struct pair_format format = { { "p50", "p99" }, false };
    int64_t values[2] = { 0, 0 };
    if (!check_pair(loading, of, &format, given, path, values))
        return NULL;
    if (values[0] > 0 && values[0] <= values[1])
        return json_deep_copy(given);
    wrong_value(loading, path, "%s", values[0] <= 0 ? "p50 must be above 0" : "p50 is above p99");
    return NULL;
}

static json_t *check_pareto(struct loading *loading, enum kind of, const json_t *given,
                            const struct path *path)
{
    static const struct pair_format format = { { "xm", "alpha" }, true };
    int64_t values[2] = { 0, 0 };
    if (!check_pair(loading, of, &format, given, path, values))
        return NULL;
    if (values[0] > 0)
        return json_deep_copy(given);
    wrong_value(loading, path, "xm must be above 0");
    return NULL;
}

static json_t *check_weibull(struct loading *loading, enum kind of, const json_t *given,
                             const struct path *path)
{
    static const struct pair_format format = { { "scale", "shape" }, true };
    int64_t values[2] = { 0, 0 };
    if (!check_pair(loading, of, &format, given, path, values))
        return NULL;
    if (values[0] > 0)
        return json_deep_copy(given);
    wrong_value(loading, path, "the scale must be above 0");
    return NULL;
}

static json_t *check_shifted(struct loading *loading, enum kind of, const json_t *given,
                             const struct path *path)
{
    if (json_array_size(given) != 2) {
        wrong_value(loading, path, "\"shifted\" takes a list of a value and a distribution");
        return NULL;
    }
    struct path first = path_index(path, 0);
    struct path second = path_index(path, 1);
    int64_t shift = 0;
    json_t *value = check_value(loading, of, json_array_get(given, 0), &first, &shift);
    json_t *inner = distribution_check(loading, of, json_array_get(given, 1), &second);
    if (value != NULL && inner != NULL) {
        json_t *checked = json_array();
        json_array_append_new(checked, value);
        json_array_append_new(checked, inner);
        return checked;
    }
    json_decref(value);
    json_decref(inner);
    return NULL;
}

/* One part of a mixture: [weight, distribution]. */
static json_t *check_part(struct loading *loading, enum kind of, const json_t *given,
                          const struct path *path)
{
    const json_t *weight = json_array_get(given, 0);
    double number = json_number_value(weight);
    if (json_array_size(given) != 2 || !json_is_number(weight) || !(number > 0 && number <= 1e9)) {
        wrong_value(loading, path,
                    "a part of a mixture is a list of a weight above 0 and a distribution");
        return NULL;
    }
    struct path second = path_index(path, 1);
    json_t *inner = distribution_check(loading, of, json_array_get(given, 1), &second);
    if (inner == NULL)
        return NULL;
    json_t *part = json_array();
    json_array_append_new(part, json_deep_copy(weight));
    json_array_append_new(part, inner);
    return part;
}

static json_t *check_mixture(struct loading *loading, enum kind of, const json_t *given,
                             const struct path *path)
{
    size_t count = json_array_size(given);
    if (count == 0 || count > DISTRIBUTION_PARTS_MAX) {
        wrong_value(loading, path, "\"mixture\" takes a list of 1 to %d parts",
                    DISTRIBUTION_PARTS_MAX);
        return NULL;
    }
    json_t *checked = json_array();
    for (size_t i = 0; i < count; i++) {
        struct path element = path_index(path, i);
        json_t *part = check_part(loading, of, json_array_get(given, i), &element);
        if (part != NULL)
            json_array_append_new(checked, part);
    }
    if (json_array_size(checked) == count)
        return checked;
    json_decref(checked);
    return NULL;
}

/* One point of an empirical distribution, [quantile, value], not below the one before it. */
static bool check_point(struct loading *loading, enum kind of, const json_t *given,
                        const struct path *path, double *quantile, int64_t *value)
{
    const json_t *first = json_array_get(given, 0);
    double next = json_number_value(first);
    int64_t next_value = 0;
    if (json_array_size(given) != 2 || !json_is_number(first) || !(next >= 0 && next <= 1)) {
        wrong_value(loading, path, "a point is a list of a quantile from 0 to 1 and a value");
        return false;
    }
    struct path second = path_index(path, 1);
    json_t *copy = check_value(loading, of, json_array_get(given, 1), &second, &next_value);
    if (copy == NULL)
        return false;
    json_decref(copy);
    if (next < *quantile || next_value < *value) {
        wrong_value(loading, path, "a point lies below the one before it; both columns ascend");
        return false;
    }
    *quantile = next;
    *value = next_value;
    return true;
}

static json_t *check_empirical(struct loading *loading, enum kind of, const json_t *given,
                               const struct path *path)
{
    if (json_is_string(given) && of == KIND_DURATION)
        return empirical_file(loading, json_string_value(given), path);
    size_t count = json_array_size(given);
    if (count == 0 || count > DISTRIBUTION_POINTS_MAX) {
        wrong_value(loading, path, "\"empirical\" takes a list of 1 to %d points%s",
                    DISTRIBUTION_POINTS_MAX,
                    of == KIND_DURATION ? ", or the name of a CSV file" : "");
        return NULL;
    }
    double quantile = 0;
    int64_t value = 0;
    for (size_t i = 0; i < count; i++) {
        struct path element = path_index(path, i);
        if (!check_point(loading, of, json_array_get(given, i), &element, &quantile, &value))
            return NULL;
    }
    return json_deep_copy(given);
}

static const struct form {
    const char *name;
    check_form check;
    bool signs; /* may be drawn from negative numbers too */
} forms[] = {
    { "uniform", check_uniform, true },      { "exponential", check_mean, false },
    { "normal", check_normal, true },        { "lognormal", check_lognormal, false },
    { "pareto", check_pareto, false },       { "weibull", check_weibull, false },
    { "shifted", check_shifted, false },     { "mixture", check_mixture, false },
    { "empirical", check_empirical, false },
};

static const struct form *find_form(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    }
    return NULL;
}

/* The one member that is no note; NULL if there are none or several. */
static const char *only_member(const json_t *object, size_t *ret_count)
{
    cs_assert(json_is_object(object));
    const char *key = NULL;
    const char *found = NULL;
    const json_t *value = NULL;
    *ret_count = 0;
    json_object_foreach((json_t *)object, key, value)
    {
        if (!format_is_note(key)) {
            found = key;
            ++*ret_count;
        }
    }
    return *ret_count == 1 ? found : NULL;
}

static void unknown_form(struct loading *loading, const struct path *path, const char *name)
{
    const char *names[G_N_ELEMENTS(forms)];
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++)
        names[i] = forms[i].name;
    struct path member = path_key(path, name);
    wrong_name(loading, &member, PART_KEY, nearest_name(name, names, G_N_ELEMENTS(forms)),
               "unknown distribution \"%s\"", name);
}

json_t *distribution_check(struct loading *loading, enum kind of, const json_t *given,
                           const struct path *path)
{
    cs_assert(scalar_kind(of));
    cs_assert(given != NULL);
    int64_t value = 0;
    if (!json_is_object(given))
        return check_value(loading, of, given, path, &value);
    size_t count = 0;
    const char *name = only_member(given, &count);
    if (name == NULL) {
        wrong_value(loading, path, "a distribution has exactly one key, its kind; this has %zu",
                    count);
        return NULL;
    }
    const struct form *form = find_form(name);
    if (form == NULL) {
        unknown_form(loading, path, name);
        return NULL;
    }
    struct path inner = path_key(path, name);
    if ((of == KIND_SHIFT || of == KIND_PPM) && !form->signs) {
        wrong_key(loading, &inner, "only a value, \"uniform\" or \"normal\" is possible here");
        return NULL;
    }
    json_t *checked = form->check(loading, of, json_object_get(given, name), &inner);
    if (checked == NULL)
        return NULL;
    json_t *object = json_object();
    json_object_set_new(object, name, checked);
    return object;
}

/* ---- Making ---- */

static int64_t member(enum kind of, const json_t *object, const char *name)
{
    return scalar_value(of, json_object_get(object, name));
}

/* A number that is not negative, as checked. */
static uint64_t whole(int64_t value)
{
    cs_assert(value >= 0);
    return (uint64_t)value;
}

/* A fraction of 2^64; 1 is the largest there is. */
static uint64_t bits_of(double fraction)
{
    cs_assert(fraction >= 0);
    return fraction >= 1.0 ? UINT64_MAX : (uint64_t)(fraction * 0x1p64);
}

static struct distribution make_mixture(struct plan_memory *memory, enum kind of,
                                        const json_t *list)
{
    cs_assert(json_array_size(list) > 0);
    cs_assert(json_array_size(list) <= DISTRIBUTION_PARTS_MAX);
    size_t count = json_array_size(list);
    struct distribution_part *parts = plan_memory_alloc(memory, count, sizeof *parts);
    struct distribution *inner = plan_memory_alloc(memory, count, sizeof *inner);
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += json_number_value(json_array_get(json_array_get(list, i), 0));
    double upto = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *part = json_array_get(list, i);
        upto += json_number_value(json_array_get(part, 0));
        inner[i] = distribution_make(memory, of, json_array_get(part, 1)).distribution;
        parts[i].distribution = &inner[i];
        parts[i].upto = i + 1 == count ? UINT64_MAX : bits_of(upto / total);
    }
    return distribution_mixture(parts, (uint32_t)count);
}

static struct distribution make_empirical(struct plan_memory *memory, enum kind of,
                                          const json_t *list)
{
    cs_assert(json_array_size(list) > 0);
    cs_assert(json_array_size(list) <= DISTRIBUTION_POINTS_MAX);
    size_t count = json_array_size(list);
    struct distribution_point *points = plan_memory_alloc(memory, count, sizeof *points);
    for (size_t i = 0; i < count; i++) {
        const json_t *point = json_array_get(list, i);
        points[i].quantile = bits_of(json_number_value(json_array_get(point, 0)));
        points[i].value = whole(scalar_value(of, json_array_get(point, 1)));
    }
    return distribution_empirical(points, (uint32_t)count);
}

static struct distribution make_shifted(struct plan_memory *memory, enum kind of,
                                        const json_t *list)
{
    cs_assert(json_array_size(list) == 2);
    struct distribution *inner = plan_memory_alloc(memory, 1, sizeof *inner);
    *inner = distribution_make(memory, of, json_array_get(list, 1)).distribution;
    return distribution_shifted(whole(scalar_value(of, json_array_get(list, 0))), inner);
}

static struct drawn make_uniform(enum kind of, const json_t *list)
{
    cs_assert(json_array_size(list) == 2);
    int64_t low = scalar_value(of, json_array_get(list, 0));
    int64_t high = scalar_value(of, json_array_get(list, 1));
    int64_t shift = low < 0 ? low : 0;
    uint64_t from = (uint64_t)low - (uint64_t)shift;
    uint64_t to = (uint64_t)high - (uint64_t)shift;
    return (struct drawn){ distribution_uniform(from, to), shift };
}

/* Samples are never negative, so a normal distribution with a sign is drawn around a large mean and
 * moved back. */
static struct drawn make_normal(enum kind of, const json_t *object)
{
    int64_t mean = member(of, object, "mean");
    uint64_t deviation = whole(member(without_sign(of), object, "sd"));
    if (of != KIND_SHIFT && of != KIND_PPM)
        return (struct drawn){ distribution_normal(whole(mean), deviation), 0 };
    const int64_t far = INT64_C(1) << 61;
    return (struct drawn){ distribution_normal((uint64_t)far, deviation), mean - far };
}

struct drawn distribution_make(struct plan_memory *memory, enum kind of, const json_t *checked)
{
    cs_assert(checked != NULL);
    cs_assert(scalar_kind(of));
    if (!json_is_object(checked)) {
        int64_t value = scalar_value(of, checked);
        int64_t shift = value < 0 ? value : 0;
        return (struct drawn){ distribution_constant((uint64_t)(value - shift)), shift };
    }
    size_t count = 0;
    const char *name = only_member(checked, &count);
    cs_assert(name != NULL);
    const json_t *inner = json_object_get(checked, name);
    if (strcmp(name, "uniform") == 0)
        return make_uniform(of, inner);
    if (strcmp(name, "normal") == 0)
        return make_normal(of, inner);
    struct drawn drawn = { .shift = 0 };
    if (strcmp(name, "exponential") == 0) {
        drawn.distribution = distribution_exponential(whole(scalar_value(of, inner)));
    } else if (strcmp(name, "lognormal") == 0) {
        drawn.distribution = distribution_lognormal(whole(member(of, inner, "p50")),
                                                    whole(member(of, inner, "p99")));
    } else if (strcmp(name, "pareto") == 0) {
        drawn.distribution = distribution_pareto(
            whole(member(of, inner, "xm")), json_number_value(json_object_get(inner, "alpha")));
    } else if (strcmp(name, "weibull") == 0) {
        drawn.distribution = distribution_weibull(
            whole(member(of, inner, "scale")), json_number_value(json_object_get(inner, "shape")));
    } else if (strcmp(name, "shifted") == 0) {
        drawn.distribution = make_shifted(memory, of, inner);
    } else if (strcmp(name, "mixture") == 0) {
        drawn.distribution = make_mixture(memory, of, inner);
    } else {
        drawn.distribution = make_empirical(memory, of, inner);
    }
    return drawn;
}
