/* hub.h - a broker in memory, as the files of this folder share it.
 *
 * A hub has two brokers, of which each has topics and queues of its own. The queues of
 * the first one give each parcel to one receiver, and forget it when it is settled. Those
 * of the second one are logs, which keep everything. All that is here is guarded by the
 * hub's mutex, except members that say otherwise. */
#ifndef JN_HUB_H
#define JN_HUB_H

#include "hub/contents.h"
#include "hub/list.h"
#include "hub/names.h"

#include <jangle/messaging.h>

#include <assert.h>
#include <unistd.h>

/* ---- what a broker keeps ------------------------------------------------------- */

/* A parcel in a queue. It is in the list of those that wait, or in a heap of those whose
 * delay has not passed, or in the hands of a receiver. */
struct jn_hub_item {
    struct jn_hub_link link; /* among those that wait */
    struct jn_hub_contents *contents;
    struct jn_hub_queue *home; /* the queue that it waits in, or comes back to */
    int attempt;               /* as which it is received next */
    uint64_t number;           /* its turn in its home: those that wait are in order */
    int64_t due_us;            /* it comes back no earlier, if it is delayed */
    int64_t expires_us;        /* it is dead then, if it still waits */
};

/* Items that are delayed: a heap, the one that is due first at its top. */
struct jn_hub_delays {
    struct jn_hub_item **items;
    size_t count;
    size_t capacity;
};

/* One parcel of a log. */
struct jn_hub_entry {
    struct jn_hub_contents *contents;
    int attempt;
};

/* The parcels of a topic, or of a queue, in a broker of logs. The offset of entries[0] is
 * `first`, which is 1 until the log is purged. */
struct jn_hub_log {
    char *name;
    struct jn_hub_entry *entries;
    size_t count;
    size_t capacity;
    int64_t first;
};

struct jn_hub_topic {
    struct jn_hub_name name;
    struct jn_hub_link bindings;
    struct jn_hub_log log; /* in a broker of logs */
};

/* A queue has at most one binding to a topic, which lasts as long as the queue. */
struct jn_hub_binding {
    struct jn_hub_link in_topic;
    struct jn_hub_link in_queue;
    struct jn_hub_topic *topic;
    struct jn_hub_queue *queue;
    char **routes; /* ends with NULL; NULL: all routes */
    int64_t floor; /* in a broker of logs: what lies before this offset was purged */
};

struct jn_hub_queue {
    struct jn_hub_name name;
    struct jn_hub_broker *broker;
    struct jn_hub_link in_broker;
    struct jangle_queue as;     /* as it was declared, with texts of its own; without its
                                   topic and routes, which are bindings */
    uint64_t number;            /* no other queue of this hub ever had this one */
    uint64_t next_item;         /* the number of the item that comes next */
    struct jn_hub_link waiting; /* items that can be received */
    size_t waiting_count;
    struct jn_hub_delays delays;    /* items that come back later, to here or elsewhere */
    struct jn_hub_link bindings;    /* new ones go to the end */
    struct jn_hub_link attachments; /* those that came first are first: if the queue is in
                                       order, only the first one receives */
    struct jn_hub_log log; /* in a broker of logs: what was sent straight to the queue */
};

/* ---- who is connected ---------------------------------------------------------- */

/* A queue that a transport receives from. */
struct jn_hub_attachment {
    struct jn_hub_link in_transport;
    struct jn_hub_link in_queue;
    struct jn_hub_queue *queue;    /* NULL: the connection has ended, or the queue was
                                      removed */
    uint64_t queue_number;         /* which queue of this name it was */
    bool removed;                  /* the queue was removed: the next `receive` says so */
    struct jn_hub_link deliveries; /* what it received and has not settled */
    int64_t *cursors; /* in a broker of logs: the offset that is read next, of the queue's
                         own log, and then of each topic in the order of the bindings */
    size_t cursor_count;
    char name[]; /* of the queue */
};

/* A parcel in the hands of a receiver: this is what a receipt points to. */
struct jn_hub_delivery {
    struct jn_hub_link link; /* in its attachment, or among those that were lost */
    struct jn_hub_attachment *attachment; /* NULL: it was given back */
    struct jn_hub_contents *contents;
    struct jn_hub_item *item; /* NULL in a broker of logs */
    int attempt;
    bool removed;   /* its queue was removed */
    size_t cursor;  /* in a broker of logs: which log it came from */
    int64_t offset; /* and its offset there */
    char texts[];   /* the names of the queue and of the log: they last as long as this */
};

struct jn_hub_transport {
    struct jangle_transport base;
    struct jn_hub_link in_hub;
    struct jn_hub_broker *broker;
    struct jangle_host host;
    pid_t process; /* which opened it */
    bool woken;    /* the next `receive` does not wait */
    struct jn_hub_link attachments;
    struct jn_hub_link lost; /* deliveries that were given back, until they are settled */
    struct jangle_parcel *parcels; /* what the last `receive` returned */
    size_t parcel_count;
    size_t parcel_capacity;
    char name[]; /* of the publisher or the consumer */
};

/* ---- the hub -------------------------------------------------------------------- */

struct jn_hub_broker {
    struct jangle_hub *hub;
    bool keeps_logs;
    struct jn_hub_names topics;
    struct jn_hub_names queues;
    struct jn_hub_link all_queues;
    int64_t next_us; /* before this moment no delay passes, and nothing expires */
};

struct jangle_hub {
    struct jangle_host host; /* complete; never changes */
    pid_t process;           /* which opened it */
    struct jn_mutex mutex;
    struct jn_cond changed; /* something may have come for a receiver that waits */
    bool stopped;
    uint64_t queue_count; /* there ever were */
    struct jn_hub_link transports;
    struct jn_hub_broker queues, logs;
};

static inline const struct jangle_allocator *jn_hub_memory(const struct jn_hub_broker *of)
{
    return &of->hub->host.allocator;
}

static inline int64_t jn_hub_now_us(const struct jn_hub_broker *broker)
{
    const struct jangle_clock *clock = &broker->hub->host.clock;

    return clock->monotonic_us(clock->context);
}

static inline struct jn_hub_queue *jn_hub_find_queue(const struct jn_hub_broker *broker,
                                                     const char *name)
{
    return (struct jn_hub_queue *)jn_hub_names_find(&broker->queues, name);
}

static inline struct jn_hub_topic *jn_hub_find_topic(const struct jn_hub_broker *broker,
                                                     const char *name)
{
    return (struct jn_hub_topic *)jn_hub_names_find(&broker->topics, name);
}

static inline enum jangle_result jn_hub_full(struct jangle_error *error, const char *what)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "hub: no memory to %s", what);
}

#endif
