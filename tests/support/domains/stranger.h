/* stranger.h - another program at the hub of the neighbours: it sends what a test wants,
 * and looks into queues. */
#ifndef STRANGER_H
#define STRANGER_H

#include "support/domains/neighbours.h"
#include "support/parcels.h"

struct stranger {
    struct jangle_transport *transport;
};

void stranger_init(struct stranger *stranger, struct neighbours *neighbours);
void stranger_finish(struct stranger *stranger);

/* A CloudEvent of the source "/stranger". What is NULL is left out. */
struct stranger_says {
    const char *id;   /* NULL: a new one */
    const char *type; /* NULL: coins_put_in */
    const char *key;
    const char *data; /* NULL: {"amount":1,"total":1} */
    const char *more; /* other members: "\"typeversion\":2" */
};

/* Straight into a queue, which must exist. */
void stranger_send(struct stranger *stranger,
                   const char *queue,
                   struct stranger_says says);
void stranger_send_many(struct stranger *stranger, const char *queue, int count);
void stranger_send_parcel(struct stranger *stranger,
                          const char *queue,
                          struct jangle_parcel parcel);

/* Take the next dead letter of a queue. Its reason must be this one, and it was received
 * once. */
void stranger_expect_dead(struct stranger *stranger,
                          const char *queue,
                          const char *reason);

/* The same, and it was received so often: "3". */
void stranger_expect_dead_after(struct stranger *stranger,
                                const char *queue,
                                const char *reason,
                                const char *attempts);

/* So many wait in a queue. */
int64_t stranger_count(struct stranger *stranger, const char *queue);

/* How many events the program has stored of that stream of the consumer. */
int64_t stored_in(struct world *world, const char *consumer, const char *stream);

#endif
