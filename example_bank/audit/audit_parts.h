/* audit_parts.h - what the parts of the audit share: the open files, and checks in SQL.
 */
#ifndef BANK_AUDIT_PARTS_H
#define BANK_AUDIT_PARTS_H

#include <sqlite3.h>
#include <stdbool.h>

struct audit {
    sqlite3 *db; /* the store is main; each view is attached by its name */
    int checks;
    int wrong;
    bool quiet; /* nothing is under way in the files that are read */
};

/* A check. The statement `wrong` finds what is wrong, a sentence in each row, and should
 * find nothing; `count` counts what was looked at. */
struct audit_rule {
    const char *says;
    const char *count;
    const char *wrong;
};

/* Make the checks; {0} ends them. */
void audit_rules(struct audit *audit, const struct audit_rule *rules);

/* Print what the statement finds, a sentence in each row. It is worth knowing, and not
 * wrong.
 */
void audit_list(struct audit *audit, const char *sql);

/* Run statements that return no rows. False: one failed, which counts as wrong. */
bool audit_run(struct audit *audit, const char *sql);

/* Compile one statement. NULL: this failed, which counts as wrong. */
sqlite3_stmt *audit_prepare(struct audit *audit, const char *sql);

/* Print the line of a check. */
void audit_passed(struct audit *audit, const char *says, sqlite3_int64 count);
void audit_failed(struct audit *audit, const char *says, const char *what);

/* ---- the parts --------------------------------------------------------------- */

/* audit_books.c: puts what the events say into temporary tables, and checks them. False:
 * the events cannot be read, so nothing else can be checked. */
bool audit_books(struct audit *audit);

/* audit_views.c: do the files show the bank as it was at rest, after the event `rest`?
 * This comes first, because it begins to read each file, and later reads see the same
 * moment. */
bool audit_is_quiet(struct audit *audit, sqlite3_int64 rest);

/* audit_payments.c: checks each transfer and each request, from its beginning to its end.
 * False as above. */
bool audit_payments(struct audit *audit);

/* audit_views.c: compares each row of each view with what the events say. */
void audit_views(struct audit *audit);

/* audit_promises.c: compares each answer that was noted with what is stored. */
void audit_promises(struct audit *audit, const char *acks);

#endif
