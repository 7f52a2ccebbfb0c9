/* JSON as text that a person reads: two spaces of indentation, short arrays and objects on one
 * line, numbers in the fewest digits that mean the same double, whatever the locale. */
#ifndef SCENARIO_JSON_TEXT_H
#define SCENARIO_JSON_TEXT_H
#include <glib.h>
#include <jansson.h>

/* Append a value, on lines indented by `indent` spaces after the first. */
void json_text_add(GString *text, const json_t *value, unsigned indent);
/* The same on one line. */
void json_text_add_line(GString *text, const json_t *value);
void json_text_add_string(GString *text, const char *string);

#endif
