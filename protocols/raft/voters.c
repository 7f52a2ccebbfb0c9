#include "raft/voters.h"

#include "common/quorum.h"

bool voters_name(struct cs_group group, cs_node self)
{
    const struct voters voters = { .nodes = group.nodes, .count = group.count };
    return voters_place(&voters, self) < voters.count;
}

struct voters voters_of(struct cs_group group, cs_node self)
{
    cs_assert(group.count >= 1);
    cs_assert(group.count <= VOTERS_MAX);
    struct voters voters = { .nodes = group.nodes, .count = group.count };
    voters.self = voters_place(&voters, self);
    cs_assert(voters.self < voters.count);
    return voters;
}

size_t voters_place(const struct voters *voters, cs_node node)
{
    size_t place = 0;
    while (place < voters->count && voters->nodes[place] != node)
        place++;
    return place;
}

uint64_t voters_agreed(const struct voters *voters, const uint64_t *values)
{
    return quorum_match_index(values, voters->count);
}
