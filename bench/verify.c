/* verify.c - does the file of a round hold what was acknowledged? */
#include "verify.h"
#include "bench.h"

#include <sqlite3.h>

static int64_t ask(sqlite3 *database, const char *question)
{
    sqlite3_stmt *statement;
    int64_t answer;

    if (sqlite3_prepare_v2(database, question, -1, &statement, NULL) ||
        sqlite3_step(statement) != SQLITE_ROW)
        bench_die("the events of a round", sqlite3_errmsg(database));
    answer = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return answer;
}

const char *verify_counts(int64_t rows, int64_t torn, int64_t wanted)
{
    if (rows < wanted)
        return "an event is missing that was acknowledged";
    if (rows > wanted)
        return "there are events that nobody was told of";
    return torn ? "the versions of a stream have a gap" : NULL;
}

/* No two events of a stream have the same version, because that is a key. */
const char *verify_events(const char *path, int64_t wanted)
{
    static const char holes[] =
        "SELECT count(*) FROM (SELECT 1 FROM events GROUP BY stream"
        " HAVING min(version) <> 1 OR max(version) <> count(*))";
    sqlite3 *database;
    int64_t rows, torn;

    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL))
        bench_die(path, sqlite3_errmsg(database));
    rows = ask(database, "SELECT count(*) FROM events");
    torn = ask(database, holes);
    sqlite3_close(database);
    return verify_counts(rows, torn, wanted);
}
