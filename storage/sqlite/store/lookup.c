/* lookup.c - find the head of the log, and a stream. */
#include "sqlite/store/lookup.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/transaction.h"

enum jangle_result jn_head_find(const struct jn_file *file,
                                struct jn_database *database,
                                int64_t *position,
                                struct jangle_error *error)
{
    enum jangle_result result =
        jn_database_number(database, "SELECT max(position) FROM events", position, error);

    if (!result && !*position)
        *position = file->identity.first_position - 1;
    return result;
}

void jn_head_note(struct jn_file *file, int64_t position, int64_t epoch)
{
    file->last_commit = (struct jn_last_commit){
        .data_version = jn_file_data_version(file), .head = position, .epoch = epoch};
}

static bool is_last_commit(struct jn_file *file)
{
    unsigned noted = file->last_commit.data_version;

    return noted && noted == jn_file_data_version(file);
}

/* The row of the store is read whole, with its checksum, only if its epoch is another
 * one: a number that was there before needs no second proof. */
static enum jangle_result read_head_to_write(struct jn_file *file,
                                             int64_t *position,
                                             int64_t *epoch,
                                             struct jangle_error *error)
{
    struct jn_columns columns = {
        .database = &file->writer, .table = "store", .error = error};
    struct jn_store_identity identity;
    enum jangle_result result;

    *position = *epoch = 0;
    jn_columns_ask(&columns,
                   "SELECT epoch, ifnull((SELECT max(position) FROM events), 0)"
                   " FROM store",
                   NULL, 0);
    if (jn_columns_next(&columns)) {
        *epoch = jn_columns_number(&columns, 0);
        *position = jn_columns_number(&columns, 1);
    }
    result = jn_columns_end(&columns);
    if (!result && (!*epoch || *epoch != file->proved_epoch)) {
        result = jn_identity_read(&file->writer, &identity, error);
        if (!result)
            *epoch = file->proved_epoch = identity.epoch;
    }
    if (!result && !*position)
        *position = file->identity.first_position - 1;
    return result;
}

enum jangle_result jn_head_find_to_write(struct jn_file *file,
                                         int64_t *position,
                                         int64_t *epoch,
                                         struct jangle_error *error)
{
    if (!is_last_commit(file)) {
        file->interruptions++;
        return read_head_to_write(file, position, epoch, error);
    }
    *position = file->last_commit.head;
    *epoch = file->last_commit.epoch;
    return JANGLE_OK;
}

/* ---- streams ------------------------------------------------------------------ */

/* The row of a stream and its last event must agree on its version. */
static void compare_heads(struct jn_columns *columns,
                          const char *kind,
                          const char *id,
                          int64_t version,
                          int64_t last)
{
    const char *means = version < last ? "the row was changed"
                                       : "the row was changed, or events are missing";

    if (columns->result || version == last)
        return;
    columns->result = jn_fail(
        columns->error, JANGLE_STORAGE,
        "%s: it is damaged: in table streams, row %s/%s says version %lld, but its last "
        "event is version %lld: %s",
        columns->database->path, JN_SHOWN(48, kind), JN_SHOWN(48, id), (long long)version,
        (long long)last, means);
}

/* It is computed here because that is cheaper than in SQL, and every command reads a
 * stream. */
int64_t jn_stream_checksum(const char *kind,
                           const char *id,
                           int64_t version,
                           int64_t first_version)
{
    struct jn_values values;

    jn_values_begin(&values, "streams");
    jn_values_add_text(&values, kind);
    jn_values_add_text(&values, id);
    jn_values_add_number(&values, version);
    jn_values_add_number(&values, first_version);
    return jn_values_checksum(&values);
}

/* The subquery for the last event costs one look into the index of events. */
static void read_stream(struct jn_columns *columns,
                        const char *kind,
                        const char *id,
                        struct jn_stream_row *row)
{
    row->version = jn_columns_number_in(columns, 2, 0, JN_NUMBER_MAX);
    row->number = jn_columns_number(columns, 3);
    row->first_version = jn_columns_number(columns, 4);
    compare_heads(columns, kind, id, row->version,
                  jn_columns_number_in(columns, 5, 0, INT64_MAX));
    jn_columns_verify_as(columns, 6,
                         jn_stream_checksum(kind, id, row->version, row->first_version));
}

enum jangle_result jn_stream_find(struct jn_database *database,
                                  const char *kind,
                                  const char *id,
                                  struct jn_stream_row *row,
                                  struct jangle_error *error)
{
    static const char sql[] =
        "SELECT kind, name, version, id, first_version,"
        " ifnull((SELECT e.version FROM events AS e WHERE e.stream = s.id"
        " ORDER BY e.version DESC LIMIT 1), 0),"
        " checksum FROM streams AS s WHERE kind = ? AND name = ?";
    struct jn_columns columns = {
        .database = database, .table = "streams", .key_count = 2, .error = error};

    *row = (struct jn_stream_row){.number = 0};
    jn_columns_ask(&columns, sql, JN_WITH(JN_BIND_TEXT(kind), JN_BIND_TEXT(id)));
    if (jn_columns_next(&columns))
        read_stream(&columns, kind, id, row);
    return jn_columns_end(&columns);
}
