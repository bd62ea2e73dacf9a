/* sqlite_file.h - an open store file: the connection that writes, those that read, and
 * the writer lock. The event store and the snapshot store of a file share it.
 *
 * Only the thread that has the writer lock writes or makes WAL checkpoints. The
 * transaction of a reader ends before a visit is called. */
#ifndef JN_SQLITE_FILE_H
#define JN_SQLITE_FILE_H

#include "sqlite/file/database.h"
#include "sqlite/file/group.h"
#include "sqlite/file/lock.h"
#include "sqlite/file/stream_names.h"

#include <jangle/config.h>
#include <jangle/plugin/random.h>
#include <jangle/plugin/support.h>

#include <stdatomic.h>

enum { JN_READER_COUNT = 4 };

struct jn_reader {
    struct jn_database database;
    struct jn_stream_names names; /* of streams, as this connection has read them */
    bool busy;
};

/* The cache of event types by their numbers (types.c). Only committed ones are in it. */
enum { JN_TYPES_BLOCKS = 64 };

struct jn_types {
    _Atomic(struct jn_types_block *) blocks[JN_TYPES_BLOCKS];
};

/* The row that says which store it is. Only the epoch ever changes. */
struct jn_store_identity {
    unsigned char id[JANGLE_ID_SIZE];
    int64_t epoch;
    int64_t first_position;  /* of the events that are kept */
    int64_t schema_1_events; /* up to this position events have checksums of schema 1 */
};

/* What the last COMMIT of a group has left, as long as nobody has written since. */
struct jn_last_commit {
    unsigned data_version; /* of the connection that writes, behind it; 0: not known */
    int64_t head;          /* the last position */
    int64_t epoch;
};

struct jn_file {
    const struct jangle_host *host;
    struct jangle_sqlite_options options; /* with the defaults filled in */
    char *path;                           /* as it was given, for sentences */
    char *program;                        /* what this one is called; "": not known */
    char *full_path;
    char *vfs;
    int users; /* stores that share it; guarded by writer_mutex */
    enum jn_file_use use;
    bool follower;              /* it has no connection that writes: `use` is another one
                                   than JN_FILE_WRITES */
    int note;                   /* what jn_forks_forget needs at the close (forks.h) */
    struct jn_group group;      /* the files that are open */
    _Atomic(const char *) lost; /* the path that no longer leads to its file */
    struct jn_store_identity identity;  /* as it was when the file was opened */
    struct jangle_error identity_fault; /* why it could not be read: of a look alone */

    /* The writer lock: the mutex for threads of this process, then `lock` for processes.
     * It guards everything down to fence_was_in_vain. */
    struct jn_mutex writer_mutex;
    struct jn_lock lock;
    struct jn_database writer;
    _Atomic int64_t session;   /* 0: none is listed yet. Anybody reads it */
    int64_t log_frames;        /* in the WAL, after the last commit */
    int64_t wal_checkpoint_at; /* frames at which the next WAL checkpoint is made */
    int64_t wait_at; /* at so many frames new readers are held up, for a short time,
                        while the WAL is emptied */
    bool is_held;    /* the last attempt did not empty the WAL, because somebody reads
                        an old state */
    int64_t held_since_ms; /* when the first such attempt failed, on the host's monotonic
                              clock */
    int64_t proved_epoch;  /* the store's row with this epoch has its checksum; 0: none */
    struct jn_last_commit last_commit;
    int64_t interruptions; /* how often a group has found that somebody may have written
                              since the one before */
    struct jn_stream_set *stream_sets; /* the numbers of streams (stream_numbers.h); NULL:
                                          none is known yet */
    bool fence_was_in_vain; /* the last fence failed: wait less for readers next time */
    atomic_bool fenced;  /* an unclean stop or an error was seen: nothing is written until
                            jn_file_fence succeeds (fence.h) */
    atomic_bool fencing; /* a thread is passing the fence */

    struct jn_mutex readers_mutex;
    struct jn_cond reader_is_free;   /* for those who take one, one by one */
    struct jn_cond readers_are_idle; /* for the one thread that has stopped them */
    struct jn_reader readers[JN_READER_COUNT];
    bool readers_stopped; /* nobody may take one: for a fence or an empty WAL */

    struct jn_types types; /* which nobody locks (types.c) */
};

/* Open the file at the location of a storage descriptor, or make it. A follower makes
 * none: STORAGE; a look: NOT_FOUND. `options` has its defaults filled in. If it fails,
 * everything is undone. */
enum jangle_result jn_file_open(struct jn_file **file,
                                const struct jangle_storage *storage,
                                const struct jangle_sqlite_options *options,
                                enum jn_file_use use,
                                const struct jangle_host *host,
                                struct jangle_error *error);

/* Read the row that says which store a file is. STORAGE if it is damaged, or is not the
 * only one. */
enum jangle_result jn_identity_read(struct jn_database *database,
                                    struct jn_store_identity *identity,
                                    struct jangle_error *error);

/* Add a user. Each user closes the file, and the last one ends the session. */
void jn_file_share(struct jn_file *file);
void jn_file_close(struct jn_file *file);

#endif
