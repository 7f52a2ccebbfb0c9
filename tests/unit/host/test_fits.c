/* Which build of a program can take another's place, and what is said of one that cannot. */
#include <check.h>

#include "base/text.h"
#include "host/fits.h"
#include "support/suite.h"

static const char *const modes[] = { "quick", "careful", NULL };
static const char *const fewer_modes[] = { "quick", NULL };
static const struct cs_param params[] = {
    { "batch", CS_PARAM_NUMBER, "16", 1, 1024, NULL, "Entries." },
    { "mode", CS_PARAM_CHOICE, "\"quick\"", 0, 0, modes, "How." },
    { 0 },
};
static const struct cs_volume_spec volumes[] = { { "log", NULL, 4096 }, { 0 } };
static const char *const costs[] = { "entry", "lookup", NULL };
static const char *const uses[] = { "others", NULL };
static const struct cs_program program = { .role = "server",
                                           .state_size = 8,
                                           .params = params,
                                           .volumes = volumes,
                                           .costs = costs,
                                           .uses = uses,
                                           .group_max = 5 };

START_TEST(what_differs_in_state_defaults_and_words_alone_fits)
{
    static const struct cs_param others[] = {
        { "batch", CS_PARAM_NUMBER, "99", 1, 1024, NULL, "As many." },
        { "mode", CS_PARAM_CHOICE, "\"careful\"", 0, 0, modes, "" },
        { 0 },
    };
    static const char *const kinds[] = { "hello", NULL };
    struct cs_text difference = { 0 };
    struct cs_program other = program;
    other.state_size = 4096;
    other.params = others;
    other.kinds = kinds;
    ck_assert(program_fits(&program, &other, &difference));
    ck_assert_str_eq(text_string(&difference), "");
    static const struct cs_program bare = { .role = "server", .state_size = 8 };
    static const char *const none[] = { NULL };
    static const struct cs_program empty = { .role = "server", .uses = none, .costs = none };
    ck_assert(program_fits(&bare, &empty, &difference));
    text_done(&difference);
}
END_TEST

#define PARAMS(...)                                                                                \
    .params = (const struct cs_param[])                                                            \
    {                                                                                              \
        __VA_ARGS__, { 0 }                                                                         \
    }
#define VOLUMES(...)                                                                               \
    .volumes = (const struct cs_volume_spec[])                                                     \
    {                                                                                              \
        __VA_ARGS__, { 0 }                                                                         \
    }
#define NAMES(...)                                                                                 \
    (const char *const[]) { __VA_ARGS__, NULL }
#define BATCH                                                                                      \
    {                                                                                              \
        "batch", CS_PARAM_NUMBER, "16", 1, 1024, NULL, ""                                          \
    }
#define MODE                                                                                       \
    {                                                                                              \
        "mode", CS_PARAM_CHOICE, "\"quick\"", 0, 0, modes, ""                                      \
    }

/* Where a part is not given it is as it was. */
static const struct {
    const struct cs_program other;
    const char *difference;
} unfit[] = {
    { { PARAMS(BATCH) }, "it has no parameter \"mode\"" },
    { { PARAMS(MODE, BATCH) }, "its parameter number 1 is \"mode\", not \"batch\"" },
    { { PARAMS(BATCH, MODE, { "more", CS_PARAM_FLAG, "true", 0, 0, NULL, "" }) },
      "it has one more parameter, \"more\"" },
    { { PARAMS({ "batch", CS_PARAM_SIZE, "16", 1, 1024, NULL, "" }, MODE) },
      "its parameter \"batch\" is of another kind" },
    { { PARAMS({ "batch", CS_PARAM_NUMBER, "16", 1, 9, NULL, "" }, MODE) },
      "its parameter \"batch\" has other bounds" },
    { { PARAMS({ "batch", CS_PARAM_NUMBER, "16", 0, 1024, NULL, "" }, MODE) },
      "its parameter \"batch\" has other bounds" },
    { { PARAMS(BATCH, { "mode", CS_PARAM_CHOICE, "\"quick\"", 0, 0, fewer_modes, "" }) },
      "its parameter \"mode\" has other choices" },
    { { PARAMS({ "batch", CS_PARAM_NUMBER, "16", 1, 1024, NULL, "", "mode" }, MODE) },
      "its parameter \"batch\" must be below another one" },
    { { VOLUMES({ "log", NULL, 8192 }) }, "its volume \"log\" has another size" },
    { { VOLUMES({ "log", "batch", 4096 }) }, "its volume \"log\" is counted by another parameter" },
    { { VOLUMES({ "log", NULL, 4096 }, { "meta", NULL, 512 }) },
      "it has one more volume, \"meta\"" },
    { { .costs = NAMES("entry") }, "it has no cost \"lookup\"" },
    { { .costs = NAMES("lookup", "entry") }, "its cost number 1 is \"lookup\", not \"entry\"" },
    { { .uses = NAMES("others", "more") }, "it has one more name that it uses, \"more\"" },
    { { .group_max = 3 }, "its groups have at most 3 members, not 5" },
};

START_TEST(what_does_not_fit_is_told_by_the_first_difference)
{
    struct cs_text difference = { 0 };
    struct cs_program other = program;
    const struct cs_program *given = &unfit[_i].other;
    other.params = given->params != NULL ? given->params : params;
    other.volumes = given->volumes != NULL ? given->volumes : volumes;
    other.costs = given->costs != NULL ? given->costs : costs;
    other.uses = given->uses != NULL ? given->uses : uses;
    other.group_max = given->group_max != 0 ? given->group_max : program.group_max;
    ck_assert(!program_fits(&program, &other, &difference));
    ck_assert_str_eq(text_string(&difference), unfit[_i].difference);
    text_done(&difference);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fits");
    TCase *tests = tcase_create("fits");
    tcase_add_test(tests, what_differs_in_state_defaults_and_words_alone_fits);
    tcase_add_loop_test(tests, what_does_not_fit_is_told_by_the_first_difference, 0,
                        (int)(sizeof unfit / sizeof *unfit));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
