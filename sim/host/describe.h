/* Trace records as lines for people: what a failed assertion prints, and what a text trace is made
 * of. */
#ifndef HOST_DESCRIBE_H
#define HOST_DESCRIBE_H
#include <stdio.h>

#include "engine/trace.h"
#include "host/cluster.h"

/* One line: time, instance, what it was, and whom it concerned.  Allocates nothing. */
void describe_record(const struct cluster *cluster, const struct trace_record *record, FILE *file);

/* The last `count` records, oldest first. */
void describe_last(const struct cluster *cluster, size_t count, FILE *file);

#endif
