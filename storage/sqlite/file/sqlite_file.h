/* sqlite_file.h - one open file: the connection that writes, those that read, and whose
 * turn it is. The event store and the snapshot store of a file share it.
 *
 * Only the connection that holds the writer's turn writes or checkpoints; a reader's
 * transaction ends before anybody is called back. */
#ifndef JN_SQLITE_FILE_H
#define JN_SQLITE_FILE_H

#include "sqlite/file/database.h"
#include "sqlite/file/group.h"
#include "sqlite/file/lock.h"

#include <jangle/config.h>
#include <jangle/plugin/random.h>
#include <jangle/plugin/support.h>

#include <stdatomic.h>

enum { JN_READER_COUNT = 4 };

struct jn_reader {
    struct jn_database database;
    bool busy;
};

/* Names of types by their numbers, as far as they are committed. */
struct jn_types {
    struct jn_type *items;
    size_t count;
    size_t capacity;
};

/* What a store says of itself. Only the epoch ever changes. */
struct jn_store_identity {
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch;
    int64_t first_position;  /* that is kept */
    int64_t schema_1_events; /* up to there events have the checksums of schema 1 */
};

struct jn_file {
    const struct jangle_host *host;
    struct jangle_sqlite_options options; /* complete */
    char *path;                           /* as it was given, for sentences */
    char *full_path;
    char *vfs;
    int users;                  /* guarded by the turn's mutex */
    bool follower;              /* there is no connection that writes, and no turn */
    int note;                   /* forks.h */
    struct jn_group group;      /* the files that are open */
    _Atomic(const char *) lost; /* the path of one that leads there no more */
    struct jn_store_identity identity; /* as it was when the file was opened */

    struct jn_mutex turn; /* of this process's threads; then `lock`, among processes */
    struct jn_lock lock;
    struct jn_database writer;
    int64_t session;        /* 0: not written down yet */
    int64_t log_frames;     /* in the write-ahead log, after the last commit */
    int64_t checkpoint_at;  /* frames */
    int64_t wait_at;        /* frames: then readers wait until it is empty */
    bool is_held;           /* that was in vain the last time... */
    int64_t held_since_ms;  /* ... and the first time, on the host's monotonic clock */
    bool fence_was_in_vain; /* the last one: do not wait so long again */
    atomic_bool fenced;     /* nothing is written until the fence is passed */
    atomic_bool fencing;    /* somebody is at it */

    struct jn_mutex readers_mutex;
    struct jn_cond reader_is_free;
    struct jn_reader readers[JN_READER_COUNT];
    bool readers_stopped;  /* the fence is at work */
    struct jn_types types; /* guarded by readers_mutex */
};

/* Open or create; a follower creates nothing: STORAGE. `options` is complete, too. On
 * failure everything is undone. */
enum jangle_result jn_file_open(struct jn_file **file,
                                const char *path,
                                const struct jangle_sqlite_options *options,
                                bool follower,
                                const struct jangle_host *host,
                                struct jangle_error *error);

/* One more user, who closes it, too. The last one ends the session. */
void jn_file_share(struct jn_file *file);
void jn_file_close(struct jn_file *file);

/* ---- which store it is (identity.c) -------------------------------------------- */

/* STORAGE if that row is damaged, or is not the only one. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error);

/* Read it, once, when the file was opened. */
enum jangle_result jn_file_identify(struct jn_file *file, struct jangle_error *error);

/* ---- writing (turn.c) -------------------------------------------------------- */

/* Take the writer's turn, behind the fence if there must be one. BUSY; INVALID for a
 * follower, as the next. */
enum jangle_result jn_file_take_turn(struct jn_file *file, struct jangle_error *error);

/* The same for those who leave: BUSY rather than wait for a fence, which is left to
 * whoever comes next. */
enum jangle_result jn_file_take_last_turn(struct jn_file *file);

/* Give it back; a checkpoint is made first if one is due. */
void jn_file_release_turn(struct jn_file *file);

/* Begin and end a transaction within the turn. Whatever fails, none is open afterwards.
 * UNKNOWN: nothing is known, and the next turn begins with the fence. */
enum jangle_result
jn_file_begin(struct jn_file *file, enum jn_mode mode, struct jangle_error *error);
enum jangle_result jn_file_commit(struct jn_file *file, struct jangle_error *error);
void jn_file_roll_back(struct jn_file *file);

/* What is stored is what will be: passes the fence if there is one, BUSY if not. For
 * answers that others go by. */
enum jangle_result jn_file_settle(struct jn_file *file, struct jangle_error *error);

/* ---- files that are moved (moved.c) ------------------------------------------- */

/* With the turn, after the connection that writes was opened: note which files it has;
 * at the second time, make sure that they are the same. */
enum jangle_result jn_file_note_group(struct jn_file *file, struct jangle_error *error);

/* Does another process have other files open under these names? STORAGE. `lock` may be
 * one that was opened to look. */
enum jangle_result jn_file_meet_others(const struct jn_file *file,
                                       struct jn_lock *lock,
                                       struct jangle_error *error);

/* With the turn: the same, and if there is nobody else, write down which files are open
 * here, for those who come later. */
enum jangle_result jn_file_tell_others(struct jn_file *file, struct jangle_error *error);

/* With the turn: do all names still lead to what is open? STORAGE, for ever. */
enum jangle_result jn_file_check_group(struct jn_file *file, struct jangle_error *error);

/* With the turn, after a COMMIT: the same, but UNKNOWN, for this commit went there. */
enum jangle_result jn_file_check_commit(struct jn_file *file, struct jangle_error *error);

/* The same without a turn, for those who open the store once more: of all that is known
 * to be open before, and of the store's path alone afterwards. */
enum jangle_result jn_file_check_open(const struct jn_file *file,
                                      struct jangle_error *error);
enum jangle_result jn_file_check_path(const struct jn_file *file,
                                      struct jangle_error *error);

/* STORAGE if one of these has ever failed. */
enum jangle_result jn_file_refuse_lost(struct jn_file *file, struct jangle_error *error);

/* ---- the fence (fence.c) ----------------------------------------------------- */

/* With the turn: what was written and what is visible become one and the same, and
 * durable; those who died are forgotten, this session is written down. */
enum jangle_result jn_file_fence(struct jn_file *file, struct jangle_error *error);

/* With the turn: open the connection that writes; a new or older file is brought up to
 * date. On failure it stays closed. */
enum jangle_result jn_file_open_writer(struct jn_file *file, struct jangle_error *error);

/* With the turn: write down that this process has the file open, or has it no more. */
enum jangle_result jn_file_begin_session(struct jn_file *file,
                                         struct jangle_error *error);
void jn_file_end_session(struct jn_file *file);

/* With the turn: has a session died? */
enum jangle_result
jn_file_find_dead(struct jn_file *file, bool *found, struct jangle_error *error);

/* ---- the log (checkpoint.c) ---------------------------------------------------- */

/* The connection that writes was opened, or the log was emptied. */
void jn_file_begin_log(struct jn_file *file);

/* With the turn: fold the log into the file as far as no reader is in the way; empty it
 * if it has grown long. */
void jn_file_checkpoint(struct jn_file *file);

/* With the turn: fold in all of it, and empty it; BUSY if readers are in the way for so
 * long. */
enum jangle_result
jn_file_empty_log(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error);

/* ---- reading (readers.c) ----------------------------------------------------- */

/* A connection to read with; it waits while all are in use. Give it back before you call
 * anybody. */
enum jangle_result jn_file_take_reader(struct jn_file *file,
                                       struct jn_database **database,
                                       struct jangle_error *error);
void jn_file_release_reader(struct jn_file *file, struct jn_database *database);

/* One more connection that reads, of the caller's own. */
enum jangle_result jn_file_connect(const struct jn_file *file,
                                   struct jn_database *database,
                                   int64_t busy_ms,
                                   struct jangle_error *error);

/* Let nobody have a reader until they are resumed, and wait, for so long at most, until
 * those that were given out are back. */
void jn_file_hold_readers(struct jn_file *file, int64_t timeout_ms);

/* Close all readers and let nobody have one; BUSY if one is not given back in time. */
enum jangle_result jn_file_stop_readers(struct jn_file *file,
                                        int64_t timeout_ms,
                                        struct jangle_error *error);
void jn_file_resume_readers(struct jn_file *file);

#endif
