/* exchange_files.c - the files of both programs, compared by SQL alone. */
#include "support/domains/exchange_files.h"
#include "support/stores/sql.h"
#include "support/test.h"

/* What the sender has, and what the taker has of it, as rows that must be equal. The
 * taker keeps an event in a stream that is called after the sender's. */
#define SENT                                                                             \
    "SELECT 'purse/' || s.name, e.version, e.event_id, e.payload FROM sender.events e "  \
    "JOIN sender.streams s ON s.id = e.stream WHERE s.kind = 'purse'"
#define SEEN                                                                             \
    "SELECT s.name, e.version, e.event_id, e.payload FROM taker.events e "               \
    "JOIN taker.streams s ON s.id = e.stream WHERE s.kind = 'watch'"

/* The sender posts the version of each event as an amount, so the n-th command of a purse
 * carries n. */
#define POSTED                                                                           \
    "SELECT s.name, e.version, e.version AS amount FROM sender.events e "                \
    "JOIN sender.streams s ON s.id = e.stream WHERE s.kind = 'purse'"
#define DONE                                                                             \
    "SELECT s.name, e.version, "                                                         \
    "CAST(json_extract(CAST(e.payload AS TEXT), '$.amount') AS INTEGER) AS amount "      \
    "FROM taker.events e "                                                               \
    "JOIN taker.streams s ON s.id = e.stream WHERE s.kind = 'purse'"

/* Who gave something up, and why. What is parked and not dead may be an event of which a
 * process died: it waits for its next attempt, which may have nothing to do any more. */
static void assert_none_dead(sqlite3 *files, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_prepare_v2(files, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        fail_msg("%s is dead: %s", sqlite3_column_text(statement, 0),
                 sqlite3_column_text(statement, 1));
    sqlite3_finalize(statement);
}

#define DEAD(file)                                                                       \
    "SELECT s.name || ' at ' || p.key || ', position ' || p.position || ', attempts ' "  \
    "|| p.attempts, coalesce(p.error, '') "                                              \
    "FROM " file ".parked p JOIN " file                                                  \
    ".subscribers s ON s.id = p.subscriber "                                             \
    "WHERE p.dead"

struct row {
    const char *what, *sql;
};

static const struct row of_events[] = {
    {"events are lost, doubled or out of order",
     "SELECT count(*) FROM (" SENT " EXCEPT " SEEN ")"},
    {"events were never sent", "SELECT count(*) FROM (" SEEN " EXCEPT " SENT ")"},
};

static const struct row of_commands[] = {
    {"commands are lost, doubled or out of order",
     "SELECT count(*) FROM (" POSTED " EXCEPT " DONE ")"},
    {"commands were never posted", "SELECT count(*) FROM (" DONE " EXCEPT " POSTED ")"},
};

static void compare(sqlite3 *files, const struct row rows[2])
{
    for (size_t i = 0; i < 2; i++) {
        int64_t wrong = sql_ask(files, "%s", rows[i].sql);

        if (wrong)
            fail_msg("%lld %s", (long long)wrong, rows[i].what);
    }
}

static sqlite3 *open_both(const char *sender, const char *taker)
{
    sqlite3 *files = NULL;

    sql_attach(&files, sender, "sender");
    sql_attach(&files, taker, "taker");
    return files;
}

static void compare_events(sqlite3 *files, int64_t count)
{
    assert_int_equal(sql_ask(files, "SELECT count(*) FROM (" SENT ")"), count);
    assert_int_equal(sql_ask(files, "SELECT count(*) FROM (" SEEN ")"), count);
    compare(files, of_events);
    assert_none_dead(files, DEAD("sender"));
    assert_none_dead(files, DEAD("taker"));
}

void exchange_files_assert_events(const char *sender, const char *taker, int64_t count)
{
    sqlite3 *files = open_both(sender, taker);

    compare_events(files, count);
    sqlite3_close(files);
}

void exchange_files_assert_whole(const char *sender, const char *taker, int64_t count)
{
    sqlite3 *files = open_both(sender, taker);

    compare_events(files, count);
    assert_int_equal(sql_ask(files, "SELECT count(*) FROM taker.events"), 2 * count);
    compare(files, of_commands);
    sqlite3_close(files);
}
