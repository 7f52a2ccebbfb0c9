#include "weak_story.h"

#include <stdio.h>

#include "base/random.h"
#include "verify/weak.h"

enum { REPLICAS = 3 };

struct replica {
    int value[KEYS], version[KEYS];
};

struct world {
    struct story *story;
    struct random_stream *random;
    struct replica replicas[REPLICAS];
    int version, value;
};

static int below(struct random_stream *random, unsigned bound)
{
    return (int)random_below(random, bound);
}

static void gossip(struct world *world)
{
    struct replica *from = &world->replicas[below(world->random, REPLICAS)];
    struct replica *to = &world->replicas[below(world->random, REPLICAS)];
    int key = below(world->random, KEYS);
    if (from->version[key] > to->version[key]) {
        to->version[key] = from->version[key];
        to->value[key] = from->value[key];
    }
}

static void begin(struct world *world, int session)
{
    static const int kinds[] = { LINEAR_READ,  LINEAR_READ,  LINEAR_READ, LINEAR_READ,
                                 LINEAR_WRITE, LINEAR_WRITE, LINEAR_WRITE };
    struct story *story = world->story;
    if (story->count == OPS_MAX)
        return;
    struct call *call = &story->calls[story->count++];
    *call = (struct call){ .kind = kinds[below(world->random, 7)], .session = session };
    if (below(world->random, 10) == 0)
        call->kind = LINEAR_CAS;
    if (below(world->random, 40) == 0)
        call->kind = LINEAR_DELETE;
    call->key = below(world->random, 3) == 0;
    bool again = world->value > 0 && below(world->random, 16) == 0;
    if (call->kind == LINEAR_WRITE || call->kind == LINEAR_CAS)
        call->value = again ? 1 + below(world->random, (unsigned)world->value) : ++world->value;
    call->seen = call->kind == LINEAR_CAS ? below(world->random, 4) : 0;
    call->invoked = story->clock++;
    call->returned = -1;
    call->open = true;
}

static void perform(struct world *world, struct call *call)
{
    struct replica *replica =
        &world->replicas[below(world->random, 2) == 0 ? call->session % REPLICAS
                                                      : below(world->random, REPLICAS)];
    int *value = &replica->value[call->key];
    if (call->kind == LINEAR_CAS && below(world->random, 3) > 0)
        call->seen = *value;
    bool holds = call->kind == LINEAR_CAS      ? *value == call->seen
                 : call->kind == LINEAR_DELETE ? *value != 0
                                               : true;
    if (call->kind == LINEAR_READ) {
        call->seen = *value;
        return;
    }
    if (call->kind != LINEAR_WRITE)
        call->outcome = below(world->random, 8) == 0 ? LINEAR_ANY : holds ? LINEAR_YES : LINEAR_NO;
    if (!holds)
        return;
    *value = call->kind == LINEAR_DELETE ? 0 : call->value;
    replica->version[call->key] = ++world->version;
}

static void go_on(struct world *world, int session)
{
    struct story *story = world->story;
    struct call *call = NULL;
    for (int i = 0; i < story->count; i++) {
        if (story->calls[i].session == session && story->calls[i].open)
            call = &story->calls[i];
    }
    if (call == NULL) {
        begin(world, session);
        return;
    }
    call->open = false;
    bool lost = below(world->random, 8) == 0;
    if (!lost || below(world->random, 2) == 0)
        perform(world, call);
    if (lost) {
        call->outcome = LINEAR_ANY;
    } else {
        call->returned = story->clock++;
    }
}

static void disturb(struct world *world)
{
    struct story *story = world->story;
    struct call *call = &story->calls[below(world->random, (unsigned)story->count)];
    if (call->kind == LINEAR_READ && call->returned >= 0)
        call->seen = below(world->random, (unsigned)world->value + 2);
}

void story_make(struct story *story, uint64_t number)
{
    struct random_stream random = random_stream_of(random_mix(number + 7));
    struct world world = { .story = story, .random = &random };
    *story = (struct story){ 0 };
    int sessions = 1 + below(&random, SESSIONS), moves = 8 + below(&random, 40);
    unsigned talk = 2 + (unsigned)below(&random, 8);
    for (int i = 0; i < moves; i++) {
        if (below(&random, 10) < (int)talk)
            gossip(&world);
        go_on(&world, below(&random, (unsigned)sessions));
    }
    bool changes = below(&random, 4) == 0;
    for (int i = 0; changes && story->count > 0 && i < 2; i++)
        disturb(&world);
    for (int i = 0; i < story->count; i++)
        story->calls[i].open = false;
}

void story_print(const struct story *story)
{
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        printf("  session %d, %2d..%2d key %d kind %d outcome %d value %d seen %d\n", call->session,
               call->invoked, call->returned, call->key, call->kind, call->outcome, call->value,
               call->seen);
    }
}
