#include "walk.h"

#include <string.h>

#include "base/random.h"

struct entry {
    uint64_t term;
    uint64_t content;
};

struct node {
    uint64_t term, vote;
    struct entry log[WALK_ENTRIES_MAX]; /* index i at i - 1 */
    uint64_t last;
    uint64_t flushed; /* up to this index */
    uint64_t claimed; /* the last STORED fact, or the snapshot */
    uint64_t base;    /* of the snapshot on disk */
    uint64_t committed, applied;
    bool up, leads;
};

struct model {
    struct node nodes[WALK_NODES];
    struct script *script;
    struct random_stream random;
    uint64_t contents; /* so far */
    struct entry committed[WALK_ENTRIES_MAX];
    uint64_t committed_count;
};

static uint64_t draw(struct model *model, uint64_t bound)
{
    return random_below(&model->random, bound);
}

static struct item *tell(struct model *model, uint32_t n, enum item_kind kind)
{
    struct script *script = model->script;
    ck_assert_uint_lt(script->count, WALK_ITEMS_MAX);
    struct item *item = &script->items[script->count++];
    *item = (struct item){ .kind = kind, .instance = n, .laggard = CS_NODE_NONE };
    return item;
}

static struct item *tell_fact(struct model *model, uint32_t n, struct stated_fact fact)
{
    struct item *item = tell(model, n, ITEM_FACT);
    fact.rests = fact.durable;
    item->fact = fact;
    return item;
}

static struct item *tell_entry(struct model *model, uint32_t n, enum cs_fact_kind kind,
                               uint64_t index)
{
    const struct entry *entry = &model->nodes[n].log[index - 1];
    struct stated_fact fact = { .kind = kind, .a = index, .b = entry->term };
    fact.durable = kind == CS_FACT_STORED;
    if (kind == CS_FACT_APPENDED || kind == CS_FACT_APPLIED)
        fact.digest = entry->content;
    return tell_fact(model, n, fact);
}

/* The state that the entries up to `index` lead to. */
static uint64_t state_after(const struct node *node, uint64_t index)
{
    uint64_t state = 1;
    for (uint64_t i = 0; i < index; i++)
        state = random_mix(state + node->log[i].content);
    return state;
}

static void tell_snapshot(struct model *model, uint32_t n, bool recovered)
{
    const struct node *node = &model->nodes[n];
    tell_fact(model, n,
              (struct stated_fact){
                  .kind = CS_FACT_SNAPSHOT,
                  .recovered = recovered,
                  .durable = !recovered,
                  .a = node->base,
                  .b = node->log[node->base - 1].term,
                  .digest = state_after(node, node->base),
              });
}

static bool entry_equal(const struct entry *a, const struct entry *b)
{
    return a->term == b->term && a->content == b->content;
}

/* Up to which index two nodes hold the same. */
static uint64_t common(const struct node *a, const struct node *b)
{
    uint64_t index = 0;
    while (index < a->last && index < b->last && entry_equal(&a->log[index], &b->log[index]))
        index++;
    return index;
}

static void set_vote(struct model *model, uint32_t n, uint64_t term, uint64_t vote)
{
    struct node *node = &model->nodes[n];
    ck_assert(term > node->term || (term == node->term && node->vote == NOBODY));
    node->leads = false;
    node->term = term;
    node->vote = vote;
    tell_fact(model, n,
              (struct stated_fact){ .kind = CS_FACT_VOTED, .durable = true, .a = term, .b = vote });
}

/* ---- Actions ------------------------------------------------------------------------------------
 */

static bool up_to_date(const struct node *candidate, const struct node *voter)
{
    uint64_t a = candidate->last > 0 ? candidate->log[candidate->last - 1].term : 0;
    uint64_t b = voter->last > 0 ? voter->log[voter->last - 1].term : 0;
    return a > b || (a == b && candidate->last >= voter->last);
}

static uint32_t find_laggard(const struct model *model)
{
    for (uint32_t n = 0; n < WALK_NODES; n++) {
        const struct node *node = &model->nodes[n];
        if (!node->up)
            continue;
        for (uint64_t i = 0; i < model->committed_count; i++) {
            if (i >= node->last || !entry_equal(&node->log[i], &model->committed[i]))
                return n;
        }
    }
    return CS_NODE_NONE;
}

static void elect(struct model *model, uint32_t n)
{
    struct node *candidate = &model->nodes[n];
    if (!candidate->up)
        return;
    bool votes[WALK_NODES] = { false };
    unsigned count = 0;
    uint64_t term = 0;
    for (uint32_t v = 0; v < WALK_NODES; v++) {
        const struct node *voter = &model->nodes[v];
        votes[v] = voter->up && up_to_date(candidate, voter) && (v == n || draw(model, 4) > 0);
        count += votes[v];
        if (votes[v] && voter->term > term)
            term = voter->term;
    }
    if (count <= WALK_NODES / 2)
        return;
    for (uint32_t v = 0; v < WALK_NODES; v++) {
        if (votes[v])
            set_vote(model, v, term + 1, n);
    }
    candidate->leads = true;
    struct stated_fact fact = { .kind = CS_FACT_LEADER, .a = term + 1, .b = candidate->last };
    tell_fact(model, n, fact)->laggard = find_laggard(model);
}

static void append(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    if (!node->leads || node->last == WALK_ENTRIES_MAX)
        return;
    node->log[node->last++] = (struct entry){ node->term, ++model->contents };
    tell_entry(model, n, CS_FACT_APPENDED, node->last);
}

/* The follower takes the leader's term, and gives up what contradicts the leader's log. */
static bool follow(struct model *model, uint32_t leader_n, uint32_t n)
{
    const struct node *leads = &model->nodes[leader_n];
    struct node *node = &model->nodes[n];
    if (!leads->leads || n == leader_n || !node->up || node->term > leads->term)
        return false;
    if (node->term < leads->term)
        set_vote(model, n, leads->term, NOBODY);
    return true;
}

static void replicate(struct model *model, uint32_t leader_n, uint32_t n)
{
    if (!follow(model, leader_n, n))
        return;
    const struct node *leads = &model->nodes[leader_n];
    struct node *node = &model->nodes[n];
    uint64_t same = common(leads, node);
    if (same == leads->last)
        return;
    if (same < node->last) {
        ck_assert_uint_ge(same, node->committed);
        tell_fact(model, n, (struct stated_fact){ .kind = CS_FACT_TRUNCATED, .a = same + 1 });
        node->last = same;
        node->flushed = node->flushed < same ? node->flushed : same;
        node->claimed = node->claimed < same ? node->claimed : same;
    }
    uint64_t count = 1 + draw(model, leads->last - same);
    for (uint64_t i = 0; i < count; i++) {
        node->log[node->last] = leads->log[node->last];
        node->last++;
        tell_entry(model, n, CS_FACT_APPENDED, node->last);
    }
}

/* The leader sends its snapshot instead of entries. */
static void install(struct model *model, uint32_t leader_n, uint32_t n)
{
    const struct node *leads = &model->nodes[leader_n];
    struct node *node = &model->nodes[n];
    if (leads->base == 0 || node->committed >= leads->base || !follow(model, leader_n, n))
        return;
    if (node->last < leads->base ||
        node->log[leads->base - 1].term != leads->log[leads->base - 1].term) {
        memcpy(node->log, leads->log, leads->base * sizeof node->log[0]);
        node->last = node->flushed = node->claimed = leads->base;
    }
    node->base = leads->base;
    node->flushed = node->flushed > node->base ? node->flushed : node->base;
    node->claimed = node->claimed > node->base ? node->claimed : node->base;
    node->committed = node->base;
    node->applied = node->applied > node->base ? node->applied : node->base;
    tell_snapshot(model, n, false);
}

static void flush(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    if (!node->up || node->flushed == node->last)
        return;
    node->flushed = node->claimed = node->last;
    tell_entry(model, n, CS_FACT_STORED, node->last);
}

static void commit_up_to(struct model *model, uint32_t n, uint64_t index)
{
    struct node *node = &model->nodes[n];
    if (index <= node->committed)
        return;
    node->committed = index;
    for (uint64_t i = model->committed_count; i < index; i++)
        model->committed[model->committed_count++] = node->log[i];
    tell_entry(model, n, CS_FACT_COMMITTED, index);
}

/* The highest entry of the leader's own term that a majority keeps. */
static void commit(struct model *model, uint32_t leader_n)
{
    const struct node *leads = &model->nodes[leader_n];
    if (!leads->leads)
        return;
    for (uint64_t index = leads->last; index > leads->committed; index--) {
        if (leads->log[index - 1].term != leads->term)
            return;
        unsigned count = 0;
        for (uint32_t n = 0; n < WALK_NODES; n++) {
            const struct node *node = &model->nodes[n];
            count += node->up && node->term == leads->term && node->flushed >= index &&
                     common(leads, node) >= index;
        }
        if (count > WALK_NODES / 2) {
            commit_up_to(model, leader_n, index);
            return;
        }
    }
}

static void commit_follower(struct model *model, uint32_t leader_n, uint32_t n)
{
    if (!follow(model, leader_n, n))
        return;
    uint64_t same = common(&model->nodes[leader_n], &model->nodes[n]);
    uint64_t index = model->nodes[leader_n].committed;
    commit_up_to(model, n, index < same ? index : same);
}

static void apply(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    while (node->up && node->applied < node->committed && draw(model, 4) > 0)
        tell_entry(model, n, CS_FACT_APPLIED, ++node->applied);
}

static void take_snapshot(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    if (!node->up || node->applied <= node->base || node->flushed < node->applied)
        return;
    node->base = node->applied;
    node->claimed = node->claimed > node->base ? node->claimed : node->base;
    tell_snapshot(model, n, false);
}

static void crash_node(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    if (!node->up)
        return;
    node->up = node->leads = false;
    node->last = node->flushed + draw(model, node->last - node->flushed + 1);
    node->committed = node->applied = node->base;
    tell(model, n, ITEM_CRASH);
}

static void restart_node(struct model *model, uint32_t n)
{
    struct node *node = &model->nodes[n];
    if (node->up)
        return;
    node->up = true;
    tell(model, n, ITEM_RESTART);
    if (node->term > 0) {
        tell_fact(model, n,
                  (struct stated_fact){
                      .kind = CS_FACT_VOTED, .recovered = true, .a = node->term, .b = node->vote });
    }
    if (node->base > 0)
        tell_snapshot(model, n, true);
    for (uint64_t index = node->base + 1; index <= node->last; index++) {
        if (draw(model, 100) == 0) {
            crash_node(model, n);
            return;
        }
        struct item *item = tell_entry(model, n, CS_FACT_APPENDED, index);
        item->fact.recovered = true;
        item->claimed = index <= node->claimed;
    }
    if (node->last > 0 && draw(model, 2) == 0) {
        node->flushed = node->claimed = node->last;
        struct item *item = tell_entry(model, n, CS_FACT_STORED, node->last);
        item->fact.recovered = true;
        item->fact.rests = item->fact.durable = false;
    }
    tell(model, n, ITEM_READY);
}

/* Any node, but more often the newest leader. */
static uint32_t draw_actor(struct model *model)
{
    uint32_t drawn = (uint32_t)draw(model, WALK_NODES);
    if (draw(model, 4) == 0)
        return drawn;
    for (uint32_t n = 0; n < WALK_NODES; n++) {
        const struct node *node = &model->nodes[n];
        const struct node *best = &model->nodes[drawn];
        if (node->leads && (!best->leads || best->term < node->term))
            drawn = n;
    }
    return drawn;
}

static void act(struct model *model)
{
    uint32_t n = draw_actor(model);
    uint32_t other = (uint32_t)draw(model, WALK_NODES);
    uint64_t choice = draw(model, 100);
    if (choice < 3) {
        elect(model, other);
    } else if (choice < 25) {
        append(model, n);
    } else if (choice < 50) {
        replicate(model, n, other);
    } else if (choice < 65) {
        flush(model, draw(model, 2) == 0 ? n : other);
    } else if (choice < 75) {
        commit(model, n);
    } else if (choice < 83) {
        commit_follower(model, n, other);
    } else if (choice < 90) {
        apply(model, draw(model, 2) == 0 ? n : other);
    } else if (choice < 91) {
        take_snapshot(model, n);
    } else if (choice < 93) {
        install(model, n, other);
    } else if (choice < 95) {
        crash_node(model, draw(model, 2) == 0 ? n : other);
    } else {
        restart_node(model, other);
    }
}

void walk(struct script *script, uint64_t seed, unsigned actions)
{
    static struct model model;
    memset(&model, 0, sizeof model);
    model.script = script;
    model.random = random_stream_of(seed);
    script->count = 0;
    for (uint32_t n = 0; n < WALK_NODES; n++)
        model.nodes[n] = (struct node){ .vote = NOBODY, .up = true };
    for (unsigned i = 0; i < actions; i++)
        act(&model);
}

void script_play(const struct script *script, size_t omitted)
{
    for (size_t i = 0; i < script->count; i++) {
        const struct item *item = &script->items[i];
        if (i == omitted)
            continue;
        switch (item->kind) {
        case ITEM_FACT:
            stage_fact(item->instance, item->fact);
            break;
        case ITEM_CRASH:
            crash(item->instance);
            break;
        case ITEM_RESTART:
            restart(item->instance);
            break;
        case ITEM_READY:
            restart_done(item->instance);
            break;
        }
    }
}
