/* chain.h - a chain: commands for one aggregate that wait for its stream lock are decided
 * one after the other by the one that has the lock, and committed as one.
 *
 * Without it, each of them waits for a commit of its own, because the next one is decided
 * on what the one before has stored: one command a commit. In a chain the next one is
 * decided on what the one before is going to store. The appends are tied (ST-32), so that
 * none is stored without those that it was decided on.
 *
 * Nothing of a chain is seen before it is stored. It is decided on a copy of the state,
 * which becomes the cached one after the commit, and no member is answered before that,
 * not even by a refusal: its reason may be an event that is not stored yet. A refusal is
 * an append of nothing, whose condition is the version that it was decided on.
 *
 * If a chain is refused, because another process was faster or because an id was stored
 * before, nobody can tell which of its decisions were right. The chain fell: its commands
 * are decided one by one, in the order in which they waited, and none has met a conflict.
 *
 * The thread of a member that was taken sleeps, and what lies on its stack belongs to the
 * leader until it is answered or put back. So its deadline counts no more. A command that
 * looks at other streams, or would be stored in them, goes alone: what it depends on is
 * not under this lock. So does a step of a saga or a handler, and whatever a round has.
 *
 * The leader holds the stream lock all the time. A crash leaves all of a chain, or
 * nothing, of which no sender knows anything. */
#ifndef JN_CHAIN_H
#define JN_CHAIN_H

#include "command/attempt.h"

/* A command, from when it waits for the stream lock on. */
struct jn_chain_member {
    struct jn_stream_waiter waiter; /* the first member */
    struct jn_sending *sending;
    struct jn_attempt attempt; /* made by the leader */
    enum jangle_result result; /* if the leader has answered it */
};

void jn_chain_member_init(struct jn_chain_member *member, struct jn_sending *sending);

/* Load, decide and commit, once, with the stream lock held: together with commands that
 * wait for it, if some can be decided behind this one. CONFLICT if another command was
 * stored first: nothing of this one is stored, and unless `final` is true another attempt
 * may succeed; or the chain fell. */
enum jangle_result jn_sending_attempt(struct jn_sending *sending);

/* Did the last attempt lead a chain that fell? Then the command is decided again, as if
 * it had not been. Says so once. */
bool jn_chain_fell(struct jn_sending *sending);

#endif
