/* view_store.h - the contract of a view store. Only storage/sqlite can serve it today,
 * because jangle_view_run, _row, _list and _upsert are implemented there, on its own
 * `struct jangle_view`. A store of your own takes its views from jangle_sqlite_views.
 *
 * Each view has a database file of its own, which can be deleted and built again from the
 * events. The engine decides which event is delivered and when. A view store keeps what
 * the handlers write, together with the view's checkpoint, in one transaction.
 *
 * Calls on one file between begin and commit come from one thread at a time; checkpoint,
 * read_parked and ask are called from any thread, several at once. A view in memory has
 * one connection, so queries and batches wait for each other there. A thread that would
 * wait for itself, or for a thread that waits for it, gets BUSY. What is passed to an
 * operation, or to a visit, is borrowed: it is valid until the call returns. Put
 * `struct jangle_view_store` and `struct jangle_view_file` first in your own structs.
 *
 * Each operation has a function type here, and the comment of that type holds its
 * numbered clauses; tests/contract tests each of them. */
#ifndef JANGLE_PLUGIN_VIEW_STORE_H
#define JANGLE_PLUGIN_VIEW_STORE_H

#include <jangle/plugin/storage.h>
#include <jangle/plugin/store.h>

JANGLE_C_BEGIN

struct jangle_view; /* what handlers and answerers get: see view.h */
struct jangle_upsert;
struct jangle_view_file;
struct jangle_view_store;

/* What a view is. The view's file keeps all of it, except `file` and `readers`. */
struct jangle_view_spec {
    const char *name;   /* of the subscriber */
    const char *file;   /* its own path; NULL: beside the store's file, by its name */
    const char *schema; /* SQL that makes the tables in an empty database */
    int schema_version;
    unsigned char types_hash[16]; /* of the set of event types that the view handles,
                                     and of its filter */
    unsigned char store_id[16];   /* of the store whose events the view shows */
    int readers; /* how many queries run at a time; 0: the view store's choice */
};

/* A view's checkpoint, and what the view was built from. */
struct jangle_view_checkpoint {
    int64_t position;                       /* 0: no event was processed yet */
    unsigned char event_id[JANGLE_ID_SIZE]; /* of the event at `position` */
    int schema_version;
    unsigned char types_hash[16];
    unsigned char store_id[16];
    bool incomplete; /* a dead letter was skipped */
    enum jangle_suspension suspended_for;
    jangle_time suspended_at;
    char reason[JANGLE_REASON_SIZE]; /* why the view is suspended */
};

/* How many tables and rows a comparison has compared. */
struct jangle_view_comparison {
    int64_t tables, rows; /* a row that both files have counts once */
};

/* ---- files ----------------------------------------------------------------------- */

/* VS-1   Open the file of a view. If there is none, make it: a new file has the tables
 *        of the schema, is at position 0, and holds what `spec` says. A database that
 *        is not a view's, or is another view's, or is of a newer jangle, is INVALID; a
 *        file that is no database is STORAGE; neither is changed. If the SQL of the
 *        schema fails, or does what only jangle may do, the result is INVALID with
 *        SQLite's words, and there is no new file. INVALID, too: a name or a path that
 *        no view can have, and a path beside which another database has left files.
 *        What the file holds is not compared with `spec` here: `checkpoint` tells what
 *        it holds. */
typedef enum jangle_result jangle_view_store_open_fn(struct jangle_view_store *store,
                                                     const struct jangle_view_spec *spec,
                                                     struct jangle_view_file **file,
                                                     struct jangle_error *error);

/* VS-12  Open an empty file by a spec. The file is gone when it is closed. */
typedef enum jangle_result
jangle_view_store_scratch_fn(struct jangle_view_store *store,
                             const struct jangle_view_spec *spec,
                             struct jangle_view_file **scratch,
                             struct jangle_error *error);

/* VS-2   Read the checkpoint of a file, and what the file was built from. */
typedef enum jangle_result
jangle_view_store_checkpoint_fn(struct jangle_view_file *file,
                                struct jangle_view_checkpoint *checkpoint,
                                struct jangle_error *error);

/* VS-8   Visit at most `limit` parked keys that are due at `now`, the longest due
 *        first. A `now` of zero means all keys, dead letters too. The visit may call
 *        operations of the same file. */
typedef enum jangle_result jangle_view_store_read_parked_fn(struct jangle_view_file *file,
                                                            jangle_time now,
                                                            size_t limit,
                                                            jangle_parked_fn *visit,
                                                            void *context,
                                                            struct jangle_error *error);

/* VS-17  Compile upserts, which view.h describes, for the tables of a file, and write
 *        nothing. INVALID names the first upsert that does not fit, with its table and
 *        column, or with the unique index that its keys lack. */
typedef enum jangle_result
jangle_view_store_check_fn(struct jangle_view_file *file,
                           const struct jangle_upsert *const *upserts,
                           size_t count,
                           struct jangle_error *error);

/* VS-15  Close a file. What was not committed is undone. It never fails; NULL is fine. */
typedef void jangle_view_store_close_file_fn(struct jangle_view_file *file);

/* VS-16  Free the store. Its files are closed. It never fails and is never
 * passed NULL. */
typedef void jangle_view_store_close_fn(struct jangle_view_store *store);

/* ---- a batch: handlers write ------------------------------------------------------ */

/* VS-3   Begin the transaction in which a batch of handlers writes. BUSY if another
 *        transaction takes too long. `view` is valid until commit or roll_back. */
typedef enum jangle_result jangle_view_store_begin_fn(struct jangle_view_file *file,
                                                      struct jangle_view **view,
                                                      struct jangle_error *error);

/* VS-4   A handler is about to run. From here on the first error of the view is kept,
 *        and every later use of the view returns it. Rows are read into `arena`. What a
 *        handler must not do is refused, with a sentence that names it: transactions,
 *        savepoints, ATTACH, DETACH, PRAGMA, writing to jangle's own tables
 *        (jangle_...), changing the schema. Such a refusal is kept as an error even if
 *        the handler ignores it. `alone` means that the handler runs in a savepoint of
 *        its own. */
typedef enum jangle_result jangle_view_store_enter_fn(struct jangle_view_file *file,
                                                      struct jangle_arena *arena,
                                                      bool alone,
                                                      struct jangle_error *error);

/* VS-5   The handler has returned `result`. Return the error that was kept; or INVALID
 *        if the handler ended the transaction, or left a statement busy (which is
 *        reset); or `result`.
 *
 *        If what is returned is not OK and the handler was alone, what it wrote is
 *        undone and the batch continues; if it was not alone, the batch must be rolled
 *        back. STORAGE and NO_MEMORY mean that the batch must be rolled back in both
 *        cases. A handler that rolled back the whole transaction (OR ROLLBACK) also
 *        lost the writes of earlier handlers: that is STORAGE. If it was alone and the
 *        first one in its batch, nothing else was lost: that is INVALID. Until the
 *        batch is rolled back, enter and commit return STORAGE.
 *
 *        `cannot` (out) says that no retry of the event can succeed, because only
 *        another program can: the kept error is about SQL that does not compile or is
 *        refused, values that cannot be bound, columns that match no member or do not
 *        fit an upsert, or a statement that was left busy. `cannot` is false for a
 *        broken constraint and for a value that does not fit a column or a member,
 *        because a later event may change the rows; and for what the handler itself
 *        returned. */
typedef enum jangle_result jangle_view_store_leave_fn(struct jangle_view_file *file,
                                                      enum jangle_result result,
                                                      bool *cannot,
                                                      struct jangle_error *error);

/* VS-6   Write the checkpoint and its parked keys, and commit all of the batch or
 *        nothing. It may be lost when the power fails, but then all of it is. CONFLICT,
 *        and nothing is stored, if the file's checkpoint is not at `checkpoint->from`.
 *        `incomplete` is set for good: only a rebuild clears it. The batch is over,
 *        whatever the result. */
typedef enum jangle_result
jangle_view_store_commit_fn(struct jangle_view_file *file,
                            const struct jangle_checkpoint *checkpoint,
                            bool incomplete,
                            struct jangle_error *error);

/* VS-7   Undo the transaction. It cannot fail, and does nothing if none is open. */
typedef void jangle_view_store_roll_back_fn(struct jangle_view_file *file);

/* ---- queries ----------------------------------------------------------------------- */

/* VS-9   Open a read-only view for a query, which sees what the file held after one
 *        commit; `position` is the checkpoint of that commit. A statement that runs
 *        longer than `timeout_ms` ends with TIMEOUT, and so does the wait for a
 *        connection. Rows are read into `arena`. After every OK, `answered` is called
 *        once, on the same thread.
 *
 *        `within` is a view that this thread has already, of the query or of the
 *        handler that asks this query; or NULL. If it is a view of the same file, the
 *        query sees the rows that `within` sees, which include what the handler has
 *        written, and ends no later than `within` does; its errors and statements are
 *        its own. If it is a view of another file, the query does not wait for a
 *        connection, because the thread that has one may be waiting for this thread:
 *        one more connection is opened, and closed when it is given back. */
typedef enum jangle_result jangle_view_store_ask_fn(struct jangle_view_file *file,
                                                    struct jangle_view *within,
                                                    struct jangle_arena *arena,
                                                    int64_t timeout_ms,
                                                    struct jangle_view **view,
                                                    int64_t *position,
                                                    struct jangle_error *error);

/* VS-10  The query has returned `result` and no longer uses `view`. Return the error
 *        that was kept; or INVALID if the query left a statement busy (which is reset);
 *        or `result`. */
typedef enum jangle_result jangle_view_store_answered_fn(struct jangle_view_file *file,
                                                         struct jangle_view *view,
                                                         enum jangle_result result,
                                                         struct jangle_error *error);

/* ---- replay ------------------------------------------------------------------------ */

/* VS-11  Open the shadow of a file, in which the view is built again. If an earlier
 *        rebuild for the same `spec` stopped before its swap, the shadow continues
 *        where that one stopped; else it is empty and at position 0. A shadow is a file
 *        like any other and is closed before its view. BUSY while it is open. */
typedef enum jangle_result
jangle_view_store_rebuild_fn(struct jangle_view_file *file,
                             const struct jangle_view_spec *spec,
                             struct jangle_view_file **shadow,
                             struct jangle_error *error);

/* VS-13  Replace what the file holds, its checkpoint included, by what the shadow
 *        holds. Every reader sees the new rows at once, except one in a transaction: it
 *        sees the old rows until that ends. Afterwards the shadow is empty, and leaves
 *        nothing when it is closed. If the swap fails, the file is as it was. BUSY
 *        while a batch of the file is open. */
typedef enum jangle_result jangle_view_store_swap_fn(struct jangle_view_file *file,
                                                     struct jangle_view_file *shadow,
                                                     struct jangle_error *error);

/* VS-14  Compare all tables of two different files, except jangle's own, row by row, in
 *        whatever order the rows are. INVALID names the first table, row and column
 *        that differ, with both values. Neither file may be in a transaction. */
typedef enum jangle_result
jangle_view_store_compare_fn(struct jangle_view_file *file,
                             struct jangle_view_file *other,
                             struct jangle_view_comparison *comparison,
                             struct jangle_error *error);

struct jangle_view_store_ops {
    int abi; /* 1 */
    const char *name;
    jangle_view_store_open_fn *open;
    jangle_view_store_checkpoint_fn *checkpoint;
    jangle_view_store_begin_fn *begin;
    jangle_view_store_enter_fn *enter;
    jangle_view_store_leave_fn *leave;
    jangle_view_store_commit_fn *commit;
    jangle_view_store_roll_back_fn *roll_back;
    jangle_view_store_read_parked_fn *read_parked;
    jangle_view_store_ask_fn *ask;
    jangle_view_store_answered_fn *answered;
    jangle_view_store_rebuild_fn *rebuild;
    jangle_view_store_scratch_fn *scratch;
    jangle_view_store_swap_fn *swap;
    jangle_view_store_compare_fn *compare;
    jangle_view_store_check_fn *check;
    jangle_view_store_close_file_fn *close_file;
    jangle_view_store_close_fn *close;
};

struct jangle_view_file {
    const struct jangle_view_store_ops *ops;
};

struct jangle_view_store {
    const struct jangle_view_store_ops *ops;
};

/* SQLite's views alone, for a backend that has none of its own: beside `path`, or in
 * memory if `path` is NULL. It fills in `stores->views` and nothing else. */
JANGLE_API struct jangle_storage jangle_sqlite_views(const char *path);

JANGLE_C_END

#endif
