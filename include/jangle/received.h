/* received.h - what is known of a message that was received, and what holds for messages
 * that are handled on receipt. */
#ifndef JANGLE_RECEIVED_H
#define JANGLE_RECEIVED_H

#include <jangle/subscriber.h>

JANGLE_C_BEGIN

/* What is known of an event that was received (event->received). The event's id, version,
 * time, origin and aggregate_id are the sender's, and its position is ours. */
struct jangle_received {
    const char *consumer;
    const char *source; /* who sent it; "" if its format does not say */
    const char *id;     /* of the message */
    const char *type;   /* its name outside */
    const char *key;    /* "" if it has none */
    int64_t position;   /* in the sender's store; 0: the message does not say */
    const char *extra;  /* a JSON object: what its format has besides; or "" */
    int attempt;        /* the broker's count: 1, 2, 3...; 0: it does not count */
};

/* ---- messages that are handled on receipt --------------------------------- */

/* A row of a consumer (messaging.h) with `handle` stores nothing and sends nothing. Its
 * function is called with the message, as its `translate` function has put it, as an
 * event of position 0. It is for what need not be kept: no view can be rebuilt from such
 * messages, and a message whose handler fails is delivered again by the broker, which
 * gives up the order of its key. docs/messaging.md says when that is worth it.
 *
 *     how often    At least once. A handler that failed, or whose process ended before
 *                  the message was remembered, is called again with the same
 *                  delivery->key. Once the message is remembered, its handlers are never
 *                  called for it again, however often the broker delivers it
 *     several      All rows with `handle` that fit a message are called, in the order of
 *     rows         the table, also when one of them fails. If one has failed, all of them
 *                  are called again. All get the same delivery->key, the message's:
 *                  if two of them send to one receiver, each must add a text of its own,
 *                  or the receiver takes the second for a repetition. Rows that store
 *                  the message or send a command do their part before, once
 *     OK           The id of the message is stored, together with what the handlers have
 *                  posted; then the broker is told that the message was taken
 *     a failure    counts as an attempt. The broker delivers the message again after a
 *                  delay by the consumer's `retry`, or the one that
 *                  jangle_delivery_retry_in asks for. After retry.max_attempts it is a
 *                  dead letter at the broker. CLOSED, BUSY, STORAGE, UNKNOWN and
 *                  NO_MEMORY are no fault of the message: it comes again, and they do not
 *                  count. Attempts are counted here, by the message's id, for the last
 *                  10,000 messages that failed; of others, and after a restart, the
 *                  broker's count is what is known
 *     a refusal    jangle_delivery_reject makes the message a dead letter at once
 *     a crash      After a process has ended without closing jangle, messages are handled
 *                  one at a time, and each attempt is stored before it is made, until as
 *                  many messages are done as may have been in hand. So a message whose
 *                  handler ends the process becomes a dead letter after its attempts (10,
 *                  if there is no limit), even if the broker does not count. The first
 *                  such end is not counted, because nobody stored what was tried
 *     threads      Without workers a handler runs in jangle_poll. Otherwise `threads`
 *                  threads call them, two messages of one key never at the same time,
 *                  while the consumer's own thread keeps the connection alive. So a
 *                  slow handler is not taken for a dead one. But the broker is told what
 *                  became of the messages only when all that were received at once
 *                  (config.receive_count) are handled: a broker that limits how long a
 *                  message may be in hand, as RabbitMQ does (30 minutes), limits all of
 *                  them together. jangle_deliver calls handlers beside these threads,
 *                  also for a key that they are at. jangle_pause gives back what no
 *                  handler has begun with, and jangle_close waits for those that have
 *                  begun, for as long as it was told to
 *
 *     several      Programs with stores of their own do not know what the others have
 *     programs     handled, and a broker may deliver one message to two of them. With
 *                  `dedup` (plugin/dedup.h), a memory that they share, it is claimed
 *                  there before its handlers are called, and is done there when its
 *                  id is stored, before the broker hears of it. What another program
 *                  is at comes again when its lease has run out, which is no failure
 *                  and no attempt; what another has handled counts as repeated. A
 *                  handler that fails, and jangle_close, give the claim back. A
 *                  program that dies leaves it, so that the message is handled again
 *                  after lease_ms. While handlers run on threads of the consumer, the
 *                  claims are prolonged. In jangle_poll without workers, and in
 *                  jangle_deliver, nobody does that: there lease_ms must be longer
 *                  than a handler takes, or the message may be handled twice, and
 *                  CLAIM_LOST is logged. While the dedup is away, a consumer that
 *                  needs it gives back what it has and receives nothing, its figures
 *                  say why, and jangle_deliver is BUSY; otherwise messages are
 *                  handled without a claim, and counted as `unclaimed`. A dedup that
 *                  must not be used, because it may forget, is waited for in any
 *                  case. jangle_declare says both, too. If a dedup goes away just
 *                  before a message is marked as done, that is not made up for: a
 *                  double of the message may be handled again
 *
 * In such a handler delivery->context and delivery->view are NULL. What subscriber.h says
 * of "in a handler" holds here, too, with two differences. What jangle_delivery_post
 * stores is stored in the commit that remembers the message, or not at all: so it is
 * exactly once. jangle_delivery_send sends under an id that is made of the message, the
 * place of the row among those that handle it, and the number of the call: a command that
 * has stored events is not done twice, unless a program with other rows handles the
 * message between two attempts. One that was refused, or stored nothing, is decided again
 * when the handler is called again. */

JANGLE_C_END

#endif
