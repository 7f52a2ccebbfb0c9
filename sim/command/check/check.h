/* What the answers of the verb check share. */
#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H
#include <jansson.h>

#include "archive/archive.h"
#include "command/command.h"
#include "verify/weak.h"

/* "process 3: cas [1 2], ok (lines 5 to 9)".  The caller frees it. */
char *check_call_text(const struct archive *archive, const struct linear_op *op);
/* "GROUP/KEY".  The caller frees it. */
char *check_key_text(const struct archive *archive, uint32_t number);

void check_add_quoted(GString *text, struct cs_bytes bytes);
/* A state, by an operation that has written or seen it.  The caller frees it. */
char *check_state_text(const struct archive *archive, const struct linear_model *model,
                       struct linear_value state);
/* "1, or 2, or 7 more": those just before the failure.  The caller frees it. */
char *check_states_text(const struct archive *archive, const struct linear_model *model,
                        const struct linear_report *report);
/* What would have to hold for the operation to be right. */
const char *check_demand(const struct linear_op *op);

/* Draw the window of an illegal report into the file `svg`.  False, with a complaint, if it cannot
 * be written. */
bool check_draw(const char *path, const struct archive *archive, const struct linear_model *model,
                const struct linear_report *report, const char *svg);

enum exit_status check_status(enum linear_verdict verdict);

/* A model weaker than linearizability: judge the history, print the answer or add it to a list. */
enum linear_verdict check_weak(const char *path, struct archive *archive,
                               const struct linear_model *model, enum weak_model weak,
                               uint64_t steps_max, json_t *answers);

#endif
