/* Programs that come from shared objects. */
#include <unistd.h>

#include "given.h"
#include "support/suite.h"

static const char scenario[] =
    "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" }, \"plugins\": "
    "[\"extra.so\"],\n"
    "  \"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"A\"] } } }\n";

static struct plan *load(const char *const *plugins, GString *errors)
{
    struct plan_overrides overrides = { .plugins = plugins };
    struct registry *registry = given_registry();
    given_file("s.json", scenario);
    struct plan *plan = plan_load("s.json", &overrides, registry, errors);
    registry_free(registry);
    return plan;
}

START_TEST(a_plugin_is_found_beside_the_scenario)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    ck_assert_int_eq(symlink(PLUGIN, "extra.so"), 0);
    struct plan *plan = load(NULL, errors);
    ck_assert_str_eq(errors->str, "");
    ck_assert_str_eq(plan->cluster.instances[0].program_name, "extra");
    plan_free(plan);
}
END_TEST

START_TEST(one_of_the_command_line_stands_for_one_of_the_same_file_name)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    g_autofree char *elsewhere = g_dir_make_tmp(NULL, NULL);
    g_autofree char *file = g_build_filename(elsewhere, "extra.so", NULL);
    ck_assert_int_eq(symlink(PLUGIN, file), 0);
    const char *const plugins[] = { file, NULL };
    struct plan *plan = load(plugins, errors);
    ck_assert_str_eq(errors->str, "");
    ck_assert_ptr_nonnull(plan);
    plan_free(plan);
    ck_assert_int_eq(unlink(file), 0);
    ck_assert_int_eq(rmdir(elsewhere), 0);
}
END_TEST

START_TEST(one_that_cannot_be_loaded_is_named_and_so_is_what_it_would_have_brought)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    const char *const plugins[] = { "none.so", NULL };
    ck_assert_ptr_null(load(plugins, errors));
    ck_assert_str_eq(
        errors->str,
        "s.json:1:72: error: plug-in \"extra.so\" does not exist; one that was built "
        "elsewhere is named by --plugin (at /plugins/0)\n"
        "    1 | { \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" }, "
        "\"plugins\": [\"extra.so\"],\n"
        "      |                                                                        "
        "^^^^^^^^^^\n"
        "s.json:2:33: error: program \"extra\" does not exist (at /groups/g/program)\n"
        "    2 |   \"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"A\"] } } }\n"
        "      |                                 ^^^^^^^\n"
        "--plugin none.so: error: plug-in \"none.so\" does not exist\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plugins");
    TCase *tests = tcase_create("plugins");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_plugin_is_found_beside_the_scenario);
    tcase_add_test(tests, one_of_the_command_line_stands_for_one_of_the_same_file_name);
    tcase_add_test(tests, one_that_cannot_be_loaded_is_named_and_so_is_what_it_would_have_brought);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
