/* sqlite_store.h - the event store in a file, as the files of this folder share it. */
#ifndef JN_SQLITE_STORE_H
#define JN_SQLITE_STORE_H

#include "sqlite/file/parked_row.h"
#include "sqlite/file/sqlite_file.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>

struct jn_sqlite_store {
    struct jangle_store store; /* first */
    struct jn_file *file;
    struct jn_owned *owned;      /* subscribers of this process. Changed under the file's
                                    writer lock and owned_mutex; read under either */
    struct jn_mutex owned_mutex; /* held for a moment, never while a visit runs */
    sqlite3_value *tidied; /* the command id that tidy has reached; under the same lock */
};

/* A longer text or payload cannot be stored. SQLite's own limit, for a whole row, is
 * twice as high. */
enum { JN_BYTES_MAX = 500 * 1000 * 1000 };

/* Where a record is stored. */
struct jn_assigned {
    int64_t position;
    int64_t version;
};

/* The row of a stream; zeroed if there is none. */
struct jn_stream_row {
    int64_t number; /* in place of its kind and id in the table of events */
    int64_t version;
    int64_t first_version;
};

/* What an append will tell its sender after the commit. */
struct jn_outcome {
    struct jangle_receipt receipt;
    bool repeated;
    struct jn_assigned *assigned; /* one for each record */
    struct jn_stream_row found;   /* of the only stream of the append; else zeroed */
};

/* A stream that an append writes. */
struct jn_stream {
    const char *kind;
    const char *id;
    struct jn_stream_row row; /* its version counts the records of this append */
    bool is_given;            /* the record before has set the version explicitly */
};

/* A group while it is committed. What its senders will see is kept here until the commit,
 * so that a member can run a second time from what they passed in. */
struct jn_run {
    struct jn_sqlite_store *store;
    struct jn_file *file;
    struct jangle_group *group;
    struct jn_outcome *outcomes; /* one for each append */
    struct jn_assigned *assigned;
    struct jn_stream *streams; /* of the append that runs; room for one a record */
    size_t stream_count;
    struct jn_stream seen; /* that of the last condition of the append that runs, until
                              the append is written; its id is NULL: none */
    int64_t head;          /* the last position, with what this transaction has written */
    int64_t epoch;         /* of the store, in this transaction */
    bool has_attachments;  /* the append that runs has some, which may yet refuse it */
    bool one_by_one;       /* the group was undone, and each member has a transaction */
    bool types_made;       /* this transaction has made a type */
    bool broken;           /* a write failed: the transaction must be rolled back */
};

/* What is stored of a subscriber: its row, its checkpoint, and the sum of its parked
 * rows. */
struct jn_stored_subscriber {
    int64_t number; /* in place of its name in other tables; 0: the name is not known */
    int64_t owned;  /* the session of the process that runs it, or died running it; 0:
                       nobody */
    bool has_checkpoint; /* as its column `marked` says */
    struct jangle_checkpoint checkpoint;
    struct jn_parked_sum parked;
};

static inline struct jn_file *jn_file_of(struct jangle_store *store)
{
    return ((struct jn_sqlite_store *)store)->file;
}

#endif
