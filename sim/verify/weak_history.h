/* A history as reads and writes of sessions: who has read from whom. */
#ifndef VERIFY_WEAK_HISTORY_H
#define VERIFY_WEAK_HISTORY_H
#include "verify/weak.h"

#define WEAK_NONE    UINT32_MAX
#define WEAK_INITIAL (UINT32_MAX - 1) /* what was there before anybody wrote */
#define WEAK_ANY     (UINT32_MAX - 2) /* unclear */

struct weak_event {
    uint32_t op; /* its index among the operations */
    uint32_t session;
    uint32_t place; /* in its session, from 1 */
    uint32_t key;
    uint32_t source; /* of a read the event that wrote what it found, or WEAK_INITIAL; WEAK_NONE: it
                        reads nothing */
    bool writes;
};

static inline bool weak_reads(const struct weak_event *event) { return event->source != WEAK_NONE; }

struct weak_history {
    const struct linear_op *ops;
    size_t count;
    uint32_t *sessions;        /* by operation */
    struct weak_event *events; /* session after session */
    uint32_t event_count;
    uint32_t *first; /* by session, and one more: its first event */
    uint32_t session_count;
    uint32_t key_count;
    uint32_t keys_used;
    bool *shown;      /* by operation: somebody has certainly read what it wrote */
    uint8_t *keys;    /* WEAK_KEY_x, by key */
    uint64_t unclear; /* answers that say something, but not which write they have read from */
    const struct linear_op *from_nowhere; /* the first that has read what nobody wrote; or NULL */
};

enum {
    WEAK_KEY_GROWS = 1,    /* there are appends */
    WEAK_KEY_DELETED = 2,  /* or deletions, which may have happened */
    WEAK_KEY_EMPTY = 4,    /* or writes of an empty value */
    WEAK_KEY_NEGATIVE = 8, /* some answer says what a value is not, or is unclear, or a value may
                              have been expected */
    WEAK_KEY_USED = 16,
};

/* `split`: a compare-and-set is two events, else one that reads and writes.  Where the model's
 * answers do not tell what they have read from there are no events. */
void weak_history_init(struct weak_history *history, const struct weak_input *input, bool split);
bool weak_tells_source(const struct linear_model *model);
void weak_history_done(struct weak_history *history);

#endif
