/* messaging.h - what leaves this program for others, and what comes in from them.
 *
 * A publisher is a subscriber that publishes events to a broker. Its checkpoint moves
 * only when the broker has confirmed. So the log is the outbox: what is stored is
 * published at least once, each time with the same id, in the order of its stream,
 * however long the broker is away.
 *
 * A consumer receives messages from a broker. A message becomes an event of this store,
 * or a command, in one commit with its id, and only then the broker is told that it was
 * taken. So the log is the inbox, too: what a consumer stores or sends happens once,
 * however often the broker delivers the message. Views, handlers and sagas then follow
 * the stored events as they follow all others.
 *
 *     static const struct jangle_publisher shop_news = {        in the shop's program
 *         .name = "news",
 *         .topic = "shop",
 *         .routes = JANGLE_ROUTES({.type = &product_added}),
 *     };
 *
 *     static const struct jangle_consumer from_shop = {         in another program
 *         .name = "shop",
 *         .topic = "shop",
 *         .routes = JANGLE_ROUTES({.type = &product_added}),
 *     };
 *
 * Publishers and consumers are called endpoints. Their names, and those of subscribers
 * and sagas, are one set, and never change. Nothing here waits for a broker that is away:
 * jangle_open does not connect, and commands and queries go on. docs/messaging.md has a
 * tutorial. */
#ifndef JANGLE_MESSAGING_H
#define JANGLE_MESSAGING_H

#include <jangle/plugin/dedup.h>
#include <jangle/plugin/filter.h>
#include <jangle/plugin/format.h>
#include <jangle/plugin/naming.h>
#include <jangle/received.h>
#include <jangle/saga.h>

JANGLE_C_BEGIN

struct jangle;
struct jangle_envelope;

/* ---- routes: the rows of both tables -------------------------------------- */

/* In a route, this type stands for every type that has no row of its own. To publish such
 * a message by jangle_post, fill in its members; when one is received, they are filled
 * in. */
struct jangle_any {
    const char *type;         /* its name outside; "" if it has none */
    const char *content_type; /* of `data` before it became JSON; or "" */
    jangle_json data;         /* text is a JSON string, and bytes are one in base64 */
};
JANGLE_API extern const struct jangle_message jangle_any;

/* Where a translate function says what the message is on the other side. */
struct jangle_translation;

/* Say with jangle_translate what a message is on the other side of the border: of a
 * publisher, our event in the words of others; of a consumer, their message in ours. The
 * function is pure and may run several times for one message. JANGLE_OK without a call of
 * jangle_translate: the message is ignored. INVALID: it is a dead letter. Any other
 * result counts as INVALID. */
typedef enum jangle_result jangle_translate_fn(struct jangle_translation *translation,
                                               const struct jangle_event *event);

/* Give the translated message, once at most. It is copied and checked, and INVALID if it
 * does not pass its check, or if it was given already:
 *     return jangle_translate(translation, deposit_funds, .account_id = payment->to); */
#define jangle_translate(translation, type, ...)                                         \
    jangle_translate_(translation, &type, &(const struct type){__VA_ARGS__})

/* One row. What is left out has no effect. */
struct jangle_route {
    const struct jangle_message *type; /* as this program describes it: a consumer needs
                                          only the members that it reads */
    const char *as;                    /* its name outside; NULL: its stored name */
    struct jangle_filter where;        /* which of them; {0}: all. A row whose filter does
                                          not want a message, or cannot judge it, is as if
                                          it were not there */
    jangle_translate_fn *translate;    /* NULL: it is the same on both sides */
    const char *topic;                 /* of a publisher: instead of the publisher's */
    jangle_handle_fn *handle;          /* of a consumer: call this function when the
                                          message is received, and store nothing. See
                                          received.h */
};

struct jangle_routes {
    const struct jangle_route *items;
    size_t count;
};

#define JANGLE_ROUTES(...) JANGLE_TABLE_(const struct jangle_route, __VA_ARGS__)

/* ---- publishers ----------------------------------------------------------- */

/* An event that happened in this store is published by the first row that it fits. An
 * event without a row is ignored, and so is one that a consumer has stored, unless
 * `relayed` is set. A publisher has a checkpoint, parked keys, dead letters and figures
 * as any subscriber, and jangle_subscriber_reset makes it publish again.
 *
 * What a failure means:
 *
 *     the broker is away, or full     the publisher waits, and its figures say why. No
 *                                     attempt counts and nothing is parked
 *     no such topic or queue; or no   the event is parked and tried again without end,
 *     queue takes a command           unless `retry` limits it: perhaps the other
 *                                     program is not installed yet
 *     the message is too large, or    it is a dead letter at once
 *     cannot be written or translated */
struct jangle_publisher {
    const char *name;
    const char *formerly;               /* its old name, as a subscriber's; may be NULL */
    const struct jangle_broker *broker; /* NULL: config.broker */
    const char *topic; /* where messages go. It is declared unless `undeclared` */
    const char *queue; /* instead of a topic: straight into the queue of one consumer,
                          which declares it. For commands */
    struct jangle_routes routes;
    const struct jangle_format *format; /* NULL: &jangle_cloudevents */
    enum jangle_order order; /* JANGLE_IN_ORDER: whatever fails, no queue gets the events
                                of a stream in another order. With a broker that does not
                                keep a prefix (transport.h, TR-4), one message of a stream
                                is then under way at a time. JANGLE_ANY_ORDER: after a
                                failure later events may come first */
    enum jangle_start start; /* JANGLE_FROM_DEFAULT: with the next event */
    enum jangle_dead dead;
    struct jangle_retry retry;
    bool undeclared; /* others make the topic; if it is missing, that is NOT_FOUND */
    bool relayed;    /* publish what consumers have stored, too, under its first id and
                        source. Two programs that both do this for the same messages would
                        send them to and fro without end */
};

struct jangle_publishers {
    const struct jangle_publisher *const *items;
    size_t count;
};

#define JANGLE_PUBLISHERS(...)                                                           \
    JANGLE_TABLE_(const struct jangle_publisher *const, __VA_ARGS__)

/* Store a message for a publisher to publish, and return when it is durable. The message
 * is an event, or a command for an aggregate of another program. OK says only that it
 * will be published, and nothing about what happens there: an answer is an event that
 * comes back. Messages with the same text in their first member are kept in order. If the
 * envelope has a command_id, the message is stored once, however often this is called.
 * Its origin is used, too. Its expected_version and deadline_ms are not looked at,
 * because the message goes into a stream of the publisher's own; outcome.version is 0.
 *
 *     INVALID   the publisher has no row for the type, or is not among
 *               config.publishers; or the message did not pass its check
 *     BUSY, STORAGE, UNKNOWN, NO_MEMORY, CLOSED
 *               as jangle_send. After UNKNOWN, jangle_outcome_of finds what was stored
 *
 *     jangle_post(app, &outcome, &to_bank, deposit_funds, .account_id = id,
 *                 .amount = 5); */
#define jangle_post(jangle, outcome, publisher, type, ...)                               \
    jangle_post_(jangle, outcome, NULL, publisher, &type,                                \
                 &(const struct type){__VA_ARGS__})
#define jangle_post_in(jangle, outcome, envelope, publisher, type, ...)                  \
    jangle_post_(jangle, outcome, envelope, publisher, &type,                            \
                 &(const struct type){__VA_ARGS__})

/* The same in a handler, or in a reaction of a saga: however often the handler or the
 * turn runs, one message is stored. The results are those of jangle_delivery_send and
 * jangle_turn_send. */
#define jangle_delivery_post(delivery, publisher, type, ...)                             \
    jangle_delivery_post_(delivery, publisher, &type, &(const struct type){__VA_ARGS__})
#define jangle_turn_post(turn, publisher, type, ...)                                     \
    jangle_turn_post_(turn, publisher, &type, &(const struct type){__VA_ARGS__})

/* ---- consumers ------------------------------------------------------------ */

/* A list of wire formats. */
struct jangle_formats {
    const struct jangle_format *const *items;
    size_t count;
};

#define JANGLE_FORMATS(...) JANGLE_TABLE_(const struct jangle_format *const, __VA_ARGS__)

/* What becomes of a message depends on its row:
 *
 *     an event    is stored in the stream "consumer/key", once, and is then done for the
 *                 broker. Subscribers follow it at their own pace: views can be rebuilt,
 *                 failures are parked here, and the broker never waits for a handler. No
 *                 aggregate here may list the same type
 *     a command   is sent, once, and is then done, whatever the answer is: a refusal is
 *                 remembered, too. See `refused_are_dead`
 *     a `handle`  is called, at least once, and nothing is stored but the message's id:
 *                 received.h
 *
 * Every row that fits does its part; at most one of them may store the message.
 *
 * A message without a row is ignored. One that cannot be read, that does not pass its
 * check, or whose id was used for other contents, becomes a dead letter of the broker at
 * once; after 16 of these in a row the consumer is suspended, because the cause may be
 * this program. An event that is newer than the version() of its description is stored as
 * it is, and suspends those who would handle it; a description without a version() reads
 * every version. While the store fails, the messages stay in hand and are tried again in
 * the same order. A command whose aggregate cannot be read from the store is given back
 * to the broker after some attempts, and comes again: it has no answer.
 *
 * A broker's queues may be logs, which keep what was read. Then the consumer stores how
 * far it has read each log in the commit of what it took, and reads on from there,
 * whatever the broker remembers. If a log does not have that offset any more, the
 * consumer is suspended, its figures name both numbers, and jangle_resume lets it go on
 * with the first message that the log has. */
struct jangle_consumer {
    const char *name;
    const char *formerly;               /* its old name; may be NULL */
    const struct jangle_broker *broker; /* NULL: config.broker */
    const char *topic;                  /* its queue is bound to this; NULL: to none */
    const char *queue;                  /* NULL: the consumer's name */
    struct jangle_routes routes;
    struct jangle_formats formats; /* which are tried, in this order; if it is left out:
                                      CloudEvents */
    enum jangle_order order;       /* JANGLE_IN_ORDER: one program at a time receives */
    struct jangle_retry retry;     /* of rows with `handle` */
    int threads; /* that call `handle`, if there are workers. Default 1, at most 64 */
    const struct jangle_deduplication
        *dedup;             /* of rows with `handle`: a memory that
            programs with stores of their own share, so that each message
            is handled by one of them. See received.h. NULL: none */
    const char *key_member; /* the member whose text is the key, if the format does not
                               say what it is. NULL: such messages have no order */
    const char *actor; /* who is said to have asked for what it sends. NULL: nobody. What
                          a message says of its actor is believed only if... */
    bool believe;      /* ...this is set */
    bool undeclared;   /* others make the queue; until it exists the consumer waits */
    bool refused_are_dead; /* a command that is refused becomes a dead letter of the
                              broker. When it is put back, it is decided again */
    int64_t lag_limit; /* receive no more while a subscriber that is not suspended is so
                          many events behind. Default 100000; -1: never */
};

struct jangle_consumers {
    const struct jangle_consumer *const *items;
    size_t count;
};

#define JANGLE_CONSUMERS(...)                                                            \
    JANGLE_TABLE_(const struct jangle_consumer *const, __VA_ARGS__)

/* Take one parcel that came another way, such as a web hook, as if the consumer had
 * received it. Any thread.
 *
 *     OK          it is done: stored, sent, handled or ignored
 *     INVALID     it can never be taken, and the message says why: it would be a dead
 *                 letter
 *     NOT_FOUND   no consumer has that name
 *     BUSY        the consumer is paused; or the store is busy; or a handler or an
 *                 answerer calls this
 *     any other   it is not done: whoever brought it shall bring it again
 *
 * Handlers of rows with `handle` are called on the thread that calls this. */
JANGLE_API enum jangle_result jangle_deliver(struct jangle *jangle,
                                             const char *consumer,
                                             const struct jangle_parcel *parcel,
                                             struct jangle_error *error);

/* ---- wire formats: docs/formats.md has their tables ----------------------- */

/* CloudEvents 1.0: one JSON object; or the data as the body, and the rest in headers.
 * Each of the two reads both. */
JANGLE_API extern const struct jangle_format jangle_cloudevents;
JANGLE_API extern const struct jangle_format jangle_cloudevents_binary;

/* petisco's {"data": {"type": ...}}, and Melange's {"event_type_name": ...}. */
JANGLE_API extern const struct jangle_format jangle_petisco;
JANGLE_API extern const struct jangle_format jangle_melange;

/* Any JSON, text or bytes. The type is in the header "type", or is "". It reads
 * everything, so it comes last in a list. */
JANGLE_API extern const struct jangle_format jangle_plain;

/* ---- what there is at the broker ------------------------------------------ */

/* Each of these functions connects to the broker by itself, and returns BUSY if the
 * broker is away, and NOT_FOUND if no endpoint has that name. They are BUSY in a handler
 * and in an answerer. */

/* Make sure now that the topics and queues of an endpoint exist; NULL: of all endpoints.
 * They are declared anyway when the endpoint first connects. INVALID: one exists and
 * differs, and the message says in what. A consumer's dedup is called, too: BUSY if it is
 * away, and INVALID if it must not be used. */
JANGLE_API enum jangle_result
jangle_declare(struct jangle *jangle, const char *name, struct jangle_error *error);

enum jangle_removal {
    JANGLE_REMOVE_MESSAGES, /* empty its queues */
    JANGLE_REMOVE_QUEUES,   /* remove its queues */
    JANGLE_REMOVE_ALL       /* remove its queues and its topics */
};

/* Remove what an endpoint has declared. BUSY, too: a queue of others is bound to the
 * topic, which stays. The endpoint may be one that this program lacks
 * (jangle_endpoint_visit): the store knows what was declared for it, and it is removed
 * through config.broker. For such an endpoint this is
 *
 *     INVALID   config.broker is not given, or is of another transport; or a consumer of
 *               this program has one of the queues now; or this process is a follower
 *     BUSY      another process runs the endpoint */
JANGLE_API enum jangle_result jangle_remove(struct jangle *jangle,
                                            const char *name,
                                            enum jangle_removal what,
                                            struct jangle_error *error);

/* Decide about a dead letter at the broker: JANGLE_TAKEN removes it for good,
 * JANGLE_AGAIN puts it back into the consumer's queue as attempt 1, and JANGLE_DEAD
 * leaves it. */
typedef enum jangle_disposition jangle_redrive_fn(void *context,
                                                  const struct jangle_parcel *parcel);

struct jangle_redriven {
    int64_t seen;    /* dead letters that `decide` was called for */
    int64_t back;    /* put back into the queue */
    int64_t removed; /* removed for good */
};

/* Call `decide` once for each dead letter of a consumer at the broker, for `limit` at
 * most; those that become dead meanwhile are for the next call. At no moment is a dead
 * letter in none of the two queues. If this fails half way, `redriven` (may be NULL) says
 * what was done. A letter that cannot be put back stays dead, and ends this: NOT_FOUND if
 * the consumer's queue is missing, BUSY if it is full or the broker is away. INVALID:
 * `consumer` or `decide` is NULL, or `decide` returned something else; then that letter
 * stays dead. */
JANGLE_API enum jangle_result jangle_redrive(struct jangle *jangle,
                                             const char *consumer,
                                             int64_t limit,
                                             jangle_redrive_fn *decide,
                                             void *context,
                                             struct jangle_redriven *redriven,
                                             struct jangle_error *error);

/* ---- figures -------------------------------------------------------------- */

/* The counts begin at jangle_open, and concern this process. */
struct jangle_endpoint_stats {
    bool consumer;     /* false: a publisher */
    bool here;         /* this process runs it */
    bool left_behind;  /* this program lacks it: see jangle_endpoint_visit */
    bool connected;    /* the broker answered the last call */
    jangle_time since; /* since when `connected` is what it is; zero: since the start */
    char
        reason[160]; /* why it is not connected, or waits, or is paused; "" if it works */
    jangle_time paused;   /* since when an operator has paused it; zero: it is not */
    char paused_by[65];   /* who that was; "" */
    char paused_why[160]; /* what for; "" */
    int64_t published;    /* messages that the broker has confirmed */
    int64_t refused;      /* messages that the broker will never take */
    int64_t received;     /* messages */
    int64_t taken;        /* of them: stored, sent or handled */
    int64_t repeated;     /* of them: known already */
    int64_t ignored;      /* of them: without a row, or not wanted by its filter. Of a
                             publisher: events that no filter of their rows wants */
    int64_t again;        /* of them: to be delivered again */
    int64_t dead;         /* of them: dead letters at the broker */
    int64_t mismatched;   /* messages that a filter could not judge */
    int64_t handled;      /* messages for which all functions of `handle` returned OK */
    int64_t failed;       /* attempts to handle a message that failed and counted */
    int64_t unclaimed;    /* messages whose functions were called without a claim, because
                             the consumer's dedup was away */
    int64_t waiting;      /* in its queue, when it was last counted; -1: unknown */
    int64_t confirm_us;   /* from publish to confirm, on average */
    int64_t confirm_us_max; /* the longest */
};

/* The figures of a publisher or a consumer, copied. Any thread. For a consumer that this
 * program lacks the broker is asked how many messages wait; if that fails, `reason` says
 * why. NOT_FOUND: neither has that name. Any other result is the store's, which knows who
 * is paused. On failure the figures are zero, and `waiting` is -1. */
JANGLE_API enum jangle_result jangle_measure_endpoint(struct jangle *jangle,
                                                      const char *name,
                                                      struct jangle_endpoint_stats *stats,
                                                      struct jangle_error *error);

/* ---- a broker in memory --------------------------------------------------- */

/* A hub is a broker inside one process: for tests, and for programs of several parts. Any
 * number of instances may use it. Close them before the hub. What it holds is lost when
 * it is closed. */
struct jangle_hub;

/* A host of NULL means the system's clock and malloc. NULL: out of memory. */
JANGLE_API struct jangle_hub *jangle_hub_open(const struct jangle_host *host);

/* The descriptor of its broker, whose queues give each parcel to one receiver. */
JANGLE_API struct jangle_broker jangle_hub_broker(struct jangle_hub *hub);

/* The descriptor of a broker whose queues are logs: a parcel stays when it was read, each
 * receiver has its own offset, and a queue that is bound later has all that its topic
 * ever got. It has topics and queues of its own, apart from those of jangle_hub_broker.
 */
JANGLE_API struct jangle_broker jangle_hub_log_broker(struct jangle_hub *hub);

/* As if the broker ended and was started again later. What it holds stays. Meanwhile each
 * call is BUSY, and every connection has ended. */
JANGLE_API void jangle_hub_stop(struct jangle_hub *hub);
JANGLE_API void jangle_hub_start(struct jangle_hub *hub);

/* NULL is allowed. */
JANGLE_API void jangle_hub_close(struct jangle_hub *hub);

JANGLE_API enum jangle_result jangle_translate_(struct jangle_translation *translation,
                                                const struct jangle_message *type,
                                                const void *data);
JANGLE_API enum jangle_result jangle_post_(struct jangle *jangle,
                                           struct jangle_outcome *outcome,
                                           const struct jangle_envelope *envelope,
                                           const struct jangle_publisher *publisher,
                                           const struct jangle_message *type,
                                           const void *data);
JANGLE_API enum jangle_result
jangle_delivery_post_(struct jangle_delivery *delivery,
                      const struct jangle_publisher *publisher,
                      const struct jangle_message *type,
                      const void *data);
JANGLE_API enum jangle_result jangle_turn_post_(struct jangle_turn *turn,
                                                const struct jangle_publisher *publisher,
                                                const struct jangle_message *type,
                                                const void *data);

JANGLE_C_END

#endif
