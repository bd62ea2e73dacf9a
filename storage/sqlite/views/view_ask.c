/* view_ask.c - questions: a view as of one commit, read only, for so long. */
#include "sqlite/views/view_file.h"

#include <assert.h>

enum { STEPS_BETWEEN_LOOKS = 1000 }; /* of SQLite's machine, at the clock */

static int watch_clock(void *context)
{
    struct jangle_view *view = context;

    if (jn_view_now_us(view->file) < view->until_us)
        return 0;
    jn_view_stick(view, JANGLE_TIMEOUT, "%s: the query ran for more than %lld ms",
                  view->file->name, (long long)view->timeout_ms);
    return 1;
}

/* What was written all the same, where one connection is for all, is undone. */
static void finish(struct jangle_view *view)
{
    sqlite3_progress_handler(view->database.handle, 0, NULL, NULL);
    view->guard = JN_VIEW_SELF;
    view->arena = NULL;
    jn_view_undo(view);
    jn_view_give(view);
}

/* Reading the position is what fixes the commit that is seen. */
static enum jangle_result
start(struct jangle_view *view, int64_t *position, struct jangle_error *error)
{
    enum jangle_result result = jn_database_run(&view->database, "BEGIN", error);

    if (!result)
        result = jn_view_read_position(view, position, error);
    return result;
}

enum jangle_result jn_view_ask(struct jangle_view_file *base,
                               struct jangle_arena *arena,
                               int64_t timeout_ms,
                               struct jangle_view **asked,
                               int64_t *position,
                               struct jangle_error *error)
{
    struct jn_view_file *file = (struct jn_view_file *)base;
    int64_t until_us = jn_view_now_us(file) + timeout_ms * 1000;
    struct jangle_view *view;
    enum jangle_result result = jn_view_take_reader(file, timeout_ms, &view, error);

    if (result)
        return result;
    result = start(view, position, error);
    if (result) {
        finish(view);
        return result;
    }
    view->arena = arena;
    view->timeout_ms = timeout_ms;
    view->until_us = until_us;
    view->stuck = (struct jangle_error){0};
    view->guard = JN_VIEW_QUERY;
    sqlite3_progress_handler(view->database.handle, STEPS_BETWEEN_LOOKS, watch_clock,
                             view);
    *asked = view;
    return JANGLE_OK;
}

enum jangle_result jn_view_answered(struct jangle_view_file *base,
                                    struct jangle_view *view,
                                    enum jangle_result result,
                                    struct jangle_error *error)
{
    char text[60];

    assert(view->file == (struct jn_view_file *)base && view->guard == JN_VIEW_QUERY);
    if (jn_view_reset_busy(view, text))
        jn_view_stick(view, JANGLE_INVALID, "%s: a query left a statement open: %s",
                      view->file->name, text);
    if (view->stuck.result)
        result = jn_fail(error, view->stuck.result, "%s", view->stuck.message);
    finish(view);
    return result;
}
