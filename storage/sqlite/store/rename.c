/* rename.c - give a subscriber and its sagas another name, or delete them. */
#include "sqlite/store/rename.h"

#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/append.h"
#include "sqlite/store/checkpoints.h"
#include "sqlite/store/pauses.h"
#include "sqlite/store/subscribers.h"

/* ?1 and ?2 are the numbers of the old and the new name, ?3 and ?4 the names. The row of
 * the old name stays, because its number is the byte of a lock. */
static const char *const moves[] = {
    "UPDATE parked SET subscriber = ?2, checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum",
        JN_PARKED_CHECKSUM("?3"),
        JN_PARKED_CHECKSUM("?4")) " WHERE subscriber = ?1",
    "UPDATE delivery_steps AS d SET subscriber = ?2, checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum",
        JN_DELIVERY_STEP_CHECKSUM("?3"),
        JN_DELIVERY_STEP_CHECKSUM("?4")) " WHERE subscriber = ?1",
    "DELETE FROM checkpoints WHERE subscriber = ?1",
    "UPDATE saga_steps AS t SET checksum = " JN_CHECKSUM_IF_SOUND(
        "t.checksum",
        JN_SAGA_STEP_CHECKSUM("?3", "g.id"),
        JN_SAGA_STEP_CHECKSUM(
            "?4", "g.id")) " FROM sagas AS g WHERE g.number = t.saga AND g.saga = ?3",
    "UPDATE sagas SET saga = ?4, checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum", JN_SAGA_CHECKSUM("?3"), JN_SAGA_CHECKSUM("?4")) " WHERE saga = ?3",
    NULL,
};

static const char *const removals[] = {
    "DELETE FROM checkpoints WHERE subscriber = ?1",
    "DELETE FROM parked WHERE subscriber = ?1",
    "DELETE FROM delivery_steps WHERE subscriber = ?1",
    "DELETE FROM saga_steps WHERE saga IN (SELECT number FROM sagas WHERE saga = ?3)",
    "DELETE FROM sagas WHERE saga = ?3",
    NULL,
};

/* Run statements with as many of the four parameters as each of them has. */
static enum jangle_result run_all(struct jn_database *writer,
                                  const char *const *sql,
                                  const struct jn_stored_subscriber *from,
                                  const struct jn_stored_subscriber *to,
                                  struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (; !result && *sql; sql++) {
        sqlite3_stmt *statement;
        int count;

        result = jn_database_prepare(writer, *sql, &statement, error);
        if (result)
            return result;
        count = sqlite3_bind_parameter_count(statement);
        sqlite3_bind_int64(statement, 1, from->number);
        if (count >= 2)
            sqlite3_bind_int64(statement, 2, to->number);
        if (count >= 3)
            jn_bind_text(statement, 3, from->checkpoint.subscriber);
        if (count >= 4)
            jn_bind_text(statement, 4, to->checkpoint.subscriber);
        result = jn_database_step(writer, statement, error);
    }
    return result;
}

/* The sum of the checksums of a subscriber's parked rows. */
static enum jangle_result total_parked(struct jn_database *writer,
                                       int64_t number,
                                       int64_t *total,
                                       struct jangle_error *error)
{
    struct jn_columns columns = {.database = writer, .error = error};

    jn_columns_ask(&columns,
                   "SELECT jangle_total(checksum) FROM parked WHERE subscriber = ?",
                   JN_WITH(JN_BIND_NUMBER(number)));
    *total = jn_columns_next(&columns) ? sqlite3_column_int64(columns.statement, 0) : 0;
    return jn_columns_end(&columns);
}

/* Give all rows the new name. The sum of the parked rows changes by what the rows that
 * exist change by, so that a missing row is still noticed. */
static enum jangle_result move_all(struct jn_database *writer,
                                   const struct jn_stored_subscriber *from,
                                   struct jn_stored_subscriber *to,
                                   struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint = from->checkpoint;
    int64_t before, after = 0;
    enum jangle_result result = total_parked(writer, from->number, &before, error);

    if (!result)
        result = run_all(writer, moves, from, to, error);
    if (!result)
        result = total_parked(writer, to->number, &after, error);
    if (result)
        return result;
    checkpoint.subscriber = to->checkpoint.subscriber;
    to->parked.count = from->parked.count;
    to->parked.total =
        (int64_t)((uint64_t)from->parked.total - (uint64_t)before + (uint64_t)after);
    result = jn_checkpoint_write(writer, to, &checkpoint, error);
    if (!result)
        result = jn_subscriber_set_flags(writer, to->number, to->owned, true, error);
    return result ? result
                  : jn_subscriber_set_first_name(writer, to->number,
                                                 from->checkpoint.first_name, error);
}

/* In a transaction: check both names, then change or delete the rows. */
static enum jangle_result move_rows(struct jn_database *writer,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error)
{
    struct jn_stored_subscriber from, to = {.number = 0};
    enum jangle_result result = jn_subscriber_find(writer, subscriber, &from, error);

    if (!result && !from.has_checkpoint)
        return jn_fail(error, JANGLE_NOT_FOUND, "%s: knows no subscriber \"%s\"",
                       writer->path, JN_SHOWN(100, subscriber));
    if (!result && name)
        result = jn_subscriber_find(writer, name, &to, error);
    if (!result && to.has_checkpoint)
        return jn_fail(error, JANGLE_CONFLICT, "%s: has a subscriber \"%s\" already",
                       writer->path, JN_SHOWN(100, name));
    if (!result && name)
        result = jn_subscriber_make(writer, name, &to, error);
    if (!result)
        result = name ? move_all(writer, &from, &to, error)
                      : run_all(writer, removals, &from, &to, error);
    if (!result)
        result = jn_pause_rename(writer, subscriber, name, error);
    return result
               ? result
               : jn_subscriber_set_flags(writer, from.number, from.owned, false, error);
}

enum jangle_result jn_sqlite_rename(struct jangle_store *store,
                                    const char *subscriber,
                                    const char *name,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    enum jangle_result result;

    if (!jn_text_fits(subscriber) || (name && !jn_text_fits(name)))
        return jn_fail(error, JANGLE_INVALID, "%s: a subscriber has a name", file->path);
    result = jn_file_take_writer_lock(file, error);
    if (result)
        return result;
    result = jn_file_begin(file, JN_MODE_FULL, error);
    if (!result)
        result =
            jn_file_end(file, move_rows(&file->writer, subscriber, name, error), error);
    jn_file_release_writer_lock(file);
    return result;
}
