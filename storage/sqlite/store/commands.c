/* commands.c - what is stored of a command: its receipt, and where it came from. */
#include "sqlite/store/commands.h"

#include "sqlite/file/columns.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/types.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/owners.h"
#include "sqlite/store/subscribers.h"

#include <limits.h>

/* ---- writing ------------------------------------------------------------------ */

/* The number of the sender. Whoever sends is mostly owned by this process, so it costs no
 * look into the database. */
static enum jangle_result number_sender(struct jn_run *run,
                                        const char *sender,
                                        int64_t *number,
                                        struct jangle_error *error)
{
    struct jn_stored_subscriber stored;
    enum jangle_result result;

    *number = sender ? jn_sqlite_owned_number(run->store, sender) : 0;
    if (!sender || *number)
        return JANGLE_OK;
    result = jn_subscriber_make(&run->file->writer, sender, &stored, error);
    *number = stored.number;
    return result;
}

/* Numbers take the place of the names of type and sender. */
static enum jangle_result number_names(struct jn_run *run,
                                       const struct jangle_command_from *from,
                                       int64_t *type,
                                       int64_t *sender,
                                       struct jangle_error *error)
{
    enum jangle_result result = number_sender(run, from->sender, sender, error);

    *type = 0;
    if (result || !from->type)
        return result;
    return jn_types_number(run->file, from->type, from->type_version, &run->types_made,
                           type, error);
}

static void bind_receipt(sqlite3_stmt *statement,
                         const struct jangle_append *append,
                         const struct jangle_receipt *receipt)
{
    size_t reply_size = strnlen(receipt->reply, sizeof receipt->reply);
    jangle_time at =
        append->count ? append->records[append->count - 1].at : append->remember_at;

    jn_bind_bytes(statement, 1, append->command_id, strlen(append->command_id));
    jn_bind_bytes(statement, 2, receipt->fingerprint, sizeof receipt->fingerprint);
    sqlite3_bind_int64(statement, 3, receipt->position);
    sqlite3_bind_int64(statement, 4, receipt->version);
    sqlite3_bind_text(statement, 5, receipt->reply, (int)reply_size, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 6, at.us);
}

/* A receipt is stored with the events, in the same transaction, or a crash between would
 * let the same command run twice. */
enum jangle_result jn_command_write(struct jn_run *run,
                                    const struct jangle_append *append,
                                    const struct jangle_receipt *receipt,
                                    struct jangle_error *error)
{
    static const char sql[] =
        "INSERT INTO commands (command_id, fingerprint, position, version, reply, at,"
        " type, cause, sender, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"
        " jangle_checksum('commands', ?1, ?2, ?3, ?4, ?5, ?6, ?10, ?11, ?8, ?12))";
    const struct jangle_command_from *from = &append->from;
    sqlite3_stmt *statement;
    int64_t type, sender;
    enum jangle_result result = number_names(run, from, &type, &sender, error);

    if (!result)
        result = jn_database_prepare(&run->file->writer, sql, &statement, error);
    if (result)
        return result;
    bind_receipt(statement, append, receipt);
    sqlite3_bind_int64(statement, 7, type);
    sqlite3_bind_int64(statement, 8, from->cause);
    sqlite3_bind_int64(statement, 9, sender);
    jn_bind_text(statement, 10, from->type);
    sqlite3_bind_int(statement, 11, from->type ? from->type_version : 0);
    jn_bind_text(statement, 12, from->sender);
    return jn_database_step(&run->file->writer, statement, error);
}

/* ---- receipts ----------------------------------------------------------------- */

/* A damaged receipt must not answer a command, so that it is STORAGE. */
static void read_receipt(struct jn_columns *columns, struct jangle_receipt *receipt)
{
    jn_columns_copy(columns, 1, receipt->fingerprint, sizeof receipt->fingerprint);
    receipt->position = jn_columns_number_in(columns, 2, 0, JN_NUMBER_MAX);
    receipt->version = jn_columns_number_in(columns, 3, 0, JN_NUMBER_MAX);
    jn_columns_copy_text(columns, 4, receipt->reply, sizeof receipt->reply);
    jn_columns_verify(columns, 5);
}

enum jangle_result jn_command_find(struct jn_database *database,
                                   const char *command_id,
                                   struct jangle_receipt *receipt,
                                   struct jangle_error *error)
{
    static const char sql[] =
        "SELECT command_id, fingerprint, position, version, reply,"
        " checksum = " JN_COMMAND_CHECKSUM " FROM commands WHERE command_id = ?";
    struct jn_columns columns = {
        .database = database, .table = "commands", .key_count = 1, .error = error};

    *receipt = (struct jangle_receipt){.position = 0};
    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_BYTES(command_id, strlen(command_id))));
    if (jn_columns_next(&columns))
        read_receipt(&columns, receipt);
    else if (!columns.result)
        columns.result = JANGLE_NOT_FOUND;
    return jn_columns_end(&columns);
}

static enum jangle_result refuse_unknown(const struct jn_file *file,
                                         const char *command_id,
                                         struct jangle_error *error)
{
    return jn_fail(error, JANGLE_NOT_FOUND, "%s: nothing is stored of command %s",
                   file->path, command_id);
}

/* jn_file_settle comes first: a receipt that was visible but not durable must not
 * answer. */
enum jangle_result jn_sqlite_find_command(struct jangle_store *store,
                                          const char *command_id,
                                          struct jangle_receipt *receipt,
                                          struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_database *reader;
    enum jangle_result result = jn_file_settle(file, error);

    if (!result)
        result = jn_file_take_reader(file, &reader, error);
    if (result)
        return result;
    result = jn_command_find(reader, command_id, receipt, error);
    jn_file_release_reader(file, reader);
    return result == JANGLE_NOT_FOUND ? refuse_unknown(file, command_id, error) : result;
}

/* ---- where a command came from ------------------------------------------------ */

enum {
    COMMAND_ID,
    CHECKSUM_FITS = 5,
    AT,
    TYPE,
    CAUSE,
    SENDER,
    TYPE_NAME,
    TYPE_VERSION,
    TYPE_FITS,
    SENDER_NAME
};

/* The row of another table that has the name in whose place there is a number. */
static bool is_missing(struct jn_columns *columns, int number, int name)
{
    sqlite3_stmt *statement = columns->statement;

    return sqlite3_column_int64(statement, number) != 0 &&
           sqlite3_column_type(statement, name) == SQLITE_NULL;
}

/* The row of the type is looked at before that of the command, whose checksum covers the
 * name, so that the damaged one of the two is named. */
static void keep_type(struct jn_columns *columns, struct jangle_command_from *from)
{
    columns->table = "types";
    columns->key = TYPE;
    if (is_missing(columns, TYPE, TYPE_NAME))
        jn_columns_refuse_row(columns, "is missing, of which there are commands");
    from->type = jn_columns_keep_optional_text(columns, TYPE_NAME);
    if (from->type) {
        from->type_version =
            (int)jn_columns_number_in(columns, TYPE_VERSION, INT_MIN, INT_MAX);
        jn_columns_verify(columns, TYPE_FITS);
    }
}

static void keep_command(struct jn_columns *columns)
{
    struct jangle_stored_command *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (!kept)
        return;
    (void)jn_columns_number_in(columns, TYPE, 0, INT64_MAX);
    (void)jn_columns_number_in(columns, SENDER, 0, INT64_MAX);
    keep_type(columns, &kept->from);
    columns->table = "commands";
    columns->key = COMMAND_ID;
    kept->at.us = jn_columns_number(columns, AT);
    kept->from.cause = jn_columns_number_in(columns, CAUSE, 0, JN_NUMBER_MAX);
    kept->from.sender = jn_columns_keep_optional_text(columns, SENDER_NAME);
    if (is_missing(columns, SENDER, SENDER_NAME))
        jn_columns_refuse(columns, SENDER, "the number of no subscriber");
    read_receipt(columns, &kept->receipt);
}

enum jangle_result jn_sqlite_read_command(struct jangle_store *store,
                                          const char *command_id,
                                          jangle_stored_command_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    static const char sql[] =
        "SELECT command_id, fingerprint, position, version, reply,"
        " checksum = " JN_COMMAND_CHECKSUM
        ", at, type, cause, sender,"
        " type_name, type_version,"
        " type_checksum = jangle_checksum('types', type_name, type_version), sender_name"
        " FROM commands LEFT JOIN (SELECT id AS type_id, name AS type_name,"
        "    version AS type_version, checksum AS type_checksum FROM types)"
        "    ON type_id = type"
        " LEFT JOIN (SELECT id AS sender_id, name AS sender_name FROM subscribers)"
        "    ON sender_id = sender"
        " WHERE command_id = ?";
    struct jn_file *file = jn_file_of(store);
    struct jangle_stored_command *command;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "commands", .key_count = 1, .rows = &rows, .error = error};
    enum jangle_result result = jn_file_settle(file, error);

    if (result)
        return result;
    result = jn_file_read_rows(file, &columns, sql,
                               JN_WITH(JN_BIND_BYTES(command_id, strlen(command_id))),
                               keep_command);
    command = result ? NULL : jn_rows_next(&rows, NULL);
    if (command) {
        command->command_id = command_id;
        result = visit(context, command);
    } else if (!result) {
        result = refuse_unknown(file, command_id, error);
    }
    jn_rows_finish(&rows);
    return result;
}
