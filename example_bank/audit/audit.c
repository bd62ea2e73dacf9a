/* audit.c - the audit: is every cent where the events say? */
#include "audit/audit.h"
#include "app/bank.h"
#include "audit/audit_parts.h"
#include "cli/money.h"

#include <inttypes.h>

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

/* ---- the whole --------------------------------------------------------------- */

static void format_money(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_text(context, MONEY(sqlite3_value_int64(values[0])), -1,
                        SQLITE_TRANSIENT);
}

static bool attach_view(struct audit *audit, const char *path, const char *view)
{
    char *file = sqlite3_mprintf("%s.%s", path, view);
    char *sql = sqlite3_mprintf("ATTACH %Q AS %Q", file, view);
    bool attached = file && sql && audit_run(audit, sql);

    sqlite3_free(sql);
    sqlite3_free(file);
    return attached;
}

/* All files are opened read-only, because an audit changes nothing. */
static bool open_files(struct audit *audit, const char *path)
{
    if (sqlite3_open_v2(path, &audit->db, SQLITE_OPEN_READONLY, NULL)) {
        audit_failed(audit, "the files can be read", sqlite3_errmsg(audit->db));
        return false;
    }
    sqlite3_create_function(audit->db, "money", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                            NULL, format_money, NULL, NULL);
    for (size_t i = 0; i < bank_views.count; i++)
        if (!attach_view(audit, path, bank_views.items[i]->name))
            return false;
    return audit_run(audit, "BEGIN");
}

/* First come the checks that hold at every moment; then, if nothing is under way in the
 * bank, the others. */
static void run_checks(struct audit *audit, const char *acks)
{
    if (!audit_books(audit) || !audit->quiet || !audit_payments(audit))
        return;
    audit_views(audit);
    if (acks)
        audit_promises(audit, acks);
}

static int print_summary(const struct audit *audit)
{
    if (audit->wrong)
        printf("\n%d of %d checks found the books wrong.\n", audit->wrong, audit->checks);
    else if (audit->quiet)
        printf("\nThe books are right: %d checks, none found anything wrong.\n",
               audit->checks);
    else
        printf(
            "\nThe bank is not quiet: others use it, and payments are under way. %d "
            "checks found nothing wrong; run it again for the others.\n",
            audit->checks);
    return audit->wrong ? 1 : audit->quiet ? 0 : AUDIT_NOT_QUIET;
}

int audit_bank(const char *path, const char *acks, int64_t rest)
{
    struct audit audit = {.quiet = true};

    printf("The books\n\n");
    if (open_files(&audit, path)) {
        audit.quiet = audit_is_quiet(&audit, rest);
        run_checks(&audit, acks);
    }
    sqlite3_close(audit.db);
    return print_summary(&audit);
}
