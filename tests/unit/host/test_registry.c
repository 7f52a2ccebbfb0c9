/* Which program a name in a scenario stands for, and what a plug-in may bring.
 *
 *     test-registry FOLDER    where the plug-ins have been built
 */
#include <check.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "host/registry.h"
#include "support/suite.h"

static const char *folder;
static struct registry *registry;

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program with_client[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = "client", .state_size = 8, .on_timer = on_timer },
    { .role = NULL },
};
static const struct cs_program server_only[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = NULL },
};
static const struct cs_program with_two_clients[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = "client", .state_size = 8, .on_timer = on_timer },
    { .role = "x-client", .state_size = 8, .on_timer = on_timer },
    { .role = NULL },
};

static const struct cs_protocol raft = { "raft", CS_API_VERSION, with_two_clients, "" };
static const struct cs_protocol raft_x = { "raft-x", CS_API_VERSION, with_client, "" };
static const struct cs_protocol echo = { "echo", CS_API_VERSION, server_only, "" };
static const struct cs_protocol *const builtin[] = { &echo, &raft, &raft_x, NULL };

static void set_up(void) { registry = registry_new(builtin); }
static void tear_down(void) { registry_free(registry); }

static char *plugin(const char *name) { return g_strdup_printf("%s/%s.so", folder, name); }

/* ---- Names ----------------------------------------------------------------------------------- */

static void expect_program(const char *name, const struct cs_protocol *protocol,
                           const struct cs_program *program)
{
    const struct cs_protocol *found = NULL;
    ck_assert_ptr_eq(registry_find(registry, name, &found), program);
    ck_assert_ptr_eq(found, protocol);
}

START_TEST(a_protocols_name_is_its_server)
{
    expect_program("echo", &echo, &server_only[0]);
    expect_program("raft", &raft, &with_two_clients[0]);
    expect_program("echo-server", &echo, &server_only[0]);
}
END_TEST

START_TEST(a_role_follows_the_name) { expect_program("raft-client", &raft, &with_two_clients[1]); }
END_TEST

START_TEST(a_name_that_begins_another_does_not_hide_it)
{
    expect_program("raft-x", &raft_x, &with_client[0]);
}
END_TEST

/* raft has a role "x-client", and raft-x a role "client". */
START_TEST(of_two_readings_the_longer_name_wins)
{
    expect_program("raft-x-client", &raft_x, &with_client[1]);
    static const struct cs_protocol *const reversed[] = { &raft_x, &raft, NULL };
    registry_free(registry);
    registry = registry_new(reversed);
    expect_program("raft-x-client", &raft_x, &with_client[1]);
}
END_TEST

START_TEST(what_nobody_is_called_is_not_found)
{
    static const char *const names[] = {
        "",        "raf", "raft-",        "raftx", "raft-boss",     "Raft", "echo-client",
        "-client", "-",   "raft-client-", "raft ", "raft-x-server-"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        expect_program(names[i], NULL, NULL);
}
END_TEST

START_TEST(built_in_protocols_come_in_the_tables_order_from_nowhere)
{
    ck_assert_uint_eq(registry_count(registry), 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_eq(registry_at(registry, i), builtin[i]);
        ck_assert_ptr_null(registry_origin(registry, i));
        ck_assert(!registry_replaced(registry, i));
    }
}
END_TEST

START_TEST(an_empty_table_has_nothing)
{
    static const struct cs_protocol *const none[] = { NULL };
    registry_free(registry);
    registry = registry_new(none);
    ck_assert_uint_eq(registry_count(registry), 0);
    expect_program("raft", NULL, NULL);
}
END_TEST

/* ---- Wrong tables, which are mistakes of the program ----------------------------------------- */

static const struct cs_program stateless[] = { { .role = "server" }, { .role = NULL } };
static const struct cs_program idle[] = { { .role = "server", .state_size = 8 }, { .role = NULL } };
static const struct cs_protocol wrong[] = {
    { NULL, CS_API_VERSION, server_only, "" },
    { "", CS_API_VERSION, server_only, "" },
    { "old", CS_API_VERSION - 1, server_only, "" },
    { "none", CS_API_VERSION, NULL, "" },
    { "empty", CS_API_VERSION, &server_only[1], "" },
    { "stateless", CS_API_VERSION, stateless, "" },
    { "idle", CS_API_VERSION, idle, "" },
    { "two words", CS_API_VERSION, server_only, "" },
};

START_TEST(a_wrong_built_in_table_fails_an_assertion)
{
    const struct cs_protocol *const table[] = { &wrong[_i], NULL };
    registry_new(table);
}
END_TEST

/* ---- Plug-ins -------------------------------------------------------------------------------- */

START_TEST(a_plug_in_adds_a_protocol)
{
    g_autofree char *path = plugin("newcomer");
    char *error = NULL;
    ck_assert(registry_load(registry, path, &error));
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(registry_count(registry), 4);
    ck_assert_str_eq(registry_at(registry, 3)->name, "newcomer");
    ck_assert_str_eq(registry_at(registry, 3)->about, "It is new.");
    ck_assert_str_eq(registry_origin(registry, 3), path);
    ck_assert(!registry_replaced(registry, 3));
    const struct cs_protocol *found = NULL;
    ck_assert_str_eq(registry_find(registry, "newcomer", &found)->role, "server");
    ck_assert_str_eq(registry_find(registry, "newcomer-probe", &found)->role, "probe");
    ck_assert_ptr_eq(found, registry_at(registry, 3));
}
END_TEST

START_TEST(a_plug_in_replaces_the_built_in_of_its_name_where_it_stood)
{
    g_autofree char *path = plugin("newcomer");
    char *error = NULL;
    ck_assert(registry_load(registry, path, &error));
    ck_assert_str_eq(registry_at(registry, 1)->name, "raft");
    ck_assert_str_eq(registry_at(registry, 1)->about, "Another build.");
    ck_assert_str_eq(registry_origin(registry, 1), path);
    ck_assert(registry_replaced(registry, 1));
    const struct cs_protocol *found = NULL;
    ck_assert_ptr_nonnull(registry_find(registry, "raft", &found));
    ck_assert_ptr_eq(found, registry_at(registry, 1));
    ck_assert_ptr_null(registry_find(registry, "raft-client", &found)); /* it has none */
    expect_program("raft-x", &raft_x, &with_client[0]);
    ck_assert(!registry_replaced(registry, 0) && !registry_replaced(registry, 2));
}
END_TEST

START_TEST(a_plug_in_may_be_loaded_twice)
{
    g_autofree char *path = plugin("newcomer");
    char *error = NULL;
    ck_assert(registry_load(registry, path, &error));
    ck_assert(registry_load(registry, path, &error));
    ck_assert_uint_eq(registry_count(registry), 4);
}
END_TEST

static const struct {
    const char *name, *fault;
} unusable[] = {
    { "no_symbol", "it does not export \"clustersim_plugin_1\"" },
    { "other_version", "protocol \"future\" was built for version 2 of clustersim/protocol.h, "
                       "this is version 1" },
    { "no_programs", "protocol \"idle\" has no programs" },
    { "no_state", "program \"blank-client\" has no state" },
    { "no_protocols", "it offers no protocols" },
    { "no_handlers", "program \"idle-client\" has no handlers" },
    { "mangled", "it does not export \"clustersim_plugin_1\", but a function of C++ of that name: "
                 "declare it extern \"C\"" },
    { "other_symbol", "it does not export \"clustersim_plugin_1\", but \"clustersim_plugin_2\": it "
                      "was built for version 2 of clustersim/protocol.h, this is version 1" },
};

static void expect_refused(const char *path, const char *sentence)
{
    char *error = NULL;
    ck_assert(!registry_load(registry, path, &error));
    ck_assert_str_eq(error, sentence);
    g_free(error);
    ck_assert_uint_eq(registry_count(registry), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_eq(registry_at(registry, i), builtin[i]);
}

/* ---- Builds ---------------------------------------------------------------------------------- */

static void load(const char *path)
{
    char *error = NULL;
    ck_assert(registry_load(registry, path, &error));
}

static const struct cs_program *of_build(const char *name, const char *build)
{
    const struct cs_protocol *found = NULL;
    const struct cs_program *program = registry_find_build(registry, name, build, &found);
    ck_assert((program == NULL) == (found == NULL));
    return program;
}

START_TEST(what_was_replaced_is_found_by_the_name_of_its_build)
{
    g_autofree char *path = plugin("newcomer");
    ck_assert_ptr_null(of_build("raft", "newcomer"));
    load(path);
    const struct cs_protocol *usual = NULL;
    ck_assert_ptr_eq(of_build("raft", "newcomer"), registry_find(registry, "raft", &usual));
    ck_assert_ptr_eq(of_build("raft", "built-in"), &with_two_clients[0]);
    ck_assert_ptr_eq(of_build("raft-client", "built-in"), &with_two_clients[1]);
    ck_assert_ptr_eq(of_build("raft-x-client", "built-in"), &with_client[1]);
    ck_assert_ptr_null(of_build("raft-client", "newcomer"));
    ck_assert_ptr_null(of_build("newcomer", "built-in"));
    ck_assert_ptr_null(of_build("raft", "newcomer.so"));
    ck_assert_uint_eq(registry_build_count(registry), 2);
    ck_assert_str_eq(registry_build_at(registry, 0), "built-in");
    ck_assert_str_eq(registry_build_at(registry, 1), "newcomer");
}
END_TEST

/* later.so brings another raft, and here its file is called newcomer.so, too. */
START_TEST(of_two_plug_ins_of_one_name_the_later_ones_protocols_stand)
{
    g_autofree char *first = plugin("newcomer");
    g_autofree char *later = plugin("later");
    g_autofree char *elsewhere = g_dir_make_tmp(NULL, NULL);
    g_autofree char *second = g_build_filename(elsewhere, "newcomer.so", NULL);
    ck_assert_int_eq(symlink(later, second), 0);
    load(first);
    const struct cs_program *before = of_build("raft", "newcomer");
    load(second);
    ck_assert_int_eq(unlink(second), 0);
    ck_assert_int_eq(rmdir(elsewhere), 0);
    ck_assert_uint_eq(registry_build_count(registry), 2);
    ck_assert_uint_eq(before->state_size, 8);
    ck_assert_uint_eq(of_build("raft", "newcomer")->state_size, 16);
    ck_assert_ptr_nonnull(of_build("newcomer", "newcomer")); /* only the first brought it */
}
END_TEST

START_TEST(an_unusable_plug_in_is_refused_as_a_whole)
{
    g_autofree char *path = plugin(unusable[_i].name);
    g_autofree char *sentence =
        g_strdup_printf("plug-in \"%s\" cannot be used: %s", path, unusable[_i].fault);
    expect_refused(path, sentence);
}
END_TEST

START_TEST(a_plug_in_that_is_missing_is_said_to_be)
{
    expect_refused("nowhere/none.so", "plug-in \"nowhere/none.so\" does not exist");
}
END_TEST

START_TEST(a_file_that_is_no_shared_object_is_refused_with_the_loaders_reason)
{
    g_autofree char *path = g_strdup_printf("%s/text.%d", g_get_tmp_dir(), (int)g_random_int());
    ck_assert(g_file_set_contents(path, "#!/bin/sh\necho not a shared object\n", -1, NULL));
    g_autofree char *sentence = g_strdup_printf("plug-in \"%s\" cannot be loaded: ", path);
    char *error = NULL;
    bool loaded = registry_load(registry, path, &error);
    g_remove(path);
    ck_assert(!loaded);
    ck_assert(g_str_has_prefix(error, sentence));
    ck_assert_uint_gt(strlen(error), strlen(sentence));
    g_free(error);
    ck_assert_uint_eq(registry_count(registry), 3);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    folder = argv[1];
    Suite *suite = suite_create("registry");
    TCase *tests = tcase_create("registry");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_protocols_name_is_its_server);
    tcase_add_test(tests, a_role_follows_the_name);
    tcase_add_test(tests, a_name_that_begins_another_does_not_hide_it);
    tcase_add_test(tests, of_two_readings_the_longer_name_wins);
    tcase_add_test(tests, what_nobody_is_called_is_not_found);
    tcase_add_test(tests, built_in_protocols_come_in_the_tables_order_from_nowhere);
    tcase_add_test(tests, an_empty_table_has_nothing);
    tcase_add_loop_test_raise_signal(tests, a_wrong_built_in_table_fails_an_assertion, SIGABRT, 0,
                                     (int)G_N_ELEMENTS(wrong));
    tcase_add_test(tests, a_plug_in_adds_a_protocol);
    tcase_add_test(tests, a_plug_in_replaces_the_built_in_of_its_name_where_it_stood);
    tcase_add_test(tests, a_plug_in_may_be_loaded_twice);
    tcase_add_test(tests, what_was_replaced_is_found_by_the_name_of_its_build);
    tcase_add_test(tests, of_two_plug_ins_of_one_name_the_later_ones_protocols_stand);
    tcase_add_loop_test(tests, an_unusable_plug_in_is_refused_as_a_whole, 0,
                        (int)G_N_ELEMENTS(unusable));
    tcase_add_test(tests, a_plug_in_that_is_missing_is_said_to_be);
    tcase_add_test(tests, a_file_that_is_no_shared_object_is_refused_with_the_loaders_reason);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
