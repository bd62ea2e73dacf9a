/* audit.c - the audit: is every cent where the events say? */
#include "audit/audit.h"
#include "app/bank.h"
#include "audit/audit_books.h"
#include "audit/audit_files.h"
#include "audit/audit_payments.h"
#include "audit/audit_promises.h"
#include "audit/audit_views.h"
#include "cli/money.h"

#include <stdio.h>

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
    /* Each check reads all events again: 64 MiB of them are kept for the next one. */
    return audit_run(audit, "PRAGMA main.cache_size = -65536") &&
           audit_run(audit, "BEGIN");
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

int audit_all(const char *path, const char *acks, int64_t rest)
{
    bool sound = audit_files(path);
    int status = audit_bank(path, acks, rest);

    return sound ? status : 1;
}
