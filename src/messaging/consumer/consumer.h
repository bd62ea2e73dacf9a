/* consumer.h - what receives the messages of each consumer. */
#ifndef JN_CONSUMER_H
#define JN_CONSUMER_H

#include <jangle/jangle.h>

struct jn_consuming; /* what receives for one consumer */

/* Open all of config.consumers; sets jangle->consumers. INVALID: a broker's URL or
 * options make no sense. NO_MEMORY. On failure there is nothing to close. */
enum jangle_result jn_consumers_open(struct jangle *jangle, struct jangle_error *error);

/* Give back what was received and not settled, and disconnect. No thread receives any
 * more. */
void jn_consumers_close(struct jangle *jangle);

/* End the calls that wait for messages. Any thread. */
void jn_consumers_wake(struct jangle *jangle);

/* The consumer of that row of config.consumers. */
struct jn_consuming *jn_consuming_at(struct jangle *jangle, size_t index);

/* The row of config.consumers with that name, which may be NULL; NULL if there is
 * none. */
const struct jangle_consumer *jn_consumer_find(const struct jangle *jangle,
                                               const char *name);

/* The consumer with that name; NULL if there is none. Any thread. */
struct jn_consuming *jn_consuming_find(struct jangle *jangle, const char *name);

/* Receive some messages and take them; wait for messages if there are none, or until the
 * broker may be called again. Only the consumer's own thread calls this. */
void jn_consuming_run(struct jn_consuming *consuming);

/* Call handlers of the consumer until the instance stops: what each of its threads of
 * handling.h does. */
void jn_consuming_handle(struct jn_consuming *consuming);

/* Let each consumer take what is at hand, without waiting: for a program without workers.
 * Adds what was done to `done`. */
void jn_consumers_poll(struct jangle *jangle, int64_t *done);

#endif
