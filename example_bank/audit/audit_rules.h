/* audit_rules.h - the tools of the audit: the open files, and checks written in SQL. */
#ifndef BANK_AUDIT_RULES_H
#define BANK_AUDIT_RULES_H

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
 * wrong. */
void audit_list(struct audit *audit, const char *sql);

/* Run statements that return no rows. False: one failed, which counts as wrong. */
bool audit_run(struct audit *audit, const char *sql);

/* Compile one statement. NULL: this failed, which counts as wrong. */
sqlite3_stmt *audit_prepare(struct audit *audit, const char *sql);

/* Print the line of a check. */
void audit_passed(struct audit *audit, const char *says, sqlite3_int64 count);
void audit_failed(struct audit *audit, const char *says, const char *what);

#endif
