/* Two ends of a channel on two rigs, and a network between them that the test makes as bad as it
 * likes. */
#ifndef TEST_CHANNEL_PAIR_H
#define TEST_CHANNEL_PAIR_H
#include "base/random.h"
#include "common/channel.h"
#include "support/rig.h"

enum { LEFT, RIGHT, ENDS };
enum { KIND, TIMER = 7, WINDOW = 8, TAKEN_MAX = 4096, PACKETS_MAX = 4096 };

/* What an end has taken, over all its incarnations. */
struct taken {
    uint64_t numbers[TAKEN_MAX]; /* a message here is a number */
    size_t count;
    size_t resets;
};

struct packet {
    uint64_t at_ns;
    int to;
    uint8_t *bytes; /* owned */
    size_t size;
};

struct network {
    uint32_t loss, duplicate, late; /* in a hundred */
    struct random_stream draws;
    struct packet packets[PACKETS_MAX]; /* in the order in which they were sent */
    size_t count;
};

extern struct rig *ends[ENDS];
extern struct taken taken[ENDS];
extern struct network network;
/* Whoever takes a number below ANSWER sends that much more while it has it, if there is room. */
enum { ANSWER = 1000000 };
extern bool pair_answers;

/* Both ends have started; what they have sent is on its way. */
void pair_setup(void);
void pair_teardown(void);
struct channel *pair_channel(int end);

/* Put what an end has just sent on its way, or lose it. */
void pair_post(int end);
/* Have an end send the number; false if it says that it is full. */
bool pair_send(int end, uint64_t number);
/* Deliver the next packet or fire the next timer; false if there is neither. */
bool pair_step(void);
void pair_run(cs_duration distance);
void pair_restart(int end);
void pair_clear_network(void);

#endif
