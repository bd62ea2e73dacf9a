/* database.c - one connection to SQLite, with the settings that all of them have. */
#include "sqlite/file/database.h"
#include "sqlite/file/checksum.h"
#include "sqlite/file/frozen.h"
#include "sqlite/file/group.h"

#include <jangle/plugin/support.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

enum { PAUSE_US = 1000 };

enum jangle_result jn_sqlite_result(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return JANGLE_OK;
    case SQLITE_NOMEM:
        return JANGLE_NO_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return JANGLE_BUSY;
    case SQLITE_TOOBIG:
        return JANGLE_INVALID;
    case SQLITE_INTERRUPT:
        return JANGLE_TIMEOUT;
    default:
        return JANGLE_STORAGE;
    }
}

bool jn_database_may_lose_commits(int version)
{
    return version < 3051003;
}

/* SQLITE_FULL in place of a write error, if the errno of that file says that it may not
 * grow. SQLite keeps one errno for each file, which is an older one if this call wrote to
 * the other file. */
static int full_if_it_may_not_grow(struct jn_database *database, int code, int pointer)
{
    sqlite3_file *file = NULL;
    int number = 0;

    if (code != SQLITE_IOERR_WRITE || !database->handle)
        return code;
    sqlite3_file_control(database->handle, "main", pointer, &file);
    if (file && file->pMethods)
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number == EFBIG || number == EDQUOT ? SQLITE_FULL : code;
}

int jn_database_log_code(struct jn_database *database, int code)
{
    return full_if_it_may_not_grow(database, code, SQLITE_FCNTL_JOURNAL_POINTER);
}

int jn_database_file_code(struct jn_database *database, int code)
{
    return full_if_it_may_not_grow(database, code, SQLITE_FCNTL_FILE_POINTER);
}

/* What went wrong and what to do, where SQLite's own words do not say it. */
static const char *describe_code(struct jn_database *database, int code)
{
    if (code == SQLITE_IOERR_SHMSIZE) /* the index of the WAL may not grow */
        return "the disk is full";
    switch (code & 0xff) {
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program has locked it";
    case SQLITE_CORRUPT:
        return database->is_view ? "it is damaged: remove it, and the view is built again"
                                 : "it is damaged: restore a backup";
    case SQLITE_NOTADB:
        return database->is_view
                   ? "it is not a database, or it is damaged: name another file, or "
                     "remove it if it is the view's, and the view is built again"
                   : "it is not a database, or it is damaged: name another file, or "
                     "restore a backup";
    case SQLITE_READONLY:
        return "it cannot be written: look at its owner and mode, and those of its "
               "folder and of the files beside it (-wal, -shm)";
    case SQLITE_IOERR:
        return "the disk or the file system reports an error";
    case SQLITE_CANTOPEN:
        return "it cannot be opened: look at its owner and mode, and those of its folder "
               "and of the files beside it (-wal, -shm)";
    case SQLITE_NOMEM:
        return "out of memory";
    default:
        return database->handle ? sqlite3_errmsg(database->handle) : sqlite3_errstr(code);
    }
}

enum jangle_result
jn_database_result(struct jn_database *database, int code, struct jangle_error *error)
{
    enum jangle_result result = jn_sqlite_result(code);
    int because;

    if (!result)
        return JANGLE_OK;
    because = jn_database_file_code(database, jn_database_log_code(database, code));
    return jn_fail(error, result, "%s: %s (SQLite says %d)", database->path,
                   describe_code(database, because), code);
}

enum jangle_result
jn_database_run(struct jn_database *database, const char *sql, struct jangle_error *error)
{
    int code = sqlite3_exec(database->handle, sql, NULL, NULL, NULL);

    return jn_database_result(database, code, error);
}

/* ---- statements -------------------------------------------------------------- */

/* The slot of a statement, found by the address of its text: literals do not move. */
static struct jn_statement *find_statement(struct jn_database *database, const char *sql)
{
    size_t slot = (size_t)(((uintptr_t)sql * 0x9e3779b1u) >> 7);

    for (size_t tried = 0; tried < JN_STATEMENT_COUNT; tried++) {
        struct jn_statement *statement =
            &database->statements[(slot + tried) % JN_STATEMENT_COUNT];

        if (!statement->handle || statement->sql == sql)
            return statement;
    }
    assert(false); /* JN_STATEMENT_COUNT is too small */
    return NULL;
}

enum jangle_result jn_database_prepare(struct jn_database *database,
                                       const char *sql,
                                       sqlite3_stmt **statement,
                                       struct jangle_error *error)
{
    struct jn_statement *kept = find_statement(database, sql);
    enum jangle_result result = JANGLE_OK;

    if (!kept->handle) {
        int code = sqlite3_prepare_v3(database->handle, sql, -1,
                                      SQLITE_PREPARE_PERSISTENT, &kept->handle, NULL);

        kept->sql = sql;
        result = jn_database_result(database, code, error);
    }
    *statement = kept->handle;
    return result;
}

enum jangle_result jn_database_step(struct jn_database *database,
                                    sqlite3_stmt *statement,
                                    struct jangle_error *error)
{
    int code = sqlite3_step(statement);
    enum jangle_result result = jn_database_result(database, code, error);

    sqlite3_reset(statement);
    return result;
}

enum jangle_result
jn_database_do(struct jn_database *database, const char *sql, struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(database, sql, &statement, error);

    return result ? result : jn_database_step(database, statement, error);
}

enum jangle_result jn_database_write(struct jn_database *database,
                                     const char *sql,
                                     const struct jn_parameter *parameters,
                                     int count,
                                     struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(database, sql, &statement, error);

    if (result)
        return result;
    jn_bind_all(statement, parameters, count);
    return jn_database_step(database, statement, error);
}

enum jangle_result jn_database_number(struct jn_database *database,
                                      const char *sql,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(database, sql, &statement, error);
    int code;

    if (result)
        return result;
    code = sqlite3_step(statement);
    result = jn_database_result(database, code, error);
    if (code == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_DONE)
        result =
            jn_fail(error, JANGLE_STORAGE, "%s: it is damaged: there is no answer to %s",
                    database->path, sql);
    sqlite3_reset(statement);
    return result;
}

/* ---- opening ----------------------------------------------------------------- */

static const struct {
    int option;
    int value;
} switches[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},          {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
};

static const char *const pragmas =
    "PRAGMA recursive_triggers = ON;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA foreign_keys = OFF;";

static enum jangle_result switch_all(struct jn_database *database,
                                     struct jangle_error *error)
{
    for (size_t at = 0; at < sizeof switches / sizeof switches[0]; at++) {
        int code = sqlite3_db_config(database->handle, switches[at].option,
                                     switches[at].value, NULL);

        if (code)
            return jn_database_result(database, code, error);
    }
    return JANGLE_OK;
}

static enum jangle_result set_synchronous(struct jn_database *database,
                                          enum jn_mode mode,
                                          struct jangle_error *error)
{
    static const char *const texts[] = {
        [JN_MODE_FULL] = "PRAGMA synchronous = FULL",
        [JN_MODE_NORMAL] = "PRAGMA synchronous = NORMAL",
        [JN_MODE_READ] = "PRAGMA query_only = ON",
        [JN_MODE_FROZEN] = "PRAGMA query_only = ON",
    };
    enum jangle_result result = jn_database_run(database, texts[mode], error);

    if (!result)
        database->mode = mode;
    return result;
}

/* A build of SQLite, or a VFS, may ignore the setting: without it a commit is not
 * durable. */
static enum jangle_result check_synchronous(struct jn_database *database,
                                            struct jangle_error *error)
{
    int64_t level = 0;
    enum jangle_result result =
        jn_database_number(database, "PRAGMA synchronous", &level, error);

    if (result || database->mode >= JN_MODE_READ)
        return result;
    if (level != (database->mode == JN_MODE_FULL ? 2 : 1))
        return jn_fail(error, JANGLE_STORAGE,
                       "%s: SQLite would not sync it as told: it says %d", database->path,
                       (int)level);
    return JANGLE_OK;
}

/* Is the file not in WAL mode? Its bytes 18 and 19 say so:
 * https://www.sqlite.org/fileformat2.html. They are read through SQLite's own descriptor,
 * because closing another one would drop SQLite's locks. */
static bool is_not_in_wal_mode(struct jn_database *database)
{
    static const char magic[] = "SQLite format 3";
    unsigned char header[20] = {0};
    sqlite3_file *file = NULL;

    sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    return file && file->pMethods &&
           !file->pMethods->xRead(file, header, sizeof header, 0) &&
           memcmp(header, magic, sizeof magic) == 0 && header[18] == 1;
}

/* Called before SQLite reads the file, because it would delete the WAL of an empty file,
 * and play that of another one. */
static enum jangle_result check_group(struct jn_database *database,
                                      struct jangle_error *error)
{
    const char *path = database->path;
    bool has_log = false;
    enum jangle_result result;

    if (!*path || strcmp(path, ":memory:") == 0)
        return JANGLE_OK;
    result = jn_group_check(path, &has_log, error);
    if (result || !has_log || !is_not_in_wal_mode(database))
        return result;
    /* A program that leaves WAL mode deletes its WAL first and then changes the header.
     * So look for the WAL once more. */
    result = jn_group_check(path, &has_log, error);
    return result || !has_log ? result : jn_group_refuse_log(path, error);
}

enum jangle_result jn_database_open(struct jn_database *database,
                                    const char *path,
                                    const char *vfs,
                                    enum jn_mode mode,
                                    int64_t busy_ms,
                                    struct jangle_error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    enum jangle_result result;

    *database = (struct jn_database){
        .path = path, .busy_ms = busy_ms, .is_view = database->is_view};
    result = jn_database_result(
        database,
        mode == JN_MODE_FROZEN ? jn_frozen_open(path, vfs, &database->handle)
                               : sqlite3_open_v2(path, &database->handle, flags, vfs),
        error);
    if (!result) {
        sqlite3_busy_timeout(database->handle,
                             busy_ms < INT_MAX ? (int)busy_ms : INT_MAX);
        result = switch_all(database, error);
    }
    if (!result)
        result =
            jn_database_result(database, jn_checksum_register(database->handle), error);
    if (!result)
        result = check_group(database, error);
    if (!result)
        result = jn_database_run(database, pragmas, error);
    if (!result)
        result = set_synchronous(database, mode, error);
    if (!result)
        result = check_synchronous(database, error);
    if (result)
        jn_database_close(database);
    return result;
}

static void finalize_all(struct jn_database *database)
{
    for (size_t at = 0; at < JN_STATEMENT_COUNT; at++)
        sqlite3_finalize(database->statements[at].handle);
}

void jn_database_close(struct jn_database *database)
{
    int code;

    finalize_all(database);
    code = sqlite3_close(database->handle);
    assert(code == SQLITE_OK); /* else somebody has a statement that is not ours */
    (void)code;
    *database = (struct jn_database){0};
}

/* sqlite3_close_v2 waits for statements that the program has kept, and then frees. */
void jn_database_close_lent(struct jn_database *database)
{
    finalize_all(database);
    sqlite3_close_v2(database->handle);
    *database = (struct jn_database){0};
}

/* SQLite commits the switch in the last step, after the row that reports the mode. */
static int switch_to_wal(sqlite3_stmt *statement, bool *is_wal)
{
    int code = sqlite3_step(statement);

    while (code == SQLITE_ROW) {
        *is_wal = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
        code = sqlite3_step(statement);
    }
    sqlite3_reset(statement);
    return code;
}

/* Switching to WAL mode changes the first page of the file. If another connection does it
 * at the same time, SQLite refuses at once, whatever the busy timeout, because a
 * connection with a read lock may not wait for the write lock. The reset of the statement
 * releases that lock, and the switch is tried again. */
static int
switch_patiently(struct jn_database *database, sqlite3_stmt *statement, bool *is_wal)
{
    int64_t until_us = jn_monotonic_after_ms(database->busy_ms);
    int code = switch_to_wal(statement, is_wal);

    while ((code & 0xff) == SQLITE_BUSY && jn_monotonic_us() < until_us) {
        jn_pause_until(jn_monotonic_us() + PAUSE_US);
        code = switch_to_wal(statement, is_wal);
    }
    return code;
}

enum jangle_result jn_database_use_wal(struct jn_database *database,
                                       struct jangle_error *error)
{
    static const char sql[] = "PRAGMA journal_mode = WAL";
    sqlite3_stmt *statement;
    bool is_wal = false;
    enum jangle_result result =
        jn_database_run(database, "PRAGMA page_size = 4096", error);

    if (!result)
        result = jn_database_prepare(database, sql, &statement, error);
    if (result)
        return result;
    result = jn_database_result(database, switch_patiently(database, statement, &is_wal),
                                error);
    if (!result && !is_wal)
        result = jn_fail(
            error, JANGLE_STORAGE,
            "%s: its file system does not support a WAL: put the file on a local disk",
            database->path);
    /* The first read opens the WAL. */
    return result
               ? result
               : jn_database_run(database, "SELECT 1 FROM sqlite_schema LIMIT 1", error);
}

enum jangle_result jn_database_set_mode(struct jn_database *database,
                                        enum jn_mode mode,
                                        struct jangle_error *error)
{
    assert(sqlite3_get_autocommit(database->handle));
    return database->mode == mode ? JANGLE_OK : set_synchronous(database, mode, error);
}
