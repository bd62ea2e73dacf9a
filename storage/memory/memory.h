/* memory.h - the store in memory, as the files of this backend share it. */
#ifndef JN_MEMORY_H
#define JN_MEMORY_H

#include "memory/names.h"
#include "memory/table.h"

#include <jangle/plugin/snapshot_store.h>

#include <assert.h>

/* A stored event. It never changes, and lives as long as the store. */
struct jn_entry {
    struct jangle_record record;
};

/* Events in order. The array grows at its end; only an undone commit shortens it. */
struct jn_entries {
    struct jn_entry **items;
    size_t count;
    size_t capacity;
};

/* The events of a stream in order: the first has version 1. A stream stays in the table
 * even if its first append is taken back: an empty stream is like one that does not
 * exist. */
struct jn_memory_stream {
    struct jn_name name; /* kind, id */
    struct jn_entries events;
};

/* The receipt of a command that had an id. Commands are in a list by age, because tidy
 * deletes the oldest ones. */
struct jn_command {
    struct jn_name name; /* the id */
    struct jn_command *older;
    struct jn_command *newer;
    struct jangle_receipt receipt;
    jangle_time at;
    struct jangle_command_from from;
};

/* A subscriber that this process owns. They are in the order of names. */
struct jn_memory_owned {
    struct jn_memory_owned *next;
    struct jn_memory_row *row; /* an owner */
};

/* A store in memory has no fence, so its epoch never grows. */
enum { JN_MEMORY_EPOCH = 1 };

struct jn_memory_store {
    struct jangle_store base;
    struct jangle_host host;
    unsigned char id[JANGLE_ID_SIZE];
    struct jn_mutex mutex; /* guards all members below; never held while a visit runs */
    struct jn_entries log; /* all events: the first has position 1 */
    struct jn_names streams;
    struct jn_names commands;
    struct jn_command *oldest, *newest;
    struct jn_table checkpoints; /* by subscriber */
    struct jn_table pauses;      /* by name */
    struct jn_table parked;      /* by subscriber, key */
    struct jn_table parked_due;  /* by time, subscriber, key */
    struct jn_table deliveries;  /* by subscriber, position, order of arrival */
    struct jn_table sagas;       /* by saga, id */
    struct jn_table saga_steps;  /* by saga, id, order of arrival */
    struct jn_table sagas_due;   /* by time, saga, id: those with a due_at */
    struct jn_table catalogue;   /* by kind, program, name, version */
    struct jn_memory_owned *owned;
    char *program; /* what this one is called */
    jangle_time opened_at;
    struct jn_journal journal; /* changes to the tables in the running commit */
};

static inline struct jn_memory_store *jn_memory_of(struct jangle_store *base)
{
    assert(strcmp(base->ops->name, "memory") == 0);
    return (struct jn_memory_store *)base;
}

/* Rows that were picked under the lock, with a reference each, to be visited
 * without it. */
struct jn_picked {
    struct jn_memory_row **rows;
    size_t count;
    size_t capacity;
    bool failed; /* there was no memory for one */
};

/* NO_MEMORY, with the sentence "memory store: no room to WHAT". */
static inline enum jangle_result jn_memory_full(struct jangle_error *error,
                                                const char *what)
{
    return jangle_error_set(error, JANGLE_NO_MEMORY, "memory store: no room to %s", what);
}

#endif
