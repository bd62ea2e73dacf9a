/* parcels.h - short ways to talk to a transport in a test. Each of these functions is for
 * calls that shall succeed, and the test ends where one does not. */
#ifndef PARCELS_H
#define PARCELS_H

#include "support/test.h"

#include <jangle/plugin/transport.h>

/* A clock that a test moves. */
struct moved_clock {
    _Atomic int64_t us;    /* also while other threads read it */
    _Atomic int64_t calls; /* so often it was asked how much time has passed */
    _Atomic bool held;     /* such a question is not answered before this is false */
};
struct jangle_clock moved_clock_of(struct moved_clock *clock);

struct jangle_transport *open_transport(struct jangle_broker broker,
                                        const struct jangle_host *host,
                                        const char *name);

void declare_topic(struct jangle_transport *transport, const char *topic);
void declare_queue(struct jangle_transport *transport, const struct jangle_queue *queue);
void attach(struct jangle_transport *transport, const char *queue);

/* Publish one parcel, whose body is a text: to a topic, or straight into a queue. */
void publish_to(struct jangle_transport *transport,
                const char *topic,
                const char *route,
                const char *key,
                const char *body);
void publish_into(struct jangle_transport *transport,
                  const char *queue,
                  const char *key,
                  const char *body);

/* The result of one parcel. */
enum jangle_result publish_one(struct jangle_transport *transport,
                               struct jangle_parcel parcel);

/* What one `receive` returns that does not wait. */
struct received {
    struct jangle_parcel *parcels;
    size_t count;
};
struct received receive(struct jangle_transport *transport, size_t limit);

/* Receive one parcel, which must have this body. */
struct jangle_parcel receive_one(struct jangle_transport *transport, const char *body);

/* Receive, and compare the bodies: "one two". "": nothing comes. All are settled as
 * taken if `take` is set. */
void receive_all(struct jangle_transport *transport, const char *bodies, bool take);

/* The result of one settlement. */
enum jangle_result settle_one(struct jangle_transport *transport,
                              const struct jangle_parcel *parcel,
                              struct jangle_settlement settlement);
void take(struct jangle_transport *transport, const struct jangle_parcel *parcel);

int64_t count_in(struct jangle_transport *transport, const char *queue);

/* The value of a header, or NULL. */
const char *header_of(const struct jangle_parcel *parcel, const char *name);

#endif
