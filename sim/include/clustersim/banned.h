/* Force-included when protocols/ is compiled: a call that would break replay does not compile, and
 * the message says what to use instead.  The standard headers come first, so that their own
 * declarations are untouched; scripts/check-symbols catches what a macro cannot. */
#ifndef CLUSTERSIM_BANNED_H
#define CLUSTERSIM_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define malloc(...)        banned__use_cs_alloc
#define calloc(...)        banned__use_cs_alloc
#define realloc(...)       banned__use_cs_resize
#define free(...)          banned__use_cs_release
#define time(...)          banned__use_cs_now
#define clock(...)         banned__use_cs_now
#define clock_gettime(...) banned__use_cs_now
#define gettimeofday(...)  banned__use_cs_now
#define rand(...)          banned__use_cs_random
#define random(...)        banned__use_cs_random
#define getenv(...)        banned__declare_a_parameter
#define printf(...)        banned__use_cs_log
#define fprintf(...)       banned__use_cs_log
#define snprintf(...)      banned__use_cs_text_add
#define abort(...)         banned__use_cs_assert
#define exit(...)          banned__use_cs_stop

#endif /* CLUSTERSIM_BANNED_H */
