/* sqlite_file.h - one open file: the connection that writes, those that read, and who may
 * write. The event store and the snapshot store of a file share it.
 *
 * Only the connection that holds the writer lock writes or checkpoints; a reader's
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
    int users;                         /* guarded by the mutex of the writer lock */
    bool follower;                     /* there is no connection that writes */
    int note;                          /* forks.h */
    struct jn_group group;             /* the files that are open */
    _Atomic(const char *) lost;        /* the path of one that leads there no more */
    struct jn_store_identity identity; /* as it was when the file was opened */

    struct jn_mutex
        writer_mutex; /* of this process's threads; then `lock`, among processes */
    struct jn_lock lock;
    struct jn_database writer;
    int64_t session;           /* 0: not written down yet */
    int64_t log_frames;        /* in the write-ahead log, after the last commit */
    int64_t wal_checkpoint_at; /* frames */
    int64_t wait_at;           /* frames: then readers wait until it is empty */
    bool is_held;              /* that was in vain the last time... */
    int64_t held_since_ms;     /* ... and the first time, on the host's monotonic clock */
    bool fence_was_in_vain;    /* the last one: do not wait so long again */
    atomic_bool fenced;        /* nothing is written until the fence is passed */
    atomic_bool fencing;       /* somebody is at it */

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

#endif
