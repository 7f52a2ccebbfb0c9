/* Who was what when: a lane for each server, coloured by its role, each leader with its term. */
#include <inttypes.h>
#include <string.h>

#include "report/internal.h"

enum {
    HEIGHT_LEAST = 900,
    HEIGHT_FRAME = 260, /* what is not lanes */
    HEIGHT_LANE = 26,
    LANES_MAX = 256,
    TERM_CHARACTER_NS = 110, /* a digit takes this part of the time axis */
};

static const struct {
    const char *state, *title, *colour;
} states[] = {
    { "leader", "leader (with its term)", COLOUR_BLUE },
    { "follower", "follower", COLOUR_SKY },
    { "candidate", "candidate", COLOUR_ORANGE },
    { "learner", "learner", COLOUR_PURPLE },
    { "other", "up, no role", COLOUR_GREY },
    { "down", "down", COLOUR_BLACK },
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

static unsigned height_of(uint32_t lanes)
{
    unsigned height = HEIGHT_FRAME + HEIGHT_LANE * lanes;
    return MAX(height, HEIGHT_LEAST);
}

/* ---- Data -------------------------------------------------------------------------------------
 */

/* Short terms have room in a short stretch. */
static bool term_fits(const struct run_report *report, uint64_t length_ns, uint64_t term)
{
    uint64_t digits = 1;
    for (; term >= 10; term /= 10)
        digits++;
    return length_ns >= report->samples.end_ns / TERM_CHARACTER_NS * (digits + 1);
}

static void write_stretch(const struct run_report *report, uint32_t lane,
                          const struct role_change *change, uint64_t until_ns, FILE *file)
{
    if (until_ns <= change->at_ns)
        return;
    char from[FIXED_TEXT_MAX], until[FIXED_TEXT_MAX];
    bool leader = change->up && change->role == CS_ROLE_LEADER;
    fprintf(file, "%s,%s,%" PRIu32 ",%s,%" PRIu64 ",", seconds_text(from, change->at_ns),
            seconds_text(until, until_ns), lane, report_role_name(change->up, change->role),
            change->term);
    if (leader && term_fits(report, until_ns - change->at_ns, change->term))
        fprintf(file, "%" PRIu64, change->term);
    fputc('\n', file);
}

static bool same_state(const struct role_change *a, const struct role_change *b)
{
    return a->up == b->up && a->role == b->role && a->term == b->term;
}

void chart_roles_data(const struct run_report *report, FILE *file)
{
    const struct sample_table *table = &report->samples;
    uint32_t lane_count;
    g_autofree uint32_t *lanes = lanes_of(report, &lane_count);
    g_autofree struct role_change *now = g_new0(struct role_change, table->instance_count);
    for (uint32_t i = 0; i < table->instance_count; i++)
        now[i] = (struct role_change){ .instance = i, .role = CS_ROLE_OTHER };
    fputs("# from (s), until (s), lane, role, term, label\n", file);
    for (size_t c = 0; c < table->change_count; c++) {
        const struct role_change *change = &table->changes[c];
        uint32_t i = change->instance;
        if (lanes[i] == LANES_MAX || change->at_ns >= table->end_ns || same_state(&now[i], change))
            continue;
        write_stretch(report, lanes[i], &now[i], change->at_ns, file);
        now[i] = *change;
    }
    for (uint32_t i = 0; i < table->instance_count; i++) {
        if (lanes[i] != LANES_MAX)
            write_stretch(report, lanes[i], &now[i], table->end_ns, file);
    }
}

/* ---- Script -----------------------------------------------------------------------------------
 */

static bool state_occurs(const struct run_report *report, const char *state)
{
    for (size_t c = 0; c < report->samples.change_count; c++) {
        const struct role_change *change = &report->samples.changes[c];
        if (report_is_server(report, change->instance) &&
            strcmp(report_role_name(change->up, change->role), state) == 0)
            return true;
    }
    return false;
}

static void write_lane_names(const struct run_report *report, const uint32_t *lanes, FILE *file)
{
    const char *separator = "";
    fputs("set ytics (", file);
    for (uint32_t i = 0; i < report->samples.instance_count; i++) {
        if (lanes[i] == LANES_MAX)
            continue;
        fputs(separator, file);
        chart_quote(report_instance_name(report, i), file);
        fprintf(file, " %" PRIu32, lanes[i]);
        separator = ", ";
    }
    fputs(")\n", file);
}

/* Below ten lanes or so the fault labels need the room of one more. */
static void write_lane_range(uint32_t lanes, FILE *file)
{
    char buffer[FIXED_TEXT_MAX];
    uint64_t room = MAX(lanes * 1000u / 5u, 1000u); /* thousandths of a lane */
    fprintf(file, "set yrange [%" PRIu32 ".4:-%s] noextend\n", lanes - 1,
            fixed_text(buffer, room, 3, 3));
}

void chart_roles_script(const struct run_report *report, FILE *file)
{
    uint32_t count;
    g_autofree uint32_t *lanes = lanes_of(report, &count);
    unsigned height = height_of(count);
    chart_begin(report, "roles", "Roles and terms", height, file);
    chart_time_axis(report, file);
    write_lane_names(report, lanes, file);
    write_lane_range(count, file);
    fputs("unset grid\nset style fill solid 1.0 border\nplot", file);
    const char *separator = "";
    for (size_t s = 0; s < G_N_ELEMENTS(states); s++) {
        if (!state_occurs(report, states[s].state))
            continue;
        fprintf(file,
                "%s \\\n    'roles.csv' using (strcol(4) eq '%s' ? ($1+$2)/2 : NaN):3:1:2:"
                "($3-0.38):($3+0.38) with boxxyerror linecolor '%s' title '%s'",
                separator, states[s].state, states[s].colour, states[s].title);
        separator = ",";
    }
    fprintf(file,
            "%s \\\n    'roles.csv' using (($1+$2)/2):3:6 with labels font ',15' "
            "textcolor '#ffffff' notitle\n",
            separator);
    chart_end("roles", height, file);
}
