/* lying_transport.h - a transport that keeps all clauses of its contract but one.
 *
 * It passes everything on to an honest transport. A lie puts another function in the
 * place of one operation; jangle_try_transport must find it out, in a test of that
 * clause's number. */
#ifndef LYING_TRANSPORT_H
#define LYING_TRANSPORT_H

#include <jangle/plugin/support.h>
#include <jangle/plugin/transport.h>

enum { LYING_BODY_BYTES = 40000, LYING_NAME_SIZE = 80, LYING_HELD_MAX = 600 };

#define LYING_URL "lie://user:RiGhTsEcReT@hub/"

struct lying_broker;
struct lying_transport;

typedef enum jangle_result lying_open_fn(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error);

struct transport_lie {
    const char *clause;              /* "TR-5" */
    const char *what;                /* it does */
    bool on_logs;                    /* can be found out only where queues are logs */
    lying_open_fn *open;             /* NULL: the honest one */
    struct jangle_transport_ops ops; /* what is not NULL replaces the honest one */
};

/* End with {0}. */
extern const struct transport_lie lies_about_publishing[], lies_about_bytes[],
    lies_about_receiving[], lies_about_settling[], lies_about_brokers[];

/* These keep the contract in another way than the hub. */
extern const struct transport_lie no_lies[];

/* What all transports of a broker share; a child that fork makes shares `told`. */
struct lying_broker {
    struct jangle_broker inner;
    const struct transport_lie *lie; /* NULL: none */
    _Atomic int *told;               /* for a lie about children */
    int counter;                     /* for a lie that needs one */
    int held;                        /* parcels in the hands of all transports */
    char first_queue[LYING_NAME_SIZE];
    char first_topic[LYING_NAME_SIZE];
    char dead[LYING_NAME_SIZE];        /* of the queue that was declared last */
    struct jangle_transport *kept[64]; /* which a lie has not closed */
    size_t kept_count;
};

struct lying_transport {
    struct jangle_transport base;
    struct jangle_transport_ops ops;
    struct jangle_transport *inner;
    struct jangle_host host;
    struct lying_broker *broker;
    const char *name; /* borrowed longer than it is allowed */
    char first_of_name;
    char attached[LYING_NAME_SIZE]; /* the queue that was attached last */
    bool in_order;
    pid_t process;
    bool woken;
    bool waits;
    bool was_away;
    char later[64]; /* a body that waits, for a lie that keeps it */
    int later_attempt;
    int64_t until_us;                          /* for a lie that waits */
    struct jangle_parcel held[LYING_HELD_MAX]; /* received and not settled */
    size_t held_count;
};

/* `broker` must live until the transports are closed. */
struct jangle_broker lying_broker_of(struct lying_broker *broker);

/* Close what a lie has kept open. */
void lying_broker_finish(struct lying_broker *broker);

/* ---- for those who make up lies ---------------------------------------------- */

struct lying_transport *lying_of(struct jangle_transport *transport);
struct jangle_transport *honest_of(struct jangle_transport *transport);

/* The honest operations, which lies do more, less or other than. */
lying_open_fn honest_open;
jangle_transport_declare_topic_fn honest_declare_topic;
jangle_transport_declare_queue_fn honest_declare_queue;
jangle_transport_publish_fn honest_publish;
jangle_transport_attach_fn honest_attach;
jangle_transport_detach_fn honest_detach;
jangle_transport_receive_fn honest_receive;
jangle_transport_settle_fn honest_settle;
jangle_transport_tend_fn honest_tend;
jangle_transport_wake_fn honest_wake;
jangle_transport_count_fn honest_count;
jangle_transport_purge_fn honest_purge;
jangle_transport_remove_queue_fn honest_remove_queue;
jangle_transport_remove_topic_fn honest_remove_topic;
jangle_transport_close_fn honest_close;
jangle_transport_standing_by_fn honest_standing_by;

/* Settle all that the transport holds. */
void settle_held(struct lying_transport *transport, enum jangle_disposition disposition);

/* Give all of it back. */
void give_back_held(struct lying_transport *transport);

#endif
