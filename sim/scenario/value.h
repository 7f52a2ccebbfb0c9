/* Values as a scenario writes them: "150us", "1000/s", "4KiB", "10Gbit/s", 0.05, "0x2a".
 *
 * Decimals are read digit by digit into integers, never through floating point: "0.1s" is exactly
 * 100,000,000 ns.  What cannot be kept exactly, or is too large, is an error.
 *
 * A reader returns NULL and sets *ret_value, or returns one sentence (to be freed with g_free) that
 * says what is wrong, and leaves *ret_value alone. */
#ifndef SCENARIO_VALUE_H
#define SCENARIO_VALUE_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds, with a sign if `text` has one: "38ms", "-5ms", "+250ms".  Units ns us ms s min h d y
 * (365 d). */
char *value_duration(const char *text, int64_t *ret_ns);
/* The same in picoseconds, with the unit ps too: "0.8ns". */
char *value_fine_duration(const char *text, int64_t *ret_ps);
/* Thousandths of an operation per second: "1000/s", "30/min", "2/ms".  A rate per minute or hour is
 * rounded, and refused where that would change it by more than 0.1 %. */
char *value_rate(const char *text, int64_t *ret_milli_per_s);
/* Bytes: "128B", "4KiB", "1.5MB". */
char *value_bytes(const char *text, int64_t *ret_bytes);
/* Bits per second: "10Gbit/s", "800MB/s". */
char *value_bandwidth(const char *text, int64_t *ret_bits_per_s);
/* Sixteen hexadecimal digits at most: "0x2a". */
char *value_seed(const char *text, uint64_t *ret_seed);
/* Parts per 2^32 of a number; false if it does not lie from 0 to 1. */
bool value_probability(double number, uint64_t *ret_parts);
/* The same of a number's text, exactly: "0.4". */
char *value_fraction(const char *text, uint64_t *ret_parts);

/* A duration in the largest unit that needs no decimals: "90s", "250us", "0s". */
char *value_duration_text(int64_t ns);

#endif
