/* Mistakes in the tables of a protocol, each of which has a sentence of its own. */
#include <check.h>

#include "base/text.h"
#include "host/offer.h"
#include "support/suite.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

#define GOOD .state_size = 8, .on_timer = on_timer

/* What is said of these protocols. */
static void expect_fault(const struct cs_protocol *const *offered, const char *sentence)
{
    struct cs_text fault = { 0 };
    ck_assert(offer_is_sound(offered, &fault) == (sentence[0] == '\0'));
    ck_assert_str_eq(text_string(&fault), sentence);
    text_done(&fault);
}

static void expect_fault_of_programs(const struct cs_program *programs, const char *sentence)
{
    const struct cs_protocol protocol = { "kv", CS_API_VERSION, programs, NULL };
    const struct cs_protocol *const offered[] = { &protocol, NULL };
    expect_fault(offered, sentence);
}

/* ---- Protocols ------------------------------------------------------------------------------- */

static const struct cs_program good[] = { { .role = "server", GOOD }, { .role = NULL } };
static const struct cs_program ended[] = { { .role = NULL } };

static const struct {
    struct cs_protocol protocol;
    const char *fault;
} protocols[] = {
    { { "kv.2_b-C", CS_API_VERSION, good, NULL }, "" },
    { { NULL, CS_API_VERSION, good, NULL }, "a protocol has no name" },
    { { "", CS_API_VERSION, good, NULL }, "a protocol has no name" },
    { { "my store", CS_API_VERSION, good, NULL },
      "a protocol is called \"my store\", but a name is 1 to 64 letters, digits, \".\", \"_\" or "
      "\"-\"" },
    { { "kv", CS_API_VERSION + 6, good, NULL },
      "protocol \"kv\" was built for version 7 of clustersim/protocol.h, this is version 1" },
    { { "kv", CS_API_VERSION, NULL, NULL }, "protocol \"kv\" has no programs" },
    { { "kv", CS_API_VERSION, ended, NULL }, "protocol \"kv\" has no programs" },
};

START_TEST(a_protocol_has_a_name_the_right_version_and_programs)
{
    const struct cs_protocol *const offered[] = { &protocols[_i].protocol, NULL };
    expect_fault(offered, protocols[_i].fault);
}
END_TEST

START_TEST(two_protocols_of_one_name_are_not_offered_together)
{
    static const struct cs_protocol kv = { "kv", CS_API_VERSION, good, NULL };
    static const struct cs_protocol other = { "other", CS_API_VERSION, good, NULL };
    static const struct cs_protocol again = { "kv", CS_API_VERSION, good, NULL };
    expect_fault((const struct cs_protocol *const[]){ &kv, &other, NULL }, "");
    expect_fault((const struct cs_protocol *const[]){ &kv, &other, &again, NULL },
                 "two protocols are called \"kv\"");
    expect_fault((const struct cs_protocol *const[]){ NULL }, "");
}
END_TEST

/* ---- Programs -------------------------------------------------------------------------------- */

static const struct {
    struct cs_program programs[3];
    const char *fault;
} programs[] = {
    { { { .role = "server", GOOD }, { .role = "client", GOOD } }, "" },
    { { { .role = "server", .state_size = 8 } }, "program \"kv\" has no handlers" },
    { { { .role = "server", GOOD }, { .role = "client", .state_size = 8 } },
      "program \"kv-client\" has no handlers" },
    { { { .role = "client", .on_timer = on_timer } }, "program \"kv-client\" has no state" },
    { { { .role = "the server", GOOD } },
      "protocol \"kv\" has a role called \"the server\", but a name is 1 to 64 letters, digits, "
      "\".\", \"_\" or \"-\"" },
    { { { .role = "", GOOD } },
      "protocol \"kv\" has a role called \"\", but a name is 1 to 64 letters, digits, \".\", \"_\" "
      "or \"-\"" },
    { { { .role = "client", GOOD }, { .role = "client", GOOD } },
      "protocol \"kv\" has two programs of the role \"client\"" },
};

START_TEST(a_program_has_a_role_of_its_own_state_and_handlers)
{
    expect_fault_of_programs(programs[_i].programs, programs[_i].fault);
}
END_TEST

/* ---- Parameters, volumes, names -------------------------------------------------------------- */

static const char *const one_choice[] = { "kv", NULL };
static const char *const no_choice[] = { NULL };

#define PARAM(text) "parameter \"p\" of program \"kv\" " text

static const struct {
    struct cs_param params[3];
    const char *fault;
} params[] = {
    { { { "p", CS_PARAM_DURATION, "\"1s\"", .help = "P.", .below = "q" },
        { "q", CS_PARAM_DISTRIBUTION, "\"2s\"", .help = "Q." } },
      "" },
    { { { "p", CS_PARAM_CHOICE, "\"kv\"", .choices = one_choice, .help = "P." } }, "" },
    { { { "a p", CS_PARAM_FLAG, "true", .help = "P." } },
      "program \"kv\" has a parameter called \"a p\", but a name is 1 to 64 letters, digits, "
      "\".\", \"_\" or \"-\"" },
    { { { "p", CS_PARAM_FLAG, "true", .help = "P." },
        { "p", CS_PARAM_FLAG, "true", .help = "P." } },
      "program \"kv\" has two parameters called \"p\"" },
    { { { "p", (enum cs_param_kind)99, "true", .help = "P." } },
      PARAM("is of no kind that there is") },
    { { { "p", CS_PARAM_CHOICE, "\"kv\"", .help = "P." } }, PARAM("has no choices") },
    { { { "p", CS_PARAM_CHOICE, "\"kv\"", .choices = no_choice, .help = "P." } },
      PARAM("has no choices") },
    { { { "p", CS_PARAM_NUMBER, "3", .min = 5, .max = 4, .help = "P." } },
      PARAM("has a least value above its largest") },
    { { { "p", CS_PARAM_FLAG, "true" } }, PARAM("has no help") },
    { { { "p", CS_PARAM_DURATION, "\"1s\"", .help = "P.", .below = "q" } },
      PARAM("is to be below what is no parameter of time") },
    { { { "p", CS_PARAM_NUMBER, "3", .help = "P.", .below = "q" },
        { "q", CS_PARAM_DURATION, "\"2s\"", .help = "Q." } },
      PARAM("is to be below what is no parameter of time") },
    { { { "p", CS_PARAM_DURATION, "\"1s\"", .help = "P.", .below = "q" },
        { "q", CS_PARAM_NUMBER, "2", .help = "Q." } },
      PARAM("is to be below what is no parameter of time") },
};

START_TEST(a_parameter_can_be_set)
{
    const struct cs_program table[] = { { .role = "server", GOOD, .params = params[_i].params },
                                        { .role = NULL } };
    expect_fault_of_programs(table, params[_i].fault);
}
END_TEST

static const struct cs_param disks[] = { { "disks", CS_PARAM_NUMBER, "3", .help = "So many." },
                                         { "fast", CS_PARAM_FLAG, "true", .help = "Or not." },
                                         { .name = NULL } };

static const struct {
    struct cs_volume_spec volumes[3];
    const char *fault;
} volumes[] = {
    { { { "log", NULL, 512 }, { "data", "disks", 512 } }, "" },
    { { { "the log", NULL, 512 } },
      "program \"kv\" has a volume called \"the log\", but a name is 1 to 64 letters, digits, "
      "\".\", \"_\" or \"-\"" },
    { { { "log", NULL, 0 } }, "volume \"log\" of program \"kv\" has no size" },
    { { { "log", NULL, 512 }, { "log", "disks", 512 } },
      "program \"kv\" has two volumes called \"log\"" },
    { { { "log", "drives", 512 } },
      "volume \"log\" of program \"kv\" is counted by what is no parameter that is a number" },
    { { { "log", "fast", 512 } },
      "volume \"log\" of program \"kv\" is counted by what is no parameter that is a number" },
};

START_TEST(a_volume_has_a_name_of_its_own_and_a_size)
{
    const struct cs_program table[] = {
        { .role = "server", GOOD, .params = disks, .volumes = volumes[_i].volumes },
        { .role = NULL }
    };
    expect_fault_of_programs(table, volumes[_i].fault);
}
END_TEST

START_TEST(units_and_uses_have_names_of_their_own)
{
    static const char *const twice[] = { "entry", "lookup", "entry", NULL };
    static const char *const spaced[] = { "back ends", NULL };
    expect_fault_of_programs(
        (const struct cs_program[]){ { .role = "server", GOOD, .costs = twice }, { .role = NULL } },
        "program \"kv\" has two units of cost called \"entry\"");
    expect_fault_of_programs(
        (const struct cs_program[]){ { .role = "server", GOOD, .uses = twice }, { .role = NULL } },
        "program \"kv\" has two uses called \"entry\"");
    expect_fault_of_programs(
        (const struct cs_program[]){ { .role = "server", GOOD, .uses = spaced }, { .role = NULL } },
        "program \"kv\" has a use called \"back ends\", but a name is 1 to 64 letters, digits, "
        "\".\", \"_\" or \"-\"");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("offer");
    TCase *tests = tcase_create("offer");
    tcase_add_loop_test(tests, a_protocol_has_a_name_the_right_version_and_programs, 0,
                        (int)(sizeof protocols / sizeof protocols[0]));
    tcase_add_test(tests, two_protocols_of_one_name_are_not_offered_together);
    tcase_add_loop_test(tests, a_program_has_a_role_of_its_own_state_and_handlers, 0,
                        (int)(sizeof programs / sizeof programs[0]));
    tcase_add_loop_test(tests, a_parameter_can_be_set, 0, (int)(sizeof params / sizeof params[0]));
    tcase_add_loop_test(tests, a_volume_has_a_name_of_its_own_and_a_size, 0,
                        (int)(sizeof volumes / sizeof volumes[0]));
    tcase_add_test(tests, units_and_uses_have_names_of_their_own);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
