/* Reports made by hand: a tiny one, whose every byte can be checked by eye, and a rich one, as a
 * run of a minute with faults would leave it, for charts. */
#ifndef TEST_REPORT_SYNTHETIC_H
#define TEST_REPORT_SYNTHETIC_H
#include "report/report.h"

struct synthetic;

/* Three servers A, B and "C", a client c1; three windows of one second; a partition and a fault
 * that never fired; a put, a get, a refused cas, a failed append and an unknown delete. */
struct synthetic *synthetic_tiny(void);

/* `servers` servers, at least five, for 70 s: an outage, several leaders, faults of several kinds.
 * Drawn from `seed`. */
struct synthetic *synthetic_rich(uint64_t seed, uint32_t servers);

struct run_report *synthetic_report(struct synthetic *synthetic);
struct plan *synthetic_plan(struct synthetic *synthetic);
void synthetic_free(struct synthetic *synthetic);

#endif
