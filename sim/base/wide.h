/* 128-bit products of 64-bit numbers, the one place that names the compilers' extension. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H
#include <stdint.h>

__extension__ typedef unsigned __int128 wide;

/* The upper half of a product: a * b / 2^64, rounded down. */
static inline uint64_t wide_high(uint64_t a, uint64_t b) { return (uint64_t)((wide)a * b >> 64); }

#endif
