/* deliveries.c - read parked keys and delivery steps. The rows are kept before a visit
 * sees them, because no transaction may be open then. */
#include "sqlite/store/deliveries.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/store/lookup.h"
#include "sqlite/store/saga_rows.h"

/* ---- parked keys --------------------------------------------------------------- */

#define PARKED_COLUMNS                                                                   \
    "s.name, p.key, p.kind, p.position, p.attempts, p.trying, p.next_at, p.delay_ms,"    \
    " p.dead, p.error, p.checksum = " JN_PARKED_CHECKSUM("s.name")

/* Indexed by whether one subscriber is asked for, and whether only keys that are due. */
static const char *const parked_sql[2][2] = {
    {"SELECT " PARKED_COLUMNS " FROM parked AS p"
     " JOIN subscribers AS s ON s.id = p.subscriber"
     " ORDER BY p.next_at, s.name, p.key LIMIT ?3",
     "SELECT " PARKED_COLUMNS " FROM parked AS p"
     " JOIN subscribers AS s ON s.id = p.subscriber"
     " WHERE p.dead = 0 AND p.next_at <= ?2"
     " ORDER BY p.next_at, s.name, p.key LIMIT ?3"},
    {"SELECT " PARKED_COLUMNS " FROM subscribers AS s"
     " JOIN parked AS p ON p.subscriber = s.id WHERE s.name = ?1"
     " ORDER BY p.next_at, p.key LIMIT ?3",
     "SELECT " PARKED_COLUMNS " FROM subscribers AS s"
     " JOIN parked AS p ON p.subscriber = s.id"
     " WHERE s.name = ?1 AND p.dead = 0 AND p.next_at <= ?2"
     " ORDER BY p.next_at, p.key LIMIT ?3"},
};

static void keep_parked_row(struct jn_columns *columns)
{
    struct jangle_parked *parked = jn_rows_add(columns->rows, sizeof *parked);

    if (!parked)
        return; /* jn_columns_next returns NO_MEMORY */
    parked->subscriber = jn_columns_keep_text(columns, 0);
    jn_columns_parked(columns, 1, parked);
    jn_columns_verify(columns, 10);
}

/* Are all rows there? The checkpoint has their number and the sum of their checksums. */
static enum jangle_result check_parked(struct jn_database *reader,
                                       const char *subscriber,
                                       struct jangle_error *error)
{
    static const char sql[] =
        "SELECT s.name, c.parked_count = count(p.key) AND"
        " c.parked_total = jangle_total(p.checksum), c.parked_count, count(p.key)"
        " FROM subscribers AS s JOIN checkpoints AS c ON c.subscriber = s.id"
        " LEFT JOIN parked AS p ON p.subscriber = s.id WHERE s.name = ? GROUP BY s.id";
    struct jn_columns columns = {.database = reader, .error = error};

    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_TEXT(subscriber)));
    if (jn_columns_next(&columns) && sqlite3_column_int(columns.statement, 1) != 1)
        columns.result =
            jn_fail(error, JANGLE_STORAGE,
                    "%s: it is damaged: in table parked, the rows of %s are not "
                    "those that were stored: its checkpoint knows of %lld, and "
                    "there are %lld",
                    reader->path, JN_SHOWN(100, subscriber),
                    (long long)sqlite3_column_int64(columns.statement, 2),
                    (long long)sqlite3_column_int64(columns.statement, 3));
    return jn_columns_end(&columns);
}

/* Missing rows are noticed only when all of a subscriber are read, as it is when it
 * starts. */
static enum jangle_result read_parked(struct jn_columns *columns,
                                      const char *subscriber,
                                      jangle_time now,
                                      size_t limit)
{
    enum jangle_result result;

    jn_columns_ask(columns, parked_sql[subscriber != NULL][now.us != 0],
                   JN_WITH(JN_BIND_TEXT(subscriber), JN_BIND_NUMBER(now.us),
                           JN_BIND_NUMBER(jn_limit(limit))));
    while (jn_columns_next(columns))
        keep_parked_row(columns);
    result = jn_columns_end(columns);
    if (result || !subscriber || now.us)
        return result;
    return check_parked(columns->database, subscriber, columns->error);
}

enum jangle_result jn_sqlite_read_parked(struct jangle_store *store,
                                         const char *subscriber,
                                         jangle_time now,
                                         size_t limit,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jangle_parked *parked = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "parked", .key_count = 2, .rows = &rows, .error = error};
    enum jangle_result result = jn_file_take_reader(file, &columns.database, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = read_parked(&columns, subscriber, now, limit);
    jn_file_release_reader(file, columns.database);
    while (!result && (parked = jn_rows_next(&rows, parked)))
        result = visit(context, parked);
    jn_rows_finish(&rows);
    return result;
}

/* ---- delivery steps ------------------------------------------------------------- */

static void keep_step(struct jn_columns *columns)
{
    struct jangle_delivery_step *sent = jn_rows_add(columns->rows, sizeof *sent);

    if (!sent)
        return;
    *sent = (struct jangle_delivery_step){
        .subscriber = jn_columns_keep_text(columns, 0),
        .event_position = jn_columns_number_in(columns, 1, 0, JN_NUMBER_MAX),
    };
    jn_columns_step(columns, 2, &sent->step);
    jn_columns_verify(columns, 9);
}

static enum jangle_result
read_delivery(struct jn_columns *columns, const char *subscriber, int64_t position)
{
    static const char sql[] =
        "SELECT s.name, d.event_position, d.id, d.kind, d.type, d.result, d.reply,"
        " d.position, d.version, d.checksum = " JN_DELIVERY_STEP_CHECKSUM("s.name")
        " FROM subscribers AS s JOIN delivery_steps AS d ON d.subscriber = s.id"
        " WHERE s.name = ? AND d.event_position = ? ORDER BY d.number";

    jn_columns_ask(columns, sql,
                   JN_WITH(JN_BIND_TEXT(subscriber), JN_BIND_NUMBER(position)));
    while (jn_columns_next(columns))
        keep_step(columns);
    return jn_columns_end(columns);
}

enum jangle_result jn_sqlite_read_delivery(struct jangle_store *store,
                                           const char *subscriber,
                                           int64_t position,
                                           jangle_delivery_step_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jangle_delivery_step *step = NULL;
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "delivery_steps", .key_count = 2, .rows = &rows, .error = error};
    enum jangle_result result = jn_file_take_reader(file, &columns.database, error);

    if (result)
        return result;
    jn_rows_init(&rows, &file->host->allocator);
    result = read_delivery(&columns, subscriber, position);
    jn_file_release_reader(file, columns.database);
    while (!result && (step = jn_rows_next(&rows, step)))
        result = visit(context, step);
    jn_rows_finish(&rows);
    return result;
}
