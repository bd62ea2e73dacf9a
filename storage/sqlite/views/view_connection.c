/* view_connection.c - open a view's connections, and give each to one thread at a time.
 * The store's mutex guards who has which; nobody holds it while a connection is used. */
#include "sqlite/views/view_connection.h"

#include "sqlite/views/view_guard.h"
#include "sqlite/views/view_look.h"
#include "sqlite/views/view_moved.h"
#include "sqlite/views/view_statement.h"

#include <assert.h>

enum {
    CHECKPOINT_FRAMES = 1000, /* in the WAL, from which a WAL checkpoint is made */
    RESTART_FRAMES = 16000,   /* from which it also waits for readers */
};

int64_t jn_view_now_us(const struct jn_view_file *file)
{
    const struct jangle_clock *clock = &file->store->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

/* ---- one connection ---------------------------------------------------------- */

static int note_wal_frames(void *context, sqlite3 *handle, const char *name, int frames)
{
    struct jangle_view *view = context;

    (void)handle, (void)name;
    view->wal_frames = frames;
    return SQLITE_OK;
}

/* A hook that refuses a commit inside a handler: when SQLite has ended the transaction of
 * the batch, each later write of the handler would commit on its own. */
static int refuse_commit(void *context)
{
    const struct jangle_view *view = context;

    return view->guard == JN_VIEW_HANDLER;
}

static enum jangle_result set_hooks(struct jangle_view *view,
                                    struct jn_database *database,
                                    struct jangle_error *error)
{
    /* Sorting a large view may need more room than there is memory. A look sorts none,
     * and its temporary views would be lost by this. */
    enum jangle_result result =
        view->file->store->use >= JN_FILE_LOOKS
            ? jn_view_show_as_latest(database, error)
            : jn_database_run(database, "PRAGMA temp_store = DEFAULT", error);

    sqlite3_set_authorizer(database->handle, jn_view_authorize, view);
    sqlite3_wal_hook(database->handle, note_wal_frames, view);
    sqlite3_commit_hook(database->handle, refuse_commit, view);
    return result;
}

enum jangle_result
jn_view_connect(struct jangle_view *view, enum jn_mode mode, struct jangle_error *error)
{
    const struct jn_view_file *file = view->file;
    enum jangle_result result;

    view->database.is_view = true;
    result = jn_database_open(&view->database, file->path, file->store->vfs, mode,
                              JN_VIEW_BUSY_MS, error);

    if (result)
        return result;
    result = set_hooks(view, &view->database, error);
    if (result)
        jn_database_close(&view->database);
    return result;
}

/* The hooks are removed first: a program may have kept the connection, and `view` is
 * freed. */
void jn_view_disconnect(struct jangle_view *view)
{
    if (!view->database.handle)
        return;
    jn_view_forget_statements(view);
    sqlite3_set_authorizer(view->database.handle, NULL, NULL);
    sqlite3_wal_hook(view->database.handle, NULL, NULL);
    sqlite3_commit_hook(view->database.handle, NULL, NULL);
    jn_database_close_lent(&view->database);
}

void jn_view_undo(struct jangle_view *view)
{
    char text[60];

    jn_view_reset_busy(view, text);
    if (!sqlite3_get_autocommit(view->database.handle))
        (void)jn_database_do(&view->database, "ROLLBACK", NULL);
}

/* A failure is harmless: the WAL stays, and the next WAL checkpoint writes it. */
void jn_view_wal_checkpoint(struct jangle_view *view, bool in_any_case)
{
    int mode = view->wal_frames < RESTART_FRAMES ? SQLITE_CHECKPOINT_PASSIVE
                                                 : SQLITE_CHECKPOINT_RESTART;

    if (atomic_load(&view->file->lost) ||
        (!in_any_case && view->wal_frames < CHECKPOINT_FRAMES))
        return;
    view->wal_frames = 0;
    (void)sqlite3_wal_checkpoint_v2(view->database.handle, NULL, mode, NULL, NULL);
}

/* ---- the writer ----------------------------------------------------------------- */

/* A thread that waits for a file's writer. It is on the stack of that thread. */
struct jn_view_waiter {
    pthread_t thread;
    const struct jn_view_file *file;
    struct jn_view_waiter *next;
};

static void mark_taken(struct jangle_view *view)
{
    view->taken = true;
    view->taker = pthread_self();
}

static const struct jn_view_file *waited_for(const struct jn_view_store *store,
                                             pthread_t thread)
{
    for (const struct jn_view_waiter *waiter = store->waiters; waiter;
         waiter = waiter->next)
        if (pthread_equal(waiter->thread, thread))
            return waiter->file;
    return NULL;
}

/* Would this thread wait for itself: has it the writer, or does the thread that has it
 * wait, perhaps by way of others, for this one? Each thread waits for one writer at most
 * and each writer has one thread, so there is one chain to follow. It ends, because no
 * thread was ever let into a circle. */
static bool would_be_a_circle(const struct jn_view_file *file)
{
    pthread_t self = pthread_self();

    while (file && file->writer.taken) {
        if (pthread_equal(file->writer.taker, self))
            return true;
        file = waited_for(file->store, file->writer.taker);
    }
    return false;
}

/* Under the mutex: false if time runs out. */
static bool wait_for_free_writer(struct jn_view_file *file, int64_t until_us)
{
    struct jn_view_store *store = file->store;
    struct jn_view_waiter waiter = {pthread_self(), file, store->waiters};
    struct jn_view_waiter **link = &store->waiters;
    bool in_time = true;

    store->waiters = &waiter;
    while (file->writer.taken && in_time)
        in_time =
            jn_cond_wait_until(&file->writer_is_free, &file->store->mutex, until_us);
    while (*link != &waiter)
        link = &(*link)->next;
    *link = waiter.next;
    return !file->writer.taken;
}

/* BUSY if this thread would wait for itself, TIMEOUT if the writer is not free
 * in time. */
static enum jangle_result
take_the_writer(struct jn_view_file *file, int64_t timeout_ms, struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_us() + timeout_ms * 1000;
    bool circle, taken;

    jn_mutex_lock(&file->store->mutex);
    circle = would_be_a_circle(file);
    taken = !circle && wait_for_free_writer(file, until_us);
    if (taken)
        mark_taken(&file->writer);
    jn_mutex_unlock(&file->store->mutex);
    if (taken)
        return JANGLE_OK;
    if (!circle)
        return jn_fail(error, JANGLE_TIMEOUT, "%s: in use by others for %lld ms",
                       file->name, (long long)timeout_ms);
    return jn_fail(error, JANGLE_BUSY, "%s: %s, and who has it waits for this thread",
                   file->name,
                   file->in_memory ? "is in memory and has one connection"
                                   : "has one connection that writes");
}

/* Roll back a transaction that could not be rolled back before, because there was no
 * memory. */
static enum jangle_result end_left_transaction(struct jangle_view *view,
                                               struct jangle_error *error)
{
    if (sqlite3_get_autocommit(view->database.handle))
        return JANGLE_OK;
    jn_view_undo(view);
    if (sqlite3_get_autocommit(view->database.handle))
        return JANGLE_OK;
    jn_view_give(view);
    return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", view->file->name);
}

enum jangle_result jn_view_take_writer(struct jn_view_file *file,
                                       struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result;

    if (file->store->follower)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: is only read here: this jangle is a follower", file->name);
    result = jn_view_refuse_lost(file, error);
    if (result)
        return result;
    result = take_the_writer(file, JN_VIEW_BUSY_MS, &why);
    if (result)
        return jn_fail(error, JANGLE_BUSY, "%s", why.message);
    return end_left_transaction(&file->writer, error);
}

/* ---- readers ----------------------------------------------------------------- */

/* A free reader, if possible one whose connection is open. */
static struct jangle_view *find_reader(const struct jn_view_file *file)
{
    struct jangle_view *found = NULL;

    for (struct jangle_view *reader = file->readers; reader; reader = reader->next)
        if (!reader->taken && (!found || reader->database.handle))
            found = reader;
    return found;
}

static struct jangle_view *add_reader(struct jn_view_file *file)
{
    struct jangle_view *reader = jn_new(&file->store->host->allocator, sizeof *reader);

    if (!reader)
        return NULL;
    reader->file = file;
    reader->next = file->readers;
    file->readers = reader;
    file->reader_count++;
    return reader;
}

static void remove_reader(struct jn_view_file *file, struct jangle_view *reader)
{
    struct jangle_view **link = &file->readers;

    while (*link != reader)
        link = &(*link)->next;
    *link = reader->next;
    file->reader_count--;
}

static void close_reader(struct jangle_view *reader)
{
    jn_view_disconnect(reader);
    jn_free(&reader->file->store->host->allocator, reader);
}

void jn_view_drop_readers(struct jn_view_file *file)
{
    while (file->readers) {
        struct jangle_view *reader = file->readers;

        remove_reader(file, reader);
        close_reader(reader);
    }
}

/* Under the mutex: find, wait for, or add a reader. NULL: `*result` is TIMEOUT or
 * NO_MEMORY. */
static struct jangle_view *wait_for_reader(struct jn_view_file *file,
                                           bool may_wait,
                                           int64_t until_us,
                                           enum jangle_result *result)
{
    bool in_time = true;
    struct jangle_view *reader;

    while (!(reader = find_reader(file)) && may_wait && in_time &&
           file->reader_count >= file->reader_limit)
        in_time =
            jn_cond_wait_until(&file->reader_is_free, &file->store->mutex, until_us);
    *result = in_time ? JANGLE_NO_MEMORY : JANGLE_TIMEOUT;
    return reader || !in_time ? reader : add_reader(file);
}

static enum jangle_result take_a_reader(struct jn_view_file *file,
                                        bool may_wait,
                                        int64_t timeout_ms,
                                        struct jangle_view **view,
                                        struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_us() + timeout_ms * 1000;
    enum jangle_result result;

    jn_mutex_lock(&file->store->mutex);
    *view = wait_for_reader(file, may_wait, until_us, &result);
    if (*view)
        mark_taken(*view);
    else
        jn_cond_signal(&file->reader_is_free); /* what this one was told, the next is */
    jn_mutex_unlock(&file->store->mutex);
    if (*view)
        return JANGLE_OK;
    if (result == JANGLE_NO_MEMORY)
        return jn_fail(error, result, "%s: out of memory", file->name);
    return jn_fail(error, result, "%s: in use by others for %lld ms", file->name,
                   (long long)timeout_ms);
}

/* A connection is opened without the mutex, because that may take long. The names are
 * checked before it is opened and whenever it is taken. */
enum jangle_result jn_view_take_reader(struct jn_view_file *file,
                                       bool may_wait,
                                       int64_t timeout_ms,
                                       struct jangle_view **view,
                                       struct jangle_error *error)
{
    enum jangle_result result =
        file->in_memory ? take_the_writer(file, timeout_ms, error)
                        : take_a_reader(file, may_wait, timeout_ms, view, error);

    if (result)
        return result;
    if (file->in_memory)
        *view = &file->writer;
    if ((*view)->database.handle)
        result = end_left_transaction(*view, error);
    if (result)
        return result;
    if (!(*view)->database.handle)
        result = jn_view_check_group(file, error);
    if (!result && !(*view)->database.handle)
        result = jn_view_connect(*view, JN_MODE_READ, error);
    if (!result)
        result = jn_view_check_path(file, error);
    if (result)
        jn_view_give(*view);
    return result;
}

/* A reader beyond the limit is closed, and so is one that could not be opened. */
void jn_view_give(struct jangle_view *view)
{
    struct jn_view_file *file = view->file;
    bool is_reader = view != &file->writer, goes;

    assert(view->guard == JN_VIEW_SELF && !view->outer);
    jn_mutex_lock(&file->store->mutex);
    assert(view->taken);
    view->taken = false;
    goes =
        is_reader && (file->reader_count > file->reader_limit || !view->database.handle);
    if (goes)
        remove_reader(file, view);
    jn_mutex_unlock(&file->store->mutex);
    jn_cond_signal(is_reader ? &file->reader_is_free : &file->writer_is_free);
    if (goes)
        close_reader(view);
}
