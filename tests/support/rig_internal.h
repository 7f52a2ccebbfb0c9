/* What the files of the rig share. */
#ifndef TEST_RIG_INTERNAL_H
#define TEST_RIG_INTERNAL_H
#include "base/text.h"
#include "host/context.h"
#include "support/rig.h"

/* The value of `param`: the test's if it names it, else what the program's fallback says. */
struct param_value rig_param_value(const struct cs_param *param, const struct rig_param *overrides);

/* One line for `effect`.  `volume_names` are by volume; `durable` says whether the write that a
 * fact rests on is durable now. */
void rig_describe(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                  const char *const *volume_names, bool durable);

const char *rig_disk_status_name(enum cs_disk_status status);

#endif
