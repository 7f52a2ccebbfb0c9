/* What every program of this folder shares, in C and in C++: the same draws, the same clock, the
 * same output.  So what is compared differs in the simulator and in nothing else.
 *
 * A program measures once and prints one number and a line end; scripts/bench-peers runs them in
 * turns and compares. */
#ifndef PEER_H
#define PEER_H
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* SplitMix64: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014). */
struct peer_random {
    uint64_t state;
};

static inline uint64_t peer_random_next(struct peer_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [0, bound), from the upper half of `bits`; bound <= 2^32. */
static inline uint64_t peer_scale(uint64_t bits, uint64_t bound)
{
    return ((bits >> 32) * bound) >> 32;
}

/* The delays of tests/bench/queue_hold.c. */
struct peer_delays {
    uint64_t near_ns, spread_ns; /* uniform in [near_ns, near_ns + spread_ns), ... */
    uint64_t timer_parts;        /* ... but for so many of 2^32: uniform in [150, 300) ms */
    uint64_t max_ns;
};

static inline uint64_t peer_delay(const struct peer_delays *delays, struct peer_random *random)
{
    uint64_t bits = peer_random_next(random);
    if ((uint32_t)bits < delays->timer_parts)
        return 150000000 + peer_scale(bits, 150000000);
    return delays->near_ns + peer_scale(bits, delays->spread_ns);
}

/* The rest of a delay seen at a random moment: long ones are seen more often. */
static inline uint64_t peer_residual(const struct peer_delays *delays, struct peer_random *random)
{
    uint64_t delay = peer_delay(delays, random);
    while (peer_scale(peer_random_next(random), delays->max_ns) >= delay)
        delay = peer_delay(delays, random);
    return peer_scale(peer_random_next(random), delay + 1);
}

static inline struct peer_delays peer_delays_of(const char *name)
{
    struct peer_delays delays = { 0, 2000000, 0, 2000000 };
    if (strcmp(name, "bimodal") == 0) {
        delays.near_ns = 100000;
        delays.spread_ns = 900000;
        delays.timer_parts = (UINT64_C(1) << 32) / 10;
        delays.max_ns = 300000000;
    } else if (strcmp(name, "uniform") != 0) {
        fprintf(stderr, "no delays \"%s\"\n", name);
        exit(2);
    }
    return delays;
}

/* A number from the command line, or the end of the program. */
static inline uint32_t peer_number(const char *text)
{
    char *end = NULL;
    unsigned long number = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || number == 0 || number > UINT32_MAX) {
        fprintf(stderr, "not a number from 1 on: \"%s\"\n", text);
        exit(2);
    }
    return (uint32_t)number;
}

/* CPU time of this process: others disturb it less than they disturb the clock's. */
static inline double peer_cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline void peer_print(double value)
{
    printf("%.3f\n", value);
    fflush(stdout);
}

/* Measures from the end of the warm-up on: `warm_up` events, then `events` that count. */
struct peer_watch {
    uint64_t seen, warm_up, events;
    double begun;
};

/* True once all has been seen and the time of an event was printed. */
static inline int peer_watch_event(struct peer_watch *watch)
{
    watch->seen++;
    if (watch->seen == watch->warm_up)
        watch->begun = peer_cpu_ns();
    if (watch->seen != watch->warm_up + watch->events)
        return 0;
    peer_print((peer_cpu_ns() - watch->begun) / (double)watch->events);
    return 1;
}

#endif
