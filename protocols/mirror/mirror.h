/* Mirror: a key-value store in the memory of two servers, which talk over channels.
 *
 * A group is one pair of servers or several: the first of each is the primary, the second its
 * backup, and a key belongs to the pair that its hash says (common/hash.h).  A primary sends every
 * change to its backup, and carries it out and answers when that has done so.  The channels
 * (common/channel.h) see to it that both carry out the same changes in the same order, each once;
 * nothing here counts, repeats or compares.
 *
 * Nothing is on a disk.  Who starts again is blank: it asks its partner for all that is there, and
 * until it has that it answers nobody.  Whoever notices by its channel that the partner is another
 * incarnation sends no change before it has sent the rest.  A pair survives one crash at a time:
 * two that are blank wait for each other.  While one is down nothing is changed.
 *
 * A client whose primary is another incarnation cannot know what became of its changes, and says
 * so. */
#ifndef MIRROR_MIRROR_H
#define MIRROR_MIRROR_H
#include "common/channel.h"

extern const struct cs_protocol mirror_protocol;

/* The params of both programs, by their index. */
enum { MIRROR_WINDOW, MIRROR_RETRY_FIRST, MIRROR_RETRY_MIN, MIRROR_RETRY_MAX };

/* The one kind of datagram. */
enum { MIRROR_CHANNEL };

/* A channel to `peer`, whose number is its timer's token, as the parameters say. */
void mirror_channel_init(struct channel *channel, struct cs_context *cx, cs_node peer);

#endif
