/* Parameters of a rig: fallbacks are JSON text, of which just these forms are read here:
 * true, false, 3, "4KiB", "50ms", "name", {"uniform":["150ms","300ms"]}. */
#include <stdlib.h>
#include <string.h>

#include "support/rig_internal.h"

static const struct {
    const char *name;
    uint64_t factor;
} units[] = {
    { "", 1 },          { "ns", 1 },         { "us", 1000 },
    { "ms", 1000000 },  { "s", 1000000000 }, { "min", 60000000000 },
    { "B", 1 },         { "KiB", 1 << 10 },  { "MiB", 1 << 20 },
    { "GiB", 1 << 30 },
};

/* A number and its unit, with or without quotes; *at moves behind it. */
static uint64_t parse_quantity(const char **at)
{
    bool quoted = **at == '"';
    char *end;
    *at += quoted;
    cs_assert(**at >= '0' && **at <= '9');
    uint64_t number = strtoull(*at, &end, 10);
    size_t length = strcspn(end, "\",]} ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strlen(units[i].name) == length && strncmp(units[i].name, end, length) == 0) {
            *at = end + length + quoted;
            return number * units[i].factor;
        }
    }
    cs_assert(false && "a unit that the rig knows");
    return 0;
}

static struct distribution parse_distribution(const char *json)
{
    const char *list = strchr(json, '[');
    if (list == NULL)
        return distribution_constant(parse_quantity(&json));
    cs_assert(strstr(json, "\"uniform\"") != NULL);
    list += 1 + strspn(list + 1, " ");
    uint64_t low = parse_quantity(&list);
    list += strspn(list, ", ");
    return distribution_uniform(low, parse_quantity(&list));
}

static uint64_t parse_choice(const struct cs_param *param)
{
    size_t length = strlen(param->fallback) - 2; /* without the quotes */
    for (uint64_t i = 0; param->choices[i] != NULL; i++) {
        if (strlen(param->choices[i]) == length &&
            strncmp(param->choices[i], param->fallback + 1, length) == 0)
            return i;
    }
    cs_assert(false && "the fallback is one of the choices");
    return 0;
}

static struct param_value value_of_fallback(const struct cs_param *param)
{
    const char *at = param->fallback;
    cs_assert(at != NULL);
    switch (param->kind) {
    case CS_PARAM_FLAG:
        return (struct param_value){ .number = strcmp(at, "true") == 0 };
    case CS_PARAM_CHOICE:
        return (struct param_value){ .number = parse_choice(param) };
    case CS_PARAM_DISTRIBUTION:
        return (struct param_value){ .distribution = parse_distribution(at) };
    case CS_PARAM_NUMBER:
    case CS_PARAM_SIZE:
    case CS_PARAM_DURATION:
        break;
    }
    return (struct param_value){ .number = parse_quantity(&at) };
}

struct param_value rig_param_value(const struct cs_param *param, const struct rig_param *overrides)
{
    size_t i = 0;
    while (i < RIG_PARAMS_MAX && overrides[i].name != NULL &&
           strcmp(overrides[i].name, param->name) != 0)
        i++;
    if (i == RIG_PARAMS_MAX || overrides[i].name == NULL)
        return value_of_fallback(param);
    const struct rig_param *given = &overrides[i];
    if (param->kind != CS_PARAM_DISTRIBUTION)
        return (struct param_value){ .number = given->number };
    if (given->high == 0)
        return (struct param_value){ .distribution = distribution_constant(given->number) };
    return (struct param_value){ .distribution = distribution_uniform(given->number, given->high) };
}
