/* sqlite_check.c - let SQLite check the pages of a file. It reads all of them in one
 * transaction, because it cannot be asked for a part. */
#include "sqlite/verify/sqlite_check.h"

#include "sqlite/file/checksum.h"

#include <jangle/plugin/support.h>

enum { OPERATIONS = 1000 * 1000 }; /* of SQLite, from one look at progress to the next */

static const char *part_of(const struct jn_verify *verify)
{
    return verify->call->options.deep ? "integrity_check" : "quick_check";
}

static int look_at_progress(void *context)
{
    struct jn_verify *verify = context;

    return !jn_verify_goes_on(verify, part_of(verify), 0, 0);
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

/* Write the table and the column that SQLite names, as in "NULL value in types.name"; two
 * empty texts if it names none. */
static void find_column(const char *says, char table[64], char *column)
{
    const char *at = strstr(says, " value in ");
    size_t used = 0;

    table[0] = column[0] = '\0';
    if (!at)
        return;
    for (at += strlen(" value in "); is_name_byte(*at) && used < 62; at++)
        table[used++] = *at;
    table[used] = '\0';
    if (*at++ == '.')
        for (used = 0; is_name_byte(*at) && used < 62; at++)
            column[used++] = *at, column[used] = '\0';
}

static void add(struct jn_verify *verify, const char *says)
{
    char table[64], column[64], what[JN_FINDING_WHAT_SIZE];

    if (strcmp(says, "ok") == 0)
        return;
    find_column(says, table, column);
    jn_text_format(what, sizeof what, "%s of SQLite says: %s", part_of(verify), says);
    jn_findings_add(verify, &(struct jangle_finding){
                                .kind = JANGLE_FINDING_SQLITE,
                                .table = table[0] ? table : NULL,
                                .column = column[0] ? column : NULL,
                                .what = what,
                            });
}

bool jn_sqlite_check(struct jn_verify *verify, const char *advice)
{
    static const char *const sql[] = {"PRAGMA quick_check", "PRAGMA integrity_check"};
    sqlite3 *handle = verify->database->handle;
    sqlite3_stmt *statement = NULL;
    int code =
        sqlite3_prepare_v2(handle, sql[verify->call->options.deep], -1, &statement, NULL);

    jn_findings_begin(verify, NULL, advice);
    sqlite3_progress_handler(handle, OPERATIONS, look_at_progress, verify);
    while (!code && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(statement, 0);

        add(verify, says ? says : "out of memory");
        code = SQLITE_OK;
    }
    sqlite3_progress_handler(handle, 0, NULL, NULL);
    if (code && code != SQLITE_DONE)
        jn_findings_add_code(verify, code, NULL, 0);
    sqlite3_finalize(statement);
    return jn_findings_end(verify);
}

/* ---- the hash of a snapshot ----------------------------------------------------------
 */

static void
add_hash(unsigned char hash[JN_DIGEST_SIZE], sqlite3_value *value, bool is_text)
{
    const void *bytes =
        is_text ? (const void *)sqlite3_value_text(value) : sqlite3_value_blob(value);

    jn_digest(hash, bytes, bytes ? (size_t)sqlite3_value_bytes(value) : 0);
}

/* A number in 16 bytes, the lowest first. */
static void add_number(unsigned char bytes[JN_DIGEST_SIZE], sqlite3_value *value)
{
    uint64_t number = (uint64_t)sqlite3_value_int64(value);

    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
}

static void add_bytes(unsigned char bytes[JN_DIGEST_SIZE], sqlite3_value *value)
{
    const void *from = sqlite3_value_blob(value);

    if (from && sqlite3_value_bytes(value) == JN_DIGEST_SIZE)
        memcpy(bytes, from, JN_DIGEST_SIZE);
}

/* The engine makes the same hash (src/command/state.c): stream, payload, version,
 * state_version, and the three of 16 bytes. */
static void snapshot_hash(sqlite3_context *context, int count, sqlite3_value **values)
{
    unsigned char whole[7][JN_DIGEST_SIZE] = {{0}};
    unsigned char hash[JN_DIGEST_SIZE];

    (void)count;
    add_hash(whole[0], values[0], true);
    add_hash(whole[1], values[6], false);
    add_number(whole[2], values[1]);
    add_number(whole[3], values[2]);
    for (int i = 0; i < 3; i++)
        add_bytes(whole[4 + i], values[3 + i]);
    jn_digest(hash, whole, sizeof whole);
    sqlite3_result_blob(context, hash, sizeof hash, SQLITE_TRANSIENT);
}

int jn_snapshot_hash_register(sqlite3 *handle)
{
    return sqlite3_create_function_v2(handle, "jangle_snapshot_hash", 7,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC |
                                          SQLITE_DIRECTONLY,
                                      NULL, snapshot_hash, NULL, NULL, NULL);
}
