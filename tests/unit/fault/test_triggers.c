/* Faults that wait for an event. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

static void begin(const struct fault_options *faults, uint32_t count)
{
    beat_begin(&beat, 1, faults, count);
}

static const struct fault_record *record(size_t index)
{
    return timeline_record(beat.timeline, index);
}

/* A harmless fault that shows when it fires, and one that only says when it would. */
#define SEEN(name, event, ...)                                                                     \
    {                                                                                              \
        .id = (name), .on = (event), .kind = FAULT_FAILING_FLUSH, AMOUNT(COUNT, 1),                \
        SIDES(SIDE(NODE(A))), __VA_ARGS__                                                          \
    }
#define TOLD(name, event)                                                                          \
    {                                                                                              \
        .id = (name), .on = (event), .kind = FAULT_CLOCK                                           \
    }
#define AFTER_NS(ns) .after = { .distribution = { .value = (ns) } }

/* "1.000000000 1.200000000 ": when the faults fired. */
static const char *fired(void)
{
    static char text[512];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        int more = snprintf(text + size, sizeof text - size, "%llu.%09llu ",
                            (unsigned long long)(record(i)->at_ns / 1000000000),
                            (unsigned long long)(record(i)->at_ns % 1000000000));
        cs_assert(more > 0);
        size += (size_t)more;
        cs_assert(size < sizeof text);
    }
    return text;
}

static void lead_at(uint32_t instance, uint64_t ms)
{
    beat_run_to_ms(&beat, ms);
    beat_ask(&beat, instance, BEAT_LEAD);
}

START_TEST(a_number_chooses_one_event_and_none_means_each)
{
    const struct fault_options faults[] = {
        SEEN("x", "leader-elected"),
        SEEN("y", "leader-elected", .on_number = 3),
        SEEN("z", "leader-elected", .on_number = 9),
    };
    begin(faults, 3);
    lead_at(A, 1000);
    lead_at(B, 2000);
    lead_at(A, 3000);
    lead_at(C, 4000);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 1.000000002s..1.000000002s a\nx#1 2.000000002s..2.000000002s a\n"
                     "x#2 3.000000002s..3.000000002s a\ny#0 3.000000002s..3.000000002s a\n"
                     "x#3 4.000000002s..4.000000002s a\n");
    ck_assert_str_eq(record(0)->name, "x.1");
    ck_assert_str_eq(record(2)->name, "x.3");
    ck_assert_str_eq(record(3)->name, "y");
}
END_TEST

START_TEST(what_was_recovered_is_no_news)
{
    const struct fault_options fault = SEEN("x", "leader-elected");
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    beat_ask(&beat, A, BEAT_RECOVER);
    beat_run_to_ms(&beat, 2000);
    ck_assert_str_eq(fired(), "");
}
END_TEST

START_TEST(a_fault_waits_for_a_name_that_a_program_reaches)
{
    const struct fault_options faults[] = {
        SEEN("x", "here", .on_number = 2),
        SEEN("y", "her"),
        SEEN("z", "leader-elected"),
    };
    begin(faults, 3);
    for (uint64_t ms = 1000; ms < 4000; ms += 1000) {
        beat_run_to_ms(&beat, ms);
        beat_ask(&beat, B, BEAT_REACH);
    }
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(fired(), "2.000000002 ");
}
END_TEST

START_TEST(a_fault_fires_so_long_after_its_event_but_a_nanosecond_at_least)
{
    const struct fault_options faults[] = {
        SEEN("w", "here", AFTER_NS(1)),
        SEEN("x", "here", AFTER_NS(2)),
        SEEN("y", "here", AFTER_NS(500000000)),
        SEEN("z", "here"),
    };
    begin(faults, 4);
    beat_run_to_ms(&beat, 1000);
    beat_ask(&beat, B, BEAT_REACH); /* at 1.000000001 s */
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(fired(), "1.000000002 1.000000002 1.000000003 1.500000001 ");
    ck_assert_uint_eq(record(0)->fault, 0);
    ck_assert_uint_eq(record(1)->fault, 3);
}
END_TEST

START_TEST(how_long_after_is_drawn_for_each_event)
{
    const struct fault_options fault =
        SEEN("x", "here", .after = { .distribution = distribution_uniform(0, 99999999) });
    begin(&fault, 1);
    for (uint64_t ms = 100; ms <= 9000; ms += 100) {
        beat_run_to_ms(&beat, ms);
        beat_ask(&beat, B, BEAT_REACH);
    }
    beat_run_to_ms(&beat, 9999);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 90);
    unsigned early = 0;
    uint64_t last = 0;
    for (size_t i = 0; i < 90; i++) {
        uint64_t after = record(i)->at_ns - 100000001 - 100000000 * i;
        ck_assert(after >= 1 && after < 100000000 && after != last);
        early += after < 50000000;
        last = after;
    }
    ck_assert(early > 20 && early < 70);
}
END_TEST

START_TEST(events_that_come_before_the_first_firing_draw_their_own_times_too)
{
    const struct fault_options fault =
        SEEN("x", "here", .after = { .distribution = distribution_uniform(0, 999999999) });
    begin(&fault, 1);
    for (uint64_t ms = 1000; ms < 1200; ms += 10) {
        beat_run_to_ms(&beat, ms);
        beat_ask(&beat, B, BEAT_REACH);
    }
    beat_run_to_ms(&beat, 9000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 20);
    for (size_t i = 1; i < 20; i++)
        ck_assert_uint_ne(record(i)->at_ns, record(i - 1)->at_ns + 10000000);
}
END_TEST

START_TEST(a_fault_waits_for_beginnings_and_ends)
{
    const struct fault_options faults[] = {
        { .id = "c", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "p", .kind = FAULT_POWER_LOSS, AT_MS(3000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        SEEN("x", "ended"),
        SEEN("y", "started", .on_number = 6), /* the last of the first six */
        SEEN("z", "started", .on_number = 7),
    };
    begin(faults, 5);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "y#0 1ns..1ns a\nc#0 1s..1.5s b\nx#0 1.000000001s..1.000000001s a\n"
                     "z#0 1.500000001s..1.500000001s a\np#0 3s..3.5s b\n"
                     "x#1 3.000000001s..3.000000001s a\n");
}
END_TEST

START_TEST(the_steady_phase_begins_at_the_end_of_the_warm_up_and_a_second_after_the_last_fault)
{
    const struct fault_options faults[] = {
        { .id = "c", .kind = FAULT_PAUSE, AT_MS(4000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "d", .kind = FAULT_PAUSE, AT_MS(5000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "r", .kind = FAULT_REPLACED_DISK, AT_MS(7000), SIDES(SIDE(NODE(B))) },
        TOLD("x", "phase:steady"),
    };
    beat.warmup_ns = 3000000000;
    begin(faults, 4);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 3.000000001s..3.000000001s !\nc#0 4s..4.5s b\nd#0 5s..5.5s b\n"
                     "x#1 6.500000001s..6.500000001s !\nr#0 7s..7s b\n"
                     "x#2 8.000000001s..8.000000001s !\n");
}
END_TEST

START_TEST(the_steady_phase_does_not_begin_during_the_warm_up)
{
    const struct fault_options faults[] = {
        { .id = "c", .kind = FAULT_PAUSE, AT_MS(500), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        TOLD("x", "phase:steady"),
    };
    beat.warmup_ns = 5000000000;
    begin(faults, 2);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "c#0 500ms..1s b\nx#0 5.000000001s..5.000000001s !\n");
}
END_TEST

START_TEST(the_steady_phase_begins_once_where_its_causes_coincide)
{
    const struct fault_options faults[] = {
        { .id = "c", .kind = FAULT_PAUSE, AT_MS(500), FOR_MS(1500), SIDES(SIDE(NODE(B))) },
        TOLD("x", "phase:steady"),
    };
    beat.warmup_ns = 3000000000;
    begin(faults, 2);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "c#0 500ms..2s b\nx#0 3.000000001s..3.000000001s !\n");
}
END_TEST

START_TEST(the_phase_of_faults_begins_with_the_first_of_those_that_overlap)
{
    const struct fault_options faults[] = {
        { .id = "c", .kind = FAULT_PAUSE, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "d", .kind = FAULT_PAUSE, AT_MS(1400), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "e", .kind = FAULT_PAUSE, AT_MS(2000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        SEEN("x", "phase:faults"),
    };
    begin(faults, 4);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "c#0 1s..1.5s b\nx#0 1.000000001s..1.000000001s a\nd#0 1.4s..1.9s b\n"
                     "e#0 2s..2.5s b\nx#1 2.000000001s..2.000000001s a\n");
}
END_TEST

START_TEST(nothing_fires_at_the_heal_or_later)
{
    const struct fault_options faults[] = {
        SEEN("x", "here"),
        SEEN("y", "here", AFTER_NS(1000000000)),
    };
    beat_begin_with_heal(&beat, 1, faults, 2, 2000, HEAL_ALL);
    beat_run_to_ms(&beat, 1500);
    beat_ask(&beat, B, BEAT_REACH);
    beat_run_to_ms(&beat, 2500);
    beat_ask(&beat, B, BEAT_REACH);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(fired(), "1.500000002 ");
}
END_TEST

START_TEST(every_event_has_its_name)
{
    static const char *const names[] = {
        "leader-elected", "voted",        "truncated",    "committed", "applied",  "snapshot",
        "configured",     "promised",     "accepted",     "chosen",    "prepared", "decided",
        "granted",        "released",     "owned",        "suspected", "trusted",  "started",
        "ended",          "phase:steady", "phase:faults", NULL,
    };
    begin(NULL, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_pstr_eq(fault_event_name(i), names[i]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("triggers");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_number_chooses_one_event_and_none_means_each);
    tcase_add_test(tcase, what_was_recovered_is_no_news);
    tcase_add_test(tcase, a_fault_waits_for_a_name_that_a_program_reaches);
    tcase_add_test(tcase, a_fault_fires_so_long_after_its_event_but_a_nanosecond_at_least);
    tcase_add_test(tcase, how_long_after_is_drawn_for_each_event);
    tcase_add_test(tcase, events_that_come_before_the_first_firing_draw_their_own_times_too);
    tcase_add_test(tcase, a_fault_waits_for_beginnings_and_ends);
    tcase_add_test(
        tcase, the_steady_phase_begins_at_the_end_of_the_warm_up_and_a_second_after_the_last_fault);
    tcase_add_test(tcase, the_steady_phase_does_not_begin_during_the_warm_up);
    tcase_add_test(tcase, the_steady_phase_begins_once_where_its_causes_coincide);
    tcase_add_test(tcase, the_phase_of_faults_begins_with_the_first_of_those_that_overlap);
    tcase_add_test(tcase, nothing_fires_at_the_heal_or_later);
    tcase_add_test(tcase, every_event_has_its_name);
    Suite *suite = suite_create("triggers");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
