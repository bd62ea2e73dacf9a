/* transaction.c - transactions of the connection that writes. */
#include "sqlite/file/transaction.h"

#include "sqlite/file/moved.h"

#include <assert.h>

enum jangle_result
jn_file_begin(struct jn_file *file, enum jn_mode mode, struct jangle_error *error)
{
    enum jangle_result result = jn_database_set_mode(&file->writer, mode, error);

    return result ? result : jn_database_do(&file->writer, "BEGIN IMMEDIATE", error);
}

void jn_file_roll_back(struct jn_file *file)
{
    /* After some errors SQLite has rolled back by itself. In all other cases it cannot
     * fail, because the WAL just goes on from the last commit. */
    if (!sqlite3_get_autocommit(file->writer.handle))
        jn_database_do(&file->writer, "ROLLBACK", NULL);
    assert(sqlite3_get_autocommit(file->writer.handle));
}

/* Does a write leave the bytes beside it alone when the power fails? Then SQLite does not
 * pad a commit with copies of its last frame. */
static bool overwrites_safely(struct jn_file *file)
{
    sqlite3_file *database = NULL;

    sqlite3_file_control(file->writer.handle, "main", SQLITE_FCNTL_FILE_POINTER,
                         &database);
    return database && database->pMethods &&
           database->pMethods->xDeviceCharacteristics(database) &
               SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* A commit is stored as soon as its last frame is in the WAL; syncing and publishing it
 * come later. So after an error nothing is stored only if it came before that frame. */
static bool is_surely_not_stored(struct jn_file *file, int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY: /* refused before it began */
        return true;
    case SQLITE_FULL: /* while writing a frame, of which there is no other copy */
        return overwrites_safely(file);
    default:
        return false;
    }
}

enum jangle_result jn_file_commit(struct jn_file *file, struct jangle_error *error)
{
    sqlite3_stmt *commit;
    enum jangle_result result =
        jn_database_prepare(&file->writer, "COMMIT", &commit, error);
    int code;

    if (result) {
        jn_file_roll_back(file);
        return result;
    }
    JN_FAILPOINT("turn.commit");
    code = sqlite3_step(commit);
    JN_FAILPOINT("turn.committed");
    code = jn_database_log_code(&file->writer, code);
    sqlite3_reset(commit);
    if (code == SQLITE_DONE)
        return jn_file_check_commit(file, error);
    if (is_surely_not_stored(file, code)) {
        result = jn_database_result(&file->writer, code, error);
    } else {
        atomic_store(&file->fenced, true);
        result =
            jn_fail(error, JANGLE_UNKNOWN,
                    "%s: an error in the commit: the outcome is unknown until recovery "
                    "completes (SQLite says %d): %s",
                    file->path, code, sqlite3_errmsg(file->writer.handle));
    }
    jn_file_roll_back(file);
    return result;
}

enum jangle_result
jn_file_end(struct jn_file *file, enum jangle_result result, struct jangle_error *error)
{
    if (!result)
        return jn_file_commit(file, error);
    jn_file_roll_back(file);
    return result;
}

unsigned jn_file_data_version(struct jn_file *file)
{
    unsigned version = 0;
    int code = sqlite3_file_control(file->writer.handle, "main",
                                    SQLITE_FCNTL_DATA_VERSION, &version);

    return code ? 0 : version;
}
