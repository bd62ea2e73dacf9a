/* line.h - a line: one who sends, a topic, a queue, and those who receive from
 * it. And what they do: publish, receive, settle. As all of a trial, these do nothing
 * after a failure. */
#ifndef JN_TRANSPORT_LINE_H
#define JN_TRANSPORT_LINE_H

#include "testing/transport/trial.h"

enum {
    JN_RECEIVED_MAX = 512, /* parcels of one test */
    JN_RECEIVE_LIMIT = 16, /* parcels of one call */
    JN_RECEIVE_BYTES = 1 << 20,
    JN_PUBLISH_MS = 30000,
    JN_SILENCE_MS = 400 /* what does not come meanwhile is taken for what will not come */
};

struct jn_line {
    struct jangle_queue queue;
    struct jangle_transport *sender;
    struct jangle_transport *receiver; /* attached to the queue */
};

/* What was received and is not settled. The parcels are copies of the structs. */
struct jn_received {
    struct jangle_parcel parcels[JN_RECEIVED_MAX];
    size_t count;
};

/* Open both, declare a topic and a queue that is bound to it, and attach the receiver. */
struct jn_line jn_line_open(struct jn_trial *trial, bool in_order);

/* A parcel to the topic of the line with that key (may be NULL) and that text. */
struct jangle_parcel
jn_line_parcel(const struct jn_line *line, const char *key, const char *body);

/* Publish so many parcels with the bodies "FIRST", "FIRST + 1"... and equal keys, in one
 * call, and expect OK for each. */
void jn_line_publish(struct jn_trial *trial,
                     const struct jn_line *line,
                     const char *key,
                     int first,
                     int count);

/* Publish, and expect OK for each parcel. */
void jn_publish(struct jn_trial *trial,
                struct jangle_transport *transport,
                struct jangle_parcel *parcels,
                size_t count);

/* Publish one parcel, and expect that result. */
void jn_publish_one(struct jn_trial *trial,
                    struct jangle_transport *transport,
                    const struct jangle_parcel *parcel,
                    enum jangle_result expected);

void jn_attach(struct jn_trial *trial,
               struct jangle_transport *transport,
               const struct jangle_queue *queue);
void jn_detach(struct jn_trial *trial,
               struct jangle_transport *transport,
               const char *queue);

/* Another transport that is attached to that queue; NULL: the queue of this name alone,
 * such as a dead-letter queue. */
struct jangle_transport *jn_attached(struct jn_trial *trial,
                                     const struct jangle_queue *queue);
struct jangle_transport *jn_attached_to(struct jn_trial *trial, const char *queue);

/* Call `receive` once, with the wait that the trial allows, and add what came. Returns
 * its count. */
size_t jn_receive_once(struct jn_trial *trial,
                       struct jangle_transport *transport,
                       struct jn_received *received,
                       size_t limit,
                       size_t bytes);

/* Receive until there are `count` parcels, those included that were there before. */
void jn_receive(struct jn_trial *trial,
                struct jangle_transport *transport,
                struct jn_received *received,
                size_t count);

/* Receive until nothing has come for JN_SILENCE_MS. */
void jn_receive_rest(struct jn_trial *trial,
                     struct jangle_transport *transport,
                     struct jn_received *received);

/* Settle all that was received in one call, expect OK, and forget it. */
void jn_settle(struct jn_trial *trial,
               struct jangle_transport *transport,
               struct jn_received *received,
               enum jangle_disposition disposition);

/* Settle one parcel, and expect that result. */
void jn_settle_one(struct jn_trial *trial,
                   struct jangle_transport *transport,
                   const struct jangle_settlement *settlement,
                   enum jangle_result expected);

/* Receive, settle as TAKEN, and expect those bodies: "1 2 3". In any order: the expected
 * bodies are in the order of strcmp. */
void jn_take(struct jn_trial *trial,
             struct jangle_transport *transport,
             size_t count,
             const char *bodies);
void jn_take_in_any_order(struct jn_trial *trial,
                          struct jangle_transport *transport,
                          size_t count,
                          const char *bodies);

/* Compare the bodies with such a text. */
void jn_expect(struct jn_trial *trial,
               const struct jn_received *received,
               const char *bodies);

/* Nothing comes. */
void jn_expect_nothing(struct jn_trial *trial, struct jangle_transport *transport);

/* The number that a body says; -1: none. */
int jn_body_number(const struct jangle_parcel *parcel);

#endif
