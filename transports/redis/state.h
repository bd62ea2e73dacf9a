/* state.h - what the files of this transport share: its settings, its connections, the
 * queues that it is attached to, and the deliveries that it holds. */
#ifndef JN_REDIS_STATE_H
#define JN_REDIS_STATE_H

#include <jangle/plugin/support.h>
#include <jangle/transport/redis.h>

#include <hiredis/hiredis.h>
#include <sys/types.h>

enum {
    JN_REDIS_CALL_MS = 12000,  /* how long a call may take that was told nothing */
    JN_REDIS_ANSWER_MS = 5000, /* connecting, or receiving, may always take so long */
    JN_REDIS_CLOSE_MS = 2000,
    JN_REDIS_TOKEN_SIZE = 96,
    JN_REDIS_RUN_ID_SIZE = 41,
    JN_REDIS_PREFIX_SIZE = 201,
    JN_REDIS_BODY_BYTES = 500 << 20 /* Redis' own limit of a value is 512 MiB */
};

/* ---- settings ------------------------------------------------------------------ */

struct jn_redis_settings {
    char *text; /* holds all texts below; wiped when it is freed */
    size_t text_size;
    const char *path; /* of a Unix socket; NULL: by TCP */
    const char *host;
    int port;
    const char *user;     /* NULL: none in the URL */
    const char *password; /* NULL: none in the URL */
    int64_t database;
    struct jangle_redis_options options; /* complete: defaults are filled in */
};

/* ---- connections --------------------------------------------------------------- */

struct jn_redis_link {
    int file; /* the socket; -1: not connected */
    redisReader *reader;
    bool waits; /* a command that blocks was sent, and is not answered yet */
};

/* ---- receiving ----------------------------------------------------------------- */

/* A queue that is attached. */
struct jn_redis_attached {
    struct jn_redis_attached *next;
    char *name;
    bool stands_by;   /* another receiver has the turn */
    int64_t swept_us; /* when the consumers of the queue were last looked at */
    bool swept;
};

/* A parcel that was received and is not settled, in one piece of memory with all that it
 * points to. */
struct jn_redis_delivery {
    struct jn_redis_delivery *next;
    struct jn_redis_delivery *previous;
    struct jn_redis_attached *attached; /* NULL: it was given back */
    unsigned generation;                /* of the token that it was received by */
    const char *stream; /* the topic whose stream has it; "": the queue's own */
    const char *entry;  /* its id in that stream */
    struct jangle_parcel parcel;
};

/* A list with a head that is no delivery. */
struct jn_redis_deliveries {
    struct jn_redis_delivery head;
};

/* ---- scripts ------------------------------------------------------------------- */

enum jn_redis_script {
    JN_REDIS_DECLARE_TOPIC,
    JN_REDIS_DECLARE_QUEUE,
    JN_REDIS_PUBLISH,
    JN_REDIS_RECEIVE,
    JN_REDIS_SETTLE,
    JN_REDIS_GIVE_BACK,
    JN_REDIS_COUNT,
    JN_REDIS_PURGE,
    JN_REDIS_REMOVE_QUEUE,
    JN_REDIS_REMOVE_TOPIC,
    JN_REDIS_DEDUP_BEGIN,
    JN_REDIS_DEDUP_RENEW,
    JN_REDIS_DEDUP_END,
    JN_REDIS_SCRIPTS
};

/* ---- the transport ------------------------------------------------------------- */

/* A receiver is known to Redis by a token, which is the name of its consumers. The token
 * says which connection to which run of Redis it belongs to, so that others see when that
 * connection has ended. With each connection, and when the lease ran out, there is a new
 * one, and what was received by an older one is no longer ours. */
struct jn_redis {
    struct jangle_transport transport;
    const struct jangle_host *host;
    struct jangle_allocator allocator;
    struct jn_redis_settings settings;
    char *name;
    const char *loses; /* what a Redis that evicts keys would do to us */
    bool is_broker;    /* it confirms messages, which must be written down by then; a
                          dedup may forget, because what it forgets is handled again */
    pid_t process;
    int woken[2];                 /* a pipe: a byte in it is a `wake` */
    bool receives;                /* a `receive` goes on, which may be woken */
    bool lacks_replicas;          /* too few had what was published last */
    bool is_warned;               /* the log says that this Redis may lose something */
    struct jn_redis_link talking; /* all commands but one */
    struct jn_redis_link waiting; /* the one that waits for entries of streams */
    char run_id[JN_REDIS_RUN_ID_SIZE];
    int64_t client_id;
    char token[JN_REDIS_TOKEN_SIZE];
    unsigned generation;            /* of the token */
    bool registered;                /* Redis knows the token */
    int64_t renewed_us;             /* when its lease was last prolonged */
    char lost[JN_REDIS_TOKEN_SIZE]; /* that of the last connection; "": none */
    char digests[JN_REDIS_SCRIPTS][JN_REDIS_RUN_ID_SIZE]; /* of scripts; "": not loaded */
    struct jn_redis_attached *attached;
    struct jn_redis_deliveries held;
    struct jangle_parcel *parcels; /* what the last `receive` returned */
};

#endif
