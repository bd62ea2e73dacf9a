/* audit_views.c - compares each row of each view with what the events say. */
#include "audit/audit_views.h"

#include <string.h>

/* SQLite shows each file as it was when it was first read. The store is read first here,
 * so a view can only be ahead of it. If neither is ahead of `rest`, all show the same
 * moment. */
bool audit_is_quiet(struct audit *audit, sqlite3_int64 rest)
{
    static const char sql[] =
        "SELECT (SELECT ifnull(max(position), 0) FROM main.events) AS last,"
        "  max((SELECT position FROM accounts.jangle_place),"
        "      (SELECT position FROM ledger.jangle_place),"
        "      (SELECT position FROM payments.jangle_place))";
    sqlite3_stmt *statement = audit_prepare(audit, sql);
    bool quiet = true;

    if (sqlite3_step(statement) == SQLITE_ROW)
        quiet = sqlite3_column_int64(statement, 0) <= rest &&
                sqlite3_column_int64(statement, 1) <= rest;
    sqlite3_finalize(statement);
    return quiet;
}

static const struct audit_rule caught_up[] = {
    {"every view has seen every event",
     "SELECT ifnull(max(position), 0) FROM main.events",
     "SELECT 'the view ' || name || ' is at position ' || position || ' of ' || last FROM"
     "  (SELECT name, position FROM accounts.jangle_place"
     "   UNION ALL SELECT name, position FROM ledger.jangle_place"
     "   UNION ALL SELECT name, position FROM payments.jangle_place),"
     "  (SELECT ifnull(max(position), 0) AS last FROM main.events)"
     " WHERE position <> last"},
    {0},
};

static const struct audit_rule totals[] = {
    {"deposits + forgiven - withdrawals - away = the balances",
     "SELECT count(*) FROM accounts.accounts",
     "SELECT money(moved) || ' was moved, ' || money(away) || ' is on its way;"
     " the balances add up to ' || money(shown) FROM"
     "  (SELECT (SELECT ifnull(sum(change), 0) FROM money WHERE type IN"
     "      ('funds_deposited', 'funds_withdrawn', 'debt_forgiven')) AS moved,"
     "    (SELECT ifnull(sum(on_its_way), 0) FROM temp.payments) AS away,"
     "    (SELECT ifnull(sum(balance), 0) FROM accounts.accounts) AS shown)"
     " WHERE moved - away <> shown"},
    {0},
};

/* Two statements that must give the same rows: the same columns, the key first, sorted by
 * the key. */
struct comparison {
    const char *table;
    int keys;
    const char *shown;  /* what the view shows */
    const char *events; /* what the events say */
};

static const struct comparison comparisons[] = {
    {"accounts.accounts", 1,
     "SELECT account_id, name, balance, balance_version, ifnull(entries, 0) AS entries,"
     "  deleted FROM accounts.accounts ORDER BY 1",
     "SELECT account, name, balance, balance_version, entries, deleted FROM lives"
     " ORDER BY 1"},
    {"accounts.requests", 1,
     "SELECT transaction_id, from_id, to_id, amount, timeout_at, answered"
     " FROM accounts.requests ORDER BY 1",
     "SELECT id, from_id, to_id, amount, timeout_at,"
     "  max(accepted, rejected, closed) AS answered"
     " FROM temp.payments WHERE received ORDER BY 1"},
    {"payments.payments", 1,
     "SELECT transaction_id, at, from_id, to_id, amount, reason, state"
     " FROM payments.payments ORDER BY 1",
     "SELECT id, at, from_id, to_id, amount, reason,"
     "  CASE kind WHEN 'transfer' THEN CASE WHEN rolled_back THEN 11"
     "    WHEN credited THEN 10 ELSE 9 END"
     "  ELSE CASE WHEN rolled_back THEN 8 WHEN credited THEN 7 WHEN debited THEN 6"
     "    WHEN failed THEN 5 WHEN accepted THEN 4 WHEN rejected THEN 3"
     "    WHEN received THEN 2 ELSE 1 END END AS state"
     " FROM temp.payments ORDER BY 1"},
    {"accounts.deposits", 1,
     "SELECT transaction_id, amount FROM accounts.deposits ORDER BY 1",
     "SELECT transaction_id, change FROM money WHERE kind = 'deposit' ORDER BY 1"},
    {"accounts.withdrawals", 1,
     "SELECT transaction_id, amount FROM accounts.withdrawals ORDER BY 1",
     "SELECT transaction_id, -change FROM money WHERE kind = 'withdrawal' ORDER BY 1"},
    {"accounts.debts_forgiven", 1,
     "SELECT transaction_id, amount FROM accounts.debts_forgiven ORDER BY 1",
     "SELECT transaction_id, change FROM money WHERE kind = 'debt forgiven' ORDER BY 1"},
    {"ledger.entries", 2,
     "SELECT account_id, entry, at, kind, amount, balance FROM ledger.entries"
     " ORDER BY 1, 2",
     "SELECT account, entry, at, kind, change, balance FROM money"
     " UNION ALL SELECT account, 0, opened_at, 'account opened', 0, 0 FROM lives"
     " ORDER BY 1, 2"},
    {0},
};

/* A comparison at work: two tables are read side by side. */
struct reading {
    const struct comparison *of;
    sqlite3_stmt *shown, *events;
    sqlite3_int64 rows; /* that were equal */
    char *difference;   /* the first one, in words */
};

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text ? (const char *)text : "NULL";
}

/* Compare as SQLite sorts: whole numbers before texts. */
static int compare_values(sqlite3_stmt *one, sqlite3_stmt *other, int column)
{
    sqlite3_int64 a = sqlite3_column_int64(one, column);
    sqlite3_int64 b = sqlite3_column_int64(other, column);

    if (sqlite3_column_type(one, column) != sqlite3_column_type(other, column))
        return sqlite3_column_type(one, column) - sqlite3_column_type(other, column);
    if (sqlite3_column_type(one, column) == SQLITE_INTEGER)
        return (a > b) - (a < b);
    return strcmp(text_of(one, column), text_of(other, column));
}

static int compare_keys(const struct reading *reading)
{
    int order = 0;

    for (int i = 0; i < reading->of->keys && order == 0; i++)
        order = compare_values(reading->shown, reading->events, i);
    return order;
}

static char *name_row(const struct reading *reading, sqlite3_stmt *row)
{
    return reading->of->keys == 1
               ? sqlite3_mprintf("%s", text_of(row, 0))
               : sqlite3_mprintf("%s, %s", text_of(row, 0), text_of(row, 1));
}

static void note_row(struct reading *reading, sqlite3_stmt *row, const char *what)
{
    char *key = name_row(reading, row);

    reading->difference =
        sqlite3_mprintf("%s, row %s: %s", reading->of->table, key, what);
    sqlite3_free(key);
}

static void compare_cells(struct reading *reading)
{
    for (int i = reading->of->keys; i < sqlite3_column_count(reading->shown); i++) {
        char *key;

        if (compare_values(reading->shown, reading->events, i) == 0)
            continue;
        key = name_row(reading, reading->shown);
        reading->difference =
            sqlite3_mprintf("%s, row %s: %s is %s; the events say %s", reading->of->table,
                            key, sqlite3_column_name(reading->shown, i),
                            text_of(reading->shown, i), text_of(reading->events, i));
        sqlite3_free(key);
        return;
    }
    reading->rows++;
}

/* Compare the next row of both. Returns SQLITE_DONE when both have ended or differ. */
static int compare_next(struct reading *reading)
{
    int shown = sqlite3_step(reading->shown);
    int said = sqlite3_step(reading->events);
    bool both = shown == SQLITE_ROW && said == SQLITE_ROW;
    int order = both ? compare_keys(reading) : 0;

    if ((shown != SQLITE_ROW && shown != SQLITE_DONE) ||
        (said != SQLITE_ROW && said != SQLITE_DONE))
        return SQLITE_ERROR;
    if (shown == SQLITE_DONE && said == SQLITE_DONE)
        return SQLITE_DONE;
    if (said == SQLITE_DONE || order < 0)
        note_row(reading, reading->shown, "no event says so");
    else if (shown == SQLITE_DONE || order > 0)
        note_row(reading, reading->events, "missing, but the events have it");
    else
        compare_cells(reading);
    return reading->difference ? SQLITE_DONE : SQLITE_ROW;
}

static void compare_table(struct audit *audit, const struct comparison *comparison)
{
    struct reading reading = {
        .of = comparison,
        .shown = audit_prepare(audit, comparison->shown),
        .events = audit_prepare(audit, comparison->events),
    };
    char *says =
        sqlite3_mprintf("each row of %s is as the events say", comparison->table);
    int code = SQLITE_ROW;

    if (says && reading.shown && reading.events) {
        while (code == SQLITE_ROW)
            code = compare_next(&reading);
        if (code != SQLITE_DONE)
            audit_failed(audit, says, sqlite3_errmsg(audit->db));
        else if (reading.difference)
            audit_failed(audit, says, reading.difference);
        else
            audit_passed(audit, says, reading.rows);
    }
    sqlite3_free(says);
    sqlite3_free(reading.difference);
    sqlite3_finalize(reading.shown);
    sqlite3_finalize(reading.events);
}

void audit_views(struct audit *audit)
{
    int wrong = audit->wrong;

    audit_rules(audit, caught_up);
    if (audit->wrong > wrong) /* a view that is behind differs, of course */
        return;
    audit_rules(audit, totals);
    for (size_t i = 0; comparisons[i].table; i++)
        compare_table(audit, &comparisons[i]);
}
