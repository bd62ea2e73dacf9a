/* alone.c - read a store's file without its WAL. */
#include "sqlite/file/alone.h"

#include "sqlite/file/log_file.h"
#include "sqlite/file/schema.h"

enum { HEADER = 100 };

/* The path as a URI. Characters that mean something in one are written as %XX. */
static char *uri_of(const char *path)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);

    sqlite3_str_appendall(uri, "file:");
    for (; *path; path++)
        sqlite3_str_appendf(uri, strchr("%?#", *path) ? "%%%02X" : "%c",
                            (unsigned char)*path);
    sqlite3_str_appendall(uri, "?immutable=1");
    return sqlite3_str_finish(uri);
}

/* SQLite reads a file that is called immutable without its WAL. The file is not read
 * without SQLite, because closing a descriptor of our own would drop SQLite's locks. */
static int connect_alone(struct jn_alone *alone, const struct jn_file *file)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    char *uri = uri_of(file->full_path);
    int code = SQLITE_NOMEM;

    if (uri)
        code = sqlite3_open_v2(uri, &alone->database.handle, flags, file->vfs);
    sqlite3_free(uri);
    return code ? code
                : sqlite3_db_config(alone->database.handle,
                                    SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
}

int jn_alone_read_at(struct jn_alone *alone, void *bytes, int size, int64_t offset)
{
    sqlite3_file *file = NULL;

    sqlite3_file_control(alone->database.handle, "main", SQLITE_FCNTL_FILE_POINTER,
                         &file);
    return file && file->pMethods ? file->pMethods->xRead(file, bytes, size, offset)
                                  : SQLITE_CANTOPEN;
}

/* https://www.sqlite.org/fileformat2.html describes the header. A copy by SQLite's backup
 * is one commit, so its change counter is 1. The counter of a store is at least 2,
 * because its first change is the switch to WAL mode. */
static int read_file_header(struct jn_alone *alone)
{
    unsigned char header[HEADER];
    int code = jn_alone_read_at(alone, header, sizeof header, 0);

    if (code)
        return code;
    alone->has_log = header[18] == 2;
    alone->is_copy = jn_big_at(header + 24) == 1;
    alone->is_store = jn_big_at(header + 68) == JN_APPLICATION_ID;
    return SQLITE_OK;
}

static int read_sessions(struct jn_alone *alone)
{
    static const char sql[] =
        "SELECT rootpage, EXISTS (SELECT 1 FROM sessions) FROM sqlite_schema"
        " WHERE type = 'table' AND name = 'sessions'";
    sqlite3_stmt *statement;
    int code;

    if (jn_database_prepare(&alone->database, sql, &statement, NULL))
        return sqlite3_extended_errcode(alone->database.handle);
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        alone->sessions = sqlite3_column_int64(statement, 0);
        alone->has_session = sqlite3_column_int(statement, 1);
        code = SQLITE_OK;
    }
    sqlite3_reset(statement);
    return code;
}

/* Does this code mean that the file alone shows nothing? Without its WAL it may be half a
 * database; SQLite reports real damage when it opens both. */
static bool says_nothing(int code)
{
    switch (code & 0xff) {
    case SQLITE_ERROR: /* there is no such table yet */
    case SQLITE_DONE:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
        return true;
    default:
        return code == SQLITE_IOERR_SHORT_READ;
    }
}

enum jangle_result jn_alone_open(struct jn_alone *alone,
                                 const struct jn_file *file,
                                 struct jangle_error *error)
{
    int code;

    *alone = (struct jn_alone){.database = {.path = file->path, .mode = JN_MODE_READ}};
    code = connect_alone(alone, file);
    if (!code)
        code = read_file_header(alone);
    if (!code && alone->is_store)
        code = read_sessions(alone);
    alone->is_store = alone->is_store && !code;
    if (says_nothing(code))
        return JANGLE_OK;
    if (code || !alone->is_store)
        return jn_database_result(&alone->database, code, error);
    return jn_schema_is_current(&alone->database, &alone->is_current, error);
}

void jn_alone_close(struct jn_alone *alone)
{
    jn_database_close(&alone->database);
}
