/* sqlite.c - jangle_sqlite and jangle_sqlite_with: the constructors of a storage in a
 * file. */
#include "sqlite/file/database.h"
#include "sqlite/store/sqlite_store.h"
#include "sqlite/store/store.h"
#include "sqlite/verify/verify.h"
#include "sqlite/views/view_file.h"
#include "sqlite/views/view_store.h"

#include <stdio.h>

static const struct jangle_sqlite_options defaults = {
    .writer_timeout_ms = 5000,
    .fence_timeout_ms = 10000,
    .wal_checkpoint_frames = 1000,
};

enum {
    TIMEOUT_MAX_MS = 24 * 60 * 60 * 1000,
    CHECKPOINT_FRAMES_MAX = 1000 * 1000,
    READER_MMAP_MAX = 0x7fff0000 /* SQLite maps no more, unless it was built to */
};

/* Check an option; zero means its default. */
static enum jangle_result choose(const char *field,
                                 int64_t default_value,
                                 int64_t most,
                                 int64_t *value,
                                 struct jangle_error *error)
{
    if (*value == 0)
        *value = default_value;
    if (*value >= 1 && *value <= most)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "jangle_sqlite_options.%s: %lld is not in 1..%lld", field,
                   (long long)*value, (long long)most);
}

static enum jangle_result fill_in_defaults(struct jangle_sqlite_options *options,
                                           struct jangle_error *error)
{
    enum jangle_result result =
        choose("writer_timeout_ms", defaults.writer_timeout_ms, TIMEOUT_MAX_MS,
               &options->writer_timeout_ms, error);

    if (!result)
        result = choose("fence_timeout_ms", defaults.fence_timeout_ms, TIMEOUT_MAX_MS,
                        &options->fence_timeout_ms, error);
    if (!result)
        result = choose("wal_checkpoint_frames", defaults.wal_checkpoint_frames,
                        CHECKPOINT_FRAMES_MAX, &options->wal_checkpoint_frames, error);
    if (!result && options->reader_mmap_bytes)
        result = choose("reader_mmap_bytes", 0, READER_MMAP_MAX,
                        &options->reader_mmap_bytes, error);
    if (!result && options->vfs && !sqlite3_vfs_find(options->vfs))
        result = jn_fail(error, JANGLE_INVALID,
                         "jangle_sqlite_options.vfs: SQLite knows none called \"%s\"",
                         JN_SHOWN(60, options->vfs));
    return result;
}

/* jangle needs STRICT tables (3.37) and connections in several threads. */
static enum jangle_result check_library(struct jangle_error *error)
{
    if (sqlite3_libversion_number() < 3037000)
        return jn_fail(error, JANGLE_STORAGE,
                       "SQLite %s is too old: jangle needs 3.37 or newer",
                       sqlite3_libversion());
    if (!sqlite3_threadsafe())
        return jn_fail(error, JANGLE_STORAGE,
                       "SQLite %s was built for one thread: jangle needs "
                       "SQLITE_THREADSAFE",
                       sqlite3_libversion());
    return JANGLE_OK;
}

/* Warn of a fault of older SQLites. jangle itself is safe, because only the thread that
 * has the writer lock makes WAL checkpoints; another program may make one at any time. */
static void warn_of_checkpoints(const struct jangle_storage *storage,
                                const struct jangle_host *host)
{
    const struct jangle_log_pair location = {"location", storage->location, 0};
    char message[200];
    struct jangle_log_entry entry = {.at = host->clock.now(host->clock.context),
                                     .level = JANGLE_LEVEL_WARNING,
                                     .topic = "STORE_AT_RISK",
                                     .message = message,
                                     .pairs = &location,
                                     .pair_count = 1};

    if (!jn_database_may_lose_commits(sqlite3_libversion_number()))
        return;
    jn_text_format(
        message, sizeof message,
        "SQLite %s, older than 3.51.3, can lose commits if another program makes a WAL "
        "checkpoint: run no shell and no replicator that writes beside this store",
        sqlite3_libversion());
    host->logger.write(host->logger.context, &entry);
}

static enum jn_file_use use_of(const struct jangle_storage *storage)
{
    if (storage->look)
        return storage->frozen ? JN_FILE_FROZEN : JN_FILE_LOOKS;
    return storage->follower ? JN_FILE_FOLLOWS : JN_FILE_WRITES;
}

static enum jangle_result open_sqlite(const struct jangle_storage *storage,
                                      const struct jangle_host *host,
                                      struct jangle_stores *stores,
                                      struct jangle_error *error)
{
    const struct jangle_sqlite_options *given = storage->options;
    struct jangle_sqlite_options options = given ? *given : defaults;
    struct jangle_stores made = {0};
    enum jangle_result result = check_library(error);

    if (!result)
        result = fill_in_defaults(&options, error);
    if (!result)
        result = jn_sqlite_stores_open(storage, &options, use_of(storage), host,
                                       &made.store, &made.snapshots, error);
    if (!result && !storage->frozen) /* views are read with locks */
        result = jn_sqlite_views_open(storage->location, options.vfs, use_of(storage),
                                      host, &made.views, error);
    if (result) {
        if (made.snapshots)
            made.snapshots->ops->close(made.snapshots);
        if (made.store)
            made.store->ops->close(made.store);
        return result;
    }
    if (!storage->follower)
        warn_of_checkpoints(storage, host);
    *stores = made;
    return JANGLE_OK;
}

struct jangle_storage jangle_sqlite(const char *path)
{
    return jangle_sqlite_with(path, NULL);
}

struct jangle_storage jangle_sqlite_with(const char *path,
                                         const struct jangle_sqlite_options *options)
{
    struct jangle_storage storage = {
        .location = path,
        .options = options,
        .open = open_sqlite,
        .verify = jn_sqlite_verify,
    };

    return storage;
}
