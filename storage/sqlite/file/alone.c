/* alone.c - what a store's file says without its log. */
#include "sqlite/file/alone.h"

#include "sqlite/file/schema.h"

enum { HEADER = 100 };

/* What means something in a URI of SQLite's is written as %XX. */
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

/* A file that is said to be immutable is read without its log. By SQLite, for to close a
 * descriptor of our own would drop its locks. */
static int connect(struct jn_alone *alone, const struct jn_file *file)
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

static uint32_t number_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           bytes[3];
}

/* https://www.sqlite.org/fileformat2.html has the header. A copy by SQLite's backup is
 * one commit, so its count of changes is 1; that of a store begins with 2, for the
 * first change is that it is written ahead. */
static int read_header(struct jn_alone *alone)
{
    unsigned char header[HEADER];
    int code = jn_alone_read_at(alone, header, sizeof header, 0);

    if (code)
        return code;
    alone->has_log = header[18] == 2;
    alone->is_copy = number_at(header + 24) == 1;
    alone->is_store = number_at(header + 68) == JN_APPLICATION_ID;
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

/* Without its log a file may be half of one: SQLite says so when it looks at both. */
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
    code = connect(alone, file);
    if (!code)
        code = read_header(alone);
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
