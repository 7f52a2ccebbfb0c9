/* Soundness of acknowledged_survives on random histories.
 *
 * Each operation has a span of time, and takes effect at one point of it (or later, or never, if
 * its outcome is unknown): such a history has a linearization by construction, so no final read of
 * what is left may be a finding. */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "stage.h"
#include "support/suite.h"

enum { HISTORIES = 5000, STEPS_MAX = 12, LEFT_MAX = 64 };

struct step {
    enum cs_op_kind kind;
    uint64_t from_ms, effect_ms, to_ms; /* effect at UINT64_MAX: never */
    bool unknown;
    char value[4], expected[4];
    bool applied;
};

struct left {
    bool present;
    char value[LEFT_MAX];
};

static void set_up(void) { stage_open(&oracle_acknowledged_survives); }

static void draw_step(struct random_stream *random, struct step *step, size_t place, unsigned style)
{
    static const enum cs_op_kind kinds[] = { CS_OP_PUT, CS_OP_DELETE, CS_OP_CAS, CS_OP_APPEND };
    uint64_t distinct = random_below(random, 2) == 0 ? 3 : 26;
    step->kind = style == 0   ? kinds[random_below(random, 3)]
                 : style == 1 ? CS_OP_APPEND
                              : kinds[random_below(random, 4)];
    step->from_ms = random_below(random, 50);
    step->effect_ms = step->from_ms + random_below(random, 30);
    step->to_ms = step->effect_ms + random_below(random, 30);
    step->unknown = random_below(random, 4) == 0;
    if (step->unknown) {
        step->effect_ms =
            random_below(random, 3) == 0 ? UINT64_MAX : step->from_ms + random_below(random, 500);
    }
    step->value[0] = (char)('a' + random_below(random, distinct));
    step->value[1] = (char)(random_below(random, 2) == 0 ? 'A' + place : 0);
    step->expected[0] = (char)('a' + random_below(random, distinct));
}

static void take_effect(struct left *left, struct step *step)
{
    if (step->kind == CS_OP_APPEND) {
        size_t length = left->present ? strlen(left->value) : 0;
        snprintf(left->value + length, sizeof left->value - length, "%s", step->value);
        left->present = true;
        return;
    }
    step->applied =
        step->kind != CS_OP_CAS || (left->present && strcmp(left->value, step->expected) == 0);
    if (!step->applied)
        return;
    left->present = step->kind != CS_OP_DELETE;
    snprintf(left->value, sizeof left->value, "%s", step->value);
}

/* Let the steps take effect in the order of their points. */
static struct left carry_out(struct step *steps, size_t count)
{
    struct left left = { .present = false };
    for (uint64_t ms = 0; ms < 1000; ms++) {
        for (size_t i = 0; i < count; i++) {
            if (steps[i].effect_ms == ms)
                take_effect(&left, &steps[i]);
        }
    }
    return left;
}

static void record(const struct step *step)
{
    struct cs_op op = { .kind = step->kind, .key = { "k", 1 } };
    if (step->kind != CS_OP_DELETE)
        op.value = cs_bytes_of(step->value, strlen(step->value));
    struct cs_result result = { .status = CS_OK, .applied = step->applied };
    uint64_t from_ns = step->from_ms * 1000000;
    uint64_t to_ns = step->to_ms * 1000000;
    size_t index = history_begin(stage_history(), from_ns, from_ns, F, 0, 0, &op);
    history_end(stage_history(), index, to_ns, step->unknown ? NULL : &result);
}

/* A random history of one key, and what is left of it. */
static struct left random_history(uint64_t seed)
{
    struct random_stream random = random_stream_of(seed);
    struct step steps[STEPS_MAX] = { 0 };
    size_t count = 1 + (size_t)random_below(&random, STEPS_MAX);
    unsigned style = (unsigned)random_below(&random, 3);
    for (size_t i = 0; i < count; i++)
        draw_step(&random, &steps[i], i, style);
    struct left left = carry_out(steps, count);
    for (size_t i = 0; i < count; i++)
        record(&steps[i]);
    return left;
}

START_TEST(what_a_correct_register_leaves_is_never_a_finding)
{
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        if (seed > 1) {
            stage_close();
            set_up();
        }
        struct left left = random_history(seed);
        finally("k", left.present ? left.value : NULL);
        stage_finish();
        ck_assert_msg(!stage_oracle()->violated, "history %d: %s", (int)seed,
                      text_string(&stage_oracle()->detail));
    }
}
END_TEST

START_TEST(most_wrong_leftovers_are_findings)
{
    unsigned found = 0;
    for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
        if (seed > 1) {
            stage_close();
            set_up();
        }
        struct left left = random_history(seed);
        finally("k", left.present ? NULL : "a");
        stage_finish();
        found += stage_oracle()->violated;
    }
    /* Where unknown operations or overlaps explain it, there is nothing to be found. */
    ck_assert_uint_gt(found, HISTORIES / 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random_histories");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, what_a_correct_register_leaves_is_never_a_finding);
    tcase_add_test(tests, most_wrong_leftovers_are_findings);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
