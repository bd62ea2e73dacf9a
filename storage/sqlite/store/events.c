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
    struct jn_database *reader;
    struct jn_rows *rows;
    const struct jn_values
        *stream; /* begins each checksum; NULL: many streams are read */
    struct known_type known[KNOWN_COUNT];
};

static enum jangle_result damaged(const struct reading *reading,
                                  const struct jangle_record *record,
                                  struct jangle_error *error)
{
    return jn_fail(error, JANGLE_STORAGE,
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
static enum jangle_result check_record(const struct reading *reading,
                                       struct jn_columns *columns,
                                       const struct jangle_record *record)
{
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
        return damaged(reading, record, columns->error);
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
static enum jangle_result name_type(struct reading *reading,
                                    int64_t number,
                                    struct jangle_record *record,
                                    struct jangle_error *error)
{
    struct known_type *known = &reading->known[(uint64_t)number % KNOWN_COUNT];
    enum jangle_result result = JANGLE_OK;

    if (!known->name || known->number != number) {
        known->name = NULL;
        known->number = number;
        result = jn_types_name(reading->file, reading->reader, number, reading->rows,
                               &known->name, &known->version, error);
    }
    if (!result && !known->name)
        result = jn_database_result(reading->reader, SQLITE_NOMEM, error);
    record->type = known->name;
    record->type_version = known->version;
    return result;
}

/* Forget the page before, and the cache that points into it. */
static void begin_page(struct reading *reading)
{
    jn_rows_clear(reading->rows);
    memset(reading->known, 0, sizeof reading->known);
}

/* Keep the record of a row. `kind` and `id` are NULL if the row has them as columns. */
static enum jangle_result keep_record(struct reading *reading,
                                      sqlite3_stmt *statement,
                                      const char *kind,
                                      const char *id,
                                      struct jangle_error *error)
{
    struct jn_columns columns = {.database = reading->reader,
                                 .statement = statement,
                                 .table = "events",
                                 .key_count = 1,
                                 .rows = reading->rows,
                                 .error = error};
    struct jangle_record record = {
        .position = jn_columns_number(&columns, POSITION),
        .version = jn_columns_number(&columns, VERSION),
        .at = {jn_columns_number(&columns, AT)},
    };
    struct jangle_record *kept;
    enum jangle_result result;

    record.kind = kind;
    record.id = id;
    if (!kind)
        keep_stream(&columns, &record);
    record.meta = jn_columns_keep_optional_text(&columns, META);
    record.payload =
        jn_columns_keep_optional_bytes(&columns, PAYLOAD, &record.payload_size);
    jn_columns_copy(&columns, EVENT_ID, record.event_id, sizeof record.event_id);
    result = columns.result
                 ? columns.result
                 : name_type(reading, jn_columns_number(&columns, TYPE), &record, error);
    if (!result)
        result =
            columns.result ? columns.result : check_record(reading, &columns, &record);
    if (result)
        return result;
    kept = jn_rows_add(reading->rows, sizeof *kept);
    if (!kept)
        return jn_database_result(reading->reader, SQLITE_NOMEM, error);
    *kept = record;
    return JANGLE_OK;
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

/* ---- a stream ---------------------------------------------------------------- */

struct stream_page {
    const char *kind;
    const char *id;
    int64_t version; /* of the last event that was read */
    bool more;
};

static enum jangle_result step_stream(struct reading *reading,
                                      sqlite3_stmt *statement,
                                      struct stream_page *page,
                                      struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool row = true;

    page->more = false;
    while (!result && row && !page->more) {
        result = jn_rows_step(reading->reader, statement, reading->rows, &row, error);
        if (result || !row)
            break;
        if (sqlite3_column_int64(statement, VERSION) != page->version + 1)
            result = jn_fail(error, JANGLE_STORAGE,
                             "%s: it is damaged: version %lld of %s/%s is missing",
                             reading->file->path, (long long)page->version + 1,
                             JN_SHOWN(60, page->kind), JN_SHOWN(60, page->id));
        else
            result = keep_record(reading, statement, page->kind, page->id, error);
        if (!result)
            page->version++;
        page->more = is_page(reading->rows);
    }
    sqlite3_reset(statement);
    return result;
}

/* The row of the stream says at which version it ends, so that missing events at its end
 * are noticed, too. */
static enum jangle_result read_stream_page(struct reading *reading,
                                           struct stream_page *page,
                                           struct jangle_error *error)
{
    sqlite3_stmt *statement;
    struct jn_stream_row row;
    enum jangle_result result =
        jn_stream_find(reading->reader, page->kind, page->id, &row, error);

    page->more = false;
    if (result || row.version <= page->version)
        return result;
    result = jn_database_prepare(reading->reader,
                                 "SELECT " EVENT_COLUMNS
                                 " FROM events AS e"
                                 " WHERE e.stream = ? AND e.version > ?"
                                 " ORDER BY e.version",
                                 &statement, error);
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, row.number);
    sqlite3_bind_int64(statement, 2, page->version);
    result = step_stream(reading, statement, page, error);
    if (!result && !page->more && page->version < row.version)
        result = jn_fail(error, JANGLE_STORAGE,
                         "%s: it is damaged: version %lld of %s/%s is missing",
                         reading->file->path, (long long)page->version + 1,
                         JN_SHOWN(60, page->kind), JN_SHOWN(60, page->id));
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
    struct reading reading = {.file = jn_file_of(store), .rows = &rows};
    struct stream_page page = {.kind = kind, .id = id, .version = version};
    struct jn_values stream;
    enum jangle_result result;

    jn_checksum_begin(&stream, kind, id);
    reading.stream = &stream;
    jn_rows_init(&rows, &reading.file->host->allocator);
    do {
        begin_page(&reading);
        result = jn_file_take_reader(reading.file, &reading.reader, error);
        if (result)
            break;
        result = read_stream_page(&reading, &page, error);
        jn_file_release_reader(reading.file, reading.reader);
        result = visit_page(&rows, result, visit, context);
    } while (!result && page.more);
    jn_rows_finish(&rows);
    return result;
}

/* ---- all events --------------------------------------------------------------- */

struct log_page {
    int64_t position; /* of the last event that was read */
    size_t left;      /* how many more may be read */
    bool more;
};

/* Positions have no gaps, so a missing one is damage. Only the first kept position may
 * follow a gap, because the events before it were archived. */
static bool
follows(const struct reading *reading, const struct log_page *page, int64_t position)
{
    return position == page->position + 1 ||
           position == reading->file->identity.first_position;
}

static enum jangle_result step_log(struct reading *reading,
                                   sqlite3_stmt *statement,
                                   struct log_page *page,
                                   struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    bool row = true;

    page->more = false;
    while (!result && row && page->left && !page->more) {
        int64_t position;

        result = jn_rows_step(reading->reader, statement, reading->rows, &row, error);
        if (result || !row)
            break;
        position = sqlite3_column_int64(statement, POSITION);
        if (!follows(reading, page, position))
            result =
                jn_fail(error, JANGLE_STORAGE, "%s: it is damaged: event %lld is missing",
                        reading->file->path, (long long)page->position + 1);
        else
            result = keep_record(reading, statement, NULL, NULL, error);
        if (!result) {
            page->position = position;
            page->left--;
        }
        page->more = is_page(reading->rows);
    }
    sqlite3_reset(statement);
    return result;
}

static enum jangle_result
read_log_page(struct reading *reading, struct log_page *page, struct jangle_error *error)
{
    sqlite3_stmt *statement;
    enum jangle_result result =
        jn_database_prepare(reading->reader,
                            "SELECT " EVENT_COLUMNS
                            ", s.kind, s.name, s.id FROM events AS e"
                            " LEFT JOIN streams AS s ON s.id = e.stream"
                            " WHERE e.position > ? ORDER BY e.position",
                            &statement, error);

    page->more = false;
    if (result)
        return result;
    sqlite3_bind_int64(statement, 1, page->position);
    return step_log(reading, statement, page, error);
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
    struct reading reading = {.file = jn_file_of(store), .rows = &rows};
    struct log_page page = {.position = position, .left = limit};
    enum jangle_result result = jn_file_settle(reading.file, error);

    if (result)
        return result;
    jn_rows_init(&rows, &reading.file->host->allocator);
    do {
        begin_page(&reading);
        result = jn_file_take_reader(reading.file, &reading.reader, error);
        if (result)
            break;
        result = read_log_page(&reading, &page, error);
        jn_file_release_reader(reading.file, reading.reader);
        result = visit_page(&rows, result, visit, context);
    } while (!result && page.more && page.left);
    jn_rows_finish(&rows);
    return result;
}
