#include "host/fits.h"

#include <string.h>

static bool same_text(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* Whether two lists have the same name at `index`, or both end there; else it is told. */
static bool same_name(const char *what, size_t index, const char *name, const char *other,
                      struct cs_text *difference)
{
    cs_assert(what != NULL);
    if (same_text(name, other))
        return true;
    if (other == NULL) {
        cs_text_add(difference, "it has no %s \"%s\"", what, name);
    } else if (name == NULL) {
        cs_text_add(difference, "it has one more %s, \"%s\"", what, other);
    } else {
        cs_text_add(difference, "its %s number %zu is \"%s\", not \"%s\"", what, index + 1, other,
                    name);
    }
    return false;
}

static size_t count_names(const char *const *names)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

static bool same_names(const char *what, const char *const *names, const char *const *others,
                       struct cs_text *difference)
{
    size_t count = count_names(names), other_count = count_names(others);
    for (size_t i = 0; i < count || i < other_count; i++) {
        const char *name = i < count ? names[i] : NULL;
        const char *other = i < other_count ? others[i] : NULL;
        if (!same_name(what, i, name, other, difference))
            return false;
    }
    return true;
}

static bool same_choices(const char *const *choices, const char *const *others)
{
    if (choices == NULL || others == NULL)
        return choices == others;
    size_t i = 0;
    while (choices[i] != NULL && same_text(choices[i], others[i]))
        i++;
    return same_text(choices[i], others[i]);
}

/* Defaults may differ: the scenario's values are those of the group. */
static bool same_param(const struct cs_param *param, const struct cs_param *other,
                       struct cs_text *difference)
{
    const char *differs = NULL;
    if (param->kind != other->kind) {
        differs = "is of another kind";
    } else if (param->min != other->min || param->max != other->max) {
        differs = "has other bounds";
    } else if (!same_choices(param->choices, other->choices)) {
        differs = "has other choices";
    } else if (!same_text(param->below, other->below)) {
        differs = "must be below another one";
    }
    if (differs != NULL)
        cs_text_add(difference, "its parameter \"%s\" %s", param->name, differs);
    return differs == NULL;
}

static bool same_params(const struct cs_param *params, const struct cs_param *others,
                        struct cs_text *difference)
{
    static const struct cs_param none = { 0 };
    params = params != NULL ? params : &none;
    others = others != NULL ? others : &none;
    for (size_t i = 0; params[i].name != NULL || others[i].name != NULL; i++) {
        if (!same_name("parameter", i, params[i].name, others[i].name, difference) ||
            !same_param(&params[i], &others[i], difference))
            return false;
    }
    return true;
}

static bool same_volume(const struct cs_volume_spec *volume, const struct cs_volume_spec *other,
                        struct cs_text *difference)
{
    const char *differs = NULL;
    if (volume->size != other->size) {
        differs = "has another size";
    } else if (!same_text(volume->counted, other->counted)) {
        differs = "is counted by another parameter";
    }
    if (differs != NULL)
        cs_text_add(difference, "its volume \"%s\" %s", volume->name, differs);
    return differs == NULL;
}

static bool same_volumes(const struct cs_volume_spec *volumes, const struct cs_volume_spec *others,
                         struct cs_text *difference)
{
    static const struct cs_volume_spec none = { 0 };
    volumes = volumes != NULL ? volumes : &none;
    others = others != NULL ? others : &none;
    for (size_t i = 0; volumes[i].name != NULL || others[i].name != NULL; i++) {
        if (!same_name("volume", i, volumes[i].name, others[i].name, difference) ||
            !same_volume(&volumes[i], &others[i], difference))
            return false;
    }
    return true;
}

bool program_fits(const struct cs_program *program, const struct cs_program *other,
                  struct cs_text *difference)
{
    cs_assert(program != NULL);
    cs_assert(other != NULL);
    cs_assert(strcmp(program->role, other->role) == 0);
    if (!same_params(program->params, other->params, difference) ||
        !same_volumes(program->volumes, other->volumes, difference) ||
        !same_names("cost", program->costs, other->costs, difference) ||
        !same_names("name that it uses", program->uses, other->uses, difference))
        return false;
    if (program->group_max == other->group_max)
        return true;
    cs_text_add(difference, "its groups have at most %zu members, not %zu", other->group_max,
                program->group_max);
    return false;
}
