/* What a live run has measured, as a file, and as the costs of a scenario. */
#ifndef COMMAND_COSTS_H
#define COMMAND_COSTS_H
#include <jansson.h>

#include "live/costs.h"

#define COSTS_FILE "costs.json"

/* Write costs.json into a run's folder.  Errors: G_FILE_ERROR. */
bool costs_write(const struct costs *costs, const char *folder, GError **error);
/* Read it again.  NULL, and G_FILE_ERROR, if it is not there or is no such file. */
json_t *costs_read(const char *folder, GError **error);

/* Put them in the place of the costs of an effective scenario: of its links, disks and
 * processors. */
void costs_apply(const json_t *costs, json_t *scenario);

#endif
