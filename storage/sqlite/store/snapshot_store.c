/* snapshot_store.c - the snapshot store, in the store's file or in a file of its own. */
#include "sqlite/store/snapshot_store.h"

#include "sqlite/file/columns.h"
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
static enum jangle_result read_snapshot(struct jn_columns *columns,
                                        struct jangle_snapshot *snapshot)
{
    snapshot->version = jn_columns_number(columns, 1);
    snapshot->state_version = (int)jn_columns_number_in(columns, 2, INT_MIN, INT_MAX);
    jn_columns_copy(columns, 3, snapshot->state_hash, sizeof snapshot->state_hash);
    jn_columns_copy(columns, 4, snapshot->store_id, sizeof snapshot->store_id);
    jn_columns_copy(columns, 5, snapshot->event_id, sizeof snapshot->event_id);
    snapshot->payload = jn_columns_keep_bytes(columns, 6, &snapshot->payload_size);
    jn_columns_copy(columns, 7, snapshot->hash, sizeof snapshot->hash);
    return columns->result;
}

static enum jangle_result find_on_reader(struct jn_database *reader,
                                         struct jn_rows *rows,
                                         struct jangle_snapshot *snapshot,
                                         struct jangle_error *error)
{
    static const char sql[] =
        "SELECT stream, version, state_version, state_hash, store_id, event_id, payload,"
        " hash FROM snapshots WHERE stream = ?";
    struct jn_columns columns = {.database = reader,
                                 .table = "snapshots",
                                 .key_count = 1,
                                 .rows = rows,
                                 .error = error};
    enum jangle_result result =
        jn_database_prepare(reader, sql, &columns.statement, error);
    int code;

    if (result)
        return result;
    jn_bind_text(columns.statement, 1, snapshot->stream);
    code = sqlite3_step(columns.statement);
    result = jn_database_result(reader, code, error);
    if (code == SQLITE_ROW)
        result = read_snapshot(&columns, snapshot);
    else if (code == SQLITE_DONE)
        result = jn_fail(error, JANGLE_NOT_FOUND, "%s: there is no snapshot of %s",
                         reader->path, snapshot->stream);
    sqlite3_reset(columns.statement);
    return result;
}

static enum jangle_result find_snapshot(struct jn_file *file,
                                        struct jn_rows *rows,
                                        struct jangle_snapshot *snapshot,
                                        struct jangle_error *error)
{
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    result = find_on_reader(reader, rows, snapshot, error);
    jn_file_release_reader(file, reader);
    return result;
}

/* The snapshot is kept in rows while the reader is taken, and visited when it is
 * released, so that the visit may use the store. */
static enum jangle_result load(struct jangle_snapshot_store *store,
                               const char *stream,
                               jangle_snapshot_fn *visit,
                               void *context,
                               struct jangle_error *error)
{
    struct jn_file *file = snapshots_file(store);
    struct jangle_snapshot snapshot = {.stream = stream};
    struct jn_rows rows;
    enum jangle_result result;

    jn_rows_init(&rows, &file->host->allocator);
    result = find_snapshot(file, &rows, &snapshot, error);
    if (!result)
        result = visit(context, &snapshot);
    jn_rows_finish(&rows);
    return result;
}

/* ---- writing ----------------------------------------------------------------- */

/* Run a bound statement in an unsynced transaction: a lost snapshot is made again. */
static enum jangle_result
run_statement(struct jn_file *file, sqlite3_stmt *statement, struct jangle_error *error)
{
    enum jangle_result result = jn_file_begin(file, JN_MODE_NORMAL, error);

    if (result)
        return result;
    result = jn_database_step(&file->writer, statement, error);
    if (!result)
        return jn_file_commit(file, error);
    jn_file_roll_back(file);
    return result;
}

/* With the writer lock: replace the snapshot of the stream, but not a newer one of the
 * same state_version: two threads may save in either order. */
static enum jangle_result save_locked(struct jn_file *file,
                                      const struct jangle_snapshot *snapshot,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        &file->writer,
        "INSERT INTO snapshots (stream, version, state_version, state_hash, store_id,"
        " event_id, payload, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET version = excluded.version,"
        " state_version = excluded.state_version, state_hash = excluded.state_hash,"
        " store_id = excluded.store_id, event_id = excluded.event_id,"
        " payload = excluded.payload, hash = excluded.hash"
        " WHERE excluded.state_version <> state_version OR excluded.version >= version",
        &statement, error);

    if (result)
        return result;
    jn_bind_text(statement, 1, snapshot->stream);
    sqlite3_bind_int64(statement, 2, snapshot->version);
    sqlite3_bind_int(statement, 3, snapshot->state_version);
    jn_bind_bytes(statement, 4, snapshot->state_hash, sizeof snapshot->state_hash);
    jn_bind_bytes(statement, 5, snapshot->store_id, sizeof snapshot->store_id);
    jn_bind_bytes(statement, 6, snapshot->event_id, sizeof snapshot->event_id);
    jn_bind_bytes(statement, 7, snapshot->payload, snapshot->payload_size);
    jn_bind_bytes(statement, 8, snapshot->hash, sizeof snapshot->hash);
    return run_statement(file, statement, error);
}

static enum jangle_result save(struct jangle_snapshot_store *store,
                               const struct jangle_snapshot *snapshot,
                               struct jangle_error *error)
{
    struct jn_file *file = snapshots_file(store);
    enum jangle_result result;

    if (!jn_text_fits(snapshot->stream) || snapshot->payload_size > JN_BYTES_MAX)
        return jn_fail(
            error, JANGLE_INVALID,
            "%s: a snapshot cannot be stored: it names no stream, or is too large",
            file->path);
    result = jn_file_take_writer_lock(file, error);
    if (result)
        return result;
    result = save_locked(file, snapshot, error);
    jn_file_release_writer_lock(file);
    return result;
}

static enum jangle_result forget_snapshot(struct jangle_snapshot_store *store,
                                          const char *stream,
                                          struct jangle_error *error)
{
    struct jn_file *file = snapshots_file(store);
    sqlite3_stmt *statement;
    enum jangle_result result = jn_file_take_writer_lock(file, error);

    if (result)
        return result;
    result = jn_database_prepare(&file->writer, "DELETE FROM snapshots WHERE stream = ?",
                                 &statement, error);
    if (!result) {
        jn_bind_text(statement, 1, stream);
        result = run_statement(file, statement, error);
    }
    jn_file_release_writer_lock(file);
    return result;
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
    jn_lock_abandon(&snapshots_file(store)->lock);
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
