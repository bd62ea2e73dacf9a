/* markdown.c - the tables of docs/tools.md. */
#include "admin/markdown.h"
#include "admin/call.h"
#include "admin/help.h"

/* In a table a | must be escaped. */
static void put_cell(struct jn_bytes *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            jn_bytes_text(out, "\\");
        jn_bytes_put(out, text, 1);
    }
}

static void put_row(struct jn_bytes *out, const char *what, const char *text)
{
    jn_bytes_text(out, "| `");
    put_cell(out, what);
    jn_bytes_text(out, "` | ");
    put_cell(out, text);
    jn_bytes_text(out, " |\n");
}

static void put_head(struct jn_bytes *out, const char *what)
{
    jn_bytes_format(out, "\n| %s | |\n|---|---|\n", what);
}

static void
put_table(struct jn_bytes *out, const char *what, const struct jn_explanations *table)
{
    put_head(out, what);
    for (size_t i = 0; i < table->count; i++)
        put_row(out, table->items[i].what, table->items[i].text);
}

static void put_options(struct jn_bytes *out, const struct jangle_options *options)
{
    struct jn_bytes left = {0};

    for (size_t i = 0; i < options->count; i++) {
        jn_help_option(&left, &options->items[i]);
        put_row(out, jn_bytes_string(&left), options->items[i].text);
    }
    jn_bytes_free(&left);
}

void jn_markdown_put(struct jn_bytes *out, const struct jn_verb_set *set)
{
    struct jn_bytes usage = {0};
    const struct jangle_verb *verb;

    put_head(out, "verb");
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        jn_bytes_clear(&usage);
        jn_help_usage(&usage, set, verb);
        put_row(out, jn_bytes_string(&usage), verb->text);
        put_options(out, &verb->options);
    }
    put_head(out, "all verbs that read a store");
    put_options(out, &jn_common_options);
    put_table(out, "name", &jn_help_names);
    put_table(out, "time", &jn_help_times);
    put_table(out, "variable", &jn_help_environment);
    put_table(out, "exit", &jn_help_exits);
    jn_bytes_free(&usage);
}
