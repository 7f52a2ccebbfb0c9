/* See quorum.h. */
#include "common/quorum.h"

size_t quorum_majority(size_t count)
{
    cs_assert(count > 0);
    return count / 2 + 1;
}

/* How many members are at `index` or beyond. */
static size_t reached_by(const uint64_t *match, size_t count, uint64_t index)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++)
        reached += match[i] >= index;
    return reached;
}

/* Groups are small, so every member's index is tried: nothing is sorted and nothing allocated. */
uint64_t quorum_match_index(const uint64_t *match, size_t count)
{
    size_t majority = quorum_majority(count);
    uint64_t highest = 0;
    for (size_t i = 0; i < count; i++) {
        if (match[i] > highest && reached_by(match, count, match[i]) >= majority)
            highest = match[i];
    }
    return highest;
}
