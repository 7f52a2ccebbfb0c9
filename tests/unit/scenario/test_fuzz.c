/* Whatever is done to a scenario, loading it gives a plan or says what is wrong, and never crashes.
 *
 * FUZZ_ROUNDS sets how many scenarios are tried; FUZZ_FIRST the number of the first, which a
 * failure names.  Worth running under AddressSanitizer. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "given.h"
#include "support/suite.h"

enum { ROUNDS = 1500 };

/* What likes to go wrong, as JSON. */
static const char *const odd_values[] = {
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e308",
    "-0.0",
    "9223372036854775807",
    "0.5",
    "\"\"",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    "{ \"\": 1 }",
    "\"0s\"",
    "\"-1ns\"",
    "\"100y\"",
    "\"*\"",
    "\"kv\"",
    "\"A\"",
    "\"kv/rest\"",
    "\"one:\"",
    "\"fraction:\"",
    "\"rack:\"",
    "\"/\"",
    "\"heal\"",
    "\"unlimited\"",
    "{ \"uniform\": [] }",
    "{ \"mixture\": [[1, { \"mixture\": [] }]] }",
    "{ \"normal\": { \"mean\": \"1s\", \"sd\": \"1s\" } }",
    "{ \"empirical\": \".\" }",
    "{ \"count\": 3 }",
    "[\"A\", \"A\"]",
    "\"\\u00e9\"",
    "\"0x0\"",
    "{ \"note\": \"x\" }",
    "1e-320",
    "{ \"empirical\": [[0, \"1s\"], [1, \"1s\"]] }",
};

static uint64_t number_from_environment(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text == NULL ? otherwise : g_ascii_strtoull(text, NULL, 10);
}

/* The end of the value that begins at `start`: a string, a container, or a word. */
static size_t value_end(const GString *text, size_t start)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = start; i < text->len; i++) {
        char c = text->str[i];
        if (quoted) {
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == ']' || c == '}' || c == ',') {
            if (depth == 0)
                return i;
            depth -= c != ',';
        }
    }
    return text->len;
}

/* The start of a value chosen by chance: behind a colon, a comma or a bracket. */
static size_t some_value(const GString *text, struct random_stream *stream)
{
    size_t at = (size_t)random_below(stream, text->len);
    while (at + 1 < text->len && text->str[at] != ':' && text->str[at] != '[' &&
           text->str[at] != ',')
        at++;
    return at + 1;
}

static void replace_value(GString *text, struct random_stream *stream)
{
    size_t start = some_value(text, stream);
    const char *odd = odd_values[random_below(stream, G_N_ELEMENTS(odd_values))];
    g_string_erase(text, (gssize)start, (gssize)(value_end(text, start) - start));
    g_string_insert(text, (gssize)start, odd);
}

/* Put a copy of one value in another's place: right syntax, wrong meaning. */
static void move_value(GString *text, struct random_stream *stream)
{
    size_t from = some_value(text, stream);
    g_autofree char *copy = g_strndup(text->str + from, value_end(text, from) - from);
    size_t to = some_value(text, stream);
    g_string_erase(text, (gssize)to, (gssize)(value_end(text, to) - to));
    g_string_insert(text, (gssize)to, copy);
}

static void change_byte(GString *text, struct random_stream *stream)
{
    static const char bytes[] = "{}[]\",:0123456789.-+eE/\\ \n\tabnsu\xff\x01";
    size_t at = (size_t)random_below(stream, text->len);
    text->str[at] = bytes[random_below(stream, sizeof bytes)];
}

static void cut(GString *text, struct random_stream *stream)
{
    size_t at = (size_t)random_below(stream, text->len);
    size_t size = (size_t)random_below(stream, 40);
    g_string_erase(text, (gssize)at, (gssize)MIN(size, text->len - at));
}

static void mutate(GString *text, struct random_stream *stream)
{
    uint64_t changes = 1 + random_below(stream, 3);
    for (uint64_t i = 0; i < changes && text->len > 1; i++) {
        uint64_t kind = random_below(stream, 8);
        if (kind < 3) {
            replace_value(text, stream);
        } else if (kind < 5) {
            move_value(text, stream);
        } else if (kind < 7) {
            change_byte(text, stream);
        } else {
            cut(text, stream);
        }
    }
}

/* True if it became a plan. */
static bool try_one(const GString *text, struct registry *registry, uint64_t round)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    given_bytes("s.json", text->str, text->len);
    struct plan *plan = plan_load("s.json", NULL, registry, errors);
    if ((plan == NULL) == (errors->len == 0)) {
        ck_abort_msg("FUZZ_FIRST=%llu: neither or both of a plan and errors: %s",
                     (unsigned long long)round, errors->str);
    }
    if (plan == NULL)
        return false;
    given_file("e.json", plan->effective);
    struct plan *again = plan_load("e.json", NULL, registry, errors);
    if (again == NULL || strcmp(again->effective, plan->effective) != 0) {
        ck_abort_msg("FUZZ_FIRST=%llu: the effective scenario differs: %s",
                     (unsigned long long)round, errors->str);
    }
    plan_free(again);
    plan_free(plan);
    return true;
}

START_TEST(a_changed_scenario_gives_a_plan_or_errors)
{
    uint64_t first = number_from_environment("FUZZ_FIRST", 0);
    uint64_t rounds = number_from_environment("FUZZ_ROUNDS", ROUNDS);
    uint64_t plans = 0;
    struct registry *registry = given_registry();
    for (uint64_t round = first; round < first + rounds; round++) {
        struct random_stream stream = random_stream_of(random_key(round, "scenario", "fuzz"));
        g_autoptr(GString) text = g_string_new(given_scenario());
        mutate(text, &stream);
        plans += try_one(text, registry, round);
    }
    registry_free(registry);
    /* Both outcomes are common, or the changes are too small or too large to find anything. */
    if (rounds >= ROUNDS) {
        ck_assert_uint_gt(plans, rounds / 100);
        ck_assert_uint_lt(plans, rounds / 2);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *tests = tcase_create("fuzz");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, a_changed_scenario_gives_a_plan_or_errors);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
