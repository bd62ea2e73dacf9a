/* rabbit.h - what the files of this transport share: its settings, its connections, the
 * queues that it is attached to, and the deliveries that it holds. */
#ifndef JN_RABBIT_H
#define JN_RABBIT_H

#include <jangle/plugin/support.h>
#include <jangle/transport/rabbitmq.h>

#include <amqp.h>
#include <amqp_framing.h>
#include <sys/types.h>

enum {
    JN_RABBIT_CALL_MS = 12000, /* how long a call may take that was told nothing */
    JN_RABBIT_CLOSE_MS = 2000, /* how long closing waits for the broker's answer */
    JN_RABBIT_BODY_BYTES = 16 << 20,
    JN_RABBIT_PROPERTY_BYTES = 120 << 10, /* they must fit into one frame */
    JN_RABBIT_SHORT_BYTES = 255,          /* of a short text of AMQP */
    JN_RABBIT_REASON_SIZE = 400,
};

/* Channels of a connection. Each queue that is attached has one more. */
enum {
    JN_RABBIT_ASKING = 1,     /* declarations, counts, lookups */
    JN_RABBIT_PUBLISHING = 2, /* with publisher confirms */
    JN_RABBIT_FIRST_QUEUE = 3
};

/* ---- settings ------------------------------------------------------------------ */

struct jn_rabbit_host {
    char *text; /* holds all texts below; wiped when it is freed */
    size_t text_size;
    const char *name;
    const char *user; /* NULL: none in the URL */
    const char *password;
    const char *vhost;
    int port;
    bool tls;
};

struct jn_rabbit_settings {
    struct jn_rabbit_host *hosts;
    size_t host_count;
    struct jangle_rabbitmq_options options; /* complete: defaults are filled in */
};

/* ---- connections --------------------------------------------------------------- */

/* A connection to the broker. One that has published is not read by a broker that has an
 * alarm, whatever else is sent on it. So `asking` and receiving have a connection that
 * never publishes, and publishing has another. */
struct jn_rabbit_connection {
    amqp_connection_state_t state; /* NULL: not connected */
    int file;                      /* the socket */
    unsigned generation;           /* goes up with each connection */
    bool asking_is_open;
    bool publishing_is_open;
    bool blocked;      /* the broker has an alarm, and does not read what is published */
    bool left_waiting; /* something was sent just before it was blocked */
    uint64_t next_tag; /* of the publishing channel */
    struct jn_rabbit_name *known; /* topics and retry queues that were seen to exist */
};

struct jn_rabbit_name {
    struct jn_rabbit_name *next;
    char text[];
};

/* ---- receiving ----------------------------------------------------------------- */

/* A queue that is attached. */
struct jn_rabbit_attached {
    struct jn_rabbit_attached *next;
    struct jangle_queue queue; /* its texts are copies */
    amqp_channel_t channel;
    unsigned generation; /* of the connection by which it is consumed */
    uint64_t told; /* all of its messages up to this tag are acknowledged; 0: none is
                      known to be */
    bool consuming;
    bool gone;                           /* the broker removed the queue */
    bool retry_is_missing;               /* its retry queue, which is to be made again */
    struct jn_rabbit_delivery *arriving; /* its header or body is not complete */
};

/* A message that was received and is not settled. Everything that it points to is in its
 * pool. Those that were not handed out yet are in `waiting` of the transport, the others
 * in `held`. */
struct jn_rabbit_delivery {
    struct jn_rabbit_delivery *next;
    struct jn_rabbit_delivery *previous;
    amqp_pool_t pool;
    struct jn_rabbit_attached *attached; /* NULL: it is no longer attached */
    unsigned generation;                 /* of the connection that it came by */
    uint64_t tag;
    amqp_basic_properties_t properties;
    amqp_bytes_t body;
    size_t arrived; /* bytes of the body */
    bool taken;     /* the broker can be told that it is done */
    int attempt;
    struct jangle_parcel parcel;
};

/* A list with a head that is no delivery. */
struct jn_rabbit_deliveries {
    struct jn_rabbit_delivery head;
};

/* ---- the transport ------------------------------------------------------------- */

struct jn_rabbit {
    struct jangle_transport transport;
    const struct jangle_host *host;
    struct jangle_allocator allocator;
    struct jn_rabbit_settings settings;
    char *name;
    pid_t process;
    int woken[2];                          /* a pipe: a byte in it is a `wake` */
    size_t next_host;                      /* which host is tried first */
    struct jn_rabbit_connection receiving; /* and asking */
    struct jn_rabbit_connection publishing;
    struct jn_rabbit_attached *attached;
    struct jn_rabbit_deliveries waiting;
    struct jn_rabbit_deliveries held;
    struct jangle_parcel *parcels; /* what the last `receive` returned */
};

#endif
