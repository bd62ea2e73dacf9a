/* view_file.h - what the files of a view store share: the file, its connections, and what
 * the callback that has one of them is doing. */
#ifndef JN_VIEW_FILE_H
#define JN_VIEW_FILE_H

#include "sqlite/file/database.h"
#include "sqlite/file/group.h"
#include "sqlite/file/parked_row.h"

#include <jangle/plugin/support.h>
#include <jangle/plugin/view_store.h>

#include <stdatomic.h>

enum {
    JN_VIEW_READERS = 8,     /* questions at once, of one view, if nothing else is said */
    JN_VIEW_COLUMNS = 32,    /* of a row that becomes a struct */
    JN_VIEW_STATEMENTS = 64, /* of callbacks, kept compiled, a connection */
    JN_VIEW_BUSY_MS = 5000,  /* that a writer waits for another */
};

/* Who runs on a connection, and may therefore do so much. */
enum jn_view_guard { JN_VIEW_SELF, JN_VIEW_SCHEMA, JN_VIEW_HANDLER, JN_VIEW_QUERY };

/* A callback's statement. */
struct jn_view_statement {
    char *key;
    uint64_t hash;
    sqlite3_stmt *handle;
    uint64_t used; /* the greatest was used last */
};

/* A callback in which a question is asked, of the same view: what it was doing on the
 * connection, until that question is answered. */
struct jn_view_outer {
    struct jn_view_outer *outer; /* in which it was asked itself */
    enum jn_view_guard guard;
    struct jangle_arena *arena;
    struct jangle_error failed_with;
    bool cannot;
    int64_t timeout_ms, until_us;
    size_t busy_count;
    sqlite3_stmt *busy[]; /* the statements that it has open */
};

/* A connection. */
struct jangle_view {
    struct jn_view_file *file;
    struct jn_database database;
    bool taken; /* under the store's mutex, as are `taker` and `next` */
    pthread_t taker;
    struct jangle_view *next; /* of the file's readers */
    enum jn_view_guard guard;
    struct jangle_arena *arena;      /* for rows */
    struct jangle_error failed_with; /* the first error of this callback */
    bool cannot;                     /* it is one that only another program mends */
    int64_t timeout_ms;
    int64_t until_us;            /* on the host's monotonic clock */
    struct jn_view_outer *outer; /* the callback in which this one is asked */
    int wal_frames;              /* after the last commit */
    struct jn_view_statement statements[JN_VIEW_STATEMENTS];
    uint64_t uses;
};

struct jn_view_store {
    struct jangle_view_store base;
    const struct jangle_host *host;
    char *path; /* of the event store, from the root; NULL: views are kept in memory */
    char *directory; /* that the program was in; NULL: it cannot be said */
    char *vfs;       /* NULL: SQLite's own choice */
    bool follower;
    struct jn_mutex mutex; /* who has which connection, of all files */
    struct jn_view_waiter *waiters;
};

struct jn_view_file {
    struct jangle_view_file base;
    struct jn_view_store *store;
    char *name;                 /* the view's */
    char *path;                 /* "" is temporary, ":memory:" is in memory */
    bool alone;                 /* such a one: it has one connection, which all share */
    bool ours;                  /* known to be a view's, and this one's */
    struct jn_group group;      /* the files that are open */
    int noted;                  /* of its members, the first so many */
    _Atomic(const char *) lost; /* the path of one that leads there no more */
    struct jn_cond given;       /* a connection was given back */
    struct jangle_view writer;
    struct jangle_view *readers; /* taken and free */
    int reader_count;
    int reader_limit; /* that are kept; more than that only for questions inside others */

    /* The open batch. */
    bool in_batch;
    bool in_handler;
    bool in_savepoint;
    bool broken;     /* it can only be rolled back */
    int64_t entered; /* handlers so far */

    /* A shadow in memory rests with its view while nobody has it open. */
    struct jn_view_file *shadow; /* of this view */
    struct jn_view_file *view;   /* whose shadow this is */
    bool lent;                   /* this shadow is open */
    bool swapped;                /* this shadow has done its work */
};

/* Open or make the file at `path`, as VS-1 says. */
enum jangle_result jn_view_file_open(struct jn_view_store *store,
                                     const struct jangle_view_spec *spec,
                                     const char *path,
                                     struct jn_view_file **file,
                                     struct jangle_error *error);

/* Closes all connections and frees the file; NULL is fine. */
void jn_view_file_close(struct jn_view_file *file);

/* In a transaction of its own: take out what is there, fill it by `spec`, at 0. Its
 * writer is taken. */
enum jangle_result jn_view_file_refill(struct jn_view_file *file,
                                       const struct jangle_view_spec *spec,
                                       struct jangle_error *error);

#endif
