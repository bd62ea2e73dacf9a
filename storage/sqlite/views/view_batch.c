/* view_batch.c - one transaction for what a batch of handlers writes and the checkpoint.
 * The thread that has begun it has the writer until commit or roll_back. */
#include "sqlite/views/view_batch.h"

#include "sqlite/views/view_checkpoint.h"
#include "sqlite/views/view_connection.h"
#include "sqlite/views/view_format.h"
#include "sqlite/views/view_moved.h"
#include "sqlite/views/view_statement.h"

#include <assert.h>

static struct jn_view_file *file_of(struct jangle_view_file *base)
{
    return (struct jn_view_file *)base;
}

static enum jangle_result return_kept(const struct jangle_view *view,
                                      struct jangle_error *error)
{
    return jn_fail(error, view->failed_with.result, "%s", view->failed_with.message);
}

/* ---- begin and enter --------------------------------------------------------- */

enum jangle_result jn_view_begin(struct jangle_view_file *base,
                                 struct jangle_view **view,
                                 struct jangle_error *error)
{
    struct jn_view_file *file = file_of(base);
    enum jangle_result result = jn_view_take_writer(file, error);
    char text[60];

    if (result)
        return result;
    /* A statement that was left open would keep the connection at an old commit. */
    jn_view_reset_busy(&file->writer, text);
    result = jn_database_do(&file->writer.database, "BEGIN IMMEDIATE", error);
    if (result) {
        jn_view_give(&file->writer);
        return result;
    }
    file->in_batch = true;
    file->broken = false;
    file->entered = 0;
    *view = &file->writer;
    return JANGLE_OK;
}

static enum jangle_result refuse_broken(const struct jn_view_file *file,
                                        struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE,
                   "%s: the batch has failed: it must be rolled back", file->name);
}

enum jangle_result jn_view_enter(struct jangle_view_file *base,
                                 struct jangle_arena *arena,
                                 bool alone,
                                 struct jangle_error *error)
{
    struct jn_view_file *file = file_of(base);
    struct jangle_view *view = &file->writer;
    enum jangle_result result = JANGLE_OK;

    assert(file->in_batch && !file->in_handler);
    if (file->broken)
        return refuse_broken(file, error);
    if (alone)
        result = jn_database_do(&view->database, "SAVEPOINT jangle_event", error);
    if (result) {
        file->broken = true;
        return result;
    }
    file->in_handler = true;
    file->in_savepoint = alone;
    file->entered++;
    view->arena = arena;
    jn_view_unstick(view);
    view->guard = JN_VIEW_HANDLER;
    return JANGLE_OK;
}

/* ---- leave ------------------------------------------------------------------- */

/* The transaction of the batch has ended inside a handler. SQLite does that when the disk
 * is full or fails, or when there is no memory; a statement with OR ROLLBACK does it,
 * too. */
static enum jangle_result lose_transaction(struct jn_view_file *file, int code)
{
    struct jangle_view *view = &file->writer;
    enum jangle_result cause = jn_sqlite_result(code);
    enum jangle_result result;

    file->broken = true;
    if (cause == JANGLE_NO_MEMORY || (code & 0xff) == SQLITE_FULL ||
        (code & 0xff) == SQLITE_IOERR)
        return jn_view_stick(view, cause, "%s: %s", file->name, sqlite3_errstr(code));
    result = jn_view_stick(view, JANGLE_INVALID, "%s: a handler ended the transaction",
                           file->name);
    if (!file->in_savepoint)
        return result;
    /* No other handler had written: begin another transaction in its place. */
    if (file->entered == 1 && !jn_database_do(&view->database, "BEGIN IMMEDIATE", NULL)) {
        file->broken = false;
        return result;
    }
    view->failed_with.result = JANGLE_STORAGE;
    return JANGLE_STORAGE;
}

/* A handler ran alone: keep what it wrote, or undo it and continue the batch. */
static enum jangle_result end_savepoint(struct jn_view_file *file,
                                        enum jangle_result result)
{
    struct jangle_view *view = &file->writer;
    struct jangle_error error = {0};

    if (result)
        (void)jn_database_do(&view->database, "ROLLBACK TO jangle_event", &error);
    if (!error.result)
        (void)jn_database_do(&view->database, "RELEASE jangle_event", &error);
    if (!error.result)
        return result;
    file->broken = true;
    view->failed_with = error;
    return error.result;
}

enum jangle_result jn_view_leave(struct jangle_view_file *base,
                                 enum jangle_result result,
                                 bool *cannot,
                                 struct jangle_error *error)
{
    struct jn_view_file *file = file_of(base);
    struct jangle_view *view = &file->writer;
    int code = sqlite3_extended_errcode(view->database.handle);
    char text[60];

    assert(file->in_batch && file->in_handler);
    file->in_handler = false;
    view->guard = JN_VIEW_SELF;
    view->arena = NULL;
    if (jn_view_reset_busy(view, text))
        jn_view_stick_invalid(view, "%s: a handler left a statement open: %s", file->name,
                              text);
    if (view->failed_with.result)
        result = view->failed_with.result;
    if (sqlite3_get_autocommit(view->database.handle))
        result = lose_transaction(file, code);
    else if (file->in_savepoint)
        result = end_savepoint(file, result);
    else if (result)
        file->broken = true;
    if (result == JANGLE_STORAGE || result == JANGLE_NO_MEMORY)
        file->broken = true;
    *cannot = view->cannot && result == JANGLE_INVALID;
    if (view->failed_with.result)
        return_kept(view, error);
    return result;
}

/* ---- commit and roll back ---------------------------------------------------- */

/* The update has changed no row: the row is damaged, or at another position
 * than `from`. */
static enum jangle_result explain_unmoved(struct jangle_view *view,
                                          const struct jangle_checkpoint *checkpoint,
                                          struct jangle_error *error)
{
    struct jangle_view_checkpoint own;
    enum jangle_result result = jn_view_read_checkpoint(view, &own, error);

    if (result)
        return result;
    return jn_fail(error, JANGLE_CONFLICT, "%s: its checkpoint is no longer at %lld",
                   view->file->name, (long long)checkpoint->from);
}

/* Move the row of the checkpoint. `sum` is NULL if no key was parked or released. */
static enum jangle_result move_checkpoint(struct jangle_view *view,
                                          const struct jangle_checkpoint *checkpoint,
                                          bool incomplete,
                                          const struct jn_parked_sum *sum,
                                          struct jangle_error *error)
{
    static const char sql[] =
        "UPDATE jangle_place SET position = ?1, event_id = ?2,"
        " incomplete = incomplete OR ?3, suspended_for = ?5, suspended_at = ?6,"
        " reason = ?7, parked_count = ifnull(?8, parked_count),"
        " parked_total = ifnull(?9, parked_total), checksum = " JN_VIEW_CHECKPOINT_CHECKSUM(
            "?1", "?2", "incomplete OR ?3", "?5, ?6, ?7",
            "ifnull(?8, parked_count), ifnull(?9, parked_total)")
        " WHERE position = ?4 AND " JN_VIEW_CHECKPOINT_FITS;
    enum jangle_result result = jn_database_write(
        &view->database, sql,
        JN_WITH(JN_BIND_NUMBER(checkpoint->position),
                JN_BIND_BYTES(checkpoint->event_id, sizeof checkpoint->event_id),
                JN_BIND_NUMBER(incomplete), JN_BIND_NUMBER(checkpoint->from),
                JN_BIND_NUMBER(checkpoint->suspended_for),
                JN_BIND_NUMBER(checkpoint->suspended_at.us),
                JN_BIND_TEXT(checkpoint->reason),
                sum ? JN_BIND_NUMBER(sum->count) : JN_BIND_NULL,
                sum ? JN_BIND_NUMBER(sum->total) : JN_BIND_NULL),
        error);

    if (!result && !sqlite3_changes(view->database.handle))
        result = explain_unmoved(view, checkpoint, error);
    return result;
}

static enum jangle_result write_checkpoint(struct jn_view_file *file,
                                           const struct jangle_checkpoint *checkpoint,
                                           bool incomplete,
                                           struct jangle_error *error)
{
    struct jn_parked_sum sum;
    enum jangle_result result;

    if (!checkpoint->parked_count)
        return move_checkpoint(&file->writer, checkpoint, incomplete, NULL, error);
    result = jn_view_read_parked_sum(&file->writer, &sum, error);
    if (!result)
        result = jn_view_write_parked(&file->writer, checkpoint, &sum, error);
    return result ? result
                  : move_checkpoint(&file->writer, checkpoint, incomplete, &sum, error);
}

/* Roll back what is not committed, and give the writer back. */
static void end_batch(struct jn_view_file *file)
{
    file->in_batch = false;
    file->in_handler = false;
    file->writer.guard = JN_VIEW_SELF;
    file->writer.arena = NULL;
    jn_view_undo(&file->writer);
    jn_view_wal_checkpoint(&file->writer, false);
    jn_view_give(&file->writer);
}

/* Between the two failpoints a crash leaves the whole batch or nothing. If the files were
 * moved meanwhile, the commit went to a file that is lost, and the result is an error. */
enum jangle_result jn_view_commit(struct jangle_view_file *base,
                                  const struct jangle_checkpoint *checkpoint,
                                  bool incomplete,
                                  struct jangle_error *error)
{
    struct jn_view_file *file = file_of(base);
    enum jangle_result result;

    assert(file->in_batch && !file->in_handler);
    assert(checkpoint->position >= checkpoint->from);
    result = file->broken ? refuse_broken(file, error)
                          : write_checkpoint(file, checkpoint, incomplete, error);
    JN_FAILPOINT("view.commit.before");
    if (!result)
        result = jn_database_do(&file->writer.database, "COMMIT", error);
    JN_FAILPOINT("view.commit.after");
    if (!result)
        result = jn_view_check_group(file, error);
    end_batch(file);
    return result;
}

void jn_view_roll_back(struct jangle_view_file *base)
{
    struct jn_view_file *file = file_of(base);

    if (file->in_batch)
        end_batch(file);
}
