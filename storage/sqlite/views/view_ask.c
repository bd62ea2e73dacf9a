/* view_ask.c - queries: a read-only view of one commit, with a timeout. */
#include "sqlite/views/view_ask.h"

#include "sqlite/views/view_checkpoint.h"
#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_statement.h"

#include <assert.h>

enum {
    STEPS_BETWEEN_LOOKS = 1000
}; /* instructions of SQLite between looks at the clock */

/* SQLite calls this while a statement runs; 1 interrupts it. */
static int watch_clock(void *context)
{
    struct jangle_view *view = context;

    if (jn_view_now_us(view->file) < view->until_us)
        return 0;
    jn_view_stick(view, JANGLE_TIMEOUT, "%s: the query ran for more than %lld ms",
                  view->file->name, (long long)view->timeout_ms);
    return 1;
}

static void watch(struct jangle_view *view)
{
    sqlite3_progress_handler(view->database.handle, STEPS_BETWEEN_LOOKS, watch_clock,
                             view);
}

static void stop_watching(struct jangle_view *view)
{
    sqlite3_progress_handler(view->database.handle, 0, NULL, NULL);
}

static void begin_query(struct jangle_view *view,
                        struct jangle_arena *arena,
                        int64_t timeout_ms,
                        int64_t asked_us)
{
    view->arena = arena;
    view->timeout_ms = timeout_ms;
    view->until_us = asked_us + timeout_ms * 1000;
    jn_view_unstick(view);
    view->guard = JN_VIEW_QUERY;
}

/* ---- a query on a connection of its own -------------------------------------- */

/* The transaction is rolled back: nothing can have been written. */
static void end_query(struct jangle_view *view)
{
    stop_watching(view);
    view->guard = JN_VIEW_SELF;
    view->arena = NULL;
    jn_view_undo(view);
    jn_view_give(view);
}

/* The first read of a transaction fixes the commit that it sees: here that of the
 * position. */
static enum jangle_result
begin_reading(struct jangle_view *view, int64_t *position, struct jangle_error *error)
{
    enum jangle_result result = jn_database_do(&view->database, "BEGIN", error);

    return result ? result : jn_view_read_position(view, position, error);
}

/* ---- a query asked in a query, or in a handler, of the same view -------------- */

/* Count the open statements of a connection, and list them in `busy` unless it
 * is NULL. */
static size_t list_busy(sqlite3 *handle, sqlite3_stmt **busy)
{
    size_t count = 0;

    for (sqlite3_stmt *next = NULL; (next = sqlite3_next_stmt(handle, next));)
        if (sqlite3_stmt_busy(next)) {
            if (busy)
                busy[count] = next;
            count++;
        }
    return count;
}

/* Keep the state of the outer callback. NULL if there is no memory. */
static struct jn_view_outer *keep_outer(struct jangle_view *view)
{
    size_t count = list_busy(view->database.handle, NULL);
    struct jn_view_outer *outer = jn_new(&view->file->store->host->allocator,
                                         sizeof *outer + count * sizeof(sqlite3_stmt *));

    if (!outer)
        return NULL;
    outer->outer = view->outer;
    outer->guard = view->guard;
    outer->arena = view->arena;
    outer->failed_with = view->failed_with;
    outer->cannot = view->cannot;
    outer->timeout_ms = view->timeout_ms;
    outer->until_us = view->until_us;
    outer->busy_count = list_busy(view->database.handle, outer->busy);
    view->outer = outer;
    view->guard = JN_VIEW_SELF;
    return outer;
}

static void restore_outer(struct jangle_view *view)
{
    struct jn_view_outer *outer = view->outer;

    view->outer = outer->outer;
    view->guard = outer->guard;
    view->arena = outer->arena;
    view->failed_with = outer->failed_with;
    view->cannot = outer->cannot;
    view->timeout_ms = outer->timeout_ms;
    view->until_us = outer->until_us;
    jn_free(&view->file->store->host->allocator, outer);
}

/* The connection of a handler may write. While a query runs on it SQLite refuses writes,
 * also of statements that were compiled before. */
static enum jangle_result
let_write(struct jangle_view *view, bool may, struct jangle_error *error)
{
    return jn_database_run(&view->database,
                           may ? "PRAGMA query_only = OFF" : "PRAGMA query_only = ON",
                           error);
}

static enum jangle_result refuse_ended(const struct jangle_view *view,
                                       struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE,
                   "%s: the transaction in which this is asked has ended",
                   view->file->name);
}

static enum jangle_result ask_inside(struct jangle_view *view,
                                     struct jangle_arena *arena,
                                     int64_t timeout_ms,
                                     int64_t *position,
                                     struct jangle_error *error)
{
    struct jn_view_outer *outer;
    enum jangle_result result = JANGLE_OK;

    assert(view->guard == JN_VIEW_QUERY || view->guard == JN_VIEW_HANDLER);
    if (sqlite3_get_autocommit(view->database.handle))
        return refuse_ended(view, error);
    outer = keep_outer(view);
    if (!outer)
        return jn_fail(error, JANGLE_NO_MEMORY, "%s: out of memory", view->file->name);
    result = jn_view_read_position(view, position, error);
    if (!result && outer->guard == JN_VIEW_HANDLER)
        result = let_write(view, false, error);
    if (result) {
        restore_outer(view);
        return result;
    }
    begin_query(view, arena, timeout_ms, jn_view_now_us(view->file));
    if (outer->guard == JN_VIEW_QUERY && outer->until_us < view->until_us) {
        view->until_us = outer->until_us;
        view->timeout_ms = outer->timeout_ms;
    }
    watch(view);
    return JANGLE_OK;
}

/* Give the connection back to the outer callback. A handler may write again. */
static enum jangle_result finish_inside(struct jangle_view *view,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    view->guard = JN_VIEW_SELF;
    if (view->outer->guard == JN_VIEW_HANDLER) {
        stop_watching(view);
        result = let_write(view, true, error);
    }
    restore_outer(view);
    return result;
}

/* ---- the operations ---------------------------------------------------------- */

enum jangle_result jn_view_ask(struct jangle_view_file *base,
                               struct jangle_view *within,
                               struct jangle_arena *arena,
                               int64_t timeout_ms,
                               struct jangle_view **asked,
                               int64_t *position,
                               struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    struct jangle_view *view = within;
    int64_t asked_us = jn_view_now_us(file);
    enum jangle_result result;

    if (within && within->file == file) {
        *asked = within;
        return ask_inside(within, arena, timeout_ms, position, error);
    }
    result = jn_view_take_reader(file, !within, timeout_ms, &view, error);
    if (result)
        return result;
    result = begin_reading(view, position, error);
    if (result) {
        end_query(view);
        return result;
    }
    begin_query(view, arena, timeout_ms, asked_us);
    watch(view);
    *asked = view;
    return JANGLE_OK;
}

enum jangle_result jn_view_answered(struct jangle_view_file *base,
                                    struct jangle_view *view,
                                    enum jangle_result result,
                                    struct jangle_error *error)
{
    enum jangle_result ended = JANGLE_OK;
    char text[60];

    assert(view->file == (struct jn_view_file *)base && view->guard == JN_VIEW_QUERY);
    if (jn_view_reset_busy(view, text))
        jn_view_stick_invalid(view, "%s: a query left a statement open: %s",
                              view->file->name, text);
    if (view->failed_with.result)
        result =
            jn_fail(error, view->failed_with.result, "%s", view->failed_with.message);
    if (view->outer)
        ended = finish_inside(view, error);
    else
        end_query(view);
    return result ? result : ended;
}
