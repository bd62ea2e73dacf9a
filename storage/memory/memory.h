/* memory.h - what the files of this backend share. */
#ifndef JN_MEMORY_H
#define JN_MEMORY_H

#include "memory/names.h"
#include "memory/table.h"

#include <jangle/plugin/snapshot_store.h>

/* An event. Never changes, and lives as long as the store. */
struct jn_entry {
    struct jangle_record record;
};

/* Grows at the end only. */
struct jn_entries {
    struct jn_entry **items;
    size_t count;
    size_t capacity;
};

/* Its events in order: the first has version 1. Stays, once made, even if its first
 * append is taken back: it is empty then, which is as good as unknown. */
struct jn_stream {
    struct jn_name name; /* kind, id */
    struct jn_entries events;
};

/* What is remembered of a command that had an id. */
struct jn_command {
    struct jn_name name; /* the id */
    struct jn_command *older;
    struct jn_command *newer;
    struct jangle_receipt receipt;
    jangle_time at;
};

struct jn_memory_store {
    struct jangle_store base;
    struct jangle_host host;
    unsigned char id[JANGLE_ID_SIZE];
    struct jn_mutex mutex; /* guards all below; never held while a visit runs */
    struct jn_entries log; /* the first has position 1 */
    struct jn_names streams;
    struct jn_names commands;
    struct jn_command *oldest, *newest;
    struct jn_table checkpoints; /* by subscriber */
    struct jn_table parked;      /* by subscriber, key */
    struct jn_table parked_due;  /* by time, subscriber, key */
    struct jn_table deliveries;  /* by subscriber, position, order of coming */
    struct jn_table sagas;       /* by saga, id */
    struct jn_table saga_steps;  /* by saga, id, order of coming */
    struct jn_table sagas_due;   /* by time, saga, id: the open ones */
    struct jn_journal journal;   /* of the commit under way */
};

static inline struct jn_memory_store *jn_memory_of(struct jangle_store *base)
{
    return (struct jn_memory_store *)base;
}

/* ---- reading rows: picked under the lock, visited without it ----------------- */

struct jn_picked {
    struct jn_row **rows;
    size_t count;
    size_t capacity;
};

/* "memory store: no room to ..." */
static inline enum jangle_result jn_memory_full(struct jangle_error *error,
                                                const char *what)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "memory store: no room to %s", what);
}

#endif
