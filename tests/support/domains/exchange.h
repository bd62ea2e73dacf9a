/* exchange.h - neighbours between which both kinds of messages pass: the sender publishes
 * each event of its purses, and a handler of it posts a command for each: so many coins
 * as the event's version go into the taker's purse of that name. The taker stores the
 * events, and decides the commands. So `count` events of the sender, a multiple of
 * EXCHANGE_PURSES, become twice as many of the taker. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include "support/domains/neighbours.h"

enum { EXCHANGE_PURSES = 3, EXCHANGE_EVENTS_MAX = 1000 };

/* The sender's coins_put_in, under a name of the taker's own, because the taker has
 * purses, too. */
struct coins_seen {
    int64_t amount;
    int64_t total;
};
extern const struct jangle_message coins_seen;

/* As neighbours_init, with publishers "news" and "to_counter", and consumers "watch" and
 * "counter". */
void exchange_init(struct neighbours *both, bool in_files);

extern const struct jangle_subscriber exchange_forwarder;

/* Either of the two; the sender with the subscriber exchange_forwarder. */
bool exchange_try_open(struct neighbours *both, struct world *world);
void exchange_open(struct neighbours *both, struct world *world);

/* Both, and the taker's queues are there before the sender publishes anything. */
void exchange_open_both(struct neighbours *both);

/* Send the command of that number: 0, 1, 2... It has an id, so it may be sent again. */
enum jangle_result
exchange_send(struct neighbours *both, int number, struct jangle_outcome *outcome);

/* The taker has as many events as `count` of the sender lead to. */
bool exchange_is_complete(struct neighbours *both, int64_t count);

/* Let time pass and poll, whatever the results are, at most so many times, until it is
 * complete. */
void exchange_settle(struct neighbours *both, int64_t count, int rounds);

/* Each of `count` events had its two effects once and in order, and nothing is parked or
 * dead. A taker with a file is opened again for this. */
void exchange_assert_whole(struct neighbours *both, int64_t count);

/* The same in any order. */
void exchange_assert_each(struct neighbours *both, int64_t count);

#endif
