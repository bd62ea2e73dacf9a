/* stream_check.c - check the versions of each stream, by the index of events over stream
 * and version, which is read alone and in its order: so it needs no memory, and no row of
 * an event. */
#include "sqlite/verify/stream_check.h"

#include "sqlite/verify/row_check.h"
#include "sqlite/verify/tables.h"

#include <jangle/plugin/support.h>

enum { PAGE_COUNT = 4000, NAME_SIZE = 160 };

static const char sql[] =
    "SELECT stream, version, position FROM events"
    " WHERE (stream, version) > (?1, ?2) ORDER BY stream, version LIMIT ?3";

/* The last entry that was read. */
struct stream_walk {
    struct jn_verify *verify;
    sqlite3_stmt *statement;
    sqlite3_stmt *row; /* of a stream */
    int64_t stream;
    int64_t version;
    int64_t position;
    int64_t read;
    bool begun;
    bool ended;
};

static void refuse(const struct stream_walk *walk,
                   int64_t position,
                   const char *column,
                   int64_t affected,
                   const char *what)
{
    char row[JN_FINDING_ROW_SIZE];

    jn_text_format(row, sizeof row, "%lld", (long long)position);
    jn_findings_add(walk->verify, &(struct jangle_finding){
                                      .kind = JANGLE_FINDING_ORDER,
                                      .row = row,
                                      .column = column,
                                      .affected = affected,
                                      .what = what,
                                  });
}

/* What the row of a stream says. Its first version is 1, unless its older events were
 * archived. */
static int64_t
look_up(const struct stream_walk *walk, int64_t stream, char name[NAME_SIZE])
{
    int64_t version = 1;

    jn_text_format(name, NAME_SIZE, "number %lld", (long long)stream);
    sqlite3_bind_int64(walk->row, 1, stream);
    if (sqlite3_step(walk->row) == SQLITE_ROW) {
        version = sqlite3_column_int64(walk->row, 0);
        jn_text_show(name, NAME_SIZE, (const char *)sqlite3_column_text(walk->row, 1));
    }
    sqlite3_reset(walk->row);
    return version;
}

static void refuse_version(const struct stream_walk *walk,
                           int64_t version,
                           int64_t expected,
                           int64_t position,
                           const char *name)
{
    int64_t missing = version > expected ? version - expected : 1;
    char what[JN_FINDING_WHAT_SIZE];

    if (version < expected)
        jn_text_format(what, sizeof what,
                       "is %lld, and the stream %s begins with version %lld",
                       (long long)version, name, (long long)expected);
    else if (missing == 1)
        jn_text_format(what, sizeof what,
                       "is %lld, and there is no event of version %lld in its stream, %s",
                       (long long)version, (long long)expected, name);
    else
        jn_text_format(what, sizeof what,
                       "is %lld, and there are no events of versions %lld to %lld in its "
                       "stream, %s",
                       (long long)version, (long long)expected, (long long)version - 1,
                       name);
    refuse(walk, position, "version", missing, what);
}

static void check_version(const struct stream_walk *walk,
                          int64_t stream,
                          int64_t version,
                          int64_t position)
{
    bool same = walk->begun && stream == walk->stream;
    int64_t expected = same ? walk->version + 1 : 1;
    char name[NAME_SIZE];

    if (version == expected)
        return;
    if (same)
        look_up(walk, stream, name);
    else
        expected = look_up(walk, stream, name);
    if (version != expected)
        refuse_version(walk, version, expected, position, name);
}

static void check_entry(struct stream_walk *walk)
{
    int64_t stream = sqlite3_column_int64(walk->statement, 0);
    int64_t version = sqlite3_column_int64(walk->statement, 1);
    int64_t position = sqlite3_column_int64(walk->statement, 2);
    bool same = walk->begun && stream == walk->stream;

    check_version(walk, stream, version, position);
    if (same && position <= walk->position)
        refuse(walk, position, "position", 1,
               "is before that of an earlier event of the same stream");
    walk->stream = stream;
    walk->version = version;
    walk->position = position;
    walk->begun = true;
}

/* Values of another kind were told of by the check of the events; behind them the index
 * cannot be followed by numbers. */
static bool are_numbers(const struct stream_walk *walk)
{
    return sqlite3_column_type(walk->statement, 0) == SQLITE_INTEGER &&
           sqlite3_column_type(walk->statement, 1) == SQLITE_INTEGER;
}

static void read_page(struct stream_walk *walk)
{
    int count = 0;
    int code;

    sqlite3_bind_int64(walk->statement, 1, walk->begun ? walk->stream : INT64_MIN);
    sqlite3_bind_int64(walk->statement, 2, walk->begun ? walk->version : INT64_MIN);
    sqlite3_bind_int64(walk->statement, 3, PAGE_COUNT);
    while ((code = sqlite3_step(walk->statement)) == SQLITE_ROW && are_numbers(walk) &&
           !walk->verify->result) {
        check_entry(walk);
        count++;
    }
    sqlite3_reset(walk->statement);
    walk->read += count;
    walk->ended = count < PAGE_COUNT;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        jn_findings_add_code(walk->verify, code, NULL, 0);
}

bool jn_stream_check(struct jn_verify *verify)
{
    struct stream_walk walk = {.verify = verify};
    sqlite3 *handle = verify->database->handle;
    int code = sqlite3_prepare_v2(handle, sql, -1, &walk.statement, NULL);

    jn_findings_begin(verify, "events", JN_RESTORE);
    if (!code)
        code = sqlite3_prepare_v2(
            handle, "SELECT first_version, kind || '/' || name FROM streams WHERE id = ?",
            -1, &walk.row, NULL);
    if (code)
        jn_findings_add_code(verify, code, NULL, 0);
    while (!code && !walk.ended && !verify->result) {
        read_page(&walk);
        if (jn_findings_visit(verify))
            jn_verify_goes_on(verify, "streams", walk.read, 0);
    }
    sqlite3_finalize(walk.statement);
    sqlite3_finalize(walk.row);
    return jn_findings_end(verify);
}
