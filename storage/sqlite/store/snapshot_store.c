/* snapshot_store.c - the snapshot store, in the store's file or in a file of its own. */
#include "sqlite/store/snapshot_store.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/append.h"

#include <limits.h>

/* A user of the file, beside the event store if that is in the same file. */
struct snapshots {
    struct jangle_snapshot_store store; /* first */
    struct jn_file *file;
};

static struct jn_file *snapshots_file(struct jangle_snapshot_store *store)
{
    return ((struct snapshots *)store)->file;
}

/* ---- reading ----------------------------------------------------------------- */

/* The row has no checksum: the engine compares the hash, so that every snapshot store has
 * it. */
static void keep_snapshot(struct jn_columns *columns)
{
    struct jangle_snapshot *snapshot = jn_rows_add(columns->rows, sizeof *snapshot);

    if (!snapshot)
        return;
    snapshot->version = jn_columns_number(columns, 1);
    snapshot->state_version = (int)jn_columns_number_in(columns, 2, INT_MIN, INT_MAX);
    jn_columns_copy(columns, 3, snapshot->state_hash, sizeof snapshot->state_hash);
    jn_columns_copy(columns, 4, snapshot->store_id, sizeof snapshot->store_id);
    jn_columns_copy(columns, 5, snapshot->event_id, sizeof snapshot->event_id);
    snapshot->payload = jn_columns_keep_bytes(columns, 6, &snapshot->payload_size);
    jn_columns_copy(columns, 7, snapshot->hash, sizeof snapshot->hash);
}

static enum jangle_result load(struct jangle_snapshot_store *store,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    static const char sql[] =
        "SELECT stream, version, state_version, state_hash, store_id, event_id, payload,"
        " hash FROM snapshots WHERE stream = ?";
    struct jn_file *file = snapshots_file(store);
    struct jangle_snapshot *snapshot;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "snapshots", .key_count = 1, .rows = &rows, .error = error};
    enum jangle_result result = jn_file_read_rows(
        file, &columns, sql, JN_WITH(JN_BIND_TEXT(stream)), keep_snapshot);

    snapshot = jn_rows_next(&rows, NULL);
    if (!result && !snapshot)
        result = jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no snapshot of %s",
                         file->path, stream);
    if (!result) {
        snapshot->stream = stream;
        result = visit(context, snapshot);
    }
    jn_rows_finish(&rows);
    return result;
}

/* ---- writing ----------------------------------------------------------------- */

/* Run a statement in an unsynced transaction, because a lost snapshot is made again. */
static enum jangle_result write_snapshots(struct jn_file *file,
                                          const char *sql,
                                          const struct jn_parameter *parameters,
                                          int count,
                                          struct jangle_error *error)
{
    enum jangle_result result = jn_file_take_writer_lock(file, error);

    if (result)
        return result;
    result = jn_file_begin(file, JN_MODE_NORMAL, error);
    if (!result) {
        result = jn_database_write(&file->writer, sql, parameters, count, error);
        result = jn_file_end(file, result, error);
    }
    jn_file_release_writer_lock(file);
    return result;
}

/* Replace the snapshot of the stream, but not a newer one of the same state_version: two
 * threads may save in either order. */
static enum jangle_result save(struct jangle_snapshot_store *store,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO snapshots (stream, version, state_version, state_hash, store_id,"
        " event_id, payload, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET version = excluded.version,"
        " state_version = excluded.state_version, state_hash = excluded.state_hash,"
        " store_id = excluded.store_id, event_id = excluded.event_id,"
        " payload = excluded.payload, hash = excluded.hash"
        " WHERE excluded.state_version <> state_version OR excluded.version >= version";
    struct jn_file *file = snapshots_file(store);

    if (!jn_text_fits(snapshot->stream) || snapshot->payload_size > JN_BYTES_MAX)
        return jn_fail(
            error, JANGLE_INVALID,
            "%s: a snapshot cannot be stored: it names no stream, or is too large",
            file->path);
    return write_snapshots(
        file, sql,
        JN_WITH(JN_BIND_TEXT(snapshot->stream), JN_BIND_NUMBER(snapshot->version),
                JN_BIND_NUMBER(snapshot->state_version),
                JN_BIND_BYTES(snapshot->state_hash, sizeof snapshot->state_hash),
                JN_BIND_BYTES(snapshot->store_id, sizeof snapshot->store_id),
                JN_BIND_BYTES(snapshot->event_id, sizeof snapshot->event_id),
                JN_BIND_BYTES(snapshot->payload, snapshot->payload_size),
                JN_BIND_BYTES(snapshot->hash, sizeof snapshot->hash)),
        error);
}

static enum jangle_result forget_snapshot(struct jangle_snapshot_store *store,
                                          const char *stream,
                                          struct jangle_error *error)
{
    return write_snapshots(snapshots_file(store),
                           "DELETE FROM snapshots WHERE stream = ?",
                           JN_WITH(JN_BIND_TEXT(stream)), error);
}

static void close_snapshots(struct jangle_snapshot_store *store)
{
    struct jn_file *file = snapshots_file(store);
    struct jangle_allocator allocator = file->host->allocator;

    jn_file_close(file);
    jn_free(&allocator, store);
}

static void abandon_snapshots(struct jangle_snapshot_store *store)
{
    jn_lock_close(&snapshots_file(store)->lock);
}

static const struct jangle_snapshot_store_ops ops = {
    .abi = 1,
    .name = "sqlite",
    .load = load,
    .save = save,
    .forget = forget_snapshot,
    .abandon = abandon_snapshots,
    .close = close_snapshots,
};

enum jangle_result jn_sqlite_snapshots_open(struct jn_file *file,
                                            struct jangle_snapshot_store **snapshots,
                                            struct jangle_error *error)
{
    struct snapshots *made = jn_new(&file->host->allocator, sizeof *made);

    if (!made)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    *made = (struct snapshots){.store = {&ops}, .file = file};
    *snapshots = &made->store;
    return JANGLE_OK;
}
