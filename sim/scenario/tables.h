/* What the files of the tables share. */
#ifndef SCENARIO_TABLES_H
#define SCENARIO_TABLES_H
#include "scenario/format.h"

#define TABLE_NODES_MAX  1000000
#define TABLE_FAULTS_MAX 100000
/* A hundred years in ns: sums of a few such times stay far from the end of 64 bits. */
#define TABLE_TIME_MAX (INT64_C(100) * 365 * 86400 * 1000000000)

extern const struct key table_text; /* any string */
extern const struct format table_topology, table_faults, table_nemesis;
extern const struct format table_checks, table_expect, table_found, table_output;
extern const struct key table_workload; /* one entry */

#endif
