/* view_file.h - what the files of a view store share: the file, its connections, and what
 * the callback that has one of them is doing. */
#ifndef JN_VIEW_FILE_H
#define JN_VIEW_FILE_H

#include "sqlite/file/database.h"
#include "sqlite/file/group.h"

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
    struct jangle_error stuck;
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
    struct jangle_arena *arena; /* for rows */
    struct jangle_error stuck;  /* the first error of this callback */
    bool cannot;                /* it is one that only another program mends */
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

/* ---- view_store.c: which file is whose --------------------------------------- */

/* Where `file` is, by the path that was chosen for it: INVALID, with a sentence, if there
 * can be no view. "" and ":memory:" are no paths. */
enum jangle_result
jn_view_locate(struct jn_view_file *file, const char *path, struct jangle_error *error);

/* ---- view_file.c: files ------------------------------------------------------ */

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

/* ---- view_place.c: what a file says of itself -------------------------------- */

/* All of these read on a connection that is taken, and are STORAGE if a column of
 * jangle_place holds what it cannot. */
enum jangle_result jn_view_read_place(struct jangle_view *view,
                                      struct jangle_view_place *place,
                                      struct jangle_error *error);
enum jangle_result jn_view_read_position(struct jangle_view *view,
                                         int64_t *position,
                                         struct jangle_error *error);

/* How many keys are parked, and the sum of the checksums of their rows, which wraps. */
struct jn_parked_sum {
    int64_t count;
    int64_t total;
};

enum jangle_result jn_view_read_parked_sum(struct jangle_view *view,
                                           struct jn_parked_sum *sum,
                                           struct jangle_error *error);

/* Each filling of a file has an id of its own. */
enum jangle_result jn_view_read_build(struct jangle_view *view,
                                      unsigned char build_id[JANGLE_ID_SIZE],
                                      struct jangle_error *error);

/* The schema that it was filled by, in memory of SQLite's. */
enum jangle_result
jn_view_read_schema(struct jangle_view *view, char **schema, struct jangle_error *error);

/* INVALID if it is another view's. */
enum jangle_result jn_view_check_name(struct jangle_view *view,
                                      const char *name,
                                      struct jangle_error *error);

/* ---- view_parked.c: keys whose events wait -------------------------------------- */

/* In a batch: what a mark says of its parked keys, and what they come to then. */
enum jangle_result jn_view_write_parked(struct jangle_view *view,
                                        const struct jangle_mark *mark,
                                        struct jn_parked_sum *sum,
                                        struct jangle_error *error);

/* ---- view_moved.c: files that are moved -------------------------------------- */

/* Note which files are open, just after they were opened: those that the store has three
 * of, or the first alone. */
enum jangle_result
jn_view_note_group(struct jn_view_file *file, int count, struct jangle_error *error);

/* Do their names still lead there? STORAGE, for ever. All of them, after each commit and
 * before a connection is opened; the first alone, whenever one is taken to read. Costs a
 * stat each. */
enum jangle_result jn_view_check_group(struct jn_view_file *file,
                                       struct jangle_error *error);
enum jangle_result jn_view_check_path(struct jn_view_file *file,
                                      struct jangle_error *error);

/* STORAGE if that has ever failed. */
enum jangle_result jn_view_refuse_lost(struct jn_view_file *file,
                                       struct jangle_error *error);

/* ---- view_connection.c: connections ------------------------------------------ */

/* `view->file` is set. */
enum jangle_result
jn_view_connect(struct jangle_view *view, enum jn_mode mode, struct jangle_error *error);
void jn_view_disconnect(struct jangle_view *view);

/* Wait for the writer; give it back when done. BUSY when it is not there in time, and at
 * once when this thread has it, or keeps the one waiting who has it. */
enum jangle_result jn_view_take_writer(struct jn_view_file *file,
                                       struct jangle_error *error);

/* Take a reader that is free, or a new one; give it back when done. If there are as many
 * as the file keeps, who `may_wait` waits, and gets TIMEOUT when none is there in time;
 * all others get one more. In memory the writer is the only reader: see above. */
enum jangle_result jn_view_take_reader(struct jn_view_file *file,
                                       bool may_wait,
                                       int64_t timeout_ms,
                                       struct jangle_view **view,
                                       struct jangle_error *error);
void jn_view_give(struct jangle_view *view);

/* Disconnect all readers, which nobody has. */
void jn_view_drop_readers(struct jn_view_file *file);

/* Roll back what is open on it, whatever it is; without memory, when it is taken next. */
void jn_view_undo(struct jangle_view *view);

/* Move what the log holds into the file, if it is much, or in any case: on the writer,
 * outside a transaction. */
void jn_view_checkpoint(struct jangle_view *view, bool in_any_case);

/* On the host's monotonic clock. */
int64_t jn_view_now_us(const struct jn_view_file *file);

/* ---- view_statement.c: what callbacks say ------------------------------------ */

/* The statement that is kept under `key`, or NULL. */
sqlite3_stmt *jn_view_find_statement(struct jangle_view *view, const char *key);

/* Compile one statement and keep it under `key`. Errors stick. */
enum jangle_result jn_view_compile(struct jangle_view *view,
                                   const char *key,
                                   const char *sql,
                                   sqlite3_stmt **statement);

/* Make an error stick, if none does yet; returns the one that does. */
enum jangle_result jn_view_stick(struct jangle_view *view,
                                 enum jangle_result result,
                                 const char *format,
                                 ...) JANGLE_PRINTF(3, 4);

/* The same, INVALID, for what no other attempt mends (VS-5). */
enum jangle_result jn_view_cannot(struct jangle_view *view, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Make SQLite's error stick: one that was met when `sql` was compiled or its values were
 * bound, which no other attempt mends; or one that a step met, of what `what` says. */
enum jangle_result
jn_view_stick_compile(struct jangle_view *view, int code, const char *sql);
enum jangle_result jn_view_stick_step(struct jangle_view *view,
                                      int code,
                                      sqlite3_stmt *statement,
                                      const char *what);

/* No error sticks any longer. */
void jn_view_unstick(struct jangle_view *view);

/* Reset what this callback left busy; copies the beginning of the first one's text, and
 * is false if there was none. */
bool jn_view_reset_busy(struct jangle_view *view, char text[60]);

/* Finalize what is kept. */
void jn_view_forget_statements(struct jangle_view *view);

/* ---- view_row.c: a row becomes a struct -------------------------------------- */

/* Which member of `type` each column of the statement goes to. Errors stick. */
enum jangle_result jn_view_match(struct jangle_view *view,
                                 sqlite3_stmt *statement,
                                 const struct jangle_message *type,
                                 const struct jangle_field *fields[JN_VIEW_COLUMNS]);

/* Has each member its column, but for lists and nested structs? */
enum jangle_result jn_view_match_all(struct jangle_view *view,
                                     sqlite3_stmt *statement,
                                     const struct jangle_message *type,
                                     const struct jangle_field *const *fields);

/* Read the row on which the statement stands. On failure the struct is filled in part. */
enum jangle_result jn_view_read_row(struct jangle_view *view,
                                    sqlite3_stmt *statement,
                                    const struct jangle_field *const *fields,
                                    void *row);

/* ---- view_guard.c: what callbacks must not do -------------------------------- */

/* An authorizer; what it denies sticks to the view. */
int jn_view_authorize(void *view,
                      int action,
                      const char *first,
                      const char *second,
                      const char *database,
                      const char *trigger);

/* ---- the operations, in the files of their names ----------------------------- */

enum jangle_result jn_view_begin(struct jangle_view_file *file,
                                 struct jangle_view **view,
                                 struct jangle_error *error);
enum jangle_result jn_view_enter(struct jangle_view_file *file,
                                 struct jangle_arena *arena,
                                 bool alone,
                                 struct jangle_error *error);
enum jangle_result jn_view_leave(struct jangle_view_file *file,
                                 enum jangle_result result,
                                 bool *cannot,
                                 struct jangle_error *error);
enum jangle_result jn_view_commit(struct jangle_view_file *file,
                                  const struct jangle_mark *mark,
                                  bool incomplete,
                                  struct jangle_error *error);
void jn_view_roll_back(struct jangle_view_file *file);
enum jangle_result jn_view_place(struct jangle_view_file *file,
                                 struct jangle_view_place *place,
                                 struct jangle_error *error);
enum jangle_result jn_view_read_parked(struct jangle_view_file *file,
                                       jangle_time now,
                                       size_t limit,
                                       jangle_parked_fn *visit,
                                       void *context,
                                       struct jangle_error *error);
enum jangle_result jn_view_ask(struct jangle_view_file *file,
                               struct jangle_view *within,
                               struct jangle_arena *arena,
                               int64_t timeout_ms,
                               struct jangle_view **view,
                               int64_t *position,
                               struct jangle_error *error);
enum jangle_result jn_view_answered(struct jangle_view_file *file,
                                    struct jangle_view *view,
                                    enum jangle_result result,
                                    struct jangle_error *error);
enum jangle_result jn_view_rebuild(struct jangle_view_file *file,
                                   const struct jangle_view_spec *spec,
                                   struct jangle_view_file **shadow,
                                   struct jangle_error *error);
enum jangle_result jn_view_swap(struct jangle_view_file *file,
                                struct jangle_view_file *shadow,
                                struct jangle_error *error);
enum jangle_result jn_view_check(struct jangle_view_file *file,
                                 const struct jangle_upsert *const *upserts,
                                 size_t count,
                                 struct jangle_error *error);
enum jangle_result jn_view_compare(struct jangle_view_file *file,
                                   struct jangle_view_file *other,
                                   struct jangle_view_comparison *comparison,
                                   struct jangle_error *error);
void jn_view_close(struct jangle_view_file *file);

/* Views beside `path`; in memory if it is NULL. `vfs` may be NULL: SQLite's choice. A
 * follower makes and writes none. */
enum jangle_result jn_sqlite_views_open(const char *path,
                                        const char *vfs,
                                        bool follower,
                                        const struct jangle_host *host,
                                        struct jangle_view_store **views,
                                        struct jangle_error *error);

#endif
