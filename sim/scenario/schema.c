/* The JSON Schema of the format (draft 2020-12), made of the tables.  It tells about spelling and
 * types; names and relations between values are for the program alone. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/format.h"
#include "scenario/json_text.h"
#include "scenario/plan.h"

#define NUMBER_PATTERN "[0-9]+(\\.[0-9]+)?"

static json_t *schema_of_key(const struct key *key, json_t *defs);

static void set(json_t *object, const char *key, json_t *value)
{
    int status = json_object_set_new(object, key, value);
    cs_assert(status == 0);
}

static json_t *typed(const char *type)
{
    json_t *schema = json_object();
    set(schema, "type", json_string(type));
    return schema;
}

static json_t *matching(const char *pattern)
{
    json_t *schema = typed("string");
    set(schema, "pattern", json_string(pattern));
    return schema;
}

static json_t *reference(const char *name)
{
    json_t *schema = json_object();
    g_autofree char *text = g_strconcat("#/$defs/", name, NULL);
    set(schema, "$ref", json_string(text));
    return schema;
}

static json_t *any_of(json_t *first, json_t *second)
{
    json_t *schema = json_object();
    json_t *list = json_array();
    json_array_append_new(list, first);
    json_array_append_new(list, second);
    set(schema, "anyOf", list);
    return schema;
}

static json_t *constant(json_t *value)
{
    json_t *schema = json_object();
    set(schema, "const", value);
    return schema;
}

/* ---- Single values ---- */

static const char *pattern_of(enum kind kind)
{
    switch (kind) {
    case KIND_NAME:
        return "^[A-Za-z0-9._-]{1,64}$";
    case KIND_SEED:
        return "^0x[0-9a-fA-F]{1,16}$";
    case KIND_DURATION:
        return "^[+]?" NUMBER_PATTERN "(ns|us|ms|s|min|h|d|y)$";
    case KIND_SHIFT:
        return "^[+-]?" NUMBER_PATTERN "(ns|us|ms|s|min|h|d|y)$";
    case KIND_FINE_DURATION:
        return "^" NUMBER_PATTERN "(ps|ns|us|ms|s)$";
    case KIND_RATE:
        return "^" NUMBER_PATTERN "/(us|ms|s|min|h)$";
    case KIND_SIZE:
        return "^" NUMBER_PATTERN "(B|[KMGT]B|[KMGT]iB)$";
    case KIND_BANDWIDTH:
        return "^" NUMBER_PATTERN "([kMGT]?bit|[KMG]?B|[KMG]iB)/s$";
    case KIND_TEXT:
    case KIND_FLAG:
    case KIND_NUMBER:
    case KIND_REAL:
    case KIND_PROBABILITY:
    case KIND_CHOICE:
    case KIND_PPM:
    case KIND_FACTOR:
    case KIND_DISTRIBUTION:
    case KIND_SELECTOR:
    case KIND_OBJECT:
    case KIND_MAP:
    case KIND_LIST:
    case KIND_EITHER:
    case KIND_CONFIG:
    case KIND_ANY:
    case KIND_UNSUPPORTED:
        break;
    }
    return NULL;
}

static json_t *schema_of_number(const struct key *key)
{
    bool whole = key->kind == KIND_NUMBER;
    json_t *schema = typed(whole ? "integer" : "number");
    if (key->kind == KIND_PPM)
        return schema;
    bool positive = (key->flags & KEY_POSITIVE) != 0 || key->kind == KIND_FACTOR;
    set(schema, positive ? "exclusiveMinimum" : "minimum", json_integer(key->min));
    if (key->max != 0 || key->kind == KIND_PROBABILITY)
        set(schema, "maximum", json_integer(key->kind == KIND_PROBABILITY ? 1 : key->max));
    if (key->kind == KIND_FACTOR)
        set(schema, "maximum", json_integer(65535));
    return schema;
}

static json_t *schema_of_scalar(const struct key *key)
{
    const char *pattern = pattern_of(key->kind);
    if (key->kind == KIND_SIZE)
        return any_of(matching(pattern), schema_of_number(&(struct key){ .kind = KIND_NUMBER }));
    if (pattern != NULL)
        return matching(pattern);
    if (key->kind == KIND_TEXT || key->kind == KIND_SELECTOR)
        return typed("string");
    if (key->kind == KIND_FLAG)
        return (key->flags & KEY_ONLY_FALSE) != 0 ? constant(json_false()) : typed("boolean");
    if (key->kind == KIND_CHOICE) {
        json_t *schema = json_object();
        json_t *list = json_array();
        for (size_t i = 0; key->choices[i] != NULL; i++)
            json_array_append_new(list, json_string(key->choices[i]));
        set(schema, "enum", list);
        return schema;
    }
    return schema_of_number(key);
}

/* ---- Distributions ---- */

/* A list of exactly two values. */
static json_t *pair(json_t *first, json_t *second)
{
    json_t *schema = typed("array");
    json_t *items = json_array();
    json_array_append_new(items, first);
    json_array_append_new(items, second);
    set(schema, "prefixItems", items);
    set(schema, "minItems", json_integer(2));
    set(schema, "maxItems", json_integer(2));
    return schema;
}

static json_t *list_of(json_t *item, int64_t min, int64_t max)
{
    json_t *schema = typed("array");
    set(schema, "items", item);
    if (min > 0)
        set(schema, "minItems", json_integer(min));
    if (max > 0)
        set(schema, "maxItems", json_integer(max));
    return schema;
}

static void add_notes(json_t *properties)
{
    set(properties, "about", typed("string"));
    set(properties, "note", typed("string"));
}

/* An object with the members named, all required. */
static json_t *record(const char *first, json_t *first_schema, const char *second,
                      json_t *second_schema)
{
    json_t *schema = typed("object");
    json_t *properties = json_object();
    json_t *required = json_array();
    set(properties, first, first_schema);
    json_array_append_new(required, json_string(first));
    if (second != NULL) {
        set(properties, second, second_schema);
        json_array_append_new(required, json_string(second));
    }
    add_notes(properties);
    set(schema, "properties", properties);
    set(schema, "required", required);
    set(schema, "additionalProperties", json_false());
    return schema;
}

static void add_form(json_t *forms, const char *name, json_t *schema)
{
    json_array_append_new(forms, record(name, schema, NULL, NULL));
}

static json_t *schema_of_shape(void)
{
    json_t *schema = typed("number");
    set(schema, "minimum", json_real(0.0009765625));
    set(schema, "maximum", json_integer(1048576));
    return schema;
}

static json_t *value_of(enum kind of) { return schema_of_scalar(&(struct key){ .kind = of }); }

/* Those that can be drawn from negative numbers too come first. */
static void add_forms(json_t *forms, enum kind of, const char *name)
{
    static const struct key weight = { .kind = KIND_REAL,
                                       .flags = KEY_POSITIVE,
                                       .max = 1000000000 };
    static const struct key quantile = { .kind = KIND_PROBABILITY };
    enum kind spread = of == KIND_SHIFT ? KIND_DURATION : of;
    add_form(forms, "uniform", pair(value_of(of), value_of(of)));
    add_form(forms, "normal", record("mean", value_of(of), "sd", value_of(spread)));
    if (of == KIND_SHIFT || of == KIND_PPM)
        return;
    add_form(forms, "exponential", value_of(of));
    add_form(forms, "lognormal", record("p50", value_of(of), "p99", value_of(of)));
    add_form(forms, "pareto", record("xm", value_of(of), "alpha", schema_of_shape()));
    add_form(forms, "weibull", record("scale", value_of(of), "shape", schema_of_shape()));
    add_form(forms, "shifted", pair(value_of(of), reference(name)));
    json_t *part = pair(schema_of_number(&weight), reference(name));
    add_form(forms, "mixture", list_of(part, 1, 1000));
    json_t *point = pair(schema_of_number(&quantile), value_of(of));
    json_t *points = list_of(point, 1, 100000);
    add_form(forms, "empirical", of == KIND_DURATION ? any_of(typed("string"), points) : points);
}

static json_t *schema_of_distribution(enum kind of, json_t *defs)
{
    const char *name = of == KIND_SHIFT         ? "distribution-of-shifts"
                       : of == KIND_PPM         ? "distribution-of-ppm"
                       : of == KIND_SIZE        ? "distribution-of-sizes"
                       : of == KIND_PROBABILITY ? "distribution-of-probabilities"
                       : of == KIND_FACTOR      ? "distribution-of-factors"
                       : of == KIND_NUMBER      ? "distribution-of-numbers"
                       : of == KIND_BANDWIDTH   ? "distribution-of-bandwidths"
                                                : "distribution-of-durations";
    if (json_object_get(defs, name) == NULL) {
        json_t *schema = json_object();
        json_t *forms = json_array();
        set(defs, name, schema);
        json_array_append_new(forms, value_of(of));
        add_forms(forms, of, name);
        set(schema, "anyOf", forms);
    }
    return reference(name);
}

/* ---- Objects ---- */

static json_t *schema_of_map(const struct key *key, json_t *defs)
{
    cs_assert(key->item != NULL);
    json_t *schema = typed("object");
    json_t *notes = json_object();
    set(notes, "about", any_of(typed("string"), schema_of_key(key->item, defs)));
    set(notes, "note", any_of(typed("string"), schema_of_key(key->item, defs)));
    set(schema, "properties", notes);
    set(schema, "additionalProperties", schema_of_key(key->item, defs));
    if ((key->flags & KEY_NAMES) != 0)
        set(schema, "propertyNames", matching(pattern_of(KIND_NAME)));
    if (key->min > 0)
        set(schema, "minProperties", json_integer(key->min));
    return schema;
}

static json_t *schema_of_either(const struct key *key, json_t *defs)
{
    cs_assert(key->item != NULL);
    json_t *schema = json_object();
    json_t *forms = json_array();
    for (const struct key *form = key->item; form->help != NULL; form++)
        json_array_append_new(forms, schema_of_key(form, defs));
    set(schema, "anyOf", forms);
    return schema;
}

/* Exactly one of the alternatives is there. */
static void add_alternatives(json_t *schema, const struct format *format)
{
    json_t *choices = json_array();
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if ((key->flags & KEY_ALTERNATIVE) == 0)
            continue;
        json_t *choice = json_object();
        json_t *required = json_array();
        json_array_append_new(required, json_string(key->name));
        set(choice, "required", required);
        json_array_append_new(choices, choice);
    }
    if (json_array_size(choices) > 0) {
        set(schema, "oneOf", choices);
    } else {
        json_decref(choices);
    }
}

static void fill_object(json_t *schema, const struct format *format, json_t *defs)
{
    cs_assert(format->keys != NULL);
    json_t *properties = json_object();
    json_t *required = json_array();
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if (key->kind == KIND_UNSUPPORTED)
            continue;
        set(properties, key->name, schema_of_key(key, defs));
        if ((key->flags & KEY_REQUIRED) != 0)
            json_array_append_new(required, json_string(key->name));
    }
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++)
        set(properties, format->more_name(i), schema_of_key(format->more, defs));
    add_notes(properties);
    set(schema, "type", json_string("object"));
    set(schema, "properties", properties);
    set(schema, "required", required);
    set(schema, "additionalProperties", json_false());
    add_alternatives(schema, format);
}

static json_t *schema_of_format(const struct format *format, json_t *defs)
{
    if (json_object_get(defs, format->name) == NULL) {
        json_t *schema = json_object();
        set(defs, format->name, schema);
        fill_object(schema, format, defs);
    }
    return reference(format->name);
}

static json_t *bare_schema_of_key(const struct key *key, json_t *defs)
{
    cs_assert(key->kind != KIND_UNSUPPORTED);
    if (key->kind == KIND_OBJECT)
        return schema_of_format(key->format, defs);
    if (key->kind == KIND_MAP)
        return schema_of_map(key, defs);
    if (key->kind == KIND_LIST)
        return list_of(schema_of_key(key->item, defs), key->min, key->max);
    if (key->kind == KIND_EITHER)
        return schema_of_either(key, defs);
    if (key->kind == KIND_DISTRIBUTION)
        return schema_of_distribution(key->of, defs);
    if (key->kind == KIND_CONFIG)
        return typed("object");
    if (key->kind == KIND_ANY)
        return json_object();
    return schema_of_scalar(key);
}

static json_t *schema_of_key(const struct key *key, json_t *defs)
{
    json_t *schema = bare_schema_of_key(key, defs);
    if (key->word != NULL)
        schema = any_of(schema, constant(json_string(key->word)));
    if (key->help != NULL)
        set(schema, "description", json_string(key->help));
    if (key->fallback != NULL)
        set(schema, "default", json_loads(key->fallback, JSON_DECODE_ANY, NULL));
    return schema;
}

/* What a scenario that extends another may hold: any part of the whole, and nulls that remove. */
static json_t *schema_of_patch(void)
{
    json_t *schema = typed("object");
    json_t *properties = json_object();
    for (const struct key *key = format_scenario.keys; key->name != NULL; key++) {
        if (key->kind != KIND_UNSUPPORTED)
            set(properties, key->name, json_true());
    }
    set(properties, "about", json_true());
    set(properties, "note", json_true());
    set(schema, "properties", properties);
    set(schema, "additionalProperties", json_false());
    return schema;
}

char *scenario_schema(void)
{
    json_t *schema = json_object();
    json_t *defs = json_object();
    json_t *extends = json_object();
    json_t *required = json_array();
    json_array_append_new(required, json_string("extends"));
    set(extends, "required", required);
    set(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    set(schema, "title", json_string("clustersim scenario, format 1"));
    set(schema, "if", extends);
    set(schema, "then", schema_of_patch());
    set(schema, "else", schema_of_format(&format_scenario, defs));
    set(schema, "$defs", defs);
    GString *text = g_string_new(NULL);
    json_text_add(text, schema, 0);
    g_string_append_c(text, '\n');
    json_decref(schema);
    return g_string_free(text, FALSE);
}
