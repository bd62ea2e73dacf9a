/* compare.c - compares the stores of a bank and of a loyalty program that have come to
 * rest: compare_stores BANK.db LOYALTY.db. It shares no code with them, nor with jangle:
 * it reads their files with SQL, and knows what both must hold. One line is printed for
 * each check, and up to five differences. Ends with 0 if both are identical in every way
 * that is checked, and with 1 if not, or if there was nothing to compare. */
#include "trial/checks.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 5, URI_SIZE = 1024 };

static void give_up(sqlite3 *database, const char *what)
{
    fprintf(stderr, "compare_stores: %s: %s\n", what, sqlite3_errmsg(database));
    exit(1);
}

/* ---- SQL ------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL))
        give_up(database, sql);
    return statement;
}

static bool step(sqlite3 *database, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);

    if (result != SQLITE_ROW && result != SQLITE_DONE)
        give_up(database, sqlite3_sql(statement));
    return result == SQLITE_ROW;
}

static long long count(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = prepare(database, sql);
    long long number = step(database, statement) ? sqlite3_column_int64(statement, 0) : 0;

    sqlite3_finalize(statement);
    return number;
}

/* A file that is there, to be read only. */
static void
attach(sqlite3 *database, const char *path, const char *suffix, const char *name)
{
    char uri[URI_SIZE];
    sqlite3_stmt *statement = prepare(database, "ATTACH ? AS ?");

    snprintf(uri, sizeof uri, "file:%s%s?mode=ro", path, suffix);
    sqlite3_bind_text(statement, 1, uri, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    step(database, statement);
    sqlite3_finalize(statement);
}

/* ---- checks ---------------------------------------------------------------------- */

/* Returns how many differences there are. */
static long long run_check(sqlite3 *database, const struct check *check)
{
    sqlite3_stmt *statement = prepare(database, check->differences);
    long long compared = count(database, check->compared), found = 0;

    while (step(database, statement)) {
        if (found == 0)
            printf("DIFFERENT  %s\n", check->name);
        if (found++ < SHOWN)
            printf("    %s\n", (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    if (found > SHOWN)
        printf("    and %lld more\n", found - SHOWN);
    if (found == 0)
        printf("identical  %s (%lld)\n", check->name, compared);
    return found;
}

int main(int argc, char **argv)
{
    sqlite3 *database = NULL;
    long long found = 0;

    if (argc != 3) {
        fputs("compare_stores BANK.db LOYALTY.db\n", stderr);
        return 2;
    }
    if (sqlite3_open_v2(":memory:", &database,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI,
                        NULL))
        give_up(database, "no database in memory");
    attach(database, argv[1], "", "bank");
    attach(database, argv[2], "", "loyalty");
    attach(database, argv[2], ".points", "points");
    if (sqlite3_exec(database, checks_tables, NULL, NULL, NULL))
        give_up(database, "the stores cannot be read");
    for (size_t i = 0; i < checks_count; i++)
        found += run_check(database, &checks[i]);
    if (!count(database, "SELECT count(*) FROM published") ||
        !count(database, "SELECT count(*) FROM posted")) {
        puts("Nothing was published, or nothing was posted: this proves nothing.");
        found++;
    }
    sqlite3_close(database);
    return found != 0;
}
