/* Who was what when: a lane for each server, coloured by its role, each leader with its term.  A
 * server that a fault has paused keeps the role that it last said, and does nothing in it: a
 * hatched box lies over its lane. */
#include <inttypes.h>
#include <string.h>

#include "report/internal.h"

enum {
    HEIGHT_LEAST = 900,
    HEIGHT_FRAME = 260, /* what is not lanes */
    HEIGHT_LANE = 26,
    LANES_MAX = 256,
    CHARACTERS = 100,   /* of a term that fit beside one another on the time axis */
    VISIBLE_PART = 700, /* less than one part in so many of the time axis shows as nothing */
};

#define PAUSED "paused"

static const struct {
    const char *state, *title, *colour; /* without a title it is not in the key */
    const char *half, *fill;            /* of a lane's height; gnuplot's fill style */
} states[] = {
    { "leader", "leader (term)", COLOUR_BLUE, "0.38", "solid 1.0 border" },
    { "follower", "follower", COLOUR_SKY, "0.38", "solid 1.0 border" },
    { "candidate", "candidate", COLOUR_ORANGE, "0.38", "solid 1.0 border" },
    { "learner", "learner", COLOUR_PURPLE, "0.38", "solid 1.0 border" },
    { "other", "up, no role", COLOUR_GREY, "0.38", "solid 1.0 border" },
    { PAUSED, NULL, "#ffffff", "0.22", "solid 1.0 border" }, /* SVG's patterns are transparent */
    { PAUSED, "paused", COLOUR_BLACK, "0.22", "pattern 4 border" },
    { "down", "down", COLOUR_BLACK, "0.38", "solid 1.0 border" },
};

/* From `from_ns` to `until_ns` a lane is in one state. */
struct stretch {
    uint64_t from_ns, until_ns;
    uint32_t lane;
    const char *state;
    bool leader; /* that works */
    uint64_t term;
};

/* The lane of an instance, from 0 at the top; LANES_MAX for one without. */
static uint32_t *lanes_of(const struct run_report *report, uint32_t *ret_count)
{
    uint32_t *lanes = g_new(uint32_t, report->samples.instance_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < report->samples.instance_count; i++)
        lanes[i] = report_is_server(report, i) && count < LANES_MAX ? count++ : LANES_MAX;
    *ret_count = count;
    return lanes;
}

static unsigned height_of(const struct run_report *report, uint32_t lanes)
{
    unsigned height = HEIGHT_FRAME + chart_rows_height(report) + HEIGHT_LANE * lanes;
    return MAX(height, HEIGHT_LEAST);
}

/* ---- Stretches --------------------------------------------------------------------------------
 */

static bool same_state(const struct role_change *a, const struct role_change *b)
{
    return a->up == b->up && a->role == b->role && a->term == b->term;
}

static bool pauses(const struct run_report *report, const struct fault_record *fault,
                   uint32_t instance)
{
    if (!fault->fired || report->plan->faults[fault->fault].kind != FAULT_PAUSE)
        return false;
    for (uint32_t t = 0; t < fault->target_count; t++) {
        if (fault->targets[t] == instance)
            return true;
    }
    return false;
}

/* Whether an instance is paused at a time; until *ret_until_ns, which is not after the given one,
 * that stays so. */
static bool is_paused(const struct run_report *report, uint32_t instance, uint64_t at_ns,
                      uint64_t *ret_until_ns)
{
    bool paused = false;
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        if (!pauses(report, fault, instance))
            continue;
        bool now = fault->at_ns <= at_ns && at_ns < fault->until_ns;
        uint64_t edge_ns = now ? fault->until_ns : fault->at_ns;
        if (edge_ns > at_ns)
            *ret_until_ns = MIN(*ret_until_ns, edge_ns);
        paused |= now;
    }
    return paused;
}

/* What an instance was from a change to `until_ns`, in parts where it was paused for some of it. */
static void add_stretches(const struct run_report *report, uint32_t lane,
                          const struct role_change *change, uint64_t until_ns, GArray *stretches)
{
    cs_assert(lane < LANES_MAX);
    for (uint64_t at_ns = change->at_ns, next_ns; at_ns < until_ns; at_ns = next_ns) {
        next_ns = until_ns;
        bool paused = is_paused(report, change->instance, at_ns, &next_ns) && change->up;
        cs_assert(next_ns > at_ns);
        struct stretch stretch = {
            .from_ns = at_ns,
            .until_ns = next_ns,
            .lane = lane,
            .state = report_role_name(change->up, change->role),
            .leader = change->up && change->role == CS_ROLE_LEADER && !paused,
            .term = change->term,
        };
        g_array_append_val(stretches, stretch);
        if (!paused)
            continue;
        stretch.state = PAUSED;
        g_array_append_val(stretches, stretch);
    }
}

/* All of them, in the order of their ends.  The caller frees it. */
static GArray *stretches_of(const struct run_report *report, const uint32_t *lanes)
{
    const struct sample_table *table = &report->samples;
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(struct stretch));
    struct role_change *now = g_new0(struct role_change, table->instance_count);
    for (uint32_t i = 0; i < table->instance_count; i++)
        now[i] = (struct role_change){ .instance = i, .role = CS_ROLE_OTHER };
    for (size_t c = 0; c < table->change_count; c++) {
        const struct role_change *change = &table->changes[c];
        uint32_t i = change->instance;
        if (lanes[i] == LANES_MAX || change->at_ns >= table->end_ns || same_state(&now[i], change))
            continue;
        add_stretches(report, lanes[i], &now[i], change->at_ns, stretches);
        now[i] = *change;
    }
    for (uint32_t i = 0; i < table->instance_count; i++) {
        if (lanes[i] != LANES_MAX)
            add_stretches(report, lanes[i], &now[i], table->end_ns, stretches);
    }
    g_free(now);
    return stretches;
}

/* ---- Data -------------------------------------------------------------------------------------
 */

/* A leader's term, with the word where there is room, or nothing where there is not even for it. */
static void write_term(const struct run_report *report, const struct stretch *stretch, FILE *file)
{
    g_autofree char *number = g_strdup_printf("%" PRIu64, stretch->term);
    g_autofree char *words = g_strconcat("term ", number, NULL);
    uint64_t character_ns = report->samples.end_ns / CHARACTERS;
    uint64_t length_ns = stretch->until_ns - stretch->from_ns;
    if (length_ns >= character_ns * (strlen(words) + 1)) {
        fputs(words, file);
    } else if (length_ns >= character_ns * (strlen(number) + 1)) {
        fputs(number, file);
    }
}

void chart_roles_data(const struct run_report *report, FILE *file)
{
    uint32_t count;
    uint32_t *lanes = lanes_of(report, &count);
    g_autoptr(GArray) stretches = stretches_of(report, lanes);
    fputs("# from (s), until (s), lane, role, term, label\n", file);
    for (guint i = 0; i < stretches->len; i++) {
        const struct stretch *stretch = &g_array_index(stretches, struct stretch, i);
        char from[FIXED_TEXT_MAX], until[FIXED_TEXT_MAX];
        fprintf(file, "%s,%s,%" PRIu32 ",%s,%" PRIu64 ",", seconds_text(from, stretch->from_ns),
                seconds_text(until, stretch->until_ns), stretch->lane, stretch->state,
                stretch->term);
        if (stretch->leader)
            write_term(report, stretch, file);
        fputc('\n', file);
    }
    g_free(lanes);
}

/* ---- Script -----------------------------------------------------------------------------------
 */

/* Whether a state can be seen anywhere. */
static bool is_visible(const struct run_report *report, const GArray *stretches, const char *state)
{
    uint64_t least_ns = report->samples.end_ns / VISIBLE_PART;
    for (guint i = 0; i < stretches->len; i++) {
        const struct stretch *stretch = &g_array_index(stretches, struct stretch, i);
        if (strcmp(stretch->state, state) == 0 && stretch->until_ns - stretch->from_ns >= least_ns)
            return true;
    }
    return false;
}

static void write_lanes(const struct run_report *report, const uint32_t *lanes, uint32_t count,
                        FILE *file)
{
    const char *separator = "";
    fputs("set ytics (", file);
    for (uint32_t i = 0; i < report->samples.instance_count; i++) {
        if (lanes[i] == LANES_MAX)
            continue;
        fputs(separator, file);
        g_autofree char *name = chart_short_name(report_instance_name(report, i));
        chart_quote(name, file);
        fprintf(file, " %" PRIu32, lanes[i]);
        separator = ", ";
    }
    fprintf(file, ") font ',%s'\nset yrange [%" PRIu32 ".6:-0.6] noextend\n",
            count > 20 ? "16" : "20", count - 1);
}

void chart_roles_script(const struct run_report *report, FILE *file)
{
    uint32_t count;
    uint32_t *lanes = lanes_of(report, &count);
    g_autoptr(GArray) stretches = stretches_of(report, lanes);
    unsigned height = height_of(report, count);
    chart_begin(report, "roles", "Roles and terms", height, file);
    chart_time_axis(report, file);
    write_lanes(report, lanes, count, file);
    fputs("unset grid\nplot", file);
    for (size_t s = 0; s < G_N_ELEMENTS(states); s++) {
        if (!is_visible(report, stretches, states[s].state))
            continue;
        bool titled = states[s].title != NULL;
        fprintf(file,
                " \\\n    'roles.csv' using (strcol(4) eq '%s' ? ($1+$2)/2 : NaN):3:1:2:"
                "($3-%s):($3+%s) with boxxyerror linecolor '%s' fillstyle %s %s%s%s,",
                states[s].state, states[s].half, states[s].half, states[s].colour, states[s].fill,
                titled ? "title '" : "notitle", titled ? states[s].title : "", titled ? "'" : "");
    }
    fputs(" \\\n    'roles.csv' using (($1+$2)/2):3:6 with labels font ',16' "
          "textcolor '#ffffff' notitle\n",
          file);
    chart_end("roles", height, file);
    g_free(lanes);
}
