/* events.c - read events, and check that each is what was stored.
 *
 * An event page is read in one short transaction. The events of a stream are kept, and
 * visited after that, because the visit may take long and may call the store again. Those
 * of the log are visited one by one, before the next one is read. */
#include "sqlite/store/events.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/writer_lock.h"
#include "sqlite/store/event_show.h"
#include "sqlite/store/lookup.h"

enum { PAGE_COUNT = 256, PAGE_BYTES = 1024 * 1024 };

static bool is_page(size_t count, size_t bytes)
{
    return count >= PAGE_COUNT || bytes >= PAGE_BYTES;
}

/* One call of read_stream or read_all. */
struct reading {
    struct jn_event_row row;
    jangle_record_fn *visit;
    void *context;
    int64_t at;  /* position, or version in the stream, of the last event that was read */
    size_t left; /* how many more may be read */
    bool more;   /* the page is full: there may be another one */
};

/* It is ended by read_pages. */
static struct reading begin_reading(struct jangle_store *store,
                                    struct jn_rows *rows,
                                    jangle_record_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);

    jn_rows_init(rows, &file->host->allocator);
    return (struct reading){
        .row = {.file = file,
                .columns =
                    {.table = "events", .key_count = 1, .rows = rows, .error = error}},
        .visit = visit,
        .context = context,
    };
}

/* Forget the page before, and the cache that points into it, and take a reader. */
static enum jangle_result begin_page(struct reading *reading)
{
    struct jn_columns *columns = &reading->row.columns;

    jn_rows_clear(columns->rows);
    memset(reading->row.known, 0, sizeof reading->row.known);
    return jn_file_take_reader(reading->row.file, &columns->database, columns->error);
}

/* Keep the record of a row, unless it is refused. */
static void keep_record(struct reading *reading)
{
    struct jn_columns *columns = &reading->row.columns;
    struct jangle_record record;
    struct jangle_record *kept;

    jn_event_row_read(&reading->row, &record);
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
static enum jangle_result visit_page(const struct reading *reading,
                                     enum jangle_result result)
{
    struct jangle_record *record = NULL;

    while ((record = jn_rows_next(reading->row.columns.rows, record))) {
        enum jangle_result stopped = reading->visit(reading->context, record);

        if (stopped)
            return stopped;
    }
    return result;
}

/* Read page after page by `read_page`, and visit what it has kept of each when its reader
 * is released. */
static enum jangle_result read_pages(struct reading *reading,
                                     enum jangle_result (*read_page)(struct reading *))
{
    struct jn_columns *columns = &reading->row.columns;
    enum jangle_result result;

    do {
        result = begin_page(reading);
        if (result)
            break;
        reading->more = false;
        result = read_page(reading);
        jn_file_release_reader(reading->row.file, columns->database);
        result = visit_page(reading, result);
    } while (!result && reading->more && reading->left);
    jn_rows_finish(columns->rows);
    return result;
}

/* ---- a stream ---------------------------------------------------------------- */

static enum jangle_result missing_version(const struct reading *reading)
{
    return jn_fail(reading->row.columns.error, JANGLE_STORAGE,
                   "%s: it is damaged: version %lld of %s/%s is missing",
                   reading->row.file->path, (long long)reading->at + 1,
                   JN_SHOWN(60, reading->row.kind), JN_SHOWN(60, reading->row.id));
}

static enum jangle_result step_stream(struct reading *reading)
{
    struct jn_columns *columns = &reading->row.columns;

    while (!reading->more && jn_columns_next(columns)) {
        if (sqlite3_column_int64(columns->statement, JN_EVENT_VERSION) != reading->at + 1)
            columns->result = missing_version(reading);
        else
            keep_record(reading);
        if (!columns->result)
            reading->at++;
        reading->more = is_page(columns->rows->count, columns->rows->bytes);
    }
    return jn_columns_end(columns);
}

/* The row of the stream says at which version it ends, so that missing events at its end
 * are noticed, too. */
static enum jangle_result read_stream_page(struct reading *reading)
{
    struct jn_columns *columns = &reading->row.columns;
    struct jn_stream_row row;
    enum jangle_result result = jn_stream_find(columns->database, reading->row.kind,
                                               reading->row.id, &row, columns->error);

    if (result || row.version <= reading->at)
        return result;
    jn_columns_ask(columns,
                   "SELECT " JN_EVENT_COLUMNS
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
    struct reading reading = begin_reading(store, &rows, visit, context, error);
    struct jn_stream_values stream;

    reading.row.kind = kind;
    reading.row.id = id;
    reading.at = version;
    reading.left = SIZE_MAX;
    jn_checksum_begin(&stream, kind, id);
    reading.row.stream = &stream;
    return read_pages(&reading, read_stream_page);
}

/* ---- all events --------------------------------------------------------------- */

/* Positions have no gaps, so a missing one is damage. Only the first kept position may
 * follow a gap, because the events before it were archived. */
static bool follows(const struct reading *reading, int64_t position)
{
    return position == reading->at + 1 ||
           position == reading->row.file->identity.first_position;
}

/* Show the event at which the query is. A visit that stops ends the query. */
static void show_event(struct reading *reading,
                       struct jn_stream_names *names,
                       int64_t position,
                       size_t *bytes)
{
    struct jn_columns *columns = &reading->row.columns;
    struct jangle_record record;

    jn_event_show(&reading->row, names, &record);
    if (columns->result)
        return;
    reading->at = position;
    reading->left--;
    *bytes += record.payload_size;
    columns->result = reading->visit(reading->context, &record);
}

static enum jangle_result step_log(struct reading *reading, struct jn_stream_names *names)
{
    struct jn_columns *columns = &reading->row.columns;
    size_t count = 0, bytes = 0;

    while (reading->left && !reading->more && jn_columns_next(columns)) {
        int64_t position = sqlite3_column_int64(columns->statement, JN_EVENT_POSITION);

        if (follows(reading, position))
            show_event(reading, names, position, &bytes);
        else
            columns->result =
                jn_fail(columns->error, JANGLE_STORAGE,
                        "%s: it is damaged: event %lld is missing",
                        reading->row.file->path, (long long)reading->at + 1);
        reading->more = is_page(++count, bytes);
    }
    return jn_columns_end(columns);
}

/* The rows of streams are asked for, too, unless the reader knows nearly all of them. */
static enum jangle_result read_log_page(struct reading *reading)
{
    static const char joined[] = "SELECT " JN_EVENT_COLUMNS
                                 ", e.stream, s.kind, s.name, s.id FROM events AS e"
                                 " LEFT JOIN streams AS s ON s.id = e.stream"
                                 " WHERE e.position > ? ORDER BY e.position";
    static const char alone[] = "SELECT " JN_EVENT_COLUMNS
                                ", e.stream FROM events AS e"
                                " WHERE e.position > ? ORDER BY e.position";
    struct jn_columns *columns = &reading->row.columns;
    struct jn_stream_names *names =
        jn_file_reader_names(reading->row.file, columns->database);

    jn_event_show_begin(&reading->row, names);
    jn_columns_ask(columns, reading->row.alone ? alone : joined,
                   JN_WITH(JN_BIND_NUMBER(reading->at)));
    return step_log(reading, names);
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
    struct reading reading = begin_reading(store, &rows, visit, context, error);
    enum jangle_result result = jn_file_settle(reading.row.file, error);

    reading.at = position;
    reading.left = limit;
    return result ? result : read_pages(&reading, read_log_page);
}
