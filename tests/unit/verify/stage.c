#include "stage.h"

#include <string.h>

static const struct instance_options instances[STAGE_INSTANCES] = {
    [A] = { .name = "A" }, [B] = { .name = "B" }, [C] = { .name = "C" },
    [D] = { .name = "D" }, [E] = { .name = "E" }, [F] = { .name = "F", .group = 1 },
};
static const struct cluster_options options = {
    .instances = instances,
    .instance_count = STAGE_INSTANCES,
};

static struct verifier *verifier;
static struct cluster_observer observer;
static struct history *history;
static uint64_t now_ns;
static uint64_t scope;
static uint32_t incarnations[STAGE_INSTANCES];
static bool starting[STAGE_INSTANCES];

static uint64_t tick(void) { return now_ns += 1000000; }

static void boot(uint32_t instance, enum cs_start start)
{
    observer.on_boot(observer.self, tick(), instance, ++incarnations[instance], start);
    starting[instance] = true;
}

void stage_open(const struct oracle_type *type)
{
    bool enabled[32];
    for (size_t t = 0; oracle_types[t] != NULL; t++)
        enabled[t] = type == NULL || oracle_types[t] == type;
    verifier = verifier_new_on(&options, enabled);
    observer = verifier_observer(verifier);
    history = history_new();
    now_ns = 0;
    scope = 0;
    for (uint32_t i = 0; i < STAGE_INSTANCES; i++) {
        incarnations[i] = 0;
        boot(i, CS_START_FOUND);
        restart_done(i);
    }
}

void stage_close(void)
{
    verifier_free(verifier);
    history_free(history);
}

void stage_at_ms(uint64_t ms)
{
    ck_assert_uint_gt(ms * 1000000, now_ns);
    now_ns = (ms - 1) * 1000000;
}

void stage_scope(uint64_t new_scope) { scope = new_scope; }
struct verifier *stage_verifier(void) { return verifier; }
struct history *stage_history(void) { return history; }
const struct oracle *stage_oracle(void) { return verifier_at(verifier, 0); }

/* ---- Facts --------------------------------------------------------------------------------------
 */

void stage_fact(uint32_t instance, struct stated_fact fact)
{
    fact.at_ns = tick();
    fact.instance = instance;
    fact.group = instances[instance].group;
    fact.incarnation = incarnations[instance];
    fact.scope = scope;
    observer.on_fact(observer.self, &fact);
}

static void state(uint32_t instance, enum cs_fact_kind kind, uint64_t a, uint64_t b, char content)
{
    bool recovered = starting[instance];
    stage_fact(instance, (struct stated_fact){
                             .kind = kind,
                             .recovered = recovered,
                             .rests = !recovered,
                             .durable = !recovered,
                             .a = a,
                             .b = b,
                             .digest = (uint64_t)content,
                         });
}

void leader(uint32_t i, uint64_t term) { state(i, CS_FACT_LEADER, term, 0, 0); }
void voted(uint32_t i, uint64_t term, uint64_t candidate)
{
    state(i, CS_FACT_VOTED, term, candidate, 0);
}
void appended(uint32_t i, uint64_t index, uint64_t term, char content)
{
    state(i, CS_FACT_APPENDED, index, term, content);
}
void truncated(uint32_t i, uint64_t from) { state(i, CS_FACT_TRUNCATED, from, 0, 0); }
void stored(uint32_t i, uint64_t index, uint64_t term) { state(i, CS_FACT_STORED, index, term, 0); }
void committed(uint32_t i, uint64_t index, uint64_t term)
{
    state(i, CS_FACT_COMMITTED, index, term, 0);
}
void applied(uint32_t i, uint64_t index, uint64_t term, char content)
{
    state(i, CS_FACT_APPLIED, index, term, content);
}
void snapshot(uint32_t i, uint64_t index, uint64_t term, char content)
{
    state(i, CS_FACT_SNAPSHOT, index, term, content);
}

void appended_all(uint32_t instance, const char *terms, const char *contents)
{
    ck_assert_uint_eq(strlen(terms), strlen(contents));
    for (size_t i = 0; terms[i] != '\0'; i++)
        appended(instance, i + 1, (uint64_t)(terms[i] - '0'), contents[i]);
}

void crash(uint32_t instance) { observer.on_end(observer.self, tick(), instance, END_CRASH, NULL); }
void restart(uint32_t instance) { boot(instance, CS_START_RESTART); }
void join(uint32_t instance) { boot(instance, CS_START_JOIN); }
void restart_done(uint32_t instance)
{
    starting[instance] = false;
    observer.on_ready(observer.self, tick(), instance, incarnations[instance]);
}

/* ---- Histories ----------------------------------------------------------------------------------
 */

static struct cs_bytes bytes(const char *text)
{
    return text == NULL ? (struct cs_bytes){ 0 } : cs_bytes_of(text, strlen(text));
}

/* `result` NULL: no answer by `to_ms`. */
static void ask(struct cs_op op, uint16_t workload, uint64_t from_ms, uint64_t to_ms,
                const struct cs_result *result)
{
    size_t index =
        history_begin(history, from_ms * 1000000, from_ms * 1000000, F, 0, workload, &op);
    history_end(history, index, to_ms * 1000000, result);
}

static const struct cs_result ok = { .status = CS_OK, .applied = true };

void put_ok(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = { .kind = CS_OP_PUT, .key = bytes(key), .value = bytes(value) };
    ask(op, 0, from_ms, to_ms, &ok);
}

void put_unknown(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = { .kind = CS_OP_PUT, .key = bytes(key), .value = bytes(value) };
    ask(op, 0, from_ms, to_ms, NULL);
}

void put_failed(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = { .kind = CS_OP_PUT, .key = bytes(key), .value = bytes(value) };
    ask(op, 0, from_ms, to_ms, &(struct cs_result){ .status = CS_FAILED });
}

void delete_ok(const char *key, uint64_t from_ms, uint64_t to_ms)
{
    ask((struct cs_op){ .kind = CS_OP_DELETE, .key = bytes(key) }, 0, from_ms, to_ms, &ok);
}

void delete_unknown(const char *key, uint64_t from_ms, uint64_t to_ms)
{
    ask((struct cs_op){ .kind = CS_OP_DELETE, .key = bytes(key) }, 0, from_ms, to_ms, NULL);
}

void cas_ok(const char *key, const char *expected, const char *value, bool did_apply,
            uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = {
        .kind = CS_OP_CAS, .key = bytes(key), .expected = bytes(expected), .value = bytes(value)
    };
    ask(op, 0, from_ms, to_ms, &(struct cs_result){ .status = CS_OK, .applied = did_apply });
}

void append_ok(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = { .kind = CS_OP_APPEND, .key = bytes(key), .value = bytes(value) };
    ask(op, 0, from_ms, to_ms, &ok);
}

void append_unknown(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms)
{
    struct cs_op op = { .kind = CS_OP_APPEND, .key = bytes(key), .value = bytes(value) };
    ask(op, 0, from_ms, to_ms, NULL);
}

void finally_with(const char *key, const struct cs_result *result)
{
    struct cs_op op = { .kind = CS_OP_GET, .key = bytes(key) };
    ask(op, HISTORY_FINAL_READ, 90000, 91000, result);
}

void finally(const char *key, const char *value)
{
    struct cs_result result = { .status = CS_OK, .present = value != NULL, .value = bytes(value) };
    finally_with(key, &result);
}

void stage_finish(void) { verifier_finish(verifier, 100000000000u, history); }
