/* event_row.c - a row of table events becomes a record, which is compared with its
 * checksum. */
#include "sqlite/store/event_row.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/types.h"

static enum jangle_result damaged(const struct jn_event_rows *rows,
                                  const struct jangle_record *record)
{
    return jn_fail(rows->columns.error, JANGLE_STORAGE,
                   "%s: it is damaged: event %lld (version %lld of %s/%s) is not what "
                   "was stored",
                   rows->file->path, (long long)record->position,
                   (long long)record->version, JN_SHOWN(60, record->kind),
                   JN_SHOWN(60, record->id));
}

static int64_t checksum_of(const struct jn_event_rows *rows,
                           const struct jangle_record *record,
                           const struct jn_stream_values *stream,
                           const unsigned char digest[JN_DIGEST_SIZE])
{
    struct jn_stream_values values;

    if (record->position <= rows->file->identity.schema_1_events)
        return jn_checksum_of_schema_1(record, digest);
    if (stream)
        return jn_checksum(stream, record, digest);
    jn_checksum_begin(&values, record->kind, record->id);
    return jn_checksum(&values, record, digest);
}

/* Compare the checksum. An erased payload has left its digest. */
static enum jangle_result check_record(struct jn_event_rows *rows,
                                       const struct jangle_record *record,
                                       const struct jn_stream_values *stream)
{
    struct jn_columns *columns = &rows->columns;
    unsigned char digest[JN_DIGEST_SIZE];
    int64_t stored = jn_columns_number(columns, JN_EVENT_CHECKSUM);

    if (record->payload &&
        sqlite3_column_type(columns->statement, JN_EVENT_DIGEST) != SQLITE_NULL)
        return jn_columns_refuse(
            columns, JN_EVENT_DIGEST,
            "the digest of an erased payload, and the payload is there");
    if (record->payload)
        jn_digest(digest, record->payload, record->payload_size);
    else
        jn_columns_copy(columns, JN_EVENT_DIGEST, digest, sizeof digest);
    if (columns->result)
        return columns->result;
    if (checksum_of(rows, record, stream, digest) != stored)
        return damaged(rows, record);
    return JANGLE_OK;
}

/* Set the type of a record, from the cache of this page if it is there. A type that is
 * refused is not known, and is refused again. */
static enum jangle_result name_type(struct jn_event_rows *rows,
                                    struct jangle_record *record)
{
    struct jn_columns *columns = &rows->columns;
    int64_t number = jn_columns_number(columns, JN_EVENT_TYPE);
    struct jn_known_type *known = &rows->known[(uint64_t)number % JN_KNOWN_TYPES];
    enum jangle_result result = columns->result;

    if (!result && (!known->name || known->number != number)) {
        known->name = NULL;
        known->number = number;
        result = jn_types_name(rows->file, columns->database, number, columns->rows,
                               &known->name, &known->version, columns->error);
        if (result)
            known->name = NULL;
    }
    if (!result && !known->name)
        result = jn_database_result(columns->database, SQLITE_NOMEM, columns->error);
    record->type = known->name;
    record->type_version = known->version;
    return result;
}

/* SQLite lets a position be nothing but a whole number, because rows are found by it. */
static struct jangle_record begin_record(struct jn_columns *columns, int64_t position)
{
    return (struct jangle_record){
        .position = position,
        .version = jn_columns_number(columns, JN_EVENT_VERSION),
        .at = {jn_columns_number(columns, JN_EVENT_AT)},
    };
}

/* What is left when the payload and the meta are there. `stream` is NULL if its values
 * are not known. */
static void end_record(struct jn_event_rows *rows,
                       struct jangle_record *record,
                       const struct jn_stream_values *stream)
{
    struct jn_columns *columns = &rows->columns;

    jn_columns_copy(columns, JN_EVENT_ID, record->event_id, sizeof record->event_id);
    if (!columns->result)
        columns->result = name_type(rows, record);
    if (!columns->result)
        columns->result = check_record(rows, record, stream);
}

void jn_event_rows_begin(struct jn_event_rows *rows, struct jn_database *reader)
{
    rows->columns.database = reader;
    rows->names = jn_file_reader_names(rows->file, reader);
    rows->joined = !jn_stream_names_suffice(rows->names);
    jn_rows_clear(rows->columns.rows);
    memset(rows->known, 0, sizeof rows->known);
}

/* ---- a record that is kept ----------------------------------------------------- */

void jn_event_keep(struct jn_event_rows *rows, const struct jn_event_stream *stream)
{
    struct jn_columns *columns = &rows->columns;
    struct jangle_record record = begin_record(
        columns, sqlite3_column_int64(columns->statement, JN_EVENT_POSITION));
    struct jangle_record *kept;

    record.kind = stream->kind;
    record.id = stream->id;
    record.meta = jn_columns_keep_optional_text(columns, JN_EVENT_META);
    record.payload =
        jn_columns_keep_optional_bytes(columns, JN_EVENT_PAYLOAD, &record.payload_size);
    end_record(rows, &record, stream->values);
    if (columns->result)
        return;
    kept = jn_rows_add(columns->rows, sizeof *kept);
    if (kept)
        *kept = record;
    else
        columns->result =
            jn_database_result(columns->database, SQLITE_NOMEM, columns->error);
}

/* ---- a record that is shown ---------------------------------------------------- */

static void show_rest(struct jn_event_rows *rows,
                      struct jangle_record *record,
                      const struct jn_stream_values *stream)
{
    struct jn_columns *columns = &rows->columns;

    record->meta = jn_columns_optional_text(columns, JN_EVENT_META);
    record->payload =
        jn_columns_optional_bytes(columns, JN_EVENT_PAYLOAD, &record->payload_size);
    end_record(rows, record, stream);
}

/* The names that the reader knows of the row's stream, or NULL. A damaged number, which
 * may be anything, is left to the table. */
static const struct jn_stream_name *find_known(const struct jn_event_rows *rows)
{
    sqlite3_value *number =
        sqlite3_column_value(rows->columns.statement, JN_EVENT_STREAM);

    return sqlite3_value_type(number) == SQLITE_INTEGER
               ? jn_stream_names_find(rows->names, sqlite3_value_int64(number))
               : NULL;
}

/* By names that are known. False, without a sentence, if the record is not what was
 * stored under these: either the number is of another stream, or something is damaged. */
static bool show_known(struct jn_event_rows *rows,
                       int64_t position,
                       const struct jn_stream_name *name,
                       struct jangle_record *record)
{
    struct jn_columns *columns = &rows->columns;
    struct jangle_error *error = columns->error;

    columns->error = NULL;
    *record = begin_record(columns, position);
    record->kind = name->kind;
    record->id = name->id;
    show_rest(rows, record, &name->values);
    columns->error = error;
    return !columns->result;
}

static void refuse_missing_stream(struct jn_columns *columns)
{
    jn_columns_refuse_row(columns,
                          "is of a stream whose row in table streams is missing");
}

/* The kind and id of the event's stream, in columns of the same row. */
static void take_names(struct jn_columns *columns, struct jangle_record *record)
{
    struct jn_columns streams = *columns;

    if (sqlite3_column_type(columns->statement, JN_EVENT_STREAM_FOUND) == SQLITE_NULL) {
        refuse_missing_stream(columns);
        return;
    }
    streams.table = "streams";
    streams.key = JN_EVENT_KIND;
    streams.key_count = 2;
    record->kind = jn_columns_text(&streams, JN_EVENT_KIND);
    record->id = jn_columns_text(&streams, JN_EVENT_NAME);
    columns->result = streams.result;
}

/* Look them up. The number is given to the statement as it is, because a damaged one may
 * be anything. */
static void look_names_up(struct jn_columns *columns, struct jangle_record *record)
{
    struct jn_columns streams = *columns;

    streams.table = "streams";
    streams.key_count = 2;
    jn_columns_ask(&streams, "SELECT kind, name FROM streams WHERE id = ?", NULL, 0);
    if (streams.result) {
        columns->result = streams.result;
        return;
    }
    sqlite3_bind_value(streams.statement, 1,
                       sqlite3_column_value(columns->statement, JN_EVENT_STREAM));
    if (jn_columns_next(&streams)) {
        record->kind = jn_columns_keep_text(&streams, 0);
        record->id = jn_columns_keep_text(&streams, 1);
    } else if (!streams.result) {
        refuse_missing_stream(columns);
    }
    if (!columns->result)
        columns->result = streams.result;
    jn_columns_end(&streams);
}

/* The plain way: what the names are is asked of the table, and what is wrong is said. */
static void
show_plain(struct jn_event_rows *rows, int64_t position, struct jangle_record *record)
{
    struct jn_columns *columns = &rows->columns;

    columns->result = JANGLE_OK;
    *record = begin_record(columns, position);
    if (!columns->result && rows->joined)
        take_names(columns, record);
    else if (!columns->result)
        look_names_up(columns, record);
    if (!columns->result)
        show_rest(rows, record, NULL);
}

/* Names are known from then on if the checksum of an event proves them. */
void jn_event_show(struct jn_event_rows *rows,
                   int64_t position,
                   struct jangle_record *record)
{
    const struct jn_stream_name *name = find_known(rows);

    jn_stream_names_note(rows->names, name != NULL);
    if (!rows->joined && name && show_known(rows, position, name, record))
        return;
    show_plain(rows, position, record);
    if (!rows->columns.result && (!name || !rows->joined))
        jn_stream_names_keep(
            rows->names, &rows->file->host->allocator,
            sqlite3_column_int64(rows->columns.statement, JN_EVENT_STREAM), record->kind,
            record->id);
}
