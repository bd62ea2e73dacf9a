/* verb_verify.c - the verb verify: checks what the files of a store can show. */
#include "admin/verb_verify.h"
#include "admin/call.h"

#include <jangle/verify.h>

/* The members of struct jangle_finding. People see its place in one column. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "kind"},
                         {.name = "file", .shown_to = JANGLE_FOR_JSON},
                         {.name = "table", .shown_to = JANGLE_FOR_JSON},
                         {.name = "row", .shown_to = JANGLE_FOR_JSON},
                         {.name = "column", .shown_to = JANGLE_FOR_JSON},
                         {.name = "affected", .kind = JANGLE_CELL_NUMBER},
                         {.name = "place", .shown_to = JANGLE_FOR_PEOPLE},
                         {.name = "what"},
                         {.name = "advice"});

static void put_part(struct jn_bytes *out, const char *between, const char *text)
{
    if (text)
        jn_bytes_format(out, "%s%s", between, text);
}

/* jangle_verify has a transaction of its own for each page, and none while this runs. */
static enum jangle_result visit(void *context, const struct jangle_finding *finding)
{
    struct jangle_verb_call *call = context;
    struct jn_bytes place = {0};
    enum jangle_result result;

    put_part(&place, "", finding->file);
    put_part(&place, " ", finding->table);
    put_part(&place, " ", finding->row);
    put_part(&place, " ", finding->column);
    const struct jangle_table_cell cells[] = {
        {.text = jangle_finding_kind_name(finding->kind)},
        {.text = finding->file},
        {.text = finding->table},
        {.text = finding->row},
        {.text = finding->column},
        {.number = finding->affected ? finding->affected : JANGLE_CELL_NONE},
        {.text = jn_bytes_string(&place)},
        {.text = finding->what},
        {.text = finding->advice},
    };
    result = jn_verb_row(call, cells);
    jn_bytes_free(&place);
    return result;
}

static bool go_on(void *context, const char *part, int64_t done, int64_t total)
{
    (void)part;
    (void)done;
    (void)total;
    return !jangle_verb_stopped(context);
}

static void say_totals(const struct jangle_verb_call *call,
                       const struct jangle_verify_totals *totals)
{
    struct jn_bytes remark = {0};

    jn_bytes_thousands(&remark, totals->events);
    jn_bytes_text(&remark, " events, ");
    jn_bytes_thousands(&remark, totals->rows);
    jn_bytes_text(&remark, " other rows and ");
    jn_bytes_thousands(&remark, totals->files);
    jn_bytes_text(&remark, totals->files == 1 ? " file: " : " files: ");
    if (totals->findings)
        jn_bytes_thousands(&remark, totals->findings);
    jn_bytes_text(&remark, !totals->findings       ? "sound"
                           : totals->findings == 1 ? " finding"
                                                   : " findings");
    jangle_verb_say(call, "%s", jn_bytes_string(&remark));
    jn_bytes_free(&remark);
}

/* It opens the files itself. */
enum jangle_exit jn_run_verify(struct jangle_verb_call *call)
{
    const struct jangle_storage storage = jangle_sqlite(jangle_verb_location(call));
    const struct jangle_verify_options options = {
        .deep = jangle_verb_option(call, "deep"),
        .frozen = jangle_verb_option(call, "frozen"),
        .progress = go_on,
        .progress_context = call,
    };
    struct jangle_verify_totals totals = {0};
    struct jangle_error error = {0};
    enum jangle_result result;

    jangle_verb_table(call, &columns);
    result = jangle_verify(&storage, &options, visit, call, &totals, &error);
    (void)jangle_verb_flush(call);
    if (jangle_verb_stopped(call))
        return JANGLE_EXIT_STOPPED;
    if (result && result != JANGLE_CANCELLED) {
        (void)jangle_verb_complain(call, &error);
        return result == JANGLE_BUSY ? JANGLE_EXIT_LATER : JANGLE_EXIT_UNREAD;
    }
    if (!result)
        say_totals(call, &totals);
    return totals.findings ? JANGLE_EXIT_FOUND : JANGLE_EXIT_OK;
}
