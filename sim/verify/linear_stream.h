/* Linearizability of a history as it comes: what is decided is forgotten.
 *
 * Operations are told when they begin and when it is known how they ended, in the order of their
 * events.  Of each key the events are kept up to a window, and those of them that lie before every
 * operation whose end is not known yet are searched (verify/linear_search.h); the configurations
 * stay, and the operations that are open in them.  So memory grows with what is open at a time, and
 * with operations that never return, but not with the length of the history.  A key that nothing
 * happens to is its state.
 *
 * It says whether a key is illegal, or was given up, but not why: that takes linear_check() and the
 * operations themselves. */
#ifndef VERIFY_LINEAR_STREAM_H
#define VERIFY_LINEAR_STREAM_H
#include "verify/linear.h"

struct linear_stream;
/* Of the options, the order of places is not looked at. */
struct linear_stream *linear_stream_new(const struct linear_model *model,
                                        const struct linear_options *options);
void linear_stream_free(struct linear_stream *stream);

/* An operation begins: `invoked`, `key`, and what it asks are known.  Returns how to name it when
 * it ends; numbers come again. */
uint32_t linear_stream_begin(struct linear_stream *stream, const struct linear_op *op);

/* It has ended as `op` says, and `returned`; LINEAR_NEVER: it never will.  Of what its text points
 * to nothing is copied: that has to stay. */
void linear_stream_end(struct linear_stream *stream, uint32_t number, const struct linear_op *op);

/* It did not happen. */
void linear_stream_drop(struct linear_stream *stream, uint32_t number);

/* Whether some key is illegal or was given up by now. */
bool linear_stream_has_failed(const struct linear_stream *stream);

/* Nothing more comes: what is open never returns.  The report has no operation that failed and no
 * window. */
void linear_stream_finish(struct linear_stream *stream, struct linear_report *ret_report);

/* Bytes that it holds for keys and their operations now. */
size_t linear_stream_size(const struct linear_stream *stream);

#endif
