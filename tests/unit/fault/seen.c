#include "seen.h"

void see_to(uint64_t ms)
{
    beat_run_to_ms(&beat, cluster_now(beat.cluster) / 1000000 + 2);
    beat_forget();
    beat_run_to_ms(&beat, ms);
}

bool heard(uint32_t to, uint32_t from) { return beat_seen.heard[to][from] > 0; }

const char *hearing(void)
{
    static char text[16];
    char *at = text;
    for (uint32_t to = A; to <= C; to++) {
        for (uint32_t from = A; from <= C; from++) {
            if (from != to)
                *at++ = "abc."[heard(to, from) ? from : 3];
        }
        *at++ = to < C ? ' ' : '\0';
    }
    return text;
}
