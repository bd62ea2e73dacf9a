/* transport.h - the contract of a transport, which carries parcels to a broker and from
 * it. Implement it to bring your own broker.
 *
 * A transport is the connection of one publisher or one consumer (messaging.h). Its
 * operations are called from one thread at a time, except `wake`, which any thread may
 * call. What is passed to an operation is borrowed: it is valid until the call returns.
 * Put `struct jangle_transport` first in your own struct.
 *
 * Each operation has a function type here, and the comment of that type holds its
 * numbered clauses, which the operation must keep. jangle_try_transport
 * (testing_transport.h) tests each clause. Your own functions are declared by these
 * types: jangle_transport_publish_fn paper_publish; */
#ifndef JANGLE_PLUGIN_TRANSPORT_H
#define JANGLE_PLUGIN_TRANSPORT_H

#include <jangle/plugin/storage.h>

JANGLE_C_BEGIN

struct jangle_transport;

/* A broker descriptor: a value that says which broker it is, and how to reach it. It owns
 * nothing. A transport has a function that returns one and cannot fail:
 *     struct jangle_broker jangle_hub_broker(struct jangle_hub *hub); */
struct jangle_broker {
    const char *url;     /* jangle_open copies it, and never shows its password; may be
                            NULL */
    const void *options; /* the transport's own: must live until jangle_close */

    /* TR-1   Check the URL and the options, and make a transport that is not connected. A
     *        broker that is away is no error here. INVALID says what is wrong with the
     *        URL or the options. `name` is the name of the publisher or consumer, which a
     *        transport shows in the broker's lists of connections. `host` is borrowed
     *        until the transport is closed. If this fails, *transport stays NULL. */
    enum jangle_result (*open)(const struct jangle_broker *broker,
                               const struct jangle_host *host,
                               const char *name,
                               struct jangle_transport **transport,
                               struct jangle_error *error);
};

/* ---- what travels --------------------------------------------------------- */

struct jangle_header {
    const char *name; /* in lower case */
    const char *value;
};

/* How far a reader has read a log, which is a queue that keeps what was read, as a
 * partition of Kafka does. The consumer stores the offset in the same commit as what it
 * took, and continues there, whatever the broker believes. */
struct jangle_log_offset {
    const char *log; /* the broker's name for the log, such as "orders/3". NULL: the
                        parcel comes from no log */
    int64_t offset;  /* of the parcel: 0 or more; the offsets of one log grow */
};

/* A message in the form in which a broker carries it. A text may be NULL, which means
 * that there is none. Some members have a meaning when the parcel is published ("out"),
 * others when it was received ("in"), and those without a remark have one in both
 * cases. */
struct jangle_parcel {
    const char *topic; /* out: where it goes; NULL: straight into `queue`. In: where it
                          came from, if the broker says so */
    const char *queue; /* out: see `topic`. In: the queue that it was received from */
    const char *route; /* what the bindings of queues select by: as a rule the type */
    const char *key;   /* parcels of equal keys are kept in order */
    const char *id;    /* out: for brokers that drop duplicates. In: an id which the
                          broker gives at every delivery of the parcel; else NULL */
    const char *content_type;
    const struct jangle_header *headers;
    size_t header_count;
    const void *body;
    size_t body_size;
    bool must_be_queued; /* out: if no queue takes it, that is NOT_FOUND */
    int attempt;         /* in: 1, 2, 3...; 0: the broker does not count. Out: the attempt
                            as which it will be received; 0 means 1 */
    struct jangle_log_offset offset; /* in: if it was read from a log */
    enum jangle_result result;       /* out: of publish, see TR-3 */
    void *receipt;                   /* in: the transport's own */
};

/* What is to become of a parcel that was received. A settlement that is left zero says
 * nothing, which is INVALID. */
#define JANGLE_DISPOSITIONS(X)                                                           \
    X(TAKEN, 1) /* it is done, and must not come again */                                \
    X(AGAIN, 2) /* it shall come again, after a delay */                                 \
    X(DEAD, 3)  /* it shall be kept in the dead-letter queue */

enum jangle_disposition {
#define JANGLE_DISPOSITION_(name, number) JANGLE_##name = number,
    JANGLE_DISPOSITIONS(JANGLE_DISPOSITION_)
#undef JANGLE_DISPOSITION_
};

struct jangle_settlement {
    const struct jangle_parcel *parcel; /* one of those of the last `receive`, or an
                                           earlier one that is not settled yet */
    enum jangle_disposition disposition;
    int64_t delay_ms;   /* of AGAIN: it comes again no earlier */
    int attempts;       /* how many attempts count as made. Of AGAIN: it is received with
                           `attempt` one higher. Of DEAD: see TR-11 */
    const char *reason; /* of DEAD: why; may be NULL */
    enum jangle_result result; /* out, see TR-9 */
};

/* ---- what a broker has ---------------------------------------------------- */

/* A queue with all that belongs to it. Names that are NULL do not exist. */
struct jangle_queue {
    const char *name;
    const char *topic;         /* the queue is bound to it; NULL: to none */
    const char *const *routes; /* which routes of that topic; ends with NULL; NULL: all */
    const char *retry;         /* where parcels wait for their next attempt, if the broker
                                  needs a queue for that */
    const char *retry_topic;   /* how they get there; NULL: directly */
    const char *dead;          /* the dead-letter queue */
    const char *dead_topic;    /* how dead letters get there; NULL: directly */
    bool in_order;             /* only one receiver at a time gets parcels, however many
                                  are attached; the others stand by */
    int64_t retry_ms;          /* the delay of every AGAIN; 0: what the settlement says */
    int64_t expire_ms;         /* a parcel that waits for so long is dead; 0: never */
};

/* ---- the contract --------------------------------------------------------- */

/* These clauses hold for every operation.
 *
 * TR-14  An operation may return BUSY: the broker is away, or full, and `error` says
 *        which, and whom it concerns. The operation may then be called again; each call
 *        tries to connect again, at once. After a new connection the transport attaches
 *        what was attached before, and what was received before and not settled is
 *        CONFLICT when it is settled. A queue that was removed while the transport was
 *        attached to it is NOT_FOUND at the next `receive`.
 *
 * TR-17  No text that leaves the transport (an error, a line of the log, a name) holds a
 *        password or a key.
 *
 * TR-18  No call takes longer than it was told to, or 30 s if it was told nothing. Delays
 *        and timeouts that a transport keeps itself go by the clock of its host. */

/* TR-2   Make sure that a topic exists, or a queue with its bindings, its retry queue and
 *        its dead-letter queue. The call may be repeated. INVALID: it exists and is
 *        different: `error` names what differs, and the broker's stays as it is. Routes
 *        that a queue does not have yet are added, and are no difference. What others
 *        have declared there (bindings, rights, filters) is never removed. */
typedef enum jangle_result jangle_transport_declare_topic_fn(
    struct jangle_transport *transport, const char *topic, struct jangle_error *error);
typedef enum jangle_result
jangle_transport_declare_queue_fn(struct jangle_transport *transport,
                                  const struct jangle_queue *queue,
                                  struct jangle_error *error);

/* TR-3   Publish parcels. Each gets its own `result`:
 *
 *            OK         the broker has confirmed that it keeps the parcel, as safely as
 *                       the queue was declared. If no queue is bound to the topic for
 *                       this route, nothing is kept, and that is OK, too, unless the
 *                       parcel must be queued
 *            NOT_FOUND  the topic or the queue does not exist; or no queue takes the
 *                       parcel, and it must be queued
 *            INVALID    the parcel can never be published: it is too large, for example
 *            BUSY       the parcel was not published
 *            TIMEOUT    nobody knows whether it was published. A confirm of this call
 *                       that comes later is never taken for one of another call
 *
 *        The parcels of one call do not harm each other: if one is NOT_FOUND or INVALID,
 *        the others get the results that they would have got without it. The call itself
 *        returns OK if each parcel has its result, or else BUSY, TIMEOUT or NO_MEMORY,
 *        and then each parcel has a result as well.
 *
 * TR-4   The parcels of one call that have equal keys are published in their order. If
 *        `keeps_prefix` is set, what one queue keeps of them, whatever fails, is always a
 *        beginning of them: never a later one without the earlier ones. The engine then
 *        publishes any number of parcels of one key in one call, and otherwise only one.
 *
 * TR-5   Body, content type, id, key and headers arrive as they were sent, whatever bytes
 *        they hold. If another program sent a header that is a number, a boolean or a
 *        time, it is received as text, because the AMQP binding of CloudEvents demands
 *        that; headers of other types are left out. */
typedef enum jangle_result jangle_transport_publish_fn(struct jangle_transport *transport,
                                                       struct jangle_parcel *parcels,
                                                       size_t count,
                                                       int64_t timeout_ms,
                                                       struct jangle_error *error);

/* TR-6   Attach: receive from this queue from now on. NOT_FOUND if it does not exist. A
 *        log is read from behind the offsets that are given; a log that they do not name
 *        is read from its first parcel. An offset that the log does not have (it lies
 *        before its first parcel, or behind its end) is INVALID, and `error` names both
 *        numbers. Detach: receive no more. What was received and is not settled is given
 *        back, and others may receive it. Detaching what is not attached is OK. */
typedef enum jangle_result
jangle_transport_attach_fn(struct jangle_transport *transport,
                           const struct jangle_queue *queue,
                           const struct jangle_log_offset *offsets,
                           size_t offset_count,
                           struct jangle_error *error);
typedef enum jangle_result jangle_transport_detach_fn(struct jangle_transport *transport,
                                                      const char *queue,
                                                      struct jangle_error *error);

/* TR-7   Receive at most `limit` parcels of the attached queues, and no more than `bytes`
 *        bytes of bodies, except that the first one may be larger. If there is none, wait
 *        `wait_ms` at most for one, or until `wake` is called. Having received nothing is
 *        OK, too. The array is valid until the next `receive`, and what its parcels point
 *        to is valid until they are settled. Until then no other receiver gets them,
 *        unless the connection ends, or `tend` is not called, or the broker itself
 *        limits that time.
 *
 * TR-8   From a queue that is in order, parcels of equal keys come in the order in which
 *        they were published. That includes parcels that were given back or whose
 *        connection ended: they come before the later ones. A parcel that was settled as
 *        AGAIN gives up its turn: the later ones of its key do not wait for it. */
typedef enum jangle_result jangle_transport_receive_fn(struct jangle_transport *transport,
                                                       size_t limit,
                                                       size_t bytes,
                                                       int64_t wait_ms,
                                                       struct jangle_parcel **parcels,
                                                       size_t *count,
                                                       struct jangle_error *error);

/* TR-9   Settle parcels that were received. Each settlement gets its own `result`. OK for
 *        a TAKEN parcel: it does not come again, as far as the broker can say so.
 *        CONFLICT: the parcel no longer belongs to this receiver, and comes again, here
 *        or elsewhere. INVALID: the settlement names no disposition. Any other result:
 *        the parcel may come again. The call itself returns OK if each settlement has its
 *        result, or else BUSY or NO_MEMORY, and then each has a result as well. After the
 *        call the parcels are settled, whatever the results are, and must not be settled
 *        again.
 *
 * TR-10  AGAIN: the parcel comes again with the attempts that the settlement says, and
 *        not before its delay has passed. Parcels of other keys do not wait for it.
 *
 * TR-11  DEAD: the parcel is in the dead-letter queue, with its body, id, key, content
 *        type and headers, and with three more headers: "jangle-reason", "jangle-queue"
 *        (where it came from) and "jangle-attempts" (1 if it was received once, or as
 *        many as the settlement says, if these are more). At no moment is the parcel in
 *        none of the two queues. */
typedef enum jangle_result
jangle_transport_settle_fn(struct jangle_transport *transport,
                           struct jangle_settlement *settlements,
                           size_t count,
                           struct jangle_error *error);

/* TR-12  Answer the heartbeats of the broker, and prolong the time for which parcels that
 *        were received belong to this receiver. The engine calls this about once a second
 *        between other calls. */
typedef enum jangle_result jangle_transport_tend_fn(struct jangle_transport *transport,
                                                    struct jangle_error *error);

/* TR-13  End a `receive` that waits; if none does, the next one does not wait. It takes
 *        effect within 250 ms. Any thread may call it. */
typedef void jangle_transport_wake_fn(struct jangle_transport *transport);

/* TR-15  Count the parcels that wait in a queue and have not been received. -1: the
 *        broker cannot tell. NOT_FOUND if the queue does not exist. */
typedef enum jangle_result jangle_transport_count_fn(struct jangle_transport *transport,
                                                     const char *queue,
                                                     int64_t *count,
                                                     struct jangle_error *error);

/* TR-16  Remove what waits in a queue; remove a queue with its retry queue and its
 *        dead-letter queue; remove a topic. BUSY if a queue is still bound to the topic:
 *        it stays. Removing what does not exist is OK. */
typedef enum jangle_result jangle_transport_purge_fn(struct jangle_transport *transport,
                                                     const char *queue,
                                                     struct jangle_error *error);
typedef enum jangle_result
jangle_transport_remove_queue_fn(struct jangle_transport *transport,
                                 const struct jangle_queue *queue,
                                 struct jangle_error *error);
typedef enum jangle_result jangle_transport_remove_topic_fn(
    struct jangle_transport *transport, const char *topic, struct jangle_error *error);

/* TR-19  Give back what is not settled, disconnect, and free the transport. It never
 *        fails, and is never called with NULL. In a child that fork made of the process
 *        which opened the transport, it frees memory and closes descriptors, and sends
 *        nothing to the broker. */
typedef void jangle_transport_close_fn(struct jangle_transport *transport);

/* TR-20  Name a queue in order that the transport is attached to, and from which it gets
 *        nothing because another receiver has the turn, as the last `receive` has found
 *        it; NULL: there is none. The text is valid until the next operation. */
typedef const char *jangle_transport_standing_by_fn(struct jangle_transport *transport);

/* The operations of a transport. All must be given but `standing_by`, which is NULL if
 * the transport cannot tell. */
struct jangle_transport_ops {
    int abi;           /* 1 */
    const char *name;  /* of the transport: "rabbitmq" */
    bool keeps_prefix; /* see TR-4 */
    size_t body_bytes; /* the largest body; 0: the broker has no limit of its own */
    jangle_transport_declare_topic_fn *declare_topic;
    jangle_transport_declare_queue_fn *declare_queue;
    jangle_transport_publish_fn *publish;
    jangle_transport_attach_fn *attach;
    jangle_transport_detach_fn *detach;
    jangle_transport_receive_fn *receive;
    jangle_transport_settle_fn *settle;
    jangle_transport_tend_fn *tend;
    jangle_transport_wake_fn *wake;
    jangle_transport_count_fn *count;
    jangle_transport_purge_fn *purge;
    jangle_transport_remove_queue_fn *remove_queue;
    jangle_transport_remove_topic_fn *remove_topic;
    jangle_transport_close_fn *close;
    jangle_transport_standing_by_fn *standing_by;
};

struct jangle_transport {
    const struct jangle_transport_ops *ops;
};

JANGLE_C_END

#endif
