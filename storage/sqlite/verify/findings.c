/* findings.c - keep what was found until it can be visited. */
#include "sqlite/verify/findings.h"

#include <jangle/plugin/support.h>

/* So many findings of one part are visited; the others are counted. It bounds the memory
 * that they take, and what a person has to read of a file that is damaged all over. */
enum { SHOWN_MAX = 100 };

void jn_findings_begin(struct jn_verify *verify, const char *table, const char *advice)
{
    jn_rows_clear(&verify->kept);
    verify->table = table;
    verify->advice = advice;
    verify->shown = 0;
    verify->more = 0;
    verify->more_affected = 0;
}

static void run_out(struct jn_verify *verify)
{
    if (!verify->result)
        verify->result = jn_fail(verify->error, JANGLE_NO_MEMORY, "%s: out of memory",
                                 verify->database->path);
}

/* A copy that is safe to show. */
static const char *keep_text(struct jn_verify *verify, const char *text, size_t most)
{
    size_t size;
    char *copy;

    if (!text)
        return NULL;
    size = 4 * strlen(text) + 5;
    size = size < most ? size : most;
    copy = jn_rows_room(&verify->kept, size);
    if (!copy) {
        run_out(verify);
        return NULL;
    }
    return jn_text_show(copy, size, text);
}

static void count(struct jn_verify *verify, const struct jangle_finding *finding)
{
    if (finding->kind == JANGLE_FINDING_UNSEEN)
        verify->call->totals->remarks++;
    else
        verify->call->totals->findings++;
}

void jn_findings_add(struct jn_verify *verify, const struct jangle_finding *finding)
{
    struct jangle_finding *kept;

    count(verify, finding);
    if (verify->shown == SHOWN_MAX) {
        verify->more++;
        verify->more_affected += finding->affected;
        return;
    }
    kept = jn_rows_add(&verify->kept, sizeof *kept);
    if (!kept) {
        run_out(verify);
        return;
    }
    verify->shown++;
    *kept = *finding;
    kept->file = verify->database->path;
    kept->table = finding->table ? keep_text(verify, finding->table, JN_FINDING_ROW_SIZE)
                                 : verify->table;
    if (!kept->advice)
        kept->advice = verify->advice;
    kept->row = keep_text(verify, finding->row, JN_FINDING_ROW_SIZE);
    kept->column = keep_text(verify, finding->column, JN_FINDING_ROW_SIZE);
    kept->what = keep_text(verify, finding->what, JN_FINDING_WHAT_SIZE);
}

bool jn_findings_visit(struct jn_verify *verify)
{
    const struct jangle_verification *call = verify->call;
    struct jangle_finding *finding = NULL;

    while (!verify->result && (finding = jn_rows_next(&verify->kept, finding)))
        if (call->visit)
            verify->result = call->visit(call->context, finding);
    jn_rows_clear(&verify->kept);
    return !verify->result;
}

/* The finding of kind MORE is not counted as one, because those it tells of were. */
static void add_more(struct jn_verify *verify)
{
    struct jangle_verify_totals *totals = verify->call->totals;
    int64_t findings = totals->findings;
    char what[JN_FINDING_WHAT_SIZE];

    jn_text_format(what, sizeof what,
                   "there are %lld more findings like these, which are not shown",
                   (long long)verify->more);
    verify->shown = 0;
    jn_findings_add(verify, &(struct jangle_finding){.kind = JANGLE_FINDING_MORE,
                                                     .affected = verify->more_affected,
                                                     .what = what});
    totals->findings = findings;
}

bool jn_findings_end(struct jn_verify *verify)
{
    if (!verify->result && verify->more)
        add_more(verify);
    return jn_findings_visit(verify);
}

bool jn_verify_goes_on(struct jn_verify *verify,
                       const char *part,
                       int64_t done,
                       int64_t total)
{
    const struct jangle_verify_options *options = &verify->call->options;

    if (!verify->result && options->progress &&
        !options->progress(options->progress_context, part, done, total))
        verify->result = jn_fail(verify->error, JANGLE_CANCELLED,
                                 "%s: the check was stopped", verify->database->path);
    return !verify->result;
}

bool jn_findings_add_code(struct jn_verify *verify,
                          int code,
                          const char *row,
                          int64_t affected)
{
    enum jangle_result result = jn_sqlite_result(code);
    char what[JN_FINDING_WHAT_SIZE];

    if (verify->result)
        return false;
    if (result == JANGLE_NO_MEMORY || result == JANGLE_BUSY || result == JANGLE_TIMEOUT) {
        verify->result = jn_database_result(verify->database, code, verify->error);
        return false;
    }
    jn_text_format(what, sizeof what, "cannot be read: %s (SQLite says %d)",
                   sqlite3_errstr(code), code);
    jn_findings_add(verify, &(struct jangle_finding){.kind = JANGLE_FINDING_UNREADABLE,
                                                     .row = row,
                                                     .affected = affected,
                                                     .what = what});
    return !verify->result;
}
