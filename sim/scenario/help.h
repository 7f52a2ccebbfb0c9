/* What the format's tables say, for a reader. */
#ifndef SCENARIO_HELP_H
#define SCENARIO_HELP_H
#include <jansson.h>

/* What a key is, by its dotted path: "faults.timeline.partition", "groups.kv.program" or
 * "groups.program"; "" explains the whole format.  A part of the path is enough: of several keys
 * that "bit-rot" could mean the first is explained.  A few other words lead to the key that is
 * meant, like "rack-loss".
 *
 * An object with "name", "value" (what is written there), "required", "default" and "example" (JSON
 * text, or null), "about", "keys" (its own, each with "name" and "about") and "also" (the paths of
 * the other keys that were found).  NULL if there is no such key; then *ret_near is the nearest
 * there is, or NULL; the caller frees it. */
json_t *scenario_explain(const char *key, char **ret_near);

/* Every kind of fault: "name", "about", and as "example" a whole entry of the timeline. */
json_t *scenario_fault_kinds(void);

/* Every form of a selector: "name", an example of it, and "about". */
json_t *scenario_selector_forms(void);

#endif
