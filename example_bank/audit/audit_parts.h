/* audit_parts.h - what the parts of an audit share. */
#ifndef BANK_AUDIT_PARTS_H
#define BANK_AUDIT_PARTS_H

#include <sqlite3.h>
#include <stdbool.h>

struct audit {
    sqlite3 *db; /* the store is main; each view is attached by its name */
    int checks;
    int wrong;
    bool quiet; /* nothing is under way in what is read */
};

/* A check: `wrong` finds one text a row, which says what is wrong, and should find none;
 * `count` says how many things were looked at. */
struct audit_rule {
    const char *says;
    const char *count;
    const char *wrong;
};

/* Ends with {0}. */
void audit_rules(struct audit *audit, const struct audit_rule *rules);

/* Print what the statement finds, a text a row: to be known, not wrong. */
void audit_list(struct audit *audit, const char *sql);

/* Run statements that answer nothing. False: it failed, which counts as wrong. */
bool audit_run(struct audit *audit, const char *sql);

/* Compile one statement; NULL: it failed, which counts as wrong. */
sqlite3_stmt *audit_prepare(struct audit *audit, const char *sql);

/* The line of a check. */
void audit_passed(struct audit *audit, const char *says, sqlite3_int64 count);
void audit_failed(struct audit *audit, const char *says, const char *what);

/* ---- the parts --------------------------------------------------------------- */

/* audit_books.c: what the events say, in temporary tables, and what must hold of it.
 * False: they cannot be read, and there is nothing to go by. */
bool audit_books(struct audit *audit);

/* audit_views.c: do the files show the bank at rest, at that event? It is asked first,
 * for from then on each of them is read as it is now. */
bool audit_is_quiet(struct audit *audit, sqlite3_int64 rest);

/* audit_payments.c: each transfer and each request, from its beginning to its end. False
 * as above. */
bool audit_payments(struct audit *audit);

/* audit_views.c: each row of each view against what the events say. */
void audit_views(struct audit *audit);

/* audit_promises.c: each answer that was noted against what is stored. */
void audit_promises(struct audit *audit, const char *acks);

#endif
