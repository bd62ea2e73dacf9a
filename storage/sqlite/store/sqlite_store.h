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
    struct jn_owned *owned; /* subscribers; guarded by the file's turn */
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
struct jn_placed {
    int64_t position;
    int64_t version;
};

struct jn_outcome {
    struct jangle_receipt receipt;
    bool repeated;
    struct jn_placed *placed; /* one a record */
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
    struct jn_placed *placed;
    struct jn_stream *streams; /* of the append at hand; room for its records */
    size_t stream_count;
    int64_t head;    /* the last position, with what was written so far */
    bool types_made; /* in this transaction */
    bool broken;     /* a write failed: the transaction must not be committed */
};

/* commit.c: what the whole of a group comes to. */
enum jangle_result jn_sqlite_commit(struct jangle_store *store,
                                    struct jangle_group *group,
                                    struct jangle_error *error);

/* Each checks first and writes then: CONFLICT and INVALID come before anything is
 * written. Any other failure leaves the run broken. */
enum jangle_result
jn_append_write(struct jn_run *run, size_t index, struct jangle_error *error);
enum jangle_result jn_saga_write(struct jn_run *run,
                                 const struct jangle_saga_record *record,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);
enum jangle_result jn_mark_write(struct jn_run *run,
                                 const struct jangle_mark *mark,
                                 struct jangle_error *error);
enum jangle_result jn_step_write(struct jn_run *run,
                                 const struct jangle_delivery_step *sent,
                                 const struct jangle_receipt *receipt,
                                 struct jangle_error *error);

/* A step's columns, from `index` on: id, kind, type, result, reply, position, version.
 * The last two are the receipt's (may be NULL) if the step has none. */
void jn_bind_step(sqlite3_stmt *statement,
                  int index,
                  const struct jangle_step *step,
                  const struct jangle_receipt *receipt);

/* The same columns, from `column` on, texts kept in the rows. */
void jn_columns_step(struct jn_columns *columns, int column, struct jangle_step *step);

/* The position of the last event, or that before the first there will be. */
enum jangle_result jn_head_find(const struct jn_file *file,
                                struct jn_database *database,
                                int64_t *position,
                                struct jangle_error *error);

/* STORAGE if the row of a stream and its last event do not agree on where it ends, or the
 * row is not what was stored. */
enum jangle_result jn_stream_find(struct jn_database *database,
                                  const char *kind,
                                  const char *id,
                                  struct jn_stream_row *row,
                                  struct jangle_error *error);

/* Of such a row, which says `version`. */
int64_t jn_stream_checksum(const char *kind,
                           const char *id,
                           int64_t version,
                           int64_t first_version);

/* NOT_FOUND without a sentence. */
enum jangle_result jn_command_find(struct jn_database *database,
                                   const char *command_id,
                                   struct jangle_receipt *receipt,
                                   struct jangle_error *error);

/* ---- subscribers.c --------------------------------------------------------------- */

/* Where a subscriber stands. */
struct jn_standing {
    int64_t number; /* of its name; 0: nobody knows it */
    bool owned;     /* somebody runs it, or died running it */
    bool marked;    /* it has a checkpoint: */
    struct jangle_mark mark;
    int64_t parked_count; /* of its parked rows */
    int64_t parked_total; /* the sum of their checksums, which wraps */
};

/* STORAGE if one of its rows is damaged, or missing. The second makes the name, in a
 * transaction, if there is none. */
enum jangle_result jn_standing_find(struct jn_database *database,
                                    const char *name,
                                    struct jn_standing *standing,
                                    struct jangle_error *error);
enum jangle_result jn_subscriber_make(struct jn_database *database,
                                      const char *name,
                                      struct jn_standing *standing,
                                      struct jangle_error *error);

/* STORAGE if there are rows of nobody. */
enum jangle_result jn_subscribers_check(struct jn_database *database,
                                        struct jangle_error *error);

/* Change what is said of a name that was just found, in a transaction. */
enum jangle_result jn_subscriber_note(struct jn_database *database,
                                      int64_t number,
                                      bool owned,
                                      bool marked,
                                      struct jangle_error *error);

/* Put a checkpoint in the place of the old one, in a transaction. */
enum jangle_result jn_checkpoint_write(struct jn_database *writer,
                                       const struct jn_standing *standing,
                                       const struct jangle_mark *mark,
                                       struct jangle_error *error);

/* Of the row of a checkpoint. */
int64_t jn_checkpoint_checksum(const struct jangle_mark *mark,
                               int64_t parked_count,
                               int64_t parked_total);

/* ---- reading --------------------------------------------------------------------- */

/* Step a statement of a reader; OK with `*more` true for each row, and reset after the
 * last. NO_MEMORY if the rows could not be kept. */
enum jangle_result jn_rows_step(struct jn_database *database,
                                sqlite3_stmt *statement,
                                struct jn_rows *rows,
                                bool *more,
                                struct jangle_error *error);

/* For SQL: all that SQLite can count. */
int64_t jn_limit(size_t limit);

/* Is it text that can be stored, and not too long? */
bool jn_text_fits(const char *text);

/* The operations, each in the file that its name says. */
extern const struct jangle_store_ops jn_sqlite_store_ops;

enum jangle_result jn_sqlite_read_stream(struct jangle_store *store,
                                         const char *kind,
                                         const char *id,
                                         int64_t version,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error);
enum jangle_result jn_sqlite_read_all(struct jangle_store *store,
                                      int64_t position,
                                      size_t limit,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error);
enum jangle_result jn_sqlite_find_mark(struct jangle_store *store,
                                       const char *subscriber,
                                       struct jangle_mark *mark,
                                       struct jangle_error *error);
enum jangle_result jn_sqlite_read_marks(struct jangle_store *store,
                                        jangle_mark_fn *visit,
                                        void *context,
                                        struct jangle_error *error);
enum jangle_result jn_sqlite_read_parked(struct jangle_store *store,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error);
enum jangle_result jn_sqlite_read_delivery(struct jangle_store *store,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error);
enum jangle_result jn_sqlite_rename(struct jangle_store *store,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error);
enum jangle_result jn_sqlite_read_saga(struct jangle_store *store,
                                       const char *saga,
                                       const char *id,
                                       jangle_saga_fn *visit,
                                       void *context,
                                       struct jangle_error *error);
enum jangle_result jn_sqlite_read_due_sagas(struct jangle_store *store,
                                            jangle_time now,
                                            size_t limit,
                                            jangle_saga_fn *visit,
                                            void *context,
                                            struct jangle_error *error);
enum jangle_result jn_sqlite_read_sagas(struct jangle_store *store,
                                        const char *saga,
                                        enum jangle_saga_status status,
                                        const char *id,
                                        size_t limit,
                                        jangle_saga_fn *visit,
                                        void *context,
                                        struct jangle_error *error);
enum jangle_result jn_sqlite_own(struct jangle_store *store,
                                 const char *subscriber,
                                 bool *unclean,
                                 struct jangle_error *error);
void jn_sqlite_disown(struct jangle_store *store, const char *subscriber);
void jn_sqlite_disown_all(struct jn_sqlite_store *store);
enum jangle_result
jn_sqlite_backup(struct jangle_store *store,
                 const char *path,
                 bool (*step)(void *context, int64_t done, int64_t total),
                 void *context,
                 struct jangle_error *error);

enum jangle_result jn_sqlite_snapshots_open(struct jn_file *file,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error);

static inline struct jn_file *jn_file_of(struct jangle_store *store)
{
    return ((struct jn_sqlite_store *)store)->file;
}

/* The events and the snapshots, in one file. `options` is complete. A follower writes
 * nothing. On failure both are NULL. */
enum jangle_result jn_sqlite_stores_open(const char *path,
                                         const struct jangle_sqlite_options *options,
                                         bool follower,
                                         const struct jangle_host *host,
                                         struct jangle_store **store,
                                         struct jangle_snapshot_store **snapshots,
                                         struct jangle_error *error);

#endif
