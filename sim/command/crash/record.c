/* The run without a crash: which steps there are, and where a crash could come in them. */
#include <string.h>

#include "base/text.h"
#include "command/command.h"
#include "command/crash/points.h"
#include "command/simulate.h"
#include "host/narrate.h"

/* Whose line of the narration comes next. */
enum awaited { NO_LINE, LINE_OF_INPUT, LINE_OF_EFFECT };

/* The latest boundary of an instance. */
struct place {
    bool any, unflushed, wanted;
    uint32_t incarnation, effect;
    uint64_t step, step_ns;
    char *input, *before; /* `before`: the effect that was carried out last, of this step */
    guint point;          /* the latest of its points, + 1; 0: none */
    bool point_is_last;   /* nothing has come since that point */
};

struct recorder {
    struct cluster *cluster;
    const struct crash_window *window;
    struct crash_record *record;
    struct place *places; /* by instance */
    struct cs_text text;  /* told since the latest hook */
    enum awaited awaited;
    uint32_t awaited_of;
};

/* ---- Lines ----------------------------------------------------------------------------------- */

/* The first line without its margin, time and name; NULL if there is none.  g_free. */
static char *first_line(struct cs_text *text, const char *name)
{
    const char *line = text_string(text);
    const char *end = strchr(line, '\n');
    const char *margin = strstr(line, "ms  ");
    if (end == NULL || margin == NULL || margin > end)
        return NULL;
    const char *said = margin + strlen("ms  ") + strlen(name);
    while (said < end && *said == ' ')
        said++;
    g_autofree char *bytes = g_strndup(said, (gsize)(end - said));
    return g_utf8_make_valid(bytes, -1);
}

/* Keep what was told since the last hook, if somebody waits for it. */
static void collect(struct recorder *recorder)
{
    struct place *place = &recorder->places[recorder->awaited_of];
    cs_assert(!place->point_is_last || place->point > 0);
    const char *name = cluster_options_of(recorder->cluster)->instances[recorder->awaited_of].name;
    if (recorder->awaited == LINE_OF_INPUT) {
        g_free(place->input);
        place->input = first_line(&recorder->text, name);
    }
    if (recorder->awaited == LINE_OF_EFFECT) {
        g_free(place->before);
        place->before = first_line(&recorder->text, name);
        if (place->point_is_last) {
            struct crash_point *point =
                &g_array_index(recorder->record->points, struct crash_point, place->point - 1);
            point->after = g_strdup(place->before);
        }
        place->point_is_last = false;
    }
    recorder->awaited = NO_LINE;
    recorder->text.size = 0;
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

static void on_step(void *self, uint64_t at_ns, uint32_t instance, uint64_t step)
{
    struct recorder *recorder = self;
    struct place *place = &recorder->places[instance];
    collect(recorder);
    cs_assert(step >= place->step);
    cs_assert(recorder->text.size == 0);
    place->step = step;
    place->step_ns = at_ns;
    place->effect = UINT32_MAX;
    place->point_is_last = false;
    g_clear_pointer(&place->before, g_free);
    recorder->awaited = LINE_OF_INPUT;
    recorder->awaited_of = instance;
}

static void add_point(struct recorder *recorder, const struct cluster_boundary *boundary,
                      bool unflushed)
{
    struct place *place = &recorder->places[boundary->instance];
    cs_assert(place->wanted);
    cs_assert(place->step_ns <= boundary->at_ns);
    const struct crash_point point = {
        .instance = boundary->instance,
        .effect = boundary->effect,
        .step = boundary->step,
        .step_ns = place->step_ns,
        .at_ns = boundary->at_ns,
        .unflushed = unflushed,
        .input = g_strdup(place->input),
        .before = g_strdup(place->before),
    };
    recorder->record->instances_crashed += place->point == 0;
    g_array_append_val(recorder->record->points, point);
    place->point = recorder->record->points->len;
    place->point_is_last = true;
}

/* Time between two steps changes what is durable, if something is not. */
static bool is_as_before(const struct place *place, const struct cluster_boundary *boundary,
                         bool unflushed)
{
    bool same_step = boundary->effect > 0;
    return place->any && !boundary->felt && place->incarnation == boundary->incarnation &&
           (same_step || (!unflushed && !place->unflushed));
}

static void on_boundary(void *self, const struct cluster_boundary *boundary)
{
    struct recorder *recorder = self;
    struct place *place = &recorder->places[boundary->instance];
    const struct crash_window *window = recorder->window;
    collect(recorder);
    cs_assert(boundary->effect <= boundary->effects);
    cs_assert(boundary->effect > 0 || !boundary->felt);
    bool again = place->effect == boundary->effect;
    bool inside = boundary->at_ns >= window->from_ns && boundary->at_ns < window->to_ns;
    recorder->awaited = boundary->effect < boundary->effects ? LINE_OF_EFFECT : NO_LINE;
    recorder->awaited_of = boundary->instance;
    cs_assert(place->step == boundary->step);
    if (!place->wanted || !inside || again)
        return;
    bool unflushed = cluster_has_unflushed(recorder->cluster, boundary->instance);
    recorder->record->boundaries++;
    place->effect = boundary->effect;
    if (!is_as_before(place, boundary, unflushed))
        add_point(recorder, boundary, unflushed);
    place->any = true;
    place->unflushed = unflushed;
    place->incarnation = boundary->incarnation;
}

static void on_begin(void *argument, const struct plan *plan, struct cluster *cluster)
{
    struct recorder *recorder = argument;
    (void)plan;
    cs_assert(recorder->cluster == NULL);
    recorder->cluster = cluster;
    const struct cluster_step_watcher watcher = { recorder, on_step, on_boundary };
    cluster_narrate(cluster, &recorder->text, NULL);
    cluster_watch_steps(cluster, &watcher);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void choose_instances(const struct plan *plan, struct recorder *recorder)
{
    const char *const *names = recorder->window->instances;
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        const struct instance_options *instance = &plan->cluster.instances[i];
        bool client = strcmp(instance->program->role, "client") == 0;
        recorder->places[i].wanted =
            names != NULL ? g_strv_contains(names, instance->name) : !client;
    }
}

static void keep_violations(const struct simulation *simulation, struct crash_record *record)
{
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        bool known =
            g_ptr_array_find_with_equal_func(record->checks, finding->check, g_str_equal, NULL);
        if (finding->verdict == VERDICT_VIOLATION && !known) {
            g_ptr_array_add(record->checks, g_strdup(finding->check));
            g_ptr_array_add(record->details, g_utf8_make_valid(finding->detail, -1));
        }
    }
}

static void clear_point(void *item)
{
    struct crash_point *point = item;
    g_free(point->input);
    g_free(point->before);
    g_free(point->after);
}

void crash_record_init(struct crash_record *ret_record)
{
    *ret_record = (struct crash_record){
        .points = g_array_new(FALSE, FALSE, sizeof(struct crash_point)),
        .checks = g_ptr_array_new_with_free_func(g_free),
        .details = g_ptr_array_new_with_free_func(g_free),
    };
    g_array_set_clear_func(ret_record->points, clear_point);
}

void crash_record_make(const struct plan *plan, const struct crash_window *window,
                       struct crash_record *ret_record)
{
    crash_record_init(ret_record);
    uint32_t instances = plan->cluster.instance_count;
    struct recorder recorder = { .window = window,
                                 .record = ret_record,
                                 .places = g_new0(struct place, instances) };
    choose_instances(plan, &recorder);
    const struct simulation_options options = { .on_begin = on_begin, .begin_argument = &recorder };
    struct simulation *simulation = simulation_run(plan, &options);
    cs_assert(recorder.cluster != NULL);
    cs_assert(ret_record->instances_crashed <= instances);
    ret_record->verdict = simulation->verdict;
    keep_violations(simulation, ret_record);
    simulation_free(simulation);
    for (uint32_t i = 0; i < instances; i++) {
        g_free(recorder.places[i].input);
        g_free(recorder.places[i].before);
    }
    g_free(recorder.places);
    text_done(&recorder.text);
}

void crash_record_done(struct crash_record *record)
{
    if (record->points == NULL)
        return;
    g_array_free(record->points, TRUE);
    g_ptr_array_free(record->checks, TRUE);
    g_ptr_array_free(record->details, TRUE);
    *record = (struct crash_record){ 0 };
}
