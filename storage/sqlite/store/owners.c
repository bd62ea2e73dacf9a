/* owners.c - which process owns a subscriber. An owner locks a byte and writes its
 * session into `owned` in the row of the subscriber. If it dies the lock is free and
 * `owned` is still set. */
#include "sqlite/store/owners.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/subscribers.h"

/* A subscriber that this process owns. */
struct jn_owned {
    struct jn_owned *next;
    int64_t number;
    char name[];
};

static struct jn_owned **find_owned(struct jn_sqlite_store *store, const char *name)
{
    struct jn_owned **link = &store->owned;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

int64_t jn_sqlite_owned_number(struct jn_sqlite_store *store, const char *name)
{
    const struct jn_owned *owned = *find_owned(store, name);

    return owned ? owned->number : 0;
}

static enum jangle_result
refuse_owner(struct jn_file *file, const char *name, struct jangle_error *error)
{
    return jn_fail(error, JANGLE_BUSY, "%s: another process runs subscriber \"%s\"",
                   file->path, JN_SHOWN(100, name));
}

/* In a transaction: lock the byte, find out whether the last owner died, and set `owned`.
 * Whoever has the writer lock has a session. */
static enum jangle_result note_owner(struct jn_file *file,
                                     struct jn_owned *owned,
                                     bool *unclean,
                                     struct jangle_error *error)
{
    struct jn_stored_subscriber stored;
    enum jangle_result result =
        jn_subscriber_make(&file->writer, owned->name, &stored, error);

    if (result)
        return result;
    result = jn_lock_take(&file->lock, JN_SUBSCRIBER_BYTE(stored.number));
    if (result == JANGLE_BUSY)
        return refuse_owner(file, owned->name, error);
    if (result)
        return jn_fail(error, result, "%s: subscriber \"%s\" cannot be locked",
                       file->path, JN_SHOWN(100, owned->name));
    owned->number = stored.number;
    *unclean = stored.owned != 0;
    return jn_subscriber_set_flags(&file->writer, stored.number, file->session,
                                   stored.has_checkpoint, error);
}

/* Does another process own the subscriber? A process that waits for it asks often, so
 * this does not take the writer lock. */
static bool is_elsewhere(struct jn_file *file, const char *name)
{
    struct jn_stored_subscriber stored;
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, NULL);

    if (result)
        return false;
    result = jn_subscriber_find(reader, name, &stored, NULL);
    jn_file_release_reader(file, reader);
    return !result && stored.number &&
           jn_lock_is_taken(&file->lock, JN_SUBSCRIBER_BYTE(stored.number));
}

/* With the writer lock. The byte is locked inside the transaction, and unlocked if that
 * is not committed. */
static enum jangle_result own_locked(struct jn_sqlite_store *store,
                                     struct jn_owned *owned,
                                     bool *unclean,
                                     struct jangle_error *error)
{
    struct jn_file *file = store->file;
    enum jangle_result result = jn_file_begin(file, JN_MODE_FULL, error);

    if (result)
        return result;
    result = jn_file_end(file, note_owner(file, owned, unclean, error), error);
    if (result) {
        if (owned->number)
            jn_lock_release(&file->lock, JN_SUBSCRIBER_BYTE(owned->number));
        return result;
    }
    jn_mutex_lock(&store->owned_mutex);
    owned->next = store->owned;
    store->owned = owned;
    jn_mutex_unlock(&store->owned_mutex);
    return JANGLE_OK;
}

enum jangle_result jn_sqlite_own(struct jangle_store *store,
                                 const char *subscriber,
                                 bool *unclean,
                                 struct jangle_error *error)
{
    struct jn_sqlite_store *sqlite = (struct jn_sqlite_store *)store;
    struct jn_file *file = sqlite->file;
    size_t size = strlen(subscriber) + 1;
    struct jn_owned *owned;
    enum jangle_result result;

    *unclean = false;
    if (!atomic_load(&file->fencing) && is_elsewhere(file, subscriber))
        return refuse_owner(file, subscriber, error);
    owned = jn_new(&file->host->allocator, sizeof *owned + size);
    if (!owned)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", file->path);
    memcpy(owned->name, subscriber, size);
    result = jn_file_take_writer_lock(file, error);
    if (!result && *find_owned(sqlite, subscriber)) {
        jn_free(&file->host->allocator, owned); /* it is ours already */
        jn_file_release_writer_lock(file);
        return JANGLE_OK;
    }
    if (!result) {
        result = own_locked(sqlite, owned, unclean, error);
        jn_file_release_writer_lock(file);
    }
    if (result)
        jn_free(&file->host->allocator, owned);
    return result;
}

static enum jangle_result clear_owned(struct jn_file *file, const struct jn_owned *owned)
{
    struct jn_stored_subscriber stored;
    enum jangle_result result =
        jn_subscriber_find(&file->writer, owned->name, &stored, NULL);

    if (result || stored.number != owned->number)
        return result;
    return jn_subscriber_set_flags(&file->writer, owned->number, 0, stored.has_checkpoint,
                                   NULL);
}

/* If this fails the next owner believes that this one died, and checks more than
 * it must. */
static void commit_clear_owned(struct jn_file *file, const struct jn_owned *owned)
{
    if (jn_file_begin(file, JN_MODE_FULL, NULL))
        return;
    (void)jn_file_end(file, clear_owned(file, owned), NULL);
}

/* Unclean, and also without the writer lock, only the byte is unlocked: then the next
 * owner is told that this one died. */
void jn_sqlite_disown(struct jangle_store *store, const char *subscriber, bool unclean)
{
    struct jn_sqlite_store *sqlite = (struct jn_sqlite_store *)store;
    struct jn_file *file = sqlite->file;
    enum jangle_result busy = jn_file_take_writer_lock_last(file);
    struct jn_owned **link;
    struct jn_owned *owned;

    if (busy)
        jn_mutex_lock(&file->writer_mutex);
    link = find_owned(sqlite, subscriber);
    owned = *link;
    if (owned) {
        if (!busy && !unclean)
            commit_clear_owned(file, owned);
        jn_lock_release(&file->lock, JN_SUBSCRIBER_BYTE(owned->number));
        jn_mutex_lock(&sqlite->owned_mutex);
        *link = owned->next;
        jn_mutex_unlock(&sqlite->owned_mutex);
        jn_free(&file->host->allocator, owned);
    }
    if (busy)
        jn_mutex_unlock(&file->writer_mutex);
    else
        jn_file_release_writer_lock(file);
}

void jn_sqlite_disown_all(struct jn_sqlite_store *store)
{
    while (store->owned)
        jn_sqlite_disown(&store->store, store->owned->name, false);
}

/* ---- who owns them ------------------------------------------------------------ */

struct owner_row {
    struct jangle_store_owner owner;
    int64_t number; /* of the subscriber */
};

/* The checksum covers what jn_subscriber_find reads, too. */
static void keep_owner(struct jn_columns *columns)
{
    struct owner_row *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (!kept)
        return;
    kept->owner.subscriber = jn_columns_keep_text(columns, 0);
    kept->owner.session = jn_columns_number_in(columns, 1, 1, JN_SESSIONS_MAX);
    kept->number = jn_columns_number_in(columns, 2, 1, INT64_MAX);
    jn_columns_verify(columns, 3);
}

/* The lock of another process shows in the lock file, that of this one in the list. */
static bool is_owned(struct jn_sqlite_store *store, const struct owner_row *row)
{
    bool is_ours;

    jn_mutex_lock(&store->owned_mutex);
    is_ours = jn_sqlite_owned_number(store, row->owner.subscriber) != 0;
    jn_mutex_unlock(&store->owned_mutex);
    return is_ours ||
           jn_lock_is_taken(&store->file->lock, JN_SUBSCRIBER_BYTE(row->number));
}

enum jangle_result jn_sqlite_read_owners(struct jangle_store *store,
                                         jangle_store_owner_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    static const char sql[] =
        "SELECT name, owned, id, checksum = " JN_SUBSCRIBER_CHECKSUM(
            "owned", "marked",
            "first_name") " FROM subscribers WHERE owned <> 0 ORDER BY name";
    struct jn_sqlite_store *sqlite = (struct jn_sqlite_store *)store;
    struct owner_row *row = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "subscribers", .key_count = 1, .rows = &rows, .error = error};
    enum jangle_result result =
        jn_file_read_rows(sqlite->file, &columns, sql, NULL, 0, keep_owner);

    while (!result && (row = jn_rows_next(&rows, row)))
        if (is_owned(sqlite, row))
            result = visit(context, &row->owner);
    jn_rows_finish(&rows);
    return result;
}
