/* kafka.h - what the files of this transport share: its settings, its clients of
 * librdkafka, the queues that it is attached to, and the deliveries that it holds. */
#ifndef JN_KAFKA_H
#define JN_KAFKA_H

#include <jangle/plugin/support.h>
#include <jangle/transport/kafka.h>

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <sys/types.h>

enum {
    JN_KAFKA_CALL_MS = 20000, /* how long a call may take that was told nothing */
    JN_KAFKA_SLICE_MS = 250,  /* between two looks whether the broker is away */
    JN_KAFKA_FRESH_MS = 1000, /* how long the list of topics is good for publishing */
    JN_KAFKA_HEADER_BYTES = 64 << 10, /* room beside a body in a message */
    JN_KAFKA_NAME_SIZE = 250,         /* of a topic of Kafka, with its end */
    JN_KAFKA_LOG_SIZE = JN_KAFKA_NAME_SIZE + 64,
    JN_KAFKA_SOCKETS = 128,
    JN_KAFKA_DOWN_SIZE = 200
};

/* ---- settings ------------------------------------------------------------------ */

struct jn_kafka_settings {
    rd_kafka_conf_t *shared; /* of all clients; holds the password */
    int partitions;
    int replicas;
    int64_t connect_ms;
    int64_t look_ms;
    size_t message_bytes; /* the largest message that librdkafka sends */
};

/* ---- receiving ----------------------------------------------------------------- */

/* A partition that is read for a queue. */
struct jn_kafka_log {
    struct jn_kafka_log *next;
    char name[JN_KAFKA_LOG_SIZE]; /* "orders/3@0.1796031864428"; empty until the birth is
                                     known, which the first message tells */
    int64_t offset;               /* the next one to be read; -1: the first there is */
    int64_t unseen;   /* the message at that offset is to be looked at, before anything is
                         read: is it still the same log? -1: none is */
    int64_t told;     /* what the group was told; -1: nothing */
    int64_t delay_ms; /* of a retry topic; 0: it is none */
    rd_kafka_message_t *held; /* of a retry topic: the first message, not due yet */
    int64_t held_until_us;    /* on the clock of the host */
    bool resumed;             /* it was paused: the next message must follow */
    int32_t partition;
    char topic[]; /* its name */
};

/* A queue that is attached. It has a client of its own, because two queues may read the
 * same topic from different offsets. */
struct jn_kafka_attached {
    struct jn_kafka_attached *next;
    struct jangle_queue queue; /* its texts are copies */
    rd_kafka_t *reader;        /* NULL: it is to be made again */
    rd_kafka_queue_t *inbox;   /* of the reader */
    bool spoilt;               /* the reader is to be made again: see note_fault */
    struct jn_kafka_log *logs;
    rd_kafka_message_t *next_message; /* it did not fit into the last `receive` */
    int64_t looked_us;
    char lost[256];  /* why an offset is no longer there; empty: all are */
    char fault[256]; /* what was told about a log, and is to be passed on; empty: nothing
                      */
};

/* A message that was received and is not settled. It is a copy in one piece of memory, so
 * that nothing of librdkafka outlives a call. */
struct jn_kafka_delivery {
    struct jn_kafka_delivery *next;
    struct jn_kafka_delivery *previous;
    struct jn_kafka_attached *attached; /* NULL: it is no longer attached */
    struct jn_kafka_log *log;
    struct jangle_parcel parcel; /* its headers, texts and body lie behind this */
};

/* A queue that was declared by this transport: what a count has to add up. */
struct jn_kafka_declared {
    struct jn_kafka_declared *next;
    char *topic; /* it is bound to; NULL: to none */
    char name[];
};

/* ---- the transport ------------------------------------------------------------- */

struct jn_kafka {
    struct jangle_transport transport;
    struct jangle_transport_ops ops; /* with the largest body that the settings allow */
    const struct jangle_host *host;
    struct jangle_allocator allocator;
    struct jn_kafka_settings settings;
    char *name;
    pid_t process;
    int woken[2]; /* a pipe: a byte in it is a `wake`, or says that something came */
    atomic_bool is_woken;
    _Atomic int
        sockets[JN_KAFKA_SOCKETS]; /* of all clients, plus one: a child closes them */
    rd_kafka_t *asker;             /* NULL until it is needed */
    rd_kafka_t *producer;          /* the same */
    bool is_spoilt;                /* the producer takes nothing any more */
    bool is_down;                  /* no broker answers, as far as is known */
    char down[JN_KAFKA_DOWN_SIZE]; /* what librdkafka says about it */
    const struct rd_kafka_metadata *topics; /* what the brokers have; NULL: not known */
    int64_t topics_us;                      /* when that was asked */
    struct jn_kafka_attached *attached;
    struct jn_kafka_declared *declared;
    struct jn_kafka_delivery held; /* a list with a head that is no delivery */
    struct jangle_parcel *parcels; /* what the last `receive` returned */
    size_t parcel_count;
    size_t parcel_capacity;
    int64_t committed_us;      /* when the groups were last told */
    rd_kafka_queue_t *answers; /* of the groups; NULL: they were never told */
    int unanswered;            /* so many answers are to come */
};

static inline struct jn_kafka *jn_kafka_of(struct jangle_transport *base)
{
    return (struct jn_kafka *)base;
}

#endif
