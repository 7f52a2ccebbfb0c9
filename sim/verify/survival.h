/* The two halves of acknowledged_survives: keys that are overwritten, and keys that grow. */
#ifndef VERIFY_SURVIVAL_H
#define VERIFY_SURVIVAL_H
#include "verify/keys.h"
#include "verify/oracles.h"

/* One answered final read of a key. */
struct final_read {
    struct oracle *oracle;
    const struct history *history;
    const struct key_run *run;
    const struct operation *read;
    struct cs_bytes value; /* empty if absent */
};

/* Report a finding: `key "k": ` and the rest. */
void final_read_violation(const struct final_read *final, const char *format, ...) CS_PRINTF(2, 3);

/* Whether a write was answered OK before the final read was asked. */
bool final_read_follows(const struct final_read *final, const struct operation *write);
/* Whether a write may have taken effect before the final read was answered. */
bool final_read_may_follow(const struct final_read *final, const struct operation *write);

/* Arguments for "%.*s". */
#define QUOTED(bytes) (int)(bytes).size, (bytes).size > 0 ? (const char *)(bytes).data : ""

/* A key that only appends have changed. */
void judge_appended(const struct final_read *final);
/* A key that both appends and other writes have changed. */
void judge_mixed(const struct final_read *final);

#endif
