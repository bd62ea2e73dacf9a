/* pair.h - two programs with a broker between them, in one process: neighbours of
 * support/domains/exchange.h that run by themselves, with workers and files. */
#ifndef BROKER_PAIR_H
#define BROKER_PAIR_H

#include "brokers/broker.h"
#include "support/domains/exchange.h"

/* How far the taker is: it sees all that the taker stores. */
extern const struct jangle_subscriber pair_watcher;

/* Both with two workers, the system's clock and that broker; none is open. They are
 * finished by neighbours_finish. */
void pair_init(struct neighbours *both, struct jangle_broker broker);

/* The queues are there before anything is published. */
void pair_open(struct neighbours *both);
void pair_send(struct neighbours *both, int from, int to);

/* Until the taker has stored so many events. */
void pair_wait(struct neighbours *both, int64_t position);

/* `events` of the sender, a multiple of three, pass while the broker is killed and
 * started again and each program is closed and opened. Commands are answered while the
 * broker is away. */
void pair_pass_though_it_is_killed(struct neighbours *both,
                                   const struct tested_broker *broker,
                                   int events);

/* All of it passed once and in order. Both are closed and opened for this, and run no
 * workers any more. */
void pair_assert_whole(struct neighbours *both, int events);

#endif
