/* What is wrong with a scenario: collected, put in the order of the text, and printed with the
 * source line and a caret. */
#ifndef SCENARIO_PROBLEM_H
#define SCENARIO_PROBLEM_H
#include <glib.h>
#include <stddef.h>

#include "scenario/source.h"

enum { PROBLEMS_SHOWN_MAX = 100 };

struct problems;
struct problems *problems_new(void);
void problems_free(struct problems *problems);
size_t problems_count(const struct problems *problems);

/* One sentence about `span` of `source`.  `pointer` is printed with it unless NULL; so is
 * `suggestion`. */
void problems_add(struct problems *problems, const struct source *source, struct span span,
                  const char *pointer, const char *suggestion, const char *sentence);

/* Append all of them, sorted by place; those at the same place in the order they were found. */
void problems_print(const struct problems *problems, GString *out);

/* A copy of the sentence with an ellipsis in every word, and in everything in quotes, that has more
 * than `longest` characters: names have any length.  Requires UTF-8. */
char *problem_shortened(const char *text, size_t longest);

/* The candidate that `word` was probably meant to be, or NULL if none is near.  The distance counts
 * letters added, dropped, changed, and neighbours swapped (Damerau's, restricted to one swap a
 * place). */
const char *nearest_name(const char *word, const char *const *candidates, size_t count);

#endif
