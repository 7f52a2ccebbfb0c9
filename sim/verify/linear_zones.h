/* Keys whose writes are all of different values, in one pass. */
#ifndef VERIFY_LINEAR_ZONES_H
#define VERIFY_LINEAR_ZONES_H
#include "verify/linear.h"

/* Places are below UINT32_MAX.  Set `shown`, by key, where the operations of the key are seen to be
 * linearizable: those that only read and write, where no value is written twice and every answer is
 * possible.  Of other keys nothing is said.  `ret_answered` tells of each key whether anything on
 * it was answered.  Returns the number of keys below `keys` that were not shown to be right. */
size_t linear_zones(const struct linear_model *model, const struct linear_op *ops, size_t count,
                    size_t keys, bool *shown, bool *ret_answered);

#endif
