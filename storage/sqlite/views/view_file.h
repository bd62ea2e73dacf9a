/* view_file.h - a view's file, its connections, and what the callback (a handler or a
 * query) on a connection is doing. */
#ifndef JN_VIEW_FILE_H
#define JN_VIEW_FILE_H

#include "sqlite/file/database.h"
#include "sqlite/file/group.h"
#include "sqlite/file/parked_row.h"

#include <jangle/plugin/support.h>
#include <jangle/plugin/view_store.h>

#include <stdatomic.h>

enum {
    JN_VIEW_READERS = 8,     /* queries of one view at a time, by default */
    JN_VIEW_COLUMNS = 32,    /* of a row that is read into a struct */
    JN_VIEW_STATEMENTS = 64, /* compiled statements that a connection keeps */
    JN_VIEW_BUSY_MS = 5000,  /* how long a writer waits for another */
};

/* Who runs on a connection: it decides what SQL may do (view_guard.c). */
enum jn_view_guard { JN_VIEW_SELF, JN_VIEW_SCHEMA, JN_VIEW_HANDLER, JN_VIEW_QUERY };

/* A compiled statement of a callback. */
struct jn_view_statement {
    char *key;
    uint64_t hash;
    sqlite3_stmt *handle;
    uint64_t used; /* the statement with the greatest was used last */
};

/* The state of a callback that has asked a query of the same view on its own connection.
 * It is restored when that query has been answered. */
struct jn_view_outer {
    struct jn_view_outer *outer; /* of the callback in which this one was asked */
    enum jn_view_guard guard;
    struct jangle_arena *arena;
    struct jangle_error failed_with;
    bool cannot;
    int64_t timeout_ms, until_us;
    size_t busy_count;
    sqlite3_stmt *busy[]; /* the statements that it has open */
};

/* A connection. One thread at a time has it: it is `taken`. */
struct jangle_view {
    struct jn_view_file *file;
    struct jn_database database;
    bool taken; /* guarded by the store's mutex, as are `taker` and `next` */
    pthread_t taker;
    struct jangle_view *next; /* in the list of the file's readers */
    enum jn_view_guard guard;
    struct jangle_arena *arena;      /* of the callback, for rows */
    struct jangle_error failed_with; /* the first error of the callback */
    bool cannot;                     /* no retry can succeed (VS-5) */
    int64_t timeout_ms;
    int64_t until_us;            /* on the host's monotonic clock */
    struct jn_view_outer *outer; /* of the callback in which this one was asked */
    int wal_frames;              /* in the WAL, after the last commit */
    struct jn_view_statement statements[JN_VIEW_STATEMENTS];
    uint64_t uses;
};

struct jn_view_store {
    struct jangle_view_store base;
    const struct jangle_host *host;
    char *path;      /* of the event store, from the root; NULL: views are in memory */
    char *directory; /* the working directory at the opening; NULL: unknown */
    char *vfs;       /* NULL: SQLite's own choice */
    enum jn_file_use use;
    bool follower;         /* `use` is another one than JN_FILE_WRITES */
    struct jn_mutex mutex; /* guards which thread has which connection, in all files */
    struct jn_view_waiter *waiters;
};

struct jn_view_file {
    struct jangle_view_file base;
    struct jn_view_store *store;
    char *name;                    /* the view's */
    char *path;                    /* "" is temporary, ":memory:" is in memory */
    bool in_memory;                /* it is one of these two, and has one connection */
    bool is_recognised;            /* it was found to be the file of this view */
    struct jn_group group;         /* the files that are open */
    int noted;                     /* how many members of the group are noted */
    _Atomic(const char *) lost;    /* the path that no longer leads to its file */
    struct jn_cond writer_is_free; /* for one of those who wait for it */
    struct jn_cond reader_is_free; /* the same, or there is room for one more */
    struct jangle_view writer;
    struct jangle_view *readers; /* taken and free */
    int reader_count;
    int reader_limit; /* more than this only for queries asked in other queries */

    /* The open batch. */
    bool in_batch;
    bool in_handler;
    bool in_savepoint;
    bool broken;     /* the batch can only be rolled back */
    int64_t entered; /* handlers that have run in it */

    /* A shadow in memory is kept by its view while nobody has it open. */
    struct jn_view_file *shadow; /* of this view */
    struct jn_view_file *view;   /* whose shadow this is */
    bool is_open;                /* this shadow is open */
    bool swapped;                /* what this shadow held is in the view's file */
};

/* Open or make the file at `path`, as VS-1 says. */
enum jangle_result jn_view_file_open(struct jn_view_store *store,
                                     const struct jangle_view_spec *spec,
                                     const char *path,
                                     struct jangle_view_file **opened,
                                     struct jangle_error *error);

/* Close all connections and free the file; NULL is fine. */
void jn_view_file_close(struct jn_view_file *file);

/* In a transaction of its own: delete all tables of the file, and make it as a new file
 * of `spec`, at position 0. The caller has taken the writer. */
enum jangle_result jn_view_file_refill(struct jn_view_file *file,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_error *error);

#endif
