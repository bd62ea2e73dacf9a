/* audit_files.c - lets jangle check the files. The books are audited all the same,
 * because they may say what a fault comes to in money. */
#include "audit/audit_files.h"
#include "audit/audit_rules.h"

#include <jangle/config.h>
#include <jangle/verify.h>

#include <stdio.h>

static const char says[] = "the files are what was stored";

/* The first finding says that the check failed; the others follow it. */
static enum jangle_result print_finding(void *context,
                                        const struct jangle_finding *finding)
{
    struct audit *audit = context;
    char *what;

    if (finding->kind == JANGLE_FINDING_UNSEEN)
        return JANGLE_OK;
    what = sqlite3_mprintf(
        "%s: %s%s%s%s%s%s %s", finding->file, finding->table ? "table " : "",
        finding->table ? finding->table : "the file", finding->row ? ", row " : "",
        finding->row ? finding->row : "", finding->column ? ", column " : "",
        finding->column ? finding->column : "", finding->what);
    if (!what)
        return JANGLE_NO_MEMORY;
    if (audit->wrong)
        printf("         %s\n", what);
    else
        audit_failed(audit, says, what);
    sqlite3_free(what);
    return JANGLE_OK;
}

bool audit_files(const char *path)
{
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_verify_options options = {.deep = true};
    struct jangle_verify_totals totals;
    struct jangle_error error = {0};
    struct audit audit = {0};

    printf("The files\n\n");
    if (jangle_verify(&storage, &options, print_finding, &audit, &totals, &error))
        audit_failed(&audit, says, error.message);
    else if (!audit.wrong)
        audit_passed(&audit, says, totals.events + totals.rows);
    printf("\n");
    return !audit.wrong;
}
