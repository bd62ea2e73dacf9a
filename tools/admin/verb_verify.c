/* verb_verify.c - the verb verify: checks what the files of a store can show. */
#include "admin/verb_verify.h"
#include "admin/call.h"
#include "admin/safe.h"

#include <jangle/verify.h>

/* The members of struct jangle_finding. People read lines, because neither what is wrong
 * nor what to do fits into a column. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "kind"},
                         {.name = "file"},
                         {.name = "table"},
                         {.name = "row"},
                         {.name = "column"},
                         {.name = "affected", .kind = JANGLE_CELL_NUMBER},
                         {.name = "what"},
                         {.name = "advice"});

enum { INDENT = 4 }; /* of what goes on in the next line */

/* A word, with the blanks before it. */
static size_t size_of_word(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size && text[at] == ' ')
        at++;
    while (at < size && text[at] != ' ')
        at++;
    return at;
}

/* Wrap at blanks; a word that is wider than the terminal stays whole. */
static void put_words(struct jn_bytes *out, const struct jn_bytes *text, size_t width)
{
    size_t column = 0;
    size_t size;

    for (size_t at = 0; at < text->size; at += size) {
        const char *word = text->text + at;
        size_t columns_of_word;

        size = size_of_word(word, text->size - at);
        columns_of_word = jn_safe_width(word, size);
        if (column && column + columns_of_word > width) {
            jn_bytes_text(out, "\n");
            jn_bytes_repeat(out, ' ', INDENT);
            column = INDENT;
            for (; size && *word == ' '; word++, at++, columns_of_word--)
                size--;
        }
        jn_bytes_put(out, word, size);
        column += columns_of_word;
    }
}

static void put_line(struct jangle_verb_call *call, struct jn_bytes *line)
{
    struct jn_bytes *out = &call->screen.held;
    struct jn_bytes safe = {0};

    jn_safe_put(&safe, line->text, line->size);
    put_words(out, &safe,
              call->screen.width && !call->full ? call->screen.width : SIZE_MAX);
    jn_bytes_text(out, "\n");
    out->failed = out->failed || safe.failed || line->failed;
    jn_bytes_free(&safe);
    jn_bytes_clear(line);
}

static void put_part(struct jn_bytes *out, const char *between, const char *text)
{
    if (text)
        jn_bytes_format(out, "%s%s", between, text);
}

/* "bank.db: table events, row 5, column payload: is not what was stored (1 row)", and
 * below it what to do. */
static enum jangle_result put_finding(struct jangle_verb_call *call,
                                      const struct jangle_finding *finding)
{
    struct jn_bytes line = {0};

    jn_bytes_text(&line, finding->file);
    put_part(&line, ": table ", finding->table);
    put_part(&line, finding->table ? ", row " : ": row ", finding->row);
    put_part(&line, finding->table || finding->row ? ", column " : ": column ",
             finding->column);
    put_part(&line, ": ", finding->what);
    if (finding->affected) {
        jn_bytes_text(&line, " (");
        jn_bytes_thousands(&line, finding->affected);
        jn_bytes_text(&line, finding->affected == 1 ? " row)" : " rows)");
    }
    put_line(call, &line);
    put_part(&line, "  > ", finding->advice);
    if (finding->advice)
        put_line(call, &line);
    jn_bytes_free(&line);
    return !jangle_verb_flush(call) || jangle_verb_stopped(call) ? JANGLE_CANCELLED
                                                                 : JANGLE_OK;
}

/* jangle_verify has a transaction of its own for each page, and none while this runs. */
static enum jangle_result visit(void *context, const struct jangle_finding *finding)
{
    struct jangle_verb_call *call = context;
    const struct jangle_table_cell cells[] = {
        {.text = jangle_finding_kind_name(finding->kind)},
        {.text = finding->file},
        {.text = finding->table},
        {.text = finding->row},
        {.text = finding->column},
        {.number = finding->affected ? finding->affected : JANGLE_CELL_NONE},
        {.text = finding->what},
        {.text = finding->advice},
    };

    return call->json ? jn_verb_row(call, cells) : put_finding(call, finding);
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
