/* fence.c - the fence makes what is visible durable, or makes it go away, before anybody
 * relies on it. fence.h says why there is one. */
#include "sqlite/file/fence.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/moved.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/schema.h"
#include "sqlite/file/stream_numbers.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/types.h"
#include "sqlite/file/wal_checkpoint.h"

#include <jangle/plugin/catalogue.h>

#include <unistd.h>

enum { SHORT_WAIT_MS = 100 };

/* ---- sessions ---------------------------------------------------------------- */

/* Does another process have that session? A number outside of the range is damage: no
 * process has it. */
static bool lives(struct jn_file *file, int64_t session)
{
    return session > 0 && session < JN_SESSIONS_MAX &&
           jn_lock_is_taken(&file->lock, JN_SESSION_BYTE(session));
}

bool jn_file_session_lives(struct jn_file *file, int64_t session)
{
    return session && (session == file->session || lives(file, session));
}

enum jangle_result
jn_file_find_dead(struct jn_file *file, bool *found, struct jangle_error *error)
{
    struct jn_columns columns = {.database = &file->writer, .error = error};

    *found = false;
    jn_columns_ask(&columns, "SELECT id FROM sessions WHERE id <> 0", NULL, 0);
    while (jn_columns_next(&columns)) {
        int64_t session = sqlite3_column_int64(columns.statement, 0);

        if (session != file->session && !lives(file, session))
            *found = true;
    }
    return jn_columns_end(&columns);
}

/* BUSY if the file needs a migration while another program has it open: that program
 * reads the tables that it found, so they must not change. */
static enum jangle_result check_migration(struct jn_file *file,
                                          struct jangle_error *error)
{
    struct jn_columns columns = {.database = &file->writer, .error = error};
    bool is_current = false;
    enum jangle_result result = jn_schema_is_current(&file->writer, &is_current, error);

    if (result || is_current)
        return result;
    jn_columns_ask(&columns, "SELECT id FROM sessions", NULL, 0);
    while (jn_columns_next(&columns)) {
        int64_t session = sqlite3_column_int64(columns.statement, 0);

        if (lives(file, session))
            columns.result =
                jn_fail(error, JANGLE_BUSY,
                        "%s: its schema is an older one, and session %lld has it "
                        "open: close that program, and open this one again to bring "
                        "the file up to date",
                        file->path, (long long)session);
    }
    return jn_columns_end(&columns);
}

static enum jangle_result
forget_session(struct jn_file *file, int64_t session, struct jangle_error *error)
{
    return jn_database_write(&file->writer, "DELETE FROM sessions WHERE id = ?",
                             JN_WITH(JN_BIND_NUMBER(session)), error);
}

/* Delete the sessions of processes that died, and the one that is nobody's (0). Each is
 * looked for by its own statement, because a delete must not run under an open select. */
static enum jangle_result forget_dead(struct jn_file *file, struct jangle_error *error)
{
    struct jn_columns columns = {.database = &file->writer, .error = error};
    enum jangle_result result = JANGLE_OK;
    int64_t session = INT64_MIN;

    while (!result) {
        bool more;

        jn_columns_ask(&columns,
                       "SELECT id FROM sessions WHERE id > ? ORDER BY id LIMIT 1",
                       JN_WITH(JN_BIND_NUMBER(session)));
        more = jn_columns_next(&columns);
        session = more ? sqlite3_column_int64(columns.statement, 0) : 0;
        result = jn_columns_end(&columns);
        if (result || !more)
            return result;
        if ((!session || session != file->session) && !lives(file, session))
            result = forget_session(file, session, error);
    }
    return result;
}

/* List this process under the first number whose byte of the lock file is free. */
static enum jangle_result write_session(struct jn_file *file, struct jangle_error *error)
{
    const struct jangle_clock *clock = &file->host->clock;
    int64_t session = 1;
    enum jangle_result result;

    while (session < JN_SESSIONS_MAX &&
           jn_lock_take(&file->lock, JN_SESSION_BYTE(session)))
        session++;
    if (session == JN_SESSIONS_MAX)
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: no session can be locked: the file system refuses, or too "
                       "many have it open",
                       file->path);
    result = jn_database_write(
        &file->writer,
        "INSERT INTO sessions (id, opened_at, pid, program, version, checksum)"
        " VALUES (?1, ?2, ?3, ?4, ?5,"
        " jangle_checksum('sessions', ?1, ?2, ?3, ?4, ?5))",
        JN_WITH(JN_BIND_NUMBER(session), JN_BIND_NUMBER(clock->now(clock->context).us),
                JN_BIND_NUMBER(getpid()), JN_BIND_TEXT(file->program),
                JN_BIND_TEXT(JANGLE_VERSION)),
        error);
    if (result)
        jn_lock_release(&file->lock, JN_SESSION_BYTE(session));
    else
        file->session = session;
    return result;
}

/* The WAL still holds what the file lacks after this session ends, so a session must stay
 * listed (own_log.h): this one becomes nobody's (0), which the next session deletes. */
static enum jangle_result leave_session_to_nobody(struct jn_file *file,
                                                  struct jangle_error *error)
{
    return jn_database_write(
        &file->writer,
        "UPDATE sessions SET id = 0, checksum = " JN_CHECKSUM_IF_SOUND(
            "checksum", JN_SESSION_CHECKSUM("id"),
            JN_SESSION_CHECKSUM("0")) " WHERE id = ?",
        JN_WITH(JN_BIND_NUMBER(file->session)), error);
}

/* Write the new session from the WAL into the file itself, where own_log.h needs it. If a
 * reader is in the way, only that check is weaker. */
static void list_in_file(struct jn_file *file)
{
    if (!jn_lock_has_session(&file->lock) && !jn_file_empty_log(file, 0, NULL))
        jn_file_begin_log(file);
}

/* ---- opening the connection that writes -------------------------------------- */

/* SQLite's own 2 MiB hold the last pages of few streams, and a page that is read again is
 * checked again cell by cell, which costs more than the rest of an append. */
static const char *const keep_pages = "PRAGMA cache_size = -16384"; /* KiB */

static int note_frames(void *context, sqlite3 *handle, const char *schema, int frames)
{
    struct jn_file *file = context;

    (void)handle, (void)schema;
    file->log_frames = frames;
    return SQLITE_OK;
}

enum jangle_result jn_file_open_writer(struct jn_file *file, struct jangle_error *error)
{
    enum jangle_result result =
        jn_database_open(&file->writer, file->full_path, file->vfs, JN_MODE_FULL,
                         file->options.writer_timeout_ms, error);

    if (result)
        return result;
    file->writer.path = file->path;
    file->last_commit = (struct jn_last_commit){.data_version = 0};
    result = jn_database_run(&file->writer, keep_pages, error);
    if (!result)
        result = jn_schema_check(&file->writer, error);
    if (!result && sqlite3_db_readonly(file->writer.handle, "main"))
        result = jn_database_result(&file->writer, SQLITE_READONLY, error);
    if (!result)
        result = jn_database_use_wal(&file->writer, error);
    if (!result)
        result = check_migration(file, error);
    if (!result)
        result = jn_schema_migrate(&file->writer, file->host, error);
    if (result) {
        jn_database_close(&file->writer);
        return result;
    }
    jn_schema_guard(&file->writer);
    sqlite3_wal_hook(file->writer.handle, note_frames, file);
    jn_file_begin_log(file);
    return JANGLE_OK;
}

/* ---- the fence --------------------------------------------------------------- */

/* Close and open all connections of this process, because each has an index of the WAL in
 * memory that may know of a commit which is not on the disk. */
static enum jangle_result
reopen_all(struct jn_file *file, int64_t timeout_ms, struct jangle_error *error)
{
    enum jangle_result result = jn_file_stop_readers(file, timeout_ms, error);

    if (result)
        return result;
    result = jn_file_check_group(file, error);
    if (!result) {
        jn_database_close(&file->writer);
        jn_types_clear(file);
        jn_stream_numbers_clear(file);
        result = jn_file_open_writer(file, error);
        if (!result)
            result = jn_file_note_group(file, error);
    }
    jn_file_resume_readers(file);
    return result;
}

/* In one durable commit: begin a new epoch if there was a fence, delete the dead
 * sessions, and list this one. A crash before the commit leaves the fence to the next
 * program. */
static enum jangle_result
begin_session(struct jn_file *file, bool new_epoch, struct jangle_error *error)
{
    bool had_session = file->session != 0;
    struct jangle_error why = {0};
    enum jangle_result result = jn_file_begin(file, JN_MODE_FULL, error);

    if (result)
        return result;
    if (new_epoch)
        result = jn_database_do(
            &file->writer,
            "UPDATE store SET epoch = epoch + 1, checksum = " JN_CHECKSUM_IF_SOUND(
                "checksum", JN_STORE_CHECKSUM("epoch"), JN_STORE_CHECKSUM("epoch + 1")),
            &why);
    if (!result)
        result = forget_dead(file, &why);
    if (!result && !had_session)
        result = write_session(file, &why);
    if (!result && !had_session)
        result = jn_schema_sign(&file->writer, &why);
    JN_FAILPOINT("fence.session");
    result = jn_file_end(file, result, &why);
    if (result && !had_session && file->session) {
        jn_lock_release(&file->lock, JN_SESSION_BYTE(file->session));
        file->session = 0;
    }
    if (result == JANGLE_UNKNOWN)
        result = JANGLE_STORAGE; /* it holds no data of anybody */
    if (!result && !had_session)
        list_in_file(file);
    return result ? jn_fail(error, result, "%s", why.message) : JANGLE_OK;
}

enum jangle_result jn_file_begin_session(struct jn_file *file, struct jangle_error *error)
{
    return begin_session(file, false, error);
}

enum jangle_result jn_file_fence(struct jn_file *file, struct jangle_error *error)
{
    int64_t timeout_ms =
        file->fence_was_in_vain ? SHORT_WAIT_MS : file->options.fence_timeout_ms;
    enum jangle_result result;

    atomic_store(&file->fencing, true);
    result = reopen_all(file, timeout_ms, error);
    JN_FAILPOINT("fence.reopened");
    if (!result)
        result = jn_file_empty_log(file, timeout_ms, error);
    JN_FAILPOINT("fence.emptied");
    if (!result) {
        atomic_store(&file->fenced, false);
        result = begin_session(file, true, error);
        if (result)
            atomic_store(&file->fenced, true);
    }
    file->fence_was_in_vain = result != JANGLE_OK;
    atomic_store(&file->fencing, false);
    return result;
}

/* Delete the session if all that was stored is `is_in_file`, else leave it to nobody. */
static void end_listed_session(struct jn_file *file, bool is_in_file)
{
    enum jangle_result result = jn_file_begin(file, JN_MODE_FULL, NULL);

    if (!result)
        result = is_in_file ? forget_session(file, file->session, NULL)
                            : leave_session_to_nobody(file, NULL);
    result = jn_file_end(file, result, NULL);
    if (!result)
        jn_file_empty_log(file, 0, NULL);
}

/* After this the next program needs no fence. The last session stays listed until all
 * that was stored is in the file, so that a kill in between is noticed (own_log.h). */
void jn_file_end_session(struct jn_file *file)
{
    bool is_in_file;

    if (!file->session)
        return;
    is_in_file = jn_lock_has_session(&file->lock) || !jn_file_empty_log(file, 0, NULL);
    if (!atomic_load(&file->fenced))
        end_listed_session(file, is_in_file);
    jn_lock_release(&file->lock, JN_SESSION_BYTE(file->session));
    file->session = 0;
}
