/* store_look.h - the optional part of a store's contract (store.h) by which tools see
 * what is stored as it is, damaged records, too (jangle/look.h). A store that lacks it is
 * looked at through its other operations: without counts, and a damaged record is shown
 * by its position alone.
 *
 * These operations change nothing, wait for no recovery, and take no lock that a commit
 * waits for. No read transaction is open while a visit runs, or when a call has
 * returned. */
#ifndef JANGLE_PLUGIN_STORE_LOOK_H
#define JANGLE_PLUGIN_STORE_LOOK_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle_record;
struct jangle_store;

/* Which events a look asks for: a page of the log, or of one stream. */
struct jangle_range {
    const char *kind, *id; /* of one stream; NULL: the whole log */
    int64_t after, before; /* positions, both left out. A `before` of 0: no end */
    bool newest_first;
    size_t limit;  /* records of the page, at least 1 */
    int64_t place; /* in, out: where the store goes on; 0: at the beginning */
    bool ended;    /* out: this was the last page */
};

/* What is there at one position, or what is wrong there. */
struct jangle_found {
    const struct jangle_record *record; /* with a fault, a member that could not be read
                                           is NULL or zero */
    const char *fault; /* NULL: the record is what was stored; or what is wrong with it */
    int64_t missing;   /* so many records from `record` on, in the direction of the
                          range, are missing or cannot be read; 0: the record is there */
};

typedef enum jangle_result jangle_found_fn(void *context,
                                           const struct jangle_found *found);

/* ST-38  Visit a page of the range, in its order: at most `limit` records, and no fewer
 *        than one unless the range has `ended`. Each record of the range is visited once
 *        by the pages of one range, or is one of those that are `missing`. A damaged
 *        record is visited with its fault, and does not end the page. */
typedef enum jangle_result jangle_store_look_events_fn(struct jangle_store *store,
                                                       struct jangle_range *range,
                                                       jangle_found_fn *visit,
                                                       void *context,
                                                       struct jangle_error *error);

/* A stream, as the store lists it. */
struct jangle_found_stream {
    const char *kind, *id;
    int64_t version;
    int64_t last_position;
    jangle_time first_at, last_at;
    const char *fault; /* NULL: the row is what was stored */
};

typedef enum jangle_result
jangle_found_stream_fn(void *context, const struct jangle_found_stream *stream);

/* ST-39  Visit at most `limit` streams of a kind, in the order of their ids, from the
 *        first one after `after_id` on (NULL: from the first). A `kind` of NULL: of all
 *        kinds, in the order of kind and id, after the stream `after_kind`,
 *        `after_id`. */
typedef enum jangle_result jangle_store_look_streams_fn(struct jangle_store *store,
                                                        const char *kind,
                                                        const char *after_kind,
                                                        const char *after_id,
                                                        size_t limit,
                                                        jangle_found_stream_fn *visit,
                                                        void *context,
                                                        struct jangle_error *error);

/* Counts that a store does not keep are -1. */
struct jangle_store_counts {
    int schema, schema_known; /* of the file; the latest that this library reads */
    int64_t streams, types, commands; /* types of events, and of commands that had ids */
    jangle_time first_at, last_at;    /* of the first and the last event */
    int64_t store_bytes, log_bytes;
    int64_t sessions; /* processes that have it open to write */
    bool in_doubt;    /* a process died writing: what is last may not be durable */
    char fault[240];  /* what is wrong with the store as a whole; "" */
};

/* ST-40  Count what can be counted without reading the events. */
typedef enum jangle_result jangle_store_look_counts_fn(struct jangle_store *store,
                                                       struct jangle_store_counts *counts,
                                                       struct jangle_error *error);

struct jangle_store_look_ops {
    jangle_store_look_events_fn *events;
    jangle_store_look_streams_fn *streams;
    jangle_store_look_counts_fn *counts;
};

JANGLE_C_END

#endif
