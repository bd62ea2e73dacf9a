/* look_bounds.c - where the log, or a stream, begins and ends for a look, in a store that
 * may be damaged.
 *
 * What cannot be read is told as such, and never as a log without events, or as a stream
 * that is not there. */
#include "sqlite/store/look_bounds.h"

enum { RECORDS_OF_A_PAGE = 4096 / 40 /* of the file, at most */ };

/* No number is above it, so that one behind it can be counted, too. */
#define LAST_NUMBER (INT64_MAX - 2)

struct finding {
    struct jn_look_bounds *bounds;
    struct jn_file *file;
    struct jn_database *database;
    const struct jangle_range *range;
    struct jangle_error *error;
};

/* A number of one statement; `otherwise` if there is no row, or NULL. */
static enum jangle_result find_number(struct finding *finding,
                                      const char *sql,
                                      const struct jn_parameter *parameters,
                                      int count,
                                      int64_t otherwise,
                                      int64_t *number,
                                      struct jangle_error *error)
{
    struct jn_database *database = finding->database;
    sqlite3_stmt *statement;
    enum jangle_result result = jn_database_prepare(database, sql, &statement, error);
    int code;

    *number = otherwise;
    if (result)
        return result;
    jn_bind_all(statement, parameters, count);
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        result = jn_database_result(database, code, error);
    else if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
        *number = sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        result = jn_fail(error, JANGLE_STORAGE,
                         "%s: it is damaged: where there must be a number it holds none",
                         finding->file->path);
    sqlite3_reset(statement);
    return result;
}

/* How many records the file can hold at most, so that a damaged number does not make the
 * search endless. */
static enum jangle_result find_room(struct finding *finding)
{
    enum jangle_result result = find_number(finding, "PRAGMA page_count", NULL, 0, 0,
                                            &finding->bounds->room, finding->error);

    finding->bounds->room *= RECORDS_OF_A_PAGE;
    if (!finding->range->kind)
        finding->bounds->room += finding->file->identity.first_position - 1;
    return result;
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t most(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* If there is no last record, or its page cannot be read, the streams tell how many
 * events there are. A record is believed, whatever its position is; their count only as
 * far as the file may hold so many. */
static enum jangle_result find_head(struct finding *finding, int64_t *head)
{
    struct jangle_error why = {0};
    enum jangle_result result = find_number(
        finding, "SELECT max(position) FROM main.events", NULL, 0, -1, head, &why);

    if (!result && *head >= 0) {
        *head = least(*head, LAST_NUMBER);
        return JANGLE_OK;
    }
    if (result && result != JANGLE_STORAGE)
        return jn_fail(finding->error, result, "%s", why.message);
    if (!find_number(finding, "SELECT sum(version) FROM main.streams", NULL, 0, 0, head,
                     result ? NULL : &why)) {
        *head = least(*head, finding->bounds->room);
        return JANGLE_OK;
    }
    finding->bounds->endless = true;
    finding->bounds->why = why;
    *head = LAST_NUMBER;
    return JANGLE_OK;
}

static enum jangle_result find_log(struct finding *finding, int64_t *first, int64_t *last)
{
    const struct jangle_range *range = finding->range;
    int64_t head;
    enum jangle_result result = find_head(finding, &head);

    if (result)
        return result;
    *first = most(range->after + 1, finding->file->identity.first_position);
    *last = range->before ? least(range->before - 1, head) : head;
    if (!finding->bounds->endless || !range->newest_first)
        return JANGLE_OK;
    return jn_fail(finding->error, JANGLE_STORAGE,
                   "%s: so it is not known where the log ends: look from its first event "
                   "on",
                   finding->bounds->why.message);
}

#define OF_STREAM "SELECT version FROM main.events WHERE stream = ?1 AND position "

/* The versions of the range. */
static enum jangle_result
find_versions(struct finding *finding, int64_t *first, int64_t *last)
{
    const struct jangle_range *range = finding->range;
    struct jangle_error *error = finding->error;
    int64_t end;
    enum jangle_result result =
        find_number(finding, "SELECT version FROM main.streams WHERE id = ?1",
                    JN_WITH(JN_BIND_NUMBER(finding->bounds->stream)), 0, &end, error);

    *first = 1;
    *last = end = least(end, finding->bounds->room);
    if (!result && range->before)
        result = find_number(finding, OF_STREAM "< ?2 ORDER BY version DESC LIMIT 1",
                             JN_WITH(JN_BIND_NUMBER(finding->bounds->stream),
                                     JN_BIND_NUMBER(range->before)),
                             0, last, error);
    if (!result && range->after)
        result = find_number(finding, OF_STREAM "> ?2 ORDER BY version LIMIT 1",
                             JN_WITH(JN_BIND_NUMBER(finding->bounds->stream),
                                     JN_BIND_NUMBER(range->after)),
                             end + 1, first, error);
    return result;
}

/* The row of the stream says where it ends. If there is none, there is no such stream. */
static enum jangle_result
find_stream(struct finding *finding, int64_t *first, int64_t *last)
{
    const struct jangle_range *range = finding->range;
    enum jangle_result result =
        find_number(finding, "SELECT id FROM main.streams WHERE kind = ?1 AND name = ?2",
                    JN_WITH(JN_BIND_TEXT(range->kind), JN_BIND_TEXT(range->id)), -1,
                    &finding->bounds->stream, finding->error);

    *first = 1;
    *last = 0;
    return result || finding->bounds->stream < 0 ? result
                                                 : find_versions(finding, first, last);
}

enum jangle_result jn_look_bounds_find(struct jn_look_bounds *bounds,
                                       struct jn_file *file,
                                       struct jn_database *database,
                                       const struct jangle_range *range,
                                       struct jangle_error *error)
{
    struct finding finding = {bounds, file, database, range, error};
    enum jangle_result result;

    *bounds = (struct jn_look_bounds){.first = 1};
    result = find_room(&finding);
    if (result)
        return result;
    return range->kind ? find_stream(&finding, &bounds->first, &bounds->last)
                       : find_log(&finding, &bounds->first, &bounds->last);
}
