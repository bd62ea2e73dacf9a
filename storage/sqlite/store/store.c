/* store.c - open and close the event store; its table of operations, and the
 * small ones. */
#include "sqlite/store/store.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/backup.h"
#include "sqlite/store/catalogue.h"
#include "sqlite/store/checkpoints.h"
#include "sqlite/store/commands.h"
#include "sqlite/store/commit.h"
#include "sqlite/store/events.h"
#include "sqlite/store/look.h"
#include "sqlite/store/lookup.h"
#include "sqlite/store/owners.h"
#include "sqlite/store/pauses.h"
#include "sqlite/store/rename.h"
#include "sqlite/store/sagas.h"
#include "sqlite/store/sessions.h"
#include "sqlite/store/snapshot_store.h"
#include "sqlite/store/subscribers.h"

/* ---- reads of one value ------------------------------------------------------ */

static enum jangle_result
head(struct jangle_store *store, int64_t *position, struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    result = jn_head_find(file, reader, position, error);
    jn_file_release_reader(file, reader);
    return result;
}

/* jn_file_settle comes first: answers are given on it, as on a receipt. */
static enum jangle_result stream_head(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t *version,
                                      struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    struct jn_stream_row row;
    enum jangle_result result = jn_file_settle(file, error);

    if (!result)
        result = jn_file_take_reader(file, &reader, error);
    if (result)
        return result;
    result = jn_stream_find(reader, kind, id, &row, error);
    *version = row.version;
    jn_file_release_reader(file, reader);
    return result;
}

/* Read from the file, because another process may have raised the epoch. */
static enum jangle_result identify(struct jangle_store *store,
                                   unsigned char store_id[JANGLE_ID_SIZE],
                                   int64_t *epoch,
                                   struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_store_identity identity;
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    result = jn_identity_read(reader, &identity, error);
    jn_file_release_reader(file, reader);
    if (result)
        return result;
    memcpy(store_id, identity.id, JANGLE_ID_SIZE);
    *epoch = identity.epoch;
    return JANGLE_OK;
}

/* ---- housekeeping ------------------------------------------------------------ */

enum { TIDY_COUNT = 500 }; /* commands that one call reads */

/* The id up to which earlier calls have read, or the lowest one. */
static void bind_tidied(sqlite3_stmt *statement, const struct jn_sqlite_store *store)
{
    if (store->tidied)
        sqlite3_bind_value(statement, 1, store->tidied);
    else
        sqlite3_bind_zeroblob(statement, 1, 0);
}

/* Find the id of the last of the next TIDY_COUNT commands, in the order of ids; NULL if
 * there are no more. It is freed with sqlite3_value_free. */
static enum jangle_result find_last_of_next(struct jn_sqlite_store *store,
                                            sqlite3_value **last,
                                            struct jangle_error *error)
{
    struct jn_file *file = store->file;
    sqlite3_stmt *statement;
    int code;
    enum jangle_result result =
        jn_database_prepare(&file->writer,
                            "SELECT max(command_id) FROM (SELECT command_id FROM commands"
                            " WHERE command_id > ? ORDER BY command_id LIMIT ?)",
                            &statement, error);

    *last = NULL;
    if (result)
        return result;
    bind_tidied(statement, store);
    sqlite3_bind_int(statement, 2, TIDY_COUNT);
    code = sqlite3_step(statement);
    result = jn_database_result(&file->writer, code, error);
    if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        *last = sqlite3_value_dup(sqlite3_column_value(statement, 0));
        if (!*last)
            result = jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    }
    sqlite3_reset(statement);
    return result;
}

/* A damaged receipt stays, so that whoever looks it up gets STORAGE. */
static enum jangle_result forget_commands(struct jn_sqlite_store *store,
                                          const sqlite3_value *last,
                                          jangle_time before,
                                          struct jangle_error *error)
{
    struct jn_database *writer = &store->file->writer;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(
        writer,
        "DELETE FROM commands WHERE command_id > ? AND command_id <= ? AND at < ?"
        " AND checksum = " JN_COMMAND_CHECKSUM,
        &statement, error);

    if (result)
        return result;
    bind_tidied(statement, store);
    sqlite3_bind_value(statement, 2, last);
    sqlite3_bind_int64(statement, 3, before.us);
    return jn_database_step(writer, statement, error);
}

/* With the writer lock: read the next TIDY_COUNT commands and delete the old ones. There
 * is no index by time, because it would cost each command more than this costs in all. */
static enum jangle_result tidy_commands(struct jn_sqlite_store *store,
                                        jangle_time before,
                                        bool *more,
                                        struct jangle_error *error)
{
    struct jn_file *file = store->file;
    sqlite3_value *last;
    enum jangle_result result = find_last_of_next(store, &last, error);

    *more = last != NULL;
    if (!result && last) {
        result = jn_file_begin(file, JN_MODE_NORMAL, error);
        if (!result)
            result =
                jn_file_end(file, forget_commands(store, last, before, error), error);
    }
    if (result) {
        sqlite3_value_free(last);
        return result;
    }
    sqlite3_value_free(store->tidied);
    store->tidied = last;
    return JANGLE_OK;
}

/* Only old commands need tidying, so without a time there is nothing to do. */
static enum jangle_result tidy(struct jangle_store *store,
                               jangle_time forget,
                               bool *more,
                               struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result;

    *more = false;
    if (forget.us == 0)
        return JANGLE_OK;
    result = jn_file_take_writer_lock(file, error);
    if (result)
        return result;
    result = tidy_commands((struct jn_sqlite_store *)store, forget, more, error);
    jn_file_release_writer_lock(file);
    return result;
}

/* ---- opening and closing ----------------------------------------------------- */

/* NULL is fine. */
static void free_store(struct jn_sqlite_store *store,
                       const struct jangle_allocator *allocator)
{
    if (!store)
        return;
    jn_mutex_finish(&store->owned_mutex);
    sqlite3_value_free(store->tidied);
    jn_free(allocator, store);
}

/* Subscribers are disowned before the file is closed, so that their next owner is not
 * told of a crash. */
static void close_store(struct jangle_store *store)
{
    struct jn_sqlite_store *sqlite = (struct jn_sqlite_store *)store;
    struct jn_file *file = sqlite->file;
    struct jangle_allocator allocator = file->host->allocator;

    jn_sqlite_disown_all(sqlite);
    jn_file_close(file);
    free_store(sqlite, &allocator);
}

static void abandon_store(struct jangle_store *store)
{
    jn_lock_close(&jn_file_of(store)->lock);
}

static const struct jangle_store_ops ops = {
    .abi = 1,
    .name = "sqlite",
    .commit = jn_sqlite_commit,
    .read_stream = jn_sqlite_read_stream,
    .read_all = jn_sqlite_read_all,
    .head = head,
    .stream_head = stream_head,
    .find_command = jn_sqlite_find_command,
    .find_checkpoint = jn_sqlite_find_checkpoint,
    .read_parked = jn_sqlite_read_parked,
    .read_saga = jn_sqlite_read_saga,
    .read_due_sagas = jn_sqlite_read_due_sagas,
    .own = jn_sqlite_own,
    .disown = jn_sqlite_disown,
    .tidy = tidy,
    .identify = identify,
    .read_delivery = jn_sqlite_read_delivery,
    .read_checkpoints = jn_sqlite_read_checkpoints,
    .rename = jn_sqlite_rename,
    .read_sagas = jn_sqlite_read_sagas,
    .set_pause = jn_sqlite_set_pause,
    .read_pauses = jn_sqlite_read_pauses,
    .read_command = jn_sqlite_read_command,
    .read_sessions = jn_sqlite_read_sessions,
    .read_owners = jn_sqlite_read_owners,
    .set_catalogue = jn_sqlite_set_catalogue,
    .read_catalogue = jn_sqlite_read_catalogue,
    .backup = jn_sqlite_backup,
    .abandon = abandon_store,
    .close = close_store,
    .look = &jn_sqlite_look_ops,
};

/* NULL: there is no memory. */
static struct jn_sqlite_store *make_store(struct jn_file *file)
{
    const struct jangle_allocator *allocator = &file->host->allocator;
    struct jn_sqlite_store *made = jn_new(allocator, sizeof *made);

    if (!made)
        return NULL;
    *made = (struct jn_sqlite_store){.store = {&ops}, .file = file};
    if (!jn_mutex_init(&made->owned_mutex))
        return made;
    jn_free(allocator, made);
    return NULL;
}

enum jangle_result jn_sqlite_stores_open(const struct jangle_storage *storage,
                                         const struct jangle_sqlite_options *options,
                                         enum jn_file_use use,
                                         const struct jangle_host *host,
                                         struct jangle_store **store,
                                         struct jangle_snapshot_store **snapshots,
                                         struct jangle_error *error)
{
    struct jn_sqlite_store *made;
    struct jn_file *file;
    enum jangle_result result = jn_file_open(&file, storage, options, use, host, error);

    *store = NULL;
    *snapshots = NULL;
    if (result)
        return result;
    made = make_store(file);
    if (!made)
        result = jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", storage->location);
    else
        result = jn_sqlite_snapshots_open(file, snapshots, error);
    if (result) {
        free_store(made, &host->allocator);
        jn_file_close(file);
        return result;
    }
    jn_file_share(file);
    *store = &made->store;
    return JANGLE_OK;
}
