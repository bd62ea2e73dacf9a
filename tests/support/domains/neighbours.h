/* neighbours.h - two programs and a hub between them: the first has purses and publishes
 * what goes into them; the second takes that. Both are worlds of follower.h, on one clock
 * that is moved by hand, and nothing runs but when the test polls. */
#ifndef NEIGHBOURS_H
#define NEIGHBOURS_H

#include "support/domains/follower.h"

#include <jangle/messaging.h>

struct neighbours {
    struct world sender, taker;
    struct jangle_hub *hub;
};

/* Publishes coins_put_in to the topic "purses"; and the consumer that stores these. */
extern const struct jangle_publisher purse_news;
extern const struct jangle_consumer purse_watch;

/* Sets config.broker of both, and config.source of the sender to "purses". The taker has
 * no aggregates. Neither is open yet. */
void neighbours_init(struct neighbours *neighbours, bool in_files);
void neighbours_finish(struct neighbours *neighbours);

/* Let a world have one publisher, or one consumer; before it is opened. */
void publish_with(struct world *world, const struct jangle_publisher *publisher);
void consume_with(struct world *world, const struct jangle_consumer *consumer);

/* Poll both until neither has anything to do. */
void neighbours_poll(struct neighbours *neighbours);

/* Both clocks go on. */
void neighbours_pass(struct neighbours *neighbours, int64_t ms);

/* Call this each time that you look whether a thread of one of them is done: it needs the
 * same mutexes as figures and polls, and might wait without end for a thread that asks
 * all the time. */
void neighbours_wait_a_moment(void);

/* Why the dead letters of a subscriber are dead: of the last of them. Each was given up
 * at its first attempt. */
struct jangle_error reason_of_dead(struct world *world, const char *subscriber);

struct jangle_endpoint_stats endpoint_of(struct world *world, const char *name);

#endif
