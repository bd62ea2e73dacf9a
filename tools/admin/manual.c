/* manual.c - the manual page, in mdoc. */
#include "admin/manual.h"
#include "admin/call.h"
#include "admin/help.h"

#include <string.h>

/* mdoc: a backslash begins an escape, and so do . and ' at the start of a line. A quote
 * would end an argument of a macro. */
static void put_escaped(struct jn_bytes *out, const char *text, size_t size)
{
    if (size && (*text == '.' || *text == '\''))
        jn_bytes_text(out, "\\&");
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\\')
            jn_bytes_text(out, "\\e");
        else if (text[i] == '-')
            jn_bytes_text(out, "\\-");
        else if (text[i] == '"')
            jn_bytes_text(out, "\\(dq");
        else if (text[i] == '\'')
            jn_bytes_text(out, "\\(aq");
        else
            jn_bytes_put(out, text + i, 1);
    }
}

/* A text and its full stop, in lines that mandoc does not find too long. */
static void put_sentence(struct jn_bytes *out, const char *text)
{
    enum { LINE = 60 };
    size_t column = 0;

    while (*text) {
        size_t size = strcspn(text, " ");
        bool breaks = column + size > LINE;

        jn_bytes_text(out, !column ? "" : breaks ? "\n" : " ");
        put_escaped(out, text, size);
        column = (breaks ? 0 : column) + size + 1;
        text += size + strspn(text + size, " ");
    }
    jn_bytes_text(out, ".\n");
}

static void put_item(struct jn_bytes *out, const char *what, const char *text)
{
    jn_bytes_text(out, ".It \"");
    put_escaped(out, what, strlen(what));
    jn_bytes_text(out, "\"\n");
    put_sentence(out, text);
}

static void put_list(struct jn_bytes *out, const struct jn_explanations *table)
{
    jn_bytes_text(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < table->count; i++)
        put_item(out, table->items[i].what, table->items[i].text);
    jn_bytes_text(out, ".El\n");
}

static void put_options(struct jn_bytes *out, const struct jangle_options *options)
{
    struct jn_bytes left = {0};

    if (!options->count)
        return;
    jn_bytes_text(out, ".Bl -tag -width Ds -compact\n");
    for (size_t i = 0; i < options->count; i++) {
        jn_help_option(&left, &options->items[i]);
        put_item(out, jn_bytes_string(&left), options->items[i].text);
    }
    jn_bytes_text(out, ".El\n");
    jn_bytes_free(&left);
}

static void put_verb(struct jn_bytes *out,
                     const struct jn_verb_set *set,
                     const struct jangle_verb *verb)
{
    struct jn_bytes usage = {0};

    jn_help_usage(&usage, set, verb);
    jn_bytes_text(out, ".It Xo\n");
    put_escaped(out, jn_bytes_string(&usage), usage.size);
    jn_bytes_text(out, "\n.Xc\n");
    put_sentence(out, verb->text);
    put_options(out, &verb->options);
    jn_bytes_free(&usage);
}

static void put_head(struct jn_bytes *out, const struct jn_verb_set *set)
{
    jn_bytes_format(out,
                    ".Dd November 30, 2026\n.Dt JANGLE 1\n.Os\n.Sh NAME\n.Nm %s\n"
                    ".Nd look at a store of events\n.Sh SYNOPSIS\n.Nm\n.Ar verb\n"
                    ".Op Ar file\n.Op Ar argument ...\n.Op Ar option ...\n",
                    set->admin->name);
    jn_bytes_text(out,
                  ".Sh DESCRIPTION\n.Nm\n"
                  "reads a store of jangle without the program that wrote it.\n"
                  "It takes no lock that a commit waits for, and changes nothing.\n"
                  ".Pp\nThe verbs are:\n.Bl -tag -width Ds\n");
}

void jn_manual_put(struct jn_bytes *out, const struct jn_verb_set *set)
{
    const struct jangle_verb *verb;

    put_head(out, set);
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++)
        put_verb(out, set, verb);
    jn_bytes_text(out, ".El\n.Pp\nVerbs that read a store also have these options:\n");
    put_options(out, &jn_common_options);
    jn_bytes_text(out, ".Ss How things are named\n");
    put_list(out, &jn_help_names);
    jn_bytes_text(out, ".Ss Times\n");
    put_list(out, &jn_help_times);
    jn_bytes_text(out, ".Sh ENVIRONMENT\n");
    put_list(out, &jn_help_environment);
    jn_bytes_text(out, ".Sh EXIT STATUS\n");
    put_list(out, &jn_help_exits);
}
