/* events.c - read events, and check that each is what was stored.
 *
 * An event page is read in one short transaction and kept. The visit is called after
 * that, because it may take long and may call the store again. */
#include "sqlite/store/events.h"

#include "sqlite/file/checksum.h"
#include "sqlite/file/columns.h"
#include "sqlite/file/readers.h"
#include "sqlite/file/types.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/lookup.h"

enum { PAGE_COUNT = 256, PAGE_BYTES = 1024 * 1024 };

static bool is_page(const struct jn_rows *rows)
{
    return rows->count >= PAGE_COUNT || rows->bytes >= PAGE_BYTES;
}

/* ---- a record ---------------------------------------------------------------- */

/* The first columns of both queries. */
#define EVENT_COLUMNS                                                                    \
    "e.position, e.version, e.type, e.at, e.event_id, e.payload, e.meta, e.checksum,"    \
    " e.digest"

enum {
    POSITION,
    VERSION,
    TYPE,
    AT,
    EVENT_ID,
    PAYLOAD,
    META,
    CHECKSUM,
    DIGEST,
    KIND,
    NAME,
    STREAM
};

/* A cache of types whose names are already among the rows of this event page. A type is
 * at its number modulo KNOWN_COUNT. */
enum { KNOWN_COUNT = 8 };

struct known_type {
    int64_t number;
    const char *name; /* NULL: none is known here */
    int version;
};

/* One call of read_stream or read_all. */
struct reading {
    struct jn_file *file;
    struct jn_columns columns;      /* of the event at which the query is */
    const char *kind, *id;          /* of the stream; NULL: many streams are read */
    const struct jn_values *stream; /* begins each checksum of that stream */
    struct known_type known[KNOWN_COUNT];
    int64_t at;  /* position, or version in the stream, of the last event that was read */
    size_t left; /* how many more may be read */
    bool more;   /* the page is full: there may be another one */
};

static enum jangle_result damaged(const struct reading *reading,
                                  const struct jangle_record *record)
{
    return jn_fail(reading->columns.error, JANGLE_STORAGE,
                   "%s: it is damaged: event %lld (version %lld of %s/%s) is not what "
                   "was stored",
                   reading->file->path, (long long)record->position,
                   (long long)record->version, JN_SHOWN(60, record->kind),
                   JN_SHOWN(60, record->id));
}

static int64_t checksum_of(const struct reading *reading,
                           const struct jangle_record *record,
                           const unsigned char digest[JN_DIGEST_SIZE])
{
    struct jn_values stream;

    if (record->position <= reading->file->identity.schema_1_events)
        return jn_checksum_of_schema_1(record, digest);
    if (reading->stream)
        return jn_checksum(reading->stream, record, digest);
    jn_checksum_begin(&stream, record->kind, record->id);
    return jn_checksum(&stream, record, digest);
}

/* Compare the checksum. An erased payload has left its digest. */
static enum jangle_result check_record(struct reading *reading,
                                       const struct jangle_record *record)
{
    struct jn_columns *columns = &reading->columns;
    unsigned char digest[JN_DIGEST_SIZE];
    int64_t stored = jn_columns_number(columns, CHECKSUM);

    if (record->payload && sqlite3_column_type(columns->statement, DIGEST) != SQLITE_NULL)
        return jn_columns_refuse(
            columns, DIGEST, "the digest of an erased payload, and the payload is there");
    if (record->payload)
        jn_digest(digest, record->payload, record->payload_size);
    else
        jn_columns_copy(columns, DIGEST, digest, sizeof digest);
    if (columns->result)
        return columns->result;
    if (checksum_of(reading, record, digest) != stored)
        return damaged(reading, record);
    return JANGLE_OK;
}

/* Keep the kind and id of the event's stream, which are columns of table streams. */
static void keep_stream(struct jn_columns *columns, struct jangle_record *record)
{
    struct jn_columns stream = *columns;

    if (sqlite3_column_type(columns->statement, STREAM) == SQLITE_NULL) {
        jn_columns_refuse_row(columns,
                              "is of a stream whose row in table streams is "
                              "missing");
        return;
    }
    stream.table = "streams";
    stream.key = KIND;
    stream.key_count = 2;
    record->kind = jn_columns_keep_text(&stream, KIND);
    record->id = jn_columns_keep_text(&stream, NAME);
    columns->result = stream.result;
}

/* Set the type of a record, from the cache of this page if it is there. */
static enum jangle_result name_type(struct reading *reading, struct jangle_record *record)
{
    struct jn_columns *columns = &reading->columns;
    int64_t number = jn_columns_number(columns, TYPE);
    struct known_type *known = &reading->known[(uint64_t)number % KNOWN_COUNT];
    enum jangle_result result = columns->result;

    if (!result && (!known->name || known->number != number)) {
        known->name = NULL;
        known->number = number;
        result = jn_types_name(reading->file, columns->database, number, columns->rows,
                               &known->name, &known->version, columns->error);
    }
    if (!result && !known->name)
        result = jn_database_result(columns->database, SQLITE_NOMEM, columns->error);
    record->type = known->name;
    record->type_version = known->version;
    return result;
}

/* It is ended by read_pages. */
static struct reading begin_reading(struct jangle_store *store,
                                    struct jn_rows *rows,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);

    jn_rows_init(rows, &file->host->allocator);
    return (struct reading){
        .file = file,
        .columns = {.table = "events", .key_count = 1, .rows = rows, .error = error},
    };
}

/* Forget the page before, and the cache that points into it, and take a reader. */
static enum jangle_result begin_page(struct reading *reading)
{
    struct jn_columns *columns = &reading->columns;

    jn_rows_clear(columns->rows);
    memset(reading->known, 0, sizeof reading->known);
    return jn_file_take_reader(reading->file, &columns->database, columns->error);
}

/* Keep the record of a row, unless it is refused. */
static void keep_record(struct reading *reading)
{
    struct jn_columns *columns = &reading->columns;
    struct jangle_record record = {
        .position = jn_columns_number(columns, POSITION),
        .version = jn_columns_number(columns, VERSION),
        .at = {jn_columns_number(columns, AT)},
    };
    struct jangle_record *kept;

    record.kind = reading->kind;
    record.id = reading->id;
    if (!reading->kind)
        keep_stream(columns, &record);
    record.meta = jn_columns_keep_optional_text(columns, META);
    record.payload =
        jn_columns_keep_optional_bytes(columns, PAYLOAD, &record.payload_size);
    jn_columns_copy(columns, EVENT_ID, record.event_id, sizeof record.event_id);
    if (!columns->result)
        columns->result = name_type(reading, &record);
    if (!columns->result)
        columns->result = check_record(reading, &record);
    if (columns->result)
        return;
    kept = jn_rows_add(columns->rows, sizeof *kept);
    if (kept)
        *kept = record;
    else
        columns->result =
            jn_database_result(columns->database, SQLITE_NOMEM, columns->error);
}

/* Visit the kept records, and return `result`, with which reading them ended: records
 * before a damaged one are visited. */
static enum jangle_result visit_page(struct jn_rows *rows,
                                     enum jangle_result result,
                                     jangle_record_fn *visit,
                                     void *context)
{
    struct jangle_record *record = NULL;

    while ((record = jn_rows_next(rows, record))) {
        enum jangle_result stopped = visit(context, record);

        if (stopped)
            return stopped;
    }
    return result;
}

/* Read page after page by `read_page`, and visit each when its reader is released. */
static enum jangle_result read_pages(struct reading *reading,
                                     enum jangle_result (*read_page)(struct reading *),
                                     jangle_record_fn *visit,
                                     void *context)
{
    struct jn_columns *columns = &reading->columns;
    enum jangle_result result;

    do {
        result = begin_page(reading);
        if (result)
            break;
        reading->more = false;
        result = read_page(reading);
        jn_file_release_reader(reading->file, columns->database);
        result = visit_page(columns->rows, result, visit, context);
    } while (!result && reading->more && reading->left);
    jn_rows_finish(columns->rows);
    return result;
}

/* ---- a stream ---------------------------------------------------------------- */

static enum jangle_result missing_version(const struct reading *reading)
{
    return jn_fail(reading->columns.error, JANGLE_STORAGE,
                   "%s: it is damaged: version %lld of %s/%s is missing",
                   reading->file->path, (long long)reading->at + 1,
                   JN_SHOWN(60, reading->kind), JN_SHOWN(60, reading->id));
}

static enum jangle_result step_stream(struct reading *reading)
{
    struct jn_columns *columns = &reading->columns;

    while (!reading->more && jn_columns_next(columns)) {
        if (sqlite3_column_int64(columns->statement, VERSION) != reading->at + 1)
            columns->result = missing_version(reading);
        else
            keep_record(reading);
        if (!columns->result)
            reading->at++;
        reading->more = is_page(columns->rows);
    }
    return jn_columns_end(columns);
}

/* The row of the stream says at which version it ends, so that missing events at its end
 * are noticed, too. */
static enum jangle_result read_stream_page(struct reading *reading)
{
    struct jn_columns *columns = &reading->columns;
    struct jn_stream_row row;
    enum jangle_result result = jn_stream_find(columns->database, reading->kind,
                                               reading->id, &row, columns->error);

    if (result || row.version <= reading->at)
        return result;
    jn_columns_ask(columns,
                   "SELECT " EVENT_COLUMNS
                   " FROM events AS e"
                   " WHERE e.stream = ? AND e.version > ? ORDER BY e.version",
                   JN_WITH(JN_BIND_NUMBER(row.number), JN_BIND_NUMBER(reading->at)));
    result = step_stream(reading);
    if (!result && !reading->more && reading->at < row.version)
        result = missing_version(reading);
    return result;
}

enum jangle_result jn_sqlite_read_stream(struct jangle_store *store,
                                         const char *kind,
                                         const char *id,
                                         int64_t version,
                                         jangle_record_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_rows rows;
    struct reading reading = begin_reading(store, &rows, error);
    struct jn_values stream;

    reading.kind = kind;
    reading.id = id;
    reading.at = version;
    reading.left = SIZE_MAX;
    jn_checksum_begin(&stream, kind, id);
    reading.stream = &stream;
    return read_pages(&reading, read_stream_page, visit, context);
}

/* ---- all events --------------------------------------------------------------- */

/* Positions have no gaps, so a missing one is damage. Only the first kept position may
 * follow a gap, because the events before it were archived. */
static bool follows(const struct reading *reading, int64_t position)
{
    return position == reading->at + 1 ||
           position == reading->file->identity.first_position;
}

static enum jangle_result step_log(struct reading *reading)
{
    struct jn_columns *columns = &reading->columns;

    while (reading->left && !reading->more && jn_columns_next(columns)) {
        int64_t position = sqlite3_column_int64(columns->statement, POSITION);

        if (!follows(reading, position))
            columns->result = jn_fail(columns->error, JANGLE_STORAGE,
                                      "%s: it is damaged: event %lld is missing",
                                      reading->file->path, (long long)reading->at + 1);
        else
            keep_record(reading);
        if (!columns->result) {
            reading->at = position;
            reading->left--;
        }
        reading->more = is_page(columns->rows);
    }
    return jn_columns_end(columns);
}

static enum jangle_result read_log_page(struct reading *reading)
{
    jn_columns_ask(&reading->columns,
                   "SELECT " EVENT_COLUMNS
                   ", s.kind, s.name, s.id FROM events AS e"
                   " LEFT JOIN streams AS s ON s.id = e.stream"
                   " WHERE e.position > ? ORDER BY e.position",
                   JN_WITH(JN_BIND_NUMBER(reading->at)));
    return step_log(reading);
}

/* jn_file_settle comes first, because subscribers must not act on an event that is
 * visible but not durable. */
enum jangle_result jn_sqlite_read_all(struct jangle_store *store,
                                      int64_t position,
                                      size_t limit,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct jn_rows rows;
    struct reading reading = begin_reading(store, &rows, error);
    enum jangle_result result = jn_file_settle(reading.file, error);

    reading.at = position;
    reading.left = limit;
    return result ? result : read_pages(&reading, read_log_page, visit, context);
}
