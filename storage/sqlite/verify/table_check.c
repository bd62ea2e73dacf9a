/* table_check.c - check the rows of a table, page by page.
 *
 * A page that SQLite cannot read is one finding, and the reading goes on behind it if
 * rows are numbered: at the next number, then 2, 4, 8 further on, until a page can be
 * read. So a file of which half is overwritten is read to its end in few steps. */
#include "sqlite/verify/tables.h"

#include <jangle/plugin/support.h>

enum { PAGE_COUNT = 1000, ALL_COUNT = 1000 * 1000 };

/* Where a table is read. */
struct walk {
    struct jn_verify *verify;
    const struct jn_table_check *check;
    struct jn_checked_row row;
    int64_t number;        /* the paging of the last row that was read */
    sqlite3_value *second; /* NULL: there is none */
    int64_t count;         /* rows that were read */
    int page_count;        /* in this page */
    int64_t step;          /* 0, or how far to go on behind what cannot be read */
    int64_t lost_from;     /* what could not be read, if step is not 0 */
    int lost_code;
    bool ended;
};

/* ---- where the next page begins ------------------------------------------------ */

/* Note the paging of a row. False if it is none that the next page could begin at. */
static bool note_paging(struct walk *walk)
{
    sqlite3_stmt *statement = walk->row.statement;
    bool is_bytes = walk->check->paging == JN_READ_BY_BYTES;
    int kind = sqlite3_column_type(statement, 0);

    if (walk->check->paging == JN_READ_AT_ONCE)
        return true;
    if (kind != (is_bytes ? SQLITE_BLOB : SQLITE_INTEGER))
        return false;
    if (!is_bytes)
        walk->number = sqlite3_column_int64(statement, 0);
    if (walk->check->paging == JN_READ_BY_NUMBER)
        return true;
    sqlite3_value_free(walk->second);
    walk->second = sqlite3_value_dup(sqlite3_column_value(statement, is_bytes ? 0 : 1));
    return walk->second != NULL;
}

static int bind_paging(struct walk *walk)
{
    sqlite3_stmt *statement = walk->row.statement;
    int count = sqlite3_bind_parameter_count(statement);
    int limit = walk->check->paging == JN_READ_AT_ONCE ? (int)ALL_COUNT : (int)PAGE_COUNT;
    int code = SQLITE_OK;

    if (walk->check->paging == JN_READ_BY_BYTES && walk->second)
        code = sqlite3_bind_value(statement, 1, walk->second);
    else if (count >= 1)
        code = sqlite3_bind_int64(statement, 1, walk->number);
    if (!code && count >= 2 && walk->second)
        code = sqlite3_bind_value(statement, 2, walk->second);
    if (!code && count >= 3)
        code = sqlite3_bind_int64(statement, 3, limit);
    if (!code && count >= 4)
        code = sqlite3_bind_int64(statement, 4, walk->verify->first_position);
    return code;
}

/* ---- a row ----------------------------------------------------------------------- */

static void check_rules(struct walk *walk, int first)
{
    const struct jn_table_check *check = walk->check;

    for (int i = 0; i < check->rule_count; i++) {
        const struct jn_rule *rule = &check->rules[i];
        int at = first + i;

        if (sqlite3_column_type(walk->row.statement, at) != SQLITE_NULL &&
            !sqlite3_column_int(walk->row.statement, at))
            jn_row_refuse(&walk->row, rule->kind, rule->table, rule->column, rule->what);
    }
}

/* The rules are looked at even if a column is refused, because they may say more. */
static void check_row(struct walk *walk)
{
    const struct jn_table_check *check = walk->check;

    walk->count++;
    walk->page_count++;
    walk->verify->call->totals->rows++;
    jn_row_check(&walk->row, 2 + check->key_count, check->columns, check->column_count);
    check_rules(walk, 2 + check->key_count + check->column_count);
    if (note_paging(walk))
        return;
    jn_row_refuse(&walk->row, JANGLE_FINDING_UNREADABLE, NULL, NULL,
                  "has a key of another kind, behind which the table cannot be read");
    walk->ended = true;
}

/* ---- what cannot be read ----------------------------------------------------------- */

/* Tell of what could not be read, as soon as something can be read again, or at the
 * end. */
static void tell_lost(struct walk *walk)
{
    char row[JN_FINDING_ROW_SIZE];

    if (!walk->step)
        return;
    jn_text_format(row, sizeof row, "after %lld", (long long)walk->lost_from);
    jn_findings_add_code(walk->verify, walk->lost_code,
                         walk->lost_from == INT64_MIN ? NULL : row, 0);
    walk->step = 0;
}

/* Go on behind it, or end. */
static void skip(struct walk *walk, int code)
{
    enum jangle_result result = jn_sqlite_result(code);

    if (result != JANGLE_STORAGE || walk->check->paging != JN_READ_BY_NUMBER) {
        jn_findings_add_code(walk->verify, code, NULL, 0);
        walk->ended = true;
        return;
    }
    if (!walk->step) {
        walk->lost_from = walk->number;
        walk->lost_code = code;
    }
    walk->step = walk->step ? 2 * walk->step : 1;
    if (walk->number < 0)
        walk->number = 0;
    walk->ended = walk->step > INT64_MAX / 4 - walk->number;
    walk->number += walk->step;
}

/* ---- pages ------------------------------------------------------------------------- */

static void read_page(struct walk *walk)
{
    int code = bind_paging(walk);

    walk->page_count = 0;
    while (!code && !walk->ended && !walk->verify->result &&
           (code = sqlite3_step(walk->row.statement)) == SQLITE_ROW) {
        tell_lost(walk);
        check_row(walk);
        code = SQLITE_OK;
    }
    sqlite3_reset(walk->row.statement);
    if (code && code != SQLITE_DONE)
        skip(walk, code);
    else if (walk->check->paging == JN_READ_AT_ONCE || walk->page_count < PAGE_COUNT)
        walk->ended = true;
}

static void check_count(struct walk *walk)
{
    const struct jn_table_check *check = walk->check;
    char what[JN_FINDING_WHAT_SIZE];

    if (walk->verify->result || walk->verify->shown ||
        (walk->count >= check->least && (!check->most || walk->count <= check->most)))
        return;
    jn_text_format(what, sizeof what, "has %lld rows, not %lld", (long long)walk->count,
                   (long long)(walk->count < check->least ? check->least : check->most));
    jn_findings_add(walk->verify, &(struct jangle_finding){.kind = JANGLE_FINDING_MISSING,
                                                           .affected = 1,
                                                           .what = what});
}

bool jn_table_check_run(struct jn_verify *verify, const struct jn_table_check *check)
{
    struct walk walk = {
        .verify = verify,
        .check = check,
        .row = {.verify = verify, .key = 2, .key_count = check->key_count},
        .number = INT64_MIN,
    };
    int code = sqlite3_prepare_v2(verify->database->handle, check->sql, -1,
                                  &walk.row.statement, NULL);

    jn_findings_begin(verify, check->table, check->advice ? check->advice : JN_RESTORE);
    if (code)
        jn_findings_add_code(verify, code, NULL, 0);
    else
        while (!walk.ended && !verify->result) {
            read_page(&walk);
            if (jn_findings_visit(verify))
                jn_verify_goes_on(verify, check->table, walk.count, 0);
        }
    tell_lost(&walk);
    if (!code)
        check_count(&walk);
    sqlite3_finalize(walk.row.statement);
    sqlite3_value_free(walk.second);
    return jn_findings_end(verify);
}
