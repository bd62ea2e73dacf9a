/* look_streams.c - the list of streams for a look. */
#include "sqlite/store/look_streams.h"

#include "sqlite/file/readers.h"
#include "sqlite/file/row_checksums.h"

/* The time and position of an event of the stream; NULL if the event is missing. */
#define OF_EVENT(column, order)                                                          \
    "(SELECT e." column                                                                  \
    " FROM main.events AS e WHERE e.stream = s.id"                                       \
    " ORDER BY e.version " order " LIMIT 1)"

#define STREAMS                                                                          \
    "SELECT s.kind, s.name, s.version, " OF_EVENT("position", "DESC") ", " OF_EVENT(     \
        "at", "ASC") ", " OF_EVENT("at", "DESC")                                         \
    ", s.checksum = " JN_STREAM_CHECKSUM("version") " FROM streams AS s WHERE "

#define LIMIT " ORDER BY s.kind, s.name LIMIT ?4"

static const char of_kind[] = STREAMS "s.kind = ?1 AND s.name > ?3" LIMIT;
static const char of_kind_from_first[] = STREAMS "s.kind = ?1" LIMIT;
static const char of_all[] = STREAMS "(s.kind, s.name) > (?2, ?3)" LIMIT;
static const char of_all_from_first[] = STREAMS "1" LIMIT;

static int64_t optional_number(struct jn_columns *columns, int column)
{
    return sqlite3_column_type(columns->statement, column) == SQLITE_NULL
               ? 0
               : sqlite3_column_int64(columns->statement, column);
}

/* What a damaged row holds is shown, as far as it is a text or a number. */
static void keep_stream(struct jn_columns *columns)
{
    struct jangle_found_stream *stream = jn_rows_add(columns->rows, sizeof *stream);

    if (!stream)
        return;
    *stream = (struct jangle_found_stream){
        .kind = jn_columns_keep_text(columns, 0),
        .id = jn_columns_keep_text(columns, 1),
        .version = sqlite3_column_int64(columns->statement, 2),
        .last_position = optional_number(columns, 3),
        .first_at = {optional_number(columns, 4)},
        .last_at = {optional_number(columns, 5)},
    };
    if (sqlite3_column_int(columns->statement, 6) != 1)
        stream->fault =
            "the row of the stream is not what was stored: its checksum "
            "differs";
    else if (!stream->last_position && stream->version)
        stream->fault = "the events of the stream are missing";
}

enum jangle_result jn_sqlite_look_streams(struct jangle_store *store,
                                          const char *kind,
                                          const char *after_kind,
                                          const char *after_id,
                                          size_t limit,
                                          jangle_found_stream_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    const char *sql = kind       ? after_id ? of_kind : of_kind_from_first
                      : after_id ? of_all
                                 : of_all_from_first;
    struct jn_file *file = jn_file_of(store);
    struct jn_rows rows;
    struct jn_columns columns = {
        .table = "streams", .key_count = 2, .rows = &rows, .error = error};
    struct jangle_found_stream *stream = NULL;
    enum jangle_result result = jn_file_read_rows(
        file, &columns, sql,
        JN_WITH(kind ? JN_BIND_TEXT(kind) : JN_BIND_NULL,
                after_kind ? JN_BIND_TEXT(after_kind) : JN_BIND_NULL,
                after_id ? JN_BIND_TEXT(after_id) : JN_BIND_NULL,
                JN_BIND_NUMBER(limit < INT64_MAX ? (int64_t)limit : INT64_MAX)),
        keep_stream);

    while (!result && (stream = jn_rows_next(&rows, stream)))
        result = visit(context, stream);
    jn_rows_finish(&rows);
    return result;
}
