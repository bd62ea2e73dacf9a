/* verify.c - check a store: open its file to read, fix the head, and check part after
 * part. */
#include "sqlite/verify/verify.h"

#include "sqlite/file/files.h"
#include "sqlite/file/group.h"
#include "sqlite/file/moved.h"
#include "sqlite/file/own_log.h"
#include "sqlite/file/schema.h"
#include "sqlite/verify/log_check.h"
#include "sqlite/verify/sqlite_check.h"
#include "sqlite/verify/stream_check.h"
#include "sqlite/verify/tables.h"
#include "sqlite/verify/view_check.h"

#include <jangle/config.h>
#include <jangle/plugin/support.h>

#include <errno.h>
#include <sys/stat.h>

enum { BUSY_MS = 5000 };

/* What the file says of itself, before anything is known to be sound. */
struct facts {
    int64_t schema;
    int64_t head;
    int64_t first_position;
    int64_t schema_1_events;
    int64_t epoch;
    unsigned char store_id[JANGLE_ID_SIZE];
};

/* ---- what the file says of itself ------------------------------------------------ */

/* A row that cannot be read leaves the defaults, and the check of table store tells of
 * it. */
static void read_store_row(struct jn_database *database, struct facts *facts)
{
    static const char today[] =
        "SELECT epoch, first_position, id, schema_1_events FROM store";
    static const char of_schema_1[] =
        "SELECT epoch, first_position, id, 0x3fffffffffffffff FROM store";
    sqlite3_stmt *statement = NULL;

    if (!sqlite3_prepare_v2(database->handle, facts->schema > 1 ? today : of_schema_1, -1,
                            &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW) {
        const void *id = sqlite3_column_blob(statement, 2);

        facts->epoch = sqlite3_column_int64(statement, 0);
        if (sqlite3_column_int64(statement, 1) > 0)
            facts->first_position = sqlite3_column_int64(statement, 1);
        if (id && sqlite3_column_bytes(statement, 2) == JANGLE_ID_SIZE)
            memcpy(facts->store_id, id, JANGLE_ID_SIZE);
        facts->schema_1_events = sqlite3_column_int64(statement, 3);
    }
    sqlite3_finalize(statement);
}

/* The head, from which on nothing is checked. If even that cannot be read, the table of
 * events is lost, and its check says so. */
static void read_head(struct jn_database *database, struct facts *facts)
{
    sqlite3_stmt *statement = NULL;

    facts->head = facts->first_position - 1;
    if (!sqlite3_prepare_v2(database->handle, "SELECT max(position) FROM events", -1,
                            &statement, NULL) &&
        sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_int64(statement, 0) > facts->head)
        facts->head = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
}

static enum jangle_result
read_facts(struct jn_database *database, struct facts *facts, struct jangle_error *error)
{
    enum jangle_result result = jn_schema_check(database, error);

    *facts = (struct facts){.first_position = 1};
    if (!result)
        result =
            jn_database_number(database, "PRAGMA user_version", &facts->schema, error);
    if (!result && !facts->schema)
        result = jn_fail(error, JANGLE_INVALID, "%s: is empty: no store was made here",
                         database->path);
    if (result)
        return result;
    read_store_row(database, facts);
    read_head(database, facts);
    return JANGLE_OK;
}

/* ---- all parts -------------------------------------------------------------------- */

/* What an older schema cannot show. */
static bool tell_unseen(struct jn_verify *verify, int64_t schema)
{
    jn_findings_begin(
        verify, NULL,
        "open the store once with a program of this jangle, which brings it "
        "up to date");
    for (const struct jn_unseen *unseen = jn_store_unseen; unseen->what; unseen++)
        if (schema <= unseen->last_schema)
            jn_findings_add(verify, &(struct jangle_finding){
                                        .kind = JANGLE_FINDING_UNSEEN,
                                        .table = unseen->table,
                                        .what = unseen->what,
                                    });
    return jn_findings_end(verify);
}

static bool check_tables(struct jn_verify *verify,
                         const struct jn_table_check *checks,
                         int64_t schema)
{
    for (const struct jn_table_check *check = checks; check->table; check++)
        if (schema >= check->first_schema &&
            (!check->last_schema || schema <= check->last_schema) &&
            !jn_table_check_run(verify, check))
            return false;
    return true;
}

static enum jangle_result check_all(struct jn_verify *verify, const struct facts *facts)
{
    struct jangle_verify_totals *totals = verify->call->totals;

    totals->schema = (int)facts->schema;
    totals->position = facts->head;
    totals->files = 1;
    verify->first_position = facts->first_position;
    verify->epoch = facts->epoch;
    if (tell_unseen(verify, facts->schema) && jn_sqlite_check(verify, JN_RESTORE) &&
        jn_log_check(verify, facts->head, facts->schema_1_events) &&
        jn_stream_check(verify) && check_tables(verify, jn_store_tables, facts->schema) &&
        check_tables(verify, jn_itself_tables, facts->schema) &&
        check_tables(verify, jn_older_tables, facts->schema))
        jn_views_check(verify, facts->store_id);
    return verify->result;
}

/* ---- the file -----------------------------------------------------------------------
 */

static enum jangle_result find_file(const char *path, struct jangle_error *error)
{
    struct stat status;

    if (lstat(path, &status) == 0)
        return JANGLE_OK;
    return jn_fail(error, errno == ENOENT ? JANGLE_NOT_FOUND : JANGLE_STORAGE,
                   "%s: there is no such file, or its folder cannot be read: %s", path,
                   strerror(errno));
}

/* SQLite ignores the log of a frozen file, so that what it holds would not be seen. */
static enum jangle_result check_no_log(const char *path, struct jangle_error *error)
{
    bool has_log = false;
    enum jangle_result result = jn_group_check(path, &has_log, error);

    if (result || !has_log)
        return result;
    return jn_fail(error, JANGLE_INVALID,
                   "%s: its log (-wal) is not empty, and a frozen store is read without "
                   "it: check it without frozen, or open it once with its program, which "
                   "empties the log when it closes",
                   path);
}

/* A log that another file has left would be read as this store's (own_log.h). If another
 * program has the store open, it knows its files, and it has those of these names. A VFS
 * may have files that only it can read. */
static enum jangle_result
check_own_log(const struct jn_verify *verify, const char *location, char *full_path)
{
    const struct jangle_allocator *allocator = &verify->host->allocator;
    struct jn_file file = {.host = verify->host,
                           .path = full_path,
                           .full_path = full_path,
                           .lock = {.file = JN_LOCK_NONE}};
    enum jangle_result result;

    if (verify->vfs)
        return JANGLE_OK;
    result = jn_group_init(&file.group, full_path, allocator);
    if (result)
        result = jn_fail(verify->error, result, "%s: out of memory", location);
    if (!result)
        result = jn_lock_open(&file.lock, &file.group, false, verify->error);
    if (!result && file.lock.file != JN_LOCK_NONE)
        result = jn_file_meet_others(&file, &file.lock, verify->error);
    if (!result)
        result = jn_file_check_log(&file, &file.lock, verify->error);
    jn_lock_close(&file.lock);
    jn_group_finish(&file.group, allocator);
    return result;
}

static enum jangle_result
open_file(struct jn_verify *verify, struct jn_database *database, const char *path)
{
    struct jangle_error *error = verify->error;
    enum jangle_result result =
        jn_database_open(database, path, verify->vfs, verify->mode, BUSY_MS, error);
    int code;

    if (result)
        return result;
    code = jn_snapshot_hash_register(database->handle);
    result = jn_database_result(database, code, error);
    if (result)
        jn_database_close(database);
    return result;
}

static enum jangle_result check_file(struct jn_verify *verify,
                                     const struct jangle_storage *storage,
                                     char *full_path)
{
    const struct jangle_sqlite_options *options = storage->options;
    struct jn_database database = {0};
    struct facts facts;
    enum jangle_result result;

    verify->vfs = options ? options->vfs : NULL;
    verify->mode = verify->call->options.frozen ? JN_MODE_FROZEN : JN_MODE_READ;
    result = verify->mode == JN_MODE_FROZEN
                 ? check_no_log(full_path, verify->error)
                 : check_own_log(verify, storage->location, full_path);
    if (!result)
        result = open_file(verify, &database, full_path);
    if (result)
        return result;
    database.path = storage->location;
    verify->database = &database;
    jn_rows_init(&verify->kept, &verify->host->allocator);
    result = read_facts(&database, &facts, verify->error);
    if (!result)
        result = check_all(verify, &facts);
    jn_rows_finish(&verify->kept);
    jn_database_close(&database);
    return result;
}

enum jangle_result jn_sqlite_verify(const struct jangle_storage *storage,
                                    const struct jangle_host *host,
                                    struct jangle_verification *verification,
                                    struct jangle_error *error)
{
    struct jn_verify verify = {.host = host, .call = verification, .error = error};
    char *full_path = NULL;
    enum jangle_result result;

    if (!storage->location || !*storage->location)
        return jn_fail(error, JANGLE_INVALID,
                       "there is no file to check: the storage names none");
    result = find_file(storage->location, error);
    if (!result)
        result = jn_files_locate(&host->allocator, storage->location, &full_path, error);
    if (!result)
        result = check_file(&verify, storage, full_path);
    jn_free(&host->allocator, full_path);
    return result;
}
