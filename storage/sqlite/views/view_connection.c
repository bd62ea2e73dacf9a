/* view_connection.c - a view's connections, and whose turn it is to have one. */
#include "sqlite/views/view_file.h"

#include <assert.h>

enum {
    CHECKPOINT_FRAMES = 1000, /* worth moving */
    RESTART_FRAMES = 16000,   /* worth waiting for the readers that keep them */
};

int64_t jn_view_now_us(const struct jn_view_file *file)
{
    const struct jangle_clock *clock = &file->store->host->clock;

    return clock->monotonic_us ? clock->monotonic_us(clock->context) : jn_monotonic_us();
}

/* ---- one --------------------------------------------------------------------- */

static int count_frames(void *context, sqlite3 *handle, const char *name, int frames)
{
    struct jangle_view *view = context;

    (void)handle, (void)name;
    view->wal_frames = frames;
    return SQLITE_OK;
}

/* When SQLite has ended the transaction under a handler, what the handler writes next
 * would be a transaction of its own. */
static int refuse_commit(void *context)
{
    const struct jangle_view *view = context;

    return view->guard == JN_VIEW_HANDLER;
}

static enum jangle_result
set_up(struct jangle_view *view, struct jn_database *database, struct jangle_error *error)
{
    /* Sorting may take more room than memory has. */
    enum jangle_result result =
        jn_database_run(database, "PRAGMA temp_store = DEFAULT", error);

    sqlite3_set_authorizer(database->handle, jn_view_authorize, view);
    sqlite3_wal_hook(database->handle, count_frames, view);
    sqlite3_commit_hook(database->handle, refuse_commit, view);
    return result;
}

enum jangle_result
jn_view_connect(struct jangle_view *view, enum jn_mode mode, struct jangle_error *error)
{
    const struct jn_view_file *file = view->file;
    enum jangle_result result = jn_database_open(
        &view->database, file->path, file->store->vfs, mode, JN_VIEW_BUSY_MS, error);

    if (result)
        return result;
    result = set_up(view, &view->database, error);
    if (result)
        jn_database_close(&view->database);
    return result;
}

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
        (void)jn_database_run(&view->database, "ROLLBACK", NULL);
}

/* Failing is harmless: the log stays, and is moved next time. */
void jn_view_checkpoint(struct jangle_view *view, bool in_any_case)
{
    int mode = view->wal_frames < RESTART_FRAMES ? SQLITE_CHECKPOINT_PASSIVE
                                                 : SQLITE_CHECKPOINT_RESTART;

    if (!in_any_case && view->wal_frames < CHECKPOINT_FRAMES)
        return;
    view->wal_frames = 0;
    (void)sqlite3_wal_checkpoint_v2(view->database.handle, NULL, mode, NULL, NULL);
}

/* ---- whose turn -------------------------------------------------------------- */

static bool is_mine(const struct jangle_view *view)
{
    return view->taken && pthread_equal(view->taker, pthread_self());
}

static void take(struct jangle_view *view)
{
    view->taken = true;
    view->taker = pthread_self();
}

/* One that is open already, if there is one. */
static struct jangle_view *find_reader(struct jn_view_file *file)
{
    struct jangle_view *found = NULL;

    for (size_t i = 0; i < JN_VIEW_READERS; i++) {
        struct jangle_view *reader = &file->readers[i];

        if (!reader->taken && (!found || reader->database.handle))
            found = reader;
        if (found && found->database.handle)
            break;
    }
    return found;
}

static struct jangle_view *find(struct jn_view_file *file, bool writer)
{
    if (!writer && !file->alone)
        return find_reader(file);
    return file->writer.taken ? NULL : &file->writer;
}

static struct jangle_view *
wait_for(struct jn_view_file *file, bool writer, int64_t timeout_ms)
{
    int64_t until_us = jn_monotonic_us() + timeout_ms * 1000;
    struct jangle_view *view;

    while (!(view = find(file, writer)))
        if (!jn_cond_wait_until(&file->given, &file->mutex, until_us))
            break;
    return view ? view : find(file, writer);
}

static enum jangle_result take_one(struct jn_view_file *file,
                                   bool writer,
                                   int64_t timeout_ms,
                                   struct jangle_view **view,
                                   struct jangle_error *error)
{
    bool mine;

    jn_mutex_lock(&file->mutex);
    mine = (writer || file->alone) && is_mine(&file->writer);
    *view = mine ? NULL : wait_for(file, writer, timeout_ms);
    if (*view)
        take(*view);
    jn_mutex_unlock(&file->mutex);
    if (mine)
        return jn_fail(error, JANGLE_BUSY,
                       "%s: has one connection, and this thread is using it", file->name);
    if (!*view)
        return jn_fail(error, writer ? JANGLE_BUSY : JANGLE_TIMEOUT,
                       "%s: in use by others for %lld ms", file->name,
                       (long long)timeout_ms);
    return JANGLE_OK;
}

/* What could not be undone then, because memory had run out, is undone now. */
static enum jangle_result clear(struct jangle_view *view, struct jangle_error *error)
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
    struct jangle_view *view;
    enum jangle_result result;

    if (file->store->follower)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: is only read here: this jangle is a follower", file->name);
    result = take_one(file, true, JN_VIEW_BUSY_MS, &view, error);
    return result ? result : clear(view, error);
}

enum jangle_result jn_view_take_reader(struct jn_view_file *file,
                                       int64_t timeout_ms,
                                       struct jangle_view **view,
                                       struct jangle_error *error)
{
    enum jangle_result result = take_one(file, false, timeout_ms, view, error);

    if (result)
        return result;
    if ((*view)->database.handle)
        return clear(*view, error);
    result = jn_view_connect(*view, JN_MODE_READ, error);
    if (result)
        jn_view_give(*view);
    return result;
}

void jn_view_give(struct jangle_view *view)
{
    struct jn_view_file *file = view->file;

    assert(view->guard == JN_VIEW_SELF);
    jn_mutex_lock(&file->mutex);
    assert(view->taken);
    view->taken = false;
    jn_cond_broadcast(&file->given);
    jn_mutex_unlock(&file->mutex);
}
