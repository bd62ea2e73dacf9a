/* sqlite_store.h - the event store of a file: what its parts share. */
#ifndef JN_SQLITE_STORE_H
#define JN_SQLITE_STORE_H

#include "sqlite/file/columns.h"
#include "sqlite/file/rows.h"
#include "sqlite/file/sqlite_file.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>

struct jn_sqlite_store {
    struct jangle_store store; /* first */
    struct jn_file *file;
    struct jn_owned *owned; /* subscribers; guarded by the file's writer lock */
    sqlite3_value *tidied;  /* the command id that tidying has come to; so is this */
};

/* A text or a payload that is longer cannot be stored. SQLite's own limit is twice that,
 * for a whole row. */
enum { JN_BYTES_MAX = 500 * 1000 * 1000 };

/* No store gets so far: a position or version above it is damage, and can be counted on
 * from below it. */
#define JN_NUMBER_MAX (INT64_MAX / 2)

/* One group on its way into the file. What callers are to see is kept here until the
 * commit: a member that runs again starts from what they gave. */
struct jn_assigned {
    int64_t position;
    int64_t version;
};

struct jn_outcome {
    struct jangle_receipt receipt;
    bool repeated;
    struct jn_assigned *assigned; /* one a record */
};

/* What the row of a stream says; all 0 if there is none. */
struct jn_stream_row {
    int64_t number; /* that it is filed under */
    int64_t version;
    int64_t first_version;
};

struct jn_stream {
    const char *kind;
    const char *id;
    struct jn_stream_row row; /* its version counts this append's records */
    bool is_given;            /* by the record before, in so many words */
};

struct jn_run {
    struct jn_file *file;
    struct jangle_group *group;
    struct jn_outcome *outcomes; /* one an append */
    struct jn_assigned *assigned;
    struct jn_stream *streams; /* of the append at hand; room for its records */
    size_t stream_count;
    int64_t head;    /* the last position, with what was written so far */
    bool types_made; /* in this transaction */
    bool broken;     /* a write failed: the transaction must not be committed */
};

/* ---- subscribers.c --------------------------------------------------------------- */

/* Where a subscriber stands. */
struct jn_standing {
    int64_t number; /* of its name; 0: nobody knows it */
    bool owned;     /* somebody runs it, or died running it */
    bool marked;    /* it has a checkpoint: */
    struct jangle_checkpoint checkpoint;
    int64_t parked_count; /* of its parked rows */
    int64_t parked_total; /* the sum of their checksums, which wraps */
};

/* ---- reading --------------------------------------------------------------------- */

/* The operations, each in the file that its name says. */

static inline struct jn_file *jn_file_of(struct jangle_store *store)
{
    return ((struct jn_sqlite_store *)store)->file;
}

#endif
