/* jetstream.h - what the files of this transport share: its settings, its connection, the
 * queues that it is attached to, and the deliveries that it holds. */
#ifndef JN_NATS_JETSTREAM_H
#define JN_NATS_JETSTREAM_H

#include <jangle/plugin/support.h>
#include <jangle/transport/nats.h>

#include <nats/nats.h>
#include <sys/types.h>

enum {
    JN_NATS_CALL_MS = 4000,   /* how long a question to the server may take */
    JN_NATS_CLOSE_MS = 1000,  /* how long closing waits for an answer */
    JN_NATS_LEAVE_MS = 10000, /* after that long it gives back no more queues: what was
                                 received comes again when its time is over */
    JN_NATS_WRITE_MS = 2000,  /* how long a server may read nothing */
    JN_NATS_SLICE_MS = 100,   /* how soon a `wake` is seen */
    JN_NATS_BODY_BYTES = 960 << 10, /* the rest of a MiB is for subject and headers */
    JN_NATS_NAME_SIZE = 256,
    JN_NATS_SUBJECT_SIZE = 1024,
    JN_NATS_INBOX_SIZE = 128,
    JN_NATS_ORDERED_WAIT_US = 1000000, /* how long a request of a queue in order may wait
                                          at the server: it must not outlast the turn */
    JN_NATS_PENDING_MAX = 1000000, /* parcels of a queue that are out, or wait for their
                                      next attempt */
};

/* The longest delay, a hundred years: as nanoseconds it is a number of 64 bits. */
#define JN_NATS_DELAY_MAX_MS (INT64_C(36525) * 86400000)

/* ---- settings ------------------------------------------------------------------ */

struct jn_nats_server {
    char *url;   /* without what stands before its @ */
    char *login; /* that, which is wiped when it is freed; the two below point into it */
    char *user;  /* or a token, if there is no password; NULL: none */
    char *password; /* NULL: none */
    size_t login_size;
    char *host;
    bool tls;
};

struct jn_nats_settings {
    struct jn_nats_server *servers;
    size_t server_count;
    struct jangle_nats_options options; /* complete: defaults are filled in */
};

/* ---- receiving ----------------------------------------------------------------- */

/* A consumer at the server that a queue is read by: of a topic's stream, or of the
 * queue's own. */
struct jn_nats_source {
    char stream[JN_NATS_NAME_SIZE];
    char consumer[JN_NATS_NAME_SIZE];
    char *topic;           /* NULL: the queue's own stream */
    int64_t born;          /* when the stream was made: numbers of a stream that is made
                              again begin at 1 */
    unsigned pull;         /* the number of the last request for messages */
    bool pulling;          /* it has not ended yet */
    size_t wanted;         /* how many more it may bring */
    uint64_t asked_in;     /* the last call of `receive` that has asked */
    bool one;              /* the next message is too large for a request of several */
    int64_t pull_until_us; /* when it ends by itself */
    int64_t rest_until_us; /* no request before that */
};

/* Of a queue in order: who holds the one message of its turn may pull. */
struct jn_nats_turn {
    bool held;
    char reply[JN_NATS_SUBJECT_SIZE]; /* where the server is told what becomes of it */
    int64_t until_us;                 /* it is ours for so long, if it is not prolonged */
    int64_t rest_until_us;            /* nothing is asked for before that */
    int64_t lost_us; /* a connection that held it has ended; 0: none, or it was looked at
                        since */
    struct jn_nats_source source;
};

struct jn_nats_known;

struct jn_nats_attached {
    struct jn_nats_attached *next;
    unsigned number;
    struct jangle_queue
        queue;           /* name and dead are copies; topic and routes are not set */
    unsigned generation; /* of the connection for which `sources` were read */
    bool stale;          /* the server may have removed it: look again */
    int64_t ack_wait_us;
    struct jn_nats_source *sources;
    size_t source_count;
    struct jn_nats_turn turn;    /* if the queue is in order */
    struct jn_nats_known *known; /* its bindings */
    uint64_t known_until;        /* the arrival up to which they are sure to be all */
};

/* A message that was received and is not settled. Those that were not handed out yet are
 * in `waiting` of the transport, the others in `held`. */
struct jn_nats_delivery {
    struct jn_nats_delivery *next;
    struct jn_nats_delivery *previous;
    natsMsg *message;                  /* holds the texts and the body */
    struct jn_nats_attached *attached; /* NULL: it was given back */
    size_t consumer_size; /* of the message's reply: it names the consumer up to there */
    int64_t until_us;     /* it is ours for so long, if it is not prolonged */
    struct jangle_parcel parcel;
};

struct jn_nats_deliveries {
    struct jn_nats_delivery head; /* is no delivery */
};

/* ---- the transport ------------------------------------------------------------- */

/* A parcel of which nobody knows whether it was stored. If it is published again, it gets
 * the same number, by which the server knows it. */
struct jn_nats_unresolved {
    struct jn_nats_unresolved *next;
    uint64_t number;
    char text[]; /* topic or queue, and id */
};

struct jn_nats {
    struct jangle_transport transport;
    const struct jangle_host *host;
    struct jangle_allocator allocator;
    struct jn_nats_settings settings;
    char *name;
    pid_t process;
    struct jn_mutex mutex; /* of `woken` */
    bool woken;
    size_t next_server; /* which is tried first */

    natsConnection *connection; /* NULL: not connected */
    jsCtx *context;
    int file;            /* the socket; -1: it was not found */
    int port;            /* at this end of it */
    unsigned generation; /* goes up with each connection */
    natsSubscription *answers;
    char answers_inbox[JN_NATS_INBOX_SIZE];
    bool answers_are_late; /* some may come for a call that has ended */
    uint64_t next_answer;
    natsSubscription *arrivals;
    char arrivals_inbox[JN_NATS_INBOX_SIZE];
    uint64_t call;    /* of `receive` */
    uint64_t arrived; /* how many messages were looked at */

    char birth[40]; /* of this transport: its inboxes and ids have it */
    uint64_t next_inbox;
    uint64_t next_number;
    struct jn_nats_unresolved *unresolved;
    size_t unresolved_count;

    unsigned next_attached;
    struct jn_nats_attached *attached;
    struct jn_nats_deliveries waiting;
    struct jn_nats_deliveries held;
    struct jangle_parcel *parcels; /* what the last `receive` returned */
};

#endif
