/* event_row.c - the row of an event becomes a record, which is checked. */
#include "sqlite/store/event_row.h"

#include "sqlite/file/types.h"

static enum jangle_result damaged(const struct jn_event_row *row,
                                  const struct jangle_record *record)
{
    return jn_fail(row->columns.error, JANGLE_STORAGE,
                   "%s: it is damaged: event %lld (version %lld of %s/%s) is not what "
                   "was stored",
                   row->file->path, (long long)record->position,
                   (long long)record->version, JN_SHOWN(60, record->kind),
                   JN_SHOWN(60, record->id));
}

static int64_t checksum_of(const struct jn_event_row *row,
                           const struct jangle_record *record,
                           const unsigned char digest[JN_DIGEST_SIZE])
{
    struct jn_stream_values stream;

    if (record->position <= row->file->identity.schema_1_events)
        return jn_checksum_of_schema_1(record, digest);
    if (row->stream)
        return jn_checksum(row->stream, record, digest);
    jn_checksum_begin(&stream, record->kind, record->id);
    return jn_checksum(&stream, record, digest);
}

/* Compare the checksum. An erased payload has left its digest. */
static enum jangle_result check_record(struct jn_event_row *row,
                                       const struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns;
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
    if (checksum_of(row, record, digest) != stored)
        return damaged(row, record);
    return JANGLE_OK;
}

static void refuse_missing_stream(struct jn_columns *columns)
{
    jn_columns_refuse_row(columns,
                          "is of a stream whose row in table streams is missing");
}

/* The kind and id of the event's stream, which are columns of table streams. */
static void take_names(struct jn_event_row *row, struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns, stream = *columns;

    if (sqlite3_column_type(columns->statement, JN_EVENT_STREAM) == SQLITE_NULL) {
        refuse_missing_stream(columns);
        return;
    }
    stream.table = "streams";
    stream.key = JN_EVENT_KIND;
    stream.key_count = 2;
    record->kind = row->shows ? jn_columns_text(&stream, JN_EVENT_KIND)
                              : jn_columns_keep_text(&stream, JN_EVENT_KIND);
    record->id = row->shows ? jn_columns_text(&stream, JN_EVENT_NAME)
                            : jn_columns_keep_text(&stream, JN_EVENT_NAME);
    columns->result = stream.result;
}

/* Look them up, and keep them. The number is given to the statement as it is, because a
 * damaged one may be anything. */
static void look_names_up(struct jn_event_row *row, struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns, streams = *columns;

    streams.table = "streams";
    streams.key_count = 2;
    jn_columns_ask(&streams, "SELECT kind, name FROM streams WHERE id = ?", NULL, 0);
    if (streams.result) {
        columns->result = streams.result;
        return;
    }
    sqlite3_bind_value(streams.statement, 1,
                       sqlite3_column_value(columns->statement, JN_EVENT_NUMBER));
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

/* After an error in the columns before there are no names, as there is no record. */
static void name_stream(struct jn_event_row *row, struct jangle_record *record)
{
    if (row->columns.result)
        return;
    if (row->alone)
        look_names_up(row, record);
    else
        take_names(row, record);
}

/* Set the type of a record, from the cache of this page if it is there. A type that is
 * refused is not known, and is refused again. */
static enum jangle_result name_type(struct jn_event_row *row,
                                    struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns;
    int64_t number = jn_columns_number(columns, JN_EVENT_TYPE);
    struct jn_known_type *known = &row->known[(uint64_t)number % JN_KNOWN_COUNT];
    enum jangle_result result = columns->result;

    if (!result && (!known->name || known->number != number)) {
        known->name = NULL;
        known->number = number;
        result = jn_types_name(row->file, columns->database, number, columns->rows,
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
void jn_event_row_read(struct jn_event_row *row, struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns;

    *record = (struct jangle_record){
        .position = sqlite3_column_int64(columns->statement, JN_EVENT_POSITION),
        .kind = row->kind,
        .id = row->id,
        .version = jn_columns_number(columns, JN_EVENT_VERSION),
        .at = {jn_columns_number(columns, JN_EVENT_AT)},
    };
    if (!row->kind)
        name_stream(row, record);
    record->meta = row->shows ? jn_columns_optional_text(columns, JN_EVENT_META)
                              : jn_columns_keep_optional_text(columns, JN_EVENT_META);
    record->payload =
        row->shows
            ? jn_columns_optional_bytes(columns, JN_EVENT_PAYLOAD, &record->payload_size)
            : jn_columns_keep_optional_bytes(columns, JN_EVENT_PAYLOAD,
                                             &record->payload_size);
    jn_columns_copy(columns, JN_EVENT_ID, record->event_id, sizeof record->event_id);
    if (!columns->result)
        columns->result = name_type(row, record);
    if (!columns->result)
        columns->result = check_record(row, record);
}

/* ---- what is left of a damaged one ------------------------------------------- */

/* The bytes of a column, whatever its kind, with a zero behind them; NULL if there are
 * none. */
static const char *
salvage_bytes(const struct jn_columns *columns, int column, size_t *size)
{
    const void *bytes = sqlite3_column_blob(columns->statement, column);
    char *room;

    *size = bytes ? (size_t)sqlite3_column_bytes(columns->statement, column) : 0;
    room = bytes ? jn_rows_room(columns->rows, *size + 1) : NULL;
    if (!room)
        return NULL;
    memcpy(room, bytes, *size);
    room[*size] = '\0';
    return room;
}

static const char *salvage_text(const struct jn_columns *columns, int column)
{
    size_t size;

    return salvage_bytes(columns, column, &size);
}

void jn_event_row_salvage(struct jn_event_row *row, struct jangle_record *record)
{
    struct jn_columns *columns = &row->columns;
    const char *id;
    size_t size;

    *record = (struct jangle_record){
        .position = sqlite3_column_int64(columns->statement, JN_EVENT_POSITION),
        .kind = row->kind ? row->kind : salvage_text(columns, JN_EVENT_KIND),
        .id = row->kind ? row->id : salvage_text(columns, JN_EVENT_NAME),
        .version = sqlite3_column_int64(columns->statement, JN_EVENT_VERSION),
        .at = {sqlite3_column_int64(columns->statement, JN_EVENT_AT)},
        .meta = salvage_text(columns, JN_EVENT_META),
    };
    record->payload = salvage_bytes(columns, JN_EVENT_PAYLOAD, &record->payload_size);
    id = salvage_bytes(columns, JN_EVENT_ID, &size);
    if (id && size == sizeof record->event_id)
        memcpy(record->event_id, id, size);
    columns->result = JANGLE_OK;
    columns->result = name_type(row, record);
    columns->result = columns->result == JANGLE_NO_MEMORY ? JANGLE_NO_MEMORY : JANGLE_OK;
}
