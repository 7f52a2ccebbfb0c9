/* A program's parameters: its own table becomes one of the format's, and is read as any other. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/distribution_json.h"
#include "scenario/reader.h"
#include "scenario/scalar.h"

static enum kind kind_of(enum cs_param_kind kind)
{
    switch (kind) {
    case CS_PARAM_FLAG:
        return KIND_FLAG;
    case CS_PARAM_NUMBER:
        return KIND_NUMBER;
    case CS_PARAM_SIZE:
        return KIND_SIZE;
    case CS_PARAM_DURATION:
        return KIND_DURATION;
    case CS_PARAM_DISTRIBUTION:
        return KIND_DISTRIBUTION;
    case CS_PARAM_CHOICE:
        break;
    }
    return KIND_CHOICE;
}

static size_t count_params(const struct cs_program *program)
{
    size_t count = 0;
    while (program->params != NULL && program->params[count].name != NULL)
        count++;
    return count;
}

static const struct format *format_of(struct plan_memory *memory, const struct cs_program *program)
{
    size_t count = count_params(program);
    struct key *keys = plan_memory_alloc(memory, count + 1, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        const struct cs_param *param = &program->params[i];
        keys[i].name = param->name;
        keys[i].kind = kind_of(param->kind);
        keys[i].fallback = param->fallback;
        keys[i].flags = param->fallback == NULL ? KEY_REQUIRED : 0;
        keys[i].min = (int64_t)MIN(param->min, (uint64_t)INT64_MAX);
        keys[i].max = (int64_t)MIN(param->max, (uint64_t)INT64_MAX);
        keys[i].choices = param->choices;
        keys[i].of = KIND_DURATION;
        keys[i].help = param->help;
    }
    struct format *format = plan_memory_alloc(memory, 1, sizeof *format);
    format->name = "config";
    format->keys = keys;
    return format;
}

/* Where both ends of a distribution are known they must be in the parameter's range; else its
 * smallest value must be. */
static bool distribution_in_range(struct build *build, const struct cs_param *param,
                                  const struct distribution *distribution, const struct path *path)
{
    cs_assert(param->kind == CS_PARAM_DISTRIBUTION);
    bool bounded =
        distribution->kind == DISTRIBUTION_CONSTANT || distribution->kind == DISTRIBUTION_UNIFORM;
    uint64_t low = distribution_min(distribution);
    uint64_t high = bounded ? distribution_quantile(distribution, UINT64_MAX) : low;
    if (low >= param->min && (param->max == 0 || high <= param->max))
        return true;
    bool below = low < param->min;
    g_autofree char *limit = scalar_text(KIND_DURATION, (int64_t)(below ? param->min : param->max));
    g_autofree char *is = scalar_text(KIND_DURATION, (int64_t)(below ? low : high));
    wrong_value(build->loading, path, "\"%s\" must be at %s %s, but can be %s", param->name,
                below ? "least" : "most", limit, is);
    return false;
}

static bool make_param(struct build *build, const struct cs_param *param, const json_t *value,
                       const struct path *path, struct param_value *ret)
{
    cs_assert(value != NULL);
    cs_assert(ret != NULL);
    switch (param->kind) {
    case CS_PARAM_FLAG:
        ret->number = json_is_true(value);
        return true;
    case CS_PARAM_CHOICE:
        while (strcmp(param->choices[ret->number], json_string_value(value)) != 0)
            ret->number++;
        return true;
    case CS_PARAM_DISTRIBUTION:
        ret->distribution =
            distribution_make(build->loading->memory, KIND_DURATION, value).distribution;
        return distribution_in_range(build, param, &ret->distribution, path);
    case CS_PARAM_NUMBER:
    case CS_PARAM_SIZE:
    case CS_PARAM_DURATION:
        break;
    }
    ret->number = (uint64_t)scalar_value(kind_of(param->kind), value);
    return true;
}

static uint64_t least_of(const struct cs_param *param, const struct param_value *value)
{
    return param->kind == CS_PARAM_DISTRIBUTION ? distribution_min(&value->distribution)
                                                : value->number;
}

/* What must be below another one, as a heartbeat must be below the time that it is waited for. */
static bool check_below(struct build *build, const struct cs_program *program,
                        const struct param_value *values, const struct path *path)
{
    bool good = true;
    for (size_t i = 0; i < count_params(program); i++) {
        const struct cs_param *param = &program->params[i];
        size_t other = 0;
        if (param->below == NULL)
            continue;
        while (strcmp(program->params[other].name, param->below) != 0) {
            other++;
            cs_assert(program->params[other].name != NULL);
        }
        uint64_t least = least_of(&program->params[other], &values[other]);
        if (values[i].number < least)
            continue;
        good = false;
        g_autofree char *is = scalar_text(KIND_DURATION, (int64_t)values[i].number);
        g_autofree char *limit = scalar_text(KIND_DURATION, (int64_t)least);
        struct path member =
            path_key(path, build_given(build, path, param->name) ? param->name : param->below);
        wrong_value(build->loading, &member, "\"%s\", %s, must be below \"%s\", which can be %s",
                    param->name, is, param->below, limit);
    }
    return good;
}

/* A default that is no JSON is a mistake of the program's table, not of the scenario. */
static bool check_fallbacks(struct build *build, const struct cs_program *program,
                            const struct path *owner_path)
{
    for (size_t i = 0; i < count_params(program); i++) {
        const struct cs_param *param = &program->params[i];
        json_t *value =
            param->fallback != NULL ? json_loads(param->fallback, JSON_DECODE_ANY, NULL) : NULL;
        if (param->fallback != NULL && value == NULL) {
            wrong_value(build->loading, owner_path,
                        "the program's parameter \"%s\" has a default that is no JSON: %s",
                        param->name, param->fallback);
            return false;
        }
        json_decref(value);
    }
    return true;
}

const struct param_value *build_params(struct build *build, const struct cs_program *program,
                                       json_t *owner, const struct path *owner_path)
{
    cs_assert(program != NULL);
    cs_assert(json_is_object(owner));
    struct path path = path_key(owner_path, "config");
    const json_t *given = json_object_get(owner, "config");
    if (given == NULL)
        return NULL; /* it was wrong */
    if (!check_fallbacks(build, program, owner_path))
        return NULL;
    const struct format *format = format_of(build->loading->memory, program);
    json_t *config = reader_object(build->loading, format, given, &path, true);
    json_object_set_new(owner, "config", config);
    size_t count = count_params(program);
    struct param_value *values = plan_memory_alloc(build->loading->memory, count, sizeof *values);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const struct cs_param *param = &program->params[i];
        struct path member = path_key(&path, param->name);
        const json_t *value = json_object_get(config, param->name);
        good = value != NULL && make_param(build, param, value, &member, &values[i]) && good;
    }
    good = good && check_below(build, program, values, &path);
    return good ? values : NULL;
}
