/* findings.h - what a verification has found: kept while a page is read, and visited when
 * its read transaction has ended. */
#ifndef JN_VERIFY_FINDINGS_H
#define JN_VERIFY_FINDINGS_H

#include "sqlite/file/database.h"
#include "sqlite/file/rows.h"

#include <jangle/plugin/verify.h>

/* A text of a finding is at most so long, with its zero. */
enum { JN_FINDING_ROW_SIZE = 160, JN_FINDING_WHAT_SIZE = 400 };

/* One call of jangle_verify. */
struct jn_verify {
    const struct jangle_host *host;
    struct jangle_verification *call;
    struct jangle_error *error;
    enum jangle_result result; /* other than OK: the call ends with it */

    const char *vfs;   /* how files are opened */
    enum jn_mode mode; /* READ or FROZEN */

    /* The database that is read now: the store, or a view. */
    struct jn_database *database;
    int64_t first_position; /* of the events that are kept */
    int64_t epoch;          /* of the store, when the call began */

    /* The part that is checked now. */
    const char *table;
    const char *advice;
    struct jn_rows kept; /* findings that were not visited yet */
    int64_t shown;       /* how many of this part were kept */
    int64_t more;        /* how many were not, and the rows that these affect */
    int64_t more_affected;
};

/* Begin a part: `table` may be NULL. */
void jn_findings_begin(struct jn_verify *verify, const char *table, const char *advice);

/* Keep a finding, whose texts are copied. `file` and, if they are NULL, `table` and
 * `advice` are those of the part. */
void jn_findings_add(struct jn_verify *verify, const struct jangle_finding *finding);

/* Outside of a read transaction: visit what was kept. False if the call is to end. */
bool jn_findings_visit(struct jn_verify *verify);

/* The same, at the end of the part: with how many there are beside those. */
bool jn_findings_end(struct jn_verify *verify);

/* Outside of a read transaction: tell how far it is. False if the call is to end. */
bool jn_verify_goes_on(struct jn_verify *verify,
                       const char *part,
                       int64_t done,
                       int64_t total);

/* A code of SQLite other than OK, ROW and DONE while a part was read. If the call has to
 * end because of it (no memory, a lock, cancelled) it is its result, and false is
 * returned. Otherwise it is damage, of which `affected` rows cannot be read. `row` says
 * where; NULL: it is not known. */
bool jn_findings_add_code(struct jn_verify *verify,
                          int code,
                          const char *row,
                          int64_t affected);

#endif
