/* A stage for oracles: five instances that do nothing but state facts, as a test says.
 *
 * Instances are A to E, in one group and in a second one for F; all have started when a test
 * begins, at 12 ms.  A fact's content is one letter.  Time goes on by a millisecond with each thing
 * told. */
#ifndef TEST_VERIFY_STAGE_H
#define TEST_VERIFY_STAGE_H
#include <check.h>

#include "verify/oracles.h"

enum { A, B, C, D, E, F, STAGE_INSTANCES };
#define NOBODY CS_NODE_NONE

/* Only this oracle is on; NULL: all of them. */
void stage_open(const struct oracle_type *type);
void stage_close(void);

void stage_at_ms(uint64_t ms);
/* The facts from now on are of this scope. */
void stage_scope(uint64_t scope);

/* Any fact; instance, time and incarnation are filled in. */
void stage_fact(uint32_t instance, struct stated_fact fact);

void leader(uint32_t instance, uint64_t term);
void voted(uint32_t instance, uint64_t term, uint64_t candidate);
void appended(uint32_t instance, uint64_t index, uint64_t term, char content);
/* One entry a letter: terms "1123" and contents "abcd" from index 1 on. */
void appended_all(uint32_t instance, const char *terms, const char *contents);
void truncated(uint32_t instance, uint64_t from);
void stored(uint32_t instance, uint64_t index, uint64_t term);
void committed(uint32_t instance, uint64_t index, uint64_t term);
void applied(uint32_t instance, uint64_t index, uint64_t term, char content);
void snapshot(uint32_t instance, uint64_t index, uint64_t term, char content);

/* From crash to restart_done facts are recovered ones. */
void crash(uint32_t instance);
void restart(uint32_t instance);
void restart_done(uint32_t instance);
/* A new incarnation that is not a restart. */
void join(uint32_t instance);

/* The history of what clients asked; times in milliseconds. */
struct history *stage_history(void);
void put_ok(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms);
void put_unknown(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms);
void put_failed(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms);
void delete_ok(const char *key, uint64_t from_ms, uint64_t to_ms);
void delete_unknown(const char *key, uint64_t from_ms, uint64_t to_ms);
void cas_ok(const char *key, const char *expected, const char *value, bool did_apply,
            uint64_t from_ms, uint64_t to_ms);
void append_ok(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms);
void append_unknown(const char *key, const char *value, uint64_t from_ms, uint64_t to_ms);
/* The final read found `value`, or nothing if it is NULL.  From 90 s to 91 s. */
void finally(const char *key, const char *value);
void finally_with(const char *key, const struct cs_result *result);

/* Let the oracles judge what they judge at the end, at 100 s. */
void stage_finish(void);

struct verifier *stage_verifier(void);
/* The one oracle's. */
const struct oracle *stage_oracle(void);

#define ck_assert_violation(sentence)                                                              \
    do {                                                                                           \
        ck_assert_int_eq(oracle_verdict(stage_oracle()), CHECK_VIOLATION);                         \
        ck_assert_str_eq(text_string(&stage_oracle()->detail), sentence);                          \
    } while (0)
#define ck_assert_pass()                                                                           \
    do {                                                                                           \
        ck_assert_str_eq(text_string(&stage_oracle()->detail), "");                                \
        ck_assert_int_eq(oracle_verdict(stage_oracle()), CHECK_PASS);                              \
    } while (0)
#define ck_assert_inconclusive()                                                                   \
    ck_assert_int_eq(oracle_verdict(stage_oracle()), CHECK_INCONCLUSIVE)

#endif
