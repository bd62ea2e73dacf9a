/* audit_rules.c - the tools of the audit: the open files, and checks written in SQL. */
#include "audit/audit_rules.h"

#include <stdio.h>

/* ---- the line of a check ----------------------------------------------------- */

void audit_passed(struct audit *audit, const char *says, sqlite3_int64 count)
{
    audit->checks++;
    printf("  ok     %-58s %10lld\n", says, count);
}

void audit_failed(struct audit *audit, const char *says, const char *what)
{
    audit->checks++;
    audit->wrong++;
    printf("  WRONG  %s\n         %s\n", says, what);
}

/* ---- statements -------------------------------------------------------------- */

bool audit_run(struct audit *audit, const char *sql)
{
    char *message = NULL;
    bool done = sqlite3_exec(audit->db, sql, NULL, NULL, &message) == SQLITE_OK;

    if (!done)
        audit_failed(audit, "the files can be read", message ? message : "out of memory");
    sqlite3_free(message);
    return done;
}

sqlite3_stmt *audit_prepare(struct audit *audit, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(audit->db, sql, -1, &statement, NULL))
        audit_failed(audit, "the files can be read", sqlite3_errmsg(audit->db));
    return statement;
}

static sqlite3_int64 count_rows(struct audit *audit, const char *sql)
{
    sqlite3_stmt *statement = audit_prepare(audit, sql);
    sqlite3_int64 count = 0;

    if (sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

void audit_rules(struct audit *audit, const struct audit_rule *rules)
{
    for (; rules->says; rules++) {
        sqlite3_stmt *statement = audit_prepare(audit, rules->wrong);

        if (!statement)
            continue;
        switch (sqlite3_step(statement)) {
        case SQLITE_DONE:
            audit_passed(audit, rules->says, count_rows(audit, rules->count));
            break;
        case SQLITE_ROW:
            audit_failed(audit, rules->says,
                         (const char *)sqlite3_column_text(statement, 0));
            break;
        default:
            audit_failed(audit, rules->says, sqlite3_errmsg(audit->db));
        }
        sqlite3_finalize(statement);
    }
}

void audit_list(struct audit *audit, const char *sql)
{
    sqlite3_stmt *statement = audit_prepare(audit, sql);

    while (statement && sqlite3_step(statement) == SQLITE_ROW)
        printf("  WAITS  %s\n", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
}
