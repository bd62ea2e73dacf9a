/* view_store.h - where views live: one database file each, made to be thrown away.
 *
 * The engine decides what is delivered and when; a view store keeps what the handlers
 * write together with the view's place in the log, in one transaction. Calls on one file
 * between begin and commit come from one thread at a time; place, read_parked and ask
 * come from any thread, several at once. A view in memory has one connection: questions
 * and batches wait for each other there, and a thread that would wait for itself, or for
 * one that waits for it, gets BUSY. What is passed in, or to a visit, is borrowed: it
 * dies when the call returns. Put `struct jangle_view_store` and `struct
 * jangle_view_file` first in your own structs. Each clause has a number; tests/contract
 * has a test for it. */
#ifndef JANGLE_PLUGIN_VIEW_STORE_H
#define JANGLE_PLUGIN_VIEW_STORE_H

#include <jangle/plugin/storage.h>
#include <jangle/plugin/store.h>

JANGLE_C_BEGIN

struct jangle_view; /* what callbacks are handed: view.h */
struct jangle_upsert;

/* What a view is. All of it is kept in the file, too, but for `file` and `readers`. */
struct jangle_view_spec {
    const char *name;   /* the subscriber's */
    const char *file;   /* its own path; NULL: beside the store's, by its name */
    const char *schema; /* SQL that fills an empty database */
    int schema_version; /* of that */
    unsigned char types_hash[16]; /* of the set of event types that it handles */
    unsigned char store_id[16];   /* of the store whose events it shows */
    int readers; /* questions that it answers at a time; 0: the view store's choice */
};

/* Where a view is, and what it was made by. */
struct jangle_view_checkpoint {
    int64_t position;                       /* 0: nothing was handled yet */
    unsigned char event_id[JANGLE_ID_SIZE]; /* at `position` */
    int schema_version;
    unsigned char types_hash[16];
    unsigned char store_id[16];
    bool incomplete; /* a dead event was skipped */
    enum jangle_suspension suspended_for;
    jangle_time suspended_at;
    char reason[JANGLE_REASON_SIZE]; /* why it is suspended */
};

/* How far a comparison has come, and what it found. */
struct jangle_view_comparison {
    int64_t tables, rows; /* compared; rows of both sides that are equal count once */
};

struct jangle_view_file {
    const struct jangle_view_store_ops *ops;
};

struct jangle_view_store {
    const struct jangle_view_store_ops *ops;
};

struct jangle_view_store_ops {
    int abi; /* 1 */
    const char *name;

    /* VS-1   Open a view's file, or make it: then it is filled with the schema, at
     *        position 0, with what `spec` says written down. A database that is something
     *        else, another view's, or a newer jangle's is INVALID, what is no database
     *        STORAGE, and either stays as it is. SQL of the schema that fails, or does
     *        what is jangle's to do, is INVALID with its words, and leaves no file. So is
     *        a name or a path that no view can have, and a place where another file has
     *        left something. `place` tells what the file says of itself, which is not
     *        compared with `spec` here. */
    enum jangle_result (*open)(struct jangle_view_store *store,
                               const struct jangle_view_spec *spec,
                               struct jangle_view_file **file,
                               struct jangle_error *error);

    /* VS-2   What the file says of itself. */
    enum jangle_result (*checkpoint)(struct jangle_view_file *file,
                                     struct jangle_view_checkpoint *checkpoint,
                                     struct jangle_error *error);

    /* VS-3   Begin the transaction that a batch of handlers writes in. BUSY if another
     *        has it for too long. `view` is valid until commit or roll_back. */
    enum jangle_result (*begin)(struct jangle_view_file *file,
                                struct jangle_view **view,
                                struct jangle_error *error);

    /* VS-4   A handler is about to run. From here on the view's errors stick, rows are
     *        read into `arena`, and what a handler must not do is denied by name:
     *        transactions, savepoints, ATTACH, DETACH, PRAGMA, writing to jangle's own
     *        tables (jangle_...), changing the schema. A denial sticks, even if the
     *        handler ignores it. `alone`: in a savepoint of its own. */
    enum jangle_result (*enter)(struct jangle_view_file *file,
                                struct jangle_arena *arena,
                                bool alone,
                                struct jangle_error *error);

    /* VS-5   The handler has returned `result`. Returns the error that stuck; or INVALID
     *        if it left a statement busy, which is reset, or ended the transaction; or
     *        `result`. If that is not OK and it was alone, what it wrote is undone and
     *        the batch goes on; if not alone, the batch must be rolled back. STORAGE and
     *        NO_MEMORY mean that it must be rolled back, alone or not: so ends a handler
     *        that took others' effects with it when it ended the transaction (OR
     *        ROLLBACK); tried first in a batch, and alone, it is INVALID. Until the batch
     *        is rolled back, enter and commit are STORAGE. `cannot` (out) says that the
     *        error which stuck is one that no other attempt mends, because only another
     *        program does: SQL that does not compile, or is denied; values that do not
     *        bind; columns that do not meet members or an upsert; a statement left busy.
     *        It is false for all else: a broken constraint, or a value that does not fit
     *        the column or the member, for another event may change the rows; and what
     *        the handler itself returned. */
    enum jangle_result (*leave)(struct jangle_view_file *file,
                                enum jangle_result result,
                                bool *cannot,
                                struct jangle_error *error);

    /* VS-6   Write the checkpoint and its parked keys, and commit all of it or nothing.
     * Lost with the power perhaps, but then together. CONFLICT, and nothing is stored, if
     * the place is not checkpoint->from. `incomplete` is never taken back but by a
     *        rebuild. The batch is over in any case. */
    enum jangle_result (*commit)(struct jangle_view_file *file,
                                 const struct jangle_checkpoint *checkpoint,
                                 bool incomplete,
                                 struct jangle_error *error);

    /* VS-7   Undo the transaction. Cannot fail; harmless when there is none. */
    void (*roll_back)(struct jangle_view_file *file);

    /* VS-8   Visit at most `limit` parked keys that are due at `now` (zero: all, dead
     *        ones too), the longest due first. The visit may call on the file. */
    enum jangle_result (*read_parked)(struct jangle_view_file *file,
                                      jangle_time now,
                                      size_t limit,
                                      jangle_parked_fn *visit,
                                      void *context,
                                      struct jangle_error *error);

    /* VS-9   Open a read-only view as of one commit, for a query; `position` is what it
     *        has seen. A statement that runs past `timeout_ms` ends with TIMEOUT, and so
     *        does the wait for a connection. Rows are read into `arena`. Every OK is
     *        answered by one `answered`, on the same thread. `within` is a view that this
     *        thread has: of the question, or of the handler, in which the query is asked;
     *        or NULL. If it is this file's, the query sees the rows that it sees, also
     *        those that the handler has written, and ends no later than it; its errors
     *        and statements are its own. If it is another file's, the query does not wait
     *        for a connection, because who has one may wait for this thread: one more is
     *        opened, and closed when it is given back. */
    enum jangle_result (*ask)(struct jangle_view_file *file,
                              struct jangle_view *within,
                              struct jangle_arena *arena,
                              int64_t timeout_ms,
                              struct jangle_view **view,
                              int64_t *position,
                              struct jangle_error *error);

    /* VS-10  The query is done with `view`, with `result`. Returns the error that stuck;
     *        or INVALID if it left a statement busy, which is reset; or `result`. */
    enum jangle_result (*answered)(struct jangle_view_file *file,
                                   struct jangle_view *view,
                                   enum jangle_result result,
                                   struct jangle_error *error);

    /* VS-11  Open the file's shadow, in which the view is built anew: where an earlier
     *        rebuild stopped, if that was for the same `spec` and not swapped since; else
     *        empty, at 0. It is a file like any other, to be closed before its view. BUSY
     *        while it is open. */
    enum jangle_result (*rebuild)(struct jangle_view_file *file,
                                  const struct jangle_view_spec *spec,
                                  struct jangle_view_file **shadow,
                                  struct jangle_error *error);

    /* VS-12  Open an empty file of that spec that is gone when it is closed. */
    enum jangle_result (*scratch)(struct jangle_view_store *store,
                                  const struct jangle_view_spec *spec,
                                  struct jangle_view_file **scratch,
                                  struct jangle_error *error);

    /* VS-13  Put what the shadow holds, its place included, in the file's stead: at once
     *        for every reader, who goes on reading the old rows until its transaction
     *        ends. The shadow is empty afterwards, and leaves nothing when closed. The
     *        file is the old one on failure. BUSY while a batch of it is open. */
    enum jangle_result (*swap)(struct jangle_view_file *file,
                               struct jangle_view_file *shadow,
                               struct jangle_error *error);

    /* VS-14  Compare all tables but jangle's own, row by row, whatever their order.
     *        INVALID names the first table, row and column that differ, with both
     *        values. Two different files; neither may be in a transaction. */
    enum jangle_result (*compare)(struct jangle_view_file *file,
                                  struct jangle_view_file *other,
                                  struct jangle_view_comparison *comparison,
                                  struct jangle_error *error);

    /* VS-17  Compile upserts as view.h describes them, for the tables of this file, and
     *        write nothing. INVALID names the first upsert that does not fit, with its
     *        table and column, or the unique index that its keys lack. */
    enum jangle_result (*check)(struct jangle_view_file *file,
                                const struct jangle_upsert *const *upserts,
                                size_t count,
                                struct jangle_error *error);

    /* VS-15  Close a file; what was not committed is undone. Never fails; NULL is fine.
     */
    void (*close_file)(struct jangle_view_file *file);

    /* VS-16  Free the store. Its files are closed. Never fails; NULL is never passed. */
    void (*close)(struct jangle_view_store *store);
};

/* Views alone, in SQLite, for a backend that has none: beside `path`, or in memory if it
 * is NULL. Fills in `stores->views` and nothing else. */
JANGLE_API struct jangle_storage jangle_sqlite_views(const char *path);

JANGLE_C_END

#endif
