/* A record as JSON: from the process that made it to the one that asked. */
#include "command/command.h"
#include "command/crash/points.h"

static json_t *text_json(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static char *text_of(const json_t *object, const char *key)
{
    return g_strdup(json_string_value(json_object_get(object, key)));
}

static uint64_t number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    cs_assert(json_is_integer(number));
    return (uint64_t)json_integer_value(number);
}

static json_t *point_json(const struct crash_point *point)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o}", "instance",
                     (json_int_t)point->instance, "effect", (json_int_t)point->effect, "step",
                     (json_int_t)point->step, "step_ns", (json_int_t)point->step_ns, "at_ns",
                     (json_int_t)point->at_ns, "unflushed", point->unflushed, "input",
                     text_json(point->input), "before", text_json(point->before), "after",
                     text_json(point->after));
}

json_t *crash_record_json(const struct crash_record *record)
{
    json_t *points = json_array(), *violations = json_array();
    cs_assert(record->checks->len == record->details->len);
    for (guint i = 0; i < record->points->len; i++) {
        const struct crash_point *point = &g_array_index(record->points, struct crash_point, i);
        json_array_append_new(points, point_json(point));
    }
    for (guint i = 0; i < record->checks->len; i++) {
        json_array_append_new(violations, json_pack("{s:s, s:s}", "check", record->checks->pdata[i],
                                                    "detail", record->details->pdata[i]));
    }
    return json_pack("{s:o, s:o, s:I, s:I, s:I}", "points", points, "violations", violations,
                     "boundaries", (json_int_t)record->boundaries, "verdict",
                     (json_int_t)record->verdict, "instances",
                     (json_int_t)record->instances_crashed);
}

void crash_record_of(const json_t *told, struct crash_record *ret_record)
{
    const json_t *points = json_object_get(told, "points");
    const json_t *violations = json_object_get(told, "violations");
    cs_assert(json_is_array(points));
    cs_assert(json_is_array(violations));
    crash_record_init(ret_record);
    for (size_t i = 0; i < json_array_size(points); i++) {
        const json_t *item = json_array_get(points, i);
        const struct crash_point point = {
            .instance = (uint32_t)number_of(item, "instance"),
            .effect = (uint32_t)number_of(item, "effect"),
            .step = number_of(item, "step"),
            .step_ns = number_of(item, "step_ns"),
            .at_ns = number_of(item, "at_ns"),
            .unflushed = json_is_true(json_object_get(item, "unflushed")),
            .input = text_of(item, "input"),
            .before = text_of(item, "before"),
            .after = text_of(item, "after"),
        };
        g_array_append_val(ret_record->points, point);
    }
    for (size_t i = 0; i < json_array_size(violations); i++) {
        const json_t *item = json_array_get(violations, i);
        g_ptr_array_add(ret_record->checks, text_of(item, "check"));
        g_ptr_array_add(ret_record->details, text_of(item, "detail"));
    }
    ret_record->boundaries = number_of(told, "boundaries");
    ret_record->verdict = (enum verdict)number_of(told, "verdict");
    ret_record->instances_crashed = (uint32_t)number_of(told, "instances");
}
