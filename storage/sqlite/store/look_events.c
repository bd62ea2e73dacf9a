/* look_events.c - pages of events for a look: forward and backward, of the log or of one
 * stream, with those that are damaged.
 *
 * The log is read by positions and a stream by versions, which have no gaps. So what is
 * missing is known by its number, and where SQLite cannot read a page of the file, the
 * search goes on behind each number that it cannot find. */
#include "sqlite/store/look_events.h"

#include "sqlite/file/readers.h"
#include "sqlite/store/event_row.h"
#include "sqlite/store/look_bounds.h"

enum {
    PAGE_COUNT = 1000,
    PAGE_BYTES = 1024 * 1024,
    UNREADABLE_COUNT = 10000 /* that one call tries */
};

struct looking {
    struct jn_event_row row;
    struct jangle_range *range;
    int64_t at;  /* the position or version that was read last */
    int64_t end; /* the last one of the range */
    int step;    /* 1 or -1 */
    int tried;   /* numbers that cannot be read */
    struct jn_look_bounds bounds;
};

/* What is kept until the reader is released. */
struct kept {
    struct jangle_found found;
    struct jangle_record record;
};

static bool is_over(const struct looking *looking)
{
    return looking->step > 0 ? looking->at >= looking->end : looking->at <= looking->end;
}

static bool is_beyond(const struct looking *looking, int64_t number)
{
    return looking->step > 0 ? number > looking->end : number < looking->end;
}

static bool is_full(const struct looking *looking)
{
    const struct jn_rows *rows = looking->row.columns.rows;

    return rows->count >= looking->range->limit || rows->count >= PAGE_COUNT ||
           rows->bytes >= PAGE_BYTES || looking->tried >= UNREADABLE_COUNT;
}

/* ---- what is kept ------------------------------------------------------------ */

static struct kept *add_kept(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;
    struct kept *kept = jn_rows_add(columns->rows, sizeof *kept);

    if (kept)
        kept->found.record = &kept->record;
    else
        columns->result = jn_fail(columns->error, JANGLE_NO_MEMORY, "%s: out of memory",
                                  looking->row.file->path);
    return kept;
}

/* A fault is kept like any text. Without memory for it, the call fails. */
static const char *keep_fault(struct looking *looking, const char *fault)
{
    struct jn_columns *columns = &looking->row.columns;
    char *room = jn_rows_room(columns->rows, strlen(fault) + 1);

    if (room)
        return memcpy(room, fault, strlen(fault) + 1);
    columns->result = jn_fail(columns->error, JANGLE_NO_MEMORY, "%s: out of memory",
                              looking->row.file->path);
    return NULL;
}

/* The records from here on up to `number`, which is left out, are missing. */
static void keep_missing(struct looking *looking, int64_t number, const char *fault)
{
    int64_t count = (number - looking->at) * looking->step - 1;
    struct kept *kept = add_kept(looking);

    if (!kept)
        return;
    kept->found.missing = count;
    kept->found.fault = keep_fault(looking, fault);
    if (looking->row.kind)
        kept->record = (struct jangle_record){.kind = looking->row.kind,
                                              .id = looking->row.id,
                                              .version = looking->at + looking->step};
    else
        kept->record.position = looking->at + looking->step;
    looking->at = number - looking->step;
}

/* Keep the record of the row; a damaged one as far as it can be read. */
static void keep_row(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;
    struct jangle_error *error = columns->error, why = {0};
    struct kept *kept = add_kept(looking);

    if (!kept)
        return;
    columns->error = &why;
    jn_event_row_read(&looking->row, &kept->record);
    if (columns->result && columns->result != JANGLE_NO_MEMORY) {
        jn_event_row_salvage(&looking->row, &kept->record);
        if (!columns->result)
            kept->found.fault = keep_fault(looking, why.message);
    }
    columns->error = error;
    if (columns->result)
        jn_fail(error, columns->result, "%s", why.message);
}

/* ---- reading ----------------------------------------------------------------- */

/* Can SQLite not read some page, while it may read others? */
static bool is_unreadable(int code)
{
    return (code & 0xff) == SQLITE_CORRUPT || code == SQLITE_IOERR_READ ||
           code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_DATA;
}

#define LOG                                                                              \
    "SELECT " JN_EVENT_COLUMNS                                                           \
    ", e.stream, s.kind, s.name, s.id FROM main.events AS e"                             \
    " LEFT JOIN main.streams AS s ON s.id = e.stream WHERE e.position "

#define STREAM                                                                           \
    "SELECT " JN_EVENT_COLUMNS                                                           \
    " FROM main.events AS e WHERE e.stream = ?2 AND "                                    \
    "e.version "

/* jn_database_prepare tells statements by their addresses. */
static const char *const queries[2][2] = {
    {LOG "> ?1 ORDER BY e.position", LOG "< ?1 ORDER BY e.position DESC"},
    {STREAM "> ?1 ORDER BY e.version", STREAM "< ?1 ORDER BY e.version DESC"},
};

static enum jangle_result ask(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;
    enum jangle_result result = jn_database_prepare(
        columns->database, queries[looking->row.kind != NULL][looking->step < 0],
        &columns->statement, columns->error);

    if (result)
        return result;
    sqlite3_bind_int64(columns->statement, 1, looking->at);
    if (looking->row.kind)
        sqlite3_bind_int64(columns->statement, 2, looking->bounds.stream);
    return JANGLE_OK;
}

/* A number that goes backward is damage of the index, and is not believed. */
static int keep_rows(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;
    int unit = looking->row.kind ? JN_EVENT_VERSION : JN_EVENT_POSITION;
    int code = SQLITE_ROW;

    while (!columns->result && !is_full(looking) && !is_over(looking)) {
        int64_t number;

        code = sqlite3_step(columns->statement);
        if (code != SQLITE_ROW)
            return code;
        number = sqlite3_column_int64(columns->statement, unit);
        if ((number - looking->at) * looking->step <= 0)
            return SQLITE_CORRUPT;
        if (is_beyond(looking, number))
            return SQLITE_DONE;
        if (number != looking->at + looking->step)
            keep_missing(looking, number, "these records are missing");
        if (columns->result)
            return SQLITE_ROW;
        keep_row(looking);
        looking->at = number;
    }
    return SQLITE_ROW;
}

/* Number by number, as long as there may be so many records; beyond that a number is
 * damage, and the search goes on where it is sure of a record. */
static void keep_unreadable(struct looking *looking, const char *fault)
{
    int64_t next = looking->at + 2 * looking->step;

    if (looking->step > 0 && looking->at >= looking->bounds.room && looking->end > next)
        next = looking->end;
    if (looking->step < 0 && next > looking->bounds.room &&
        looking->bounds.room > looking->end)
        next = looking->bounds.room;
    keep_missing(looking, next, fault);
    looking->tried++;
}

/* What was read before is visited, and the call after that fails. */
static enum jangle_result end_unknown(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;

    if (columns->rows->count) {
        looking->tried = UNREADABLE_COUNT;
        return JANGLE_OK;
    }
    return jn_fail(columns->error, JANGLE_STORAGE,
                   "%s: so it is not known where the log ends, and no event is found "
                   "after position %lld",
                   looking->bounds.why.message, (long long)looking->at);
}

/* One try, from where the last one has ended. */
static enum jangle_result read_on(struct looking *looking)
{
    struct jn_columns *columns = &looking->row.columns;
    enum jangle_result result = ask(looking);
    struct jangle_error why = {0};
    int code;

    if (result)
        return result;
    code = keep_rows(looking);
    if (is_unreadable(code))
        jn_database_result(columns->database, code, &why);
    sqlite3_reset(columns->statement);
    if (columns->result || code == SQLITE_ROW)
        return columns->result;
    if (code != SQLITE_DONE && !is_unreadable(code))
        return jn_database_result(columns->database, code, columns->error);
    if (looking->bounds.endless)
        return end_unknown(looking);
    if (code == SQLITE_DONE)
        keep_missing(looking, looking->end + looking->step, "these records are missing");
    else
        keep_unreadable(looking, why.message);
    return columns->result;
}

static enum jangle_result begin(struct looking *looking)
{
    const struct jangle_range *range = looking->range;
    struct jn_columns *columns = &looking->row.columns;
    enum jangle_result result = jn_look_bounds_find(
        &looking->bounds, looking->row.file, columns->database, range, columns->error);
    int64_t first = looking->bounds.first, last = looking->bounds.last;

    looking->step = range->newest_first ? -1 : 1;
    looking->end = range->newest_first ? first : last;
    looking->at = range->newest_first ? last + 1 : first - 1;
    if (range->place)
        looking->at = range->place;
    return result;
}

/* ---- the operation ----------------------------------------------------------- */

static enum jangle_result read_page(struct looking *looking)
{
    struct jangle_range *range = looking->range;
    enum jangle_result result = begin(looking);

    while (!result && !is_full(looking) && !is_over(looking))
        result = read_on(looking);
    range->place = looking->at;
    range->ended = is_over(looking);
    return result;
}

static enum jangle_result
visit_kept(struct jn_rows *rows, jangle_found_fn *visit, void *context)
{
    struct kept *kept = NULL;
    enum jangle_result result = JANGLE_OK;

    while (!result && (kept = jn_rows_next(rows, kept)))
        result = visit(context, &kept->found);
    return result;
}

enum jangle_result jn_sqlite_look_events(struct jangle_store *store,
                                         struct jangle_range *range,
                                         jangle_found_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_file *file = jn_file_of(store);
    struct jn_rows rows;
    struct jn_stream_values stream;
    struct looking looking = {.row = {.file = file,
                                      .columns = {.table = "events",
                                                  .key_count = 1,
                                                  .rows = &rows,
                                                  .error = error}},
                              .range = range};
    enum jangle_result result;

    jn_rows_init(&rows, &file->host->allocator);
    if (range->kind) {
        looking.row.kind = range->kind;
        looking.row.id = range->id;
        jn_checksum_begin(&stream, range->kind, range->id);
        looking.row.stream = &stream;
    }
    result = jn_file_take_reader(file, &looking.row.columns.database, error);
    if (!result) {
        result = read_page(&looking);
        jn_file_release_reader(file, looking.row.columns.database);
    }
    if (!result)
        result = visit_kept(&rows, visit, context);
    jn_rows_finish(&rows);
    return result;
}
