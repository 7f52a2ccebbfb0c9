#include "given.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const modes[] = { "quick", "careful", NULL };

static const struct cs_param store_params[] = {
    { "election_timeout", CS_PARAM_DISTRIBUTION, "{ \"uniform\": [\"150ms\", \"300ms\"] }", 1000000,
      UINT64_C(10000000000), NULL, "How long a follower waits." },
    { "heartbeat", CS_PARAM_DURATION, "\"50ms\"", 1000000, UINT64_C(1000000000), NULL,
      "From one heartbeat to the next." },
    { "batch", CS_PARAM_NUMBER, "16", 1, 1024, NULL, "Entries in one message." },
    { "buffer", CS_PARAM_SIZE, "\"64KiB\"", 0, 0, NULL, "Bytes kept." },
    { "pre_vote", CS_PARAM_FLAG, "true", 0, 0, NULL, "Ask before an election." },
    { "mode", CS_PARAM_CHOICE, "\"careful\"", 0, 0, modes, "How it goes about it." },
    { 0 },
};
static const struct cs_param client_params[] = {
    { "retries", CS_PARAM_NUMBER, "3", 0, 100, NULL, "How often it asks again." },
    { 0 },
};
static const struct cs_volume_spec store_volumes[] = { { "log", NULL, 1 << 20 }, { 0 } };
static const char *const store_costs[] = { "entry", "lookup", NULL };
static const char *const client_uses[] = { "service", NULL };
static const char *const router_uses[] = { "backends", NULL };

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state, (void)cx, (void)id, (void)op;
}

static const struct cs_program store_programs[] = {
    { .role = "server",
      .state_size = 8,
      .params = store_params,
      .volumes = store_volumes,
      .costs = store_costs,
      .on_timer = on_timer },
    { .role = "client",
      .state_size = 8,
      .params = client_params,
      .uses = client_uses,
      .on_request = on_request },
    { 0 },
};
static const struct cs_program router_programs[] = {
    { .role = "server", .state_size = 8, .uses = router_uses, .on_timer = on_timer },
    { 0 },
};
static const struct cs_protocol store = { "store", CS_API_VERSION, store_programs, "Keeps." };
static const struct cs_protocol router = { "router", CS_API_VERSION, router_programs, "Routes." };

struct registry *given_registry(void)
{
    static const struct cs_protocol *const builtin[] = { &store, &router, NULL };
    return registry_new(builtin);
}

const char *given_scenario(void)
{
    static char *text;
    if (text == NULL)
        ck_assert(g_file_get_contents(GIVEN_SCENARIO, &text, NULL, NULL));
    return text;
}

static char *folder;

void given_folder(void)
{
    folder = g_dir_make_tmp("scenario-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    ck_assert_int_eq(chdir(folder), 0);
}

void given_no_folder(void)
{
    GDir *files = g_dir_open(folder, 0, NULL);
    for (const char *name = g_dir_read_name(files); name != NULL; name = g_dir_read_name(files)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        ck_assert_int_eq(remove(path), 0);
    }
    g_dir_close(files);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    g_free(folder);
}

void given_bytes(const char *name, const void *bytes, size_t size)
{
    ck_assert(g_file_set_contents(name, bytes, (gssize)size, NULL));
}

void given_file(const char *name, const char *text) { given_bytes(name, text, strlen(text)); }

/* Plans borrow programs from the registry, which is built in here and may go first. */
static struct plan *load(const char *name, const char *const *sets, GString *errors)
{
    struct plan_overrides overrides = { .sets = sets };
    struct registry *registry = given_registry();
    struct plan *plan = plan_load(name, &overrides, registry, errors);
    registry_free(registry);
    return plan;
}

struct plan *given_plan_with(const char *name, const char *const *sets)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = load(name, sets, errors);
    ck_assert_str_eq(errors->str, "");
    ck_assert_ptr_nonnull(plan);
    return plan;
}

char *given_errors_with(const char *name, const char *const *sets)
{
    GString *errors = g_string_new(NULL);
    ck_assert_ptr_null(load(name, sets, errors));
    ck_assert_uint_gt(errors->len, 0);
    return g_string_free(errors, FALSE);
}

struct plan *given_plan(const char *name) { return given_plan_with(name, NULL); }

char *given_errors(const char *name) { return given_errors_with(name, NULL); }

struct plan *given_plan_of_text(const char *text)
{
    given_file("s.json", text);
    return given_plan("s.json");
}

char *given_errors_of_text(const char *text)
{
    given_file("s.json", text);
    return given_errors("s.json");
}
