/* Effects as text, for the rig: nodes by their numbers, logs only if the test wants them. */
#include "host/effect_text.h"
#include "support/rig_internal.h"

void rig_describe(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                  bool durable)
{
    if (effect->kind == EFFECT_LOG && !cx->instance->log_wanted)
        return;
    effect_text_add(text, cx, effect, NULL, durable);
    cs_text_add(text, "\n");
}
