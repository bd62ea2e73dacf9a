/* subscribers.c - the names of subscribers, and their checkpoints. A name is filed under
 * a number, which other tables have in its place and which is the byte of its owner's
 * lock. */
#include "sqlite/store/subscribers.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/store/lookup.h"

/* ---- a subscriber with its checkpoint ------------------------------------------- */

/* One statement, so that it sees name and checkpoint of the same commit. */
#define SUBSCRIBER                                                                       \
    "SELECT s.name, s.id, s.owned, s.marked, s.checksum,"                                \
    " c.position, c.event_id, c.suspended_for, c.suspended_at, c.reason,"                \
    " c.parked_count, c.parked_total, c.checksum, c.subscriber, s.first_name"            \
    " FROM subscribers AS s LEFT JOIN checkpoints AS c ON c.subscriber = s.id"

enum {
    NAME,
    NUMBER,
    OWNED,
    MARKED,
    NAME_CHECKSUM,
    POSITION,
    EVENT_ID,
    SUSPENDED_FOR,
    SUSPENDED_AT,
    REASON,
    PARKED_COUNT,
    PARKED_TOTAL,
    CHECKSUM,
    IS_THERE,
    FIRST_NAME
};

static int64_t checksum_of_name(const struct jn_stored_subscriber *stored,
                                const char *first_name)
{
    struct jn_values values;

    jn_values_begin(&values, "subscribers");
    jn_values_add_text(&values, stored->checkpoint.subscriber);
    jn_values_add_number(&values, stored->owned);
    jn_values_add_number(&values, stored->has_checkpoint);
    jn_values_add_text(&values, first_name);
    return jn_values_checksum(&values);
}

/* It is computed here and not in SQL, because only events and streams are read and
 * written more often, and this is cheaper. */
int64_t jn_checkpoint_checksum(const struct jangle_checkpoint *checkpoint,
                               const struct jn_parked_sum *parked)
{
    struct jn_values values;

    jn_values_begin(&values, "checkpoints");
    jn_values_add_text(&values, checkpoint->subscriber);
    jn_values_add_number(&values, checkpoint->position);
    jn_values_add_bytes(&values, checkpoint->event_id, sizeof checkpoint->event_id);
    jn_values_add_number(&values, checkpoint->suspended_for);
    jn_values_add_number(&values, checkpoint->suspended_at.us);
    jn_values_add_text(&values, checkpoint->reason);
    jn_values_add_number(&values, parked->count);
    jn_values_add_number(&values, parked->total);
    return jn_values_checksum(&values);
}

static void read_checkpoint(struct jn_columns *columns,
                            struct jn_stored_subscriber *stored)
{
    struct jangle_checkpoint *checkpoint = &stored->checkpoint;

    checkpoint->position = jn_columns_number_in(columns, POSITION, 0, JN_NUMBER_MAX);
    checkpoint->from = checkpoint->position;
    jn_columns_copy(columns, EVENT_ID, checkpoint->event_id, sizeof checkpoint->event_id);
    checkpoint->suspended_for = (enum jangle_suspension)jn_columns_number_in(
        columns, SUSPENDED_FOR, JANGLE_SUSPENDED_NOT, JANGLE_SUSPENDED_OFFSET);
    checkpoint->suspended_at.us = jn_columns_number(columns, SUSPENDED_AT);
    jn_columns_copy_text(columns, REASON, checkpoint->reason, sizeof checkpoint->reason);
    stored->parked.count = jn_columns_number_in(columns, PARKED_COUNT, 0, INT64_MAX);
    stored->parked.total = jn_columns_number(columns, PARKED_TOTAL);
    jn_columns_verify_as(columns, CHECKSUM,
                         jn_checkpoint_checksum(checkpoint, &stored->parked));
}

/* Read the row. A subscriber has a checkpoint exactly if its row says so; anything else
 * is damage. The caller has set the name. */
static void read_subscriber(struct jn_columns *columns,
                            struct jn_stored_subscriber *stored)
{
    bool is_there = sqlite3_column_type(columns->statement, IS_THERE) != SQLITE_NULL;
    const char *first_name;

    columns->table = "subscribers";
    first_name = jn_columns_text(columns, FIRST_NAME);
    stored->number = jn_columns_number_in(columns, NUMBER, 1, INT64_MAX);
    stored->owned = jn_columns_number_in(columns, OWNED, 0, JN_SESSIONS_MAX);
    stored->has_checkpoint = jn_columns_flag(columns, MARKED);
    jn_columns_verify_as(columns, NAME_CHECKSUM, checksum_of_name(stored, first_name));
    jn_text_copy(stored->checkpoint.first_name, sizeof stored->checkpoint.first_name,
                 first_name);
    columns->table = "checkpoints";
    if (stored->has_checkpoint && is_there)
        read_checkpoint(columns, stored);
    else if (stored->has_checkpoint)
        jn_columns_refuse_row(columns, "is missing");
    else if (is_there)
        jn_columns_refuse_row(columns, "is of a subscriber that has no checkpoint");
}

enum jangle_result jn_subscriber_find(struct jn_database *database,
                                      const char *name,
                                      struct jn_stored_subscriber *stored,
                                      struct jangle_error *error)
{
    static const char sql[] = SUBSCRIBER " WHERE s.name = ?";
    struct jn_columns columns = {.database = database, .key_count = 1, .error = error};

    *stored =
        (struct jn_stored_subscriber){.checkpoint = {.subscriber = name, .from = -1}};
    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_TEXT(name)));
    if (jn_columns_next(&columns))
        read_subscriber(&columns, stored);
    return jn_columns_end(&columns);
}

/* ---- names ----------------------------------------------------------------------- */

/* Rows of a subscriber whose own row is missing would be given to whoever comes next, or
 * to nobody. */
static enum jangle_result check_owners(struct jn_database *database,
                                       struct jangle_error *error)
{
#define OF_NOBODY(table)                                                                 \
    "SELECT '" table "', subscriber FROM " table                                         \
    " AS t"                                                                              \
    " WHERE NOT EXISTS (SELECT 1 FROM subscribers AS s WHERE s.id = t.subscriber)"
    static const char sql[] = OF_NOBODY("checkpoints") " UNION ALL " OF_NOBODY(
        "parked") " UNION ALL " OF_NOBODY("delivery_steps") " LIMIT 1";
#undef OF_NOBODY
    struct jn_columns columns = {
        .database = database, .key = 1, .key_count = 1, .error = error};

    jn_columns_ask(&columns, sql, NULL, 0);
    if (jn_columns_next(&columns)) {
        columns.table = jn_columns_text(&columns, 0);
        jn_columns_refuse_row(
            &columns, "is of a subscriber whose row in table subscribers is missing");
    }
    return jn_columns_end(&columns);
}

static enum jangle_result insert_name(struct jn_database *database,
                                      const char *name,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_database_write(
        database,
        "INSERT INTO subscribers (name, owned, marked, first_name, checksum)"
        " VALUES (?1, 0, 0, ?1, jangle_checksum('subscribers', ?1, 0, 0, ?1))",
        JN_WITH(JN_BIND_TEXT(name)), error);

    *number = sqlite3_last_insert_rowid(database->handle);
    return result;
}

enum jangle_result jn_subscriber_make(struct jn_database *database,
                                      const char *name,
                                      struct jn_stored_subscriber *stored,
                                      struct jangle_error *error)
{
    enum jangle_result result = jn_subscriber_find(database, name, stored, error);

    if (result || stored->number)
        return result;
    result = check_owners(database, error);
    return result ? result : insert_name(database, name, &stored->number, error);
}

enum jangle_result jn_subscriber_set_flags(struct jn_database *database,
                                           int64_t number,
                                           int64_t owned,
                                           bool has_checkpoint,
                                           struct jangle_error *error)
{
#define FIRST_NAME_KEPT "CASE ?2 WHEN 0 THEN name ELSE first_name END"
    static const char sql[] =
        "UPDATE subscribers SET owned = ?1, marked = ?2,"
        " first_name = " FIRST_NAME_KEPT ", checksum = " JN_SUBSCRIBER_CHECKSUM(
            "?1", "?2", FIRST_NAME_KEPT) " WHERE id = ?3";
#undef FIRST_NAME_KEPT

    return jn_database_write(database, sql,
                             JN_WITH(JN_BIND_NUMBER(owned),
                                     JN_BIND_NUMBER(has_checkpoint),
                                     JN_BIND_NUMBER(number)),
                             error);
}

enum jangle_result jn_subscriber_set_first_name(struct jn_database *database,
                                                int64_t number,
                                                const char *first_name,
                                                struct jangle_error *error)
{
    static const char sql[] =
        "UPDATE subscribers SET first_name = ?1,"
        " checksum = " JN_SUBSCRIBER_CHECKSUM("owned", "marked", "?1") " WHERE id = ?2";

    return jn_database_write(
        database, sql, JN_WITH(JN_BIND_TEXT(first_name), JN_BIND_NUMBER(number)), error);
}

/* ---- operations of the store ----------------------------------------------------- */

enum jangle_result jn_sqlite_find_checkpoint(struct jangle_store *store,
                                             const char *subscriber,
                                             struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_stored_subscriber stored;
    struct jn_database *reader;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    result = jn_subscriber_find(reader, subscriber, &stored, error);
    jn_file_release_reader(file, reader);
    if (result)
        return result;
    *checkpoint = stored.checkpoint;
    if (stored.has_checkpoint)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_NOT_FOUND, "%s: \"%s\" has no checkpoint", file->path,
                   JN_SHOWN(100, subscriber));
}

/* Keep the checkpoint of a subscriber. */
static void keep_checkpoint(struct jn_columns *columns)
{
    struct jn_stored_subscriber stored = {.number = 0};
    struct jangle_checkpoint *kept;

    columns->table = "subscribers";
    stored.checkpoint.subscriber = jn_columns_keep_text(columns, NAME);
    read_subscriber(columns, &stored);
    kept = columns->result ? NULL : jn_rows_add(columns->rows, sizeof *kept);
    if (kept)
        *kept = stored.checkpoint;
}

/* Whatever the column holds; "" if nothing. */
static const char *keep_bytes_as_text(struct jn_columns *columns, int column)
{
    const char *text = (const char *)sqlite3_column_text(columns->statement, column);
    size_t size = text ? strlen(text) : 0;
    char *kept = jn_rows_room(columns->rows, size + 1);

    if (kept && size)
        memcpy(kept, text, size);
    if (kept)
        kept[size] = '\0';
    return kept;
}

/* Of a damaged row a look is given the name, and jn_sqlite_find_checkpoint says what is
 * wrong with it. */
static void keep_name(struct jn_columns *columns)
{
    struct jangle_error *error = columns->error, why = {0};
    struct jangle_checkpoint *kept;

    columns->error = &why;
    keep_checkpoint(columns);
    columns->error = error;
    if (columns->result == JANGLE_NO_MEMORY)
        jn_fail(error, JANGLE_NO_MEMORY, "%s", why.message);
    if (!columns->result || columns->result == JANGLE_NO_MEMORY)
        return;
    columns->result = JANGLE_OK;
    kept = jn_rows_add(columns->rows, sizeof *kept);
    if (kept)
        kept->subscriber = keep_bytes_as_text(columns, NAME);
}

enum jangle_result jn_sqlite_read_checkpoints(struct jangle_store *store,
                                              jangle_checkpoint_fn *visit,
                                              void *context,
                                              struct jangle_error *error)
{
    static const char sql[] =
        SUBSCRIBER " WHERE s.marked <> 0 OR c.subscriber IS NOT NULL ORDER BY s.name";
    struct jn_file *file = jn_file_of(store);
    struct jangle_checkpoint *checkpoint = NULL;
    struct jn_database *reader;
    struct jn_rows rows;
    struct jn_columns columns = {.key_count = 1, .rows = &rows, .error = error};
    bool looks = file->use >= JN_FILE_LOOKS;
    enum jangle_result result = jn_file_take_reader(file, &reader, error);

    if (result)
        return result;
    if (!looks)
        result = check_owners(reader, error);
    jn_file_release_reader(file, reader);
    if (result)
        return result;
    result = jn_file_read_rows(file, &columns, sql, NULL, 0,
                               looks ? keep_name : keep_checkpoint);
    while (!result && (checkpoint = jn_rows_next(&rows, checkpoint)))
        result = visit(context, checkpoint);
    jn_rows_finish(&rows);
    return result;
}
