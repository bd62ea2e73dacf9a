/* help.c - help for people at a terminal, and what all pages have in common. */
#include "admin/help.h"
#include "admin/arguments.h"

#include <string.h>

#define EXPLANATIONS(...) JANGLE_TABLE_(const struct jn_explained, __VA_ARGS__)

const struct jn_explanations jn_help_names =
    EXPLANATIONS({"1234", "the event at that position"},
                 {"account/000174", "a stream: its kind, and its id"},
                 {"account/000174@12",
                  "the event of that version in the stream; if an id ends so "
                  "itself, the stream is meant"},
                 {"UUID", "the event, or else the command, of that id"},
                 {"account/0001*",
                  "a glob: * is any text, ? one character, [a-z] one of these, "
                  "[!a-z] one of all others"});

const struct jn_explanations jn_help_times = EXPLANATIONS(
    {"03:00", "the last time that it was three in the morning"},
    {"2026-11-28", "the beginning of that day"},
    {"'2026-11-28 21:59:07.5'",
     "that moment, in UTC, or in local time with --local; the seconds may be left out"},
    {"2026-11-28T21:59:07Z", "the same, and always UTC"},
    {"-2h", "two hours ago; also s, m, d and w"});

const struct jn_explanations jn_help_environment = EXPLANATIONS(
    {"JANGLE_STORE", "the store, if no argument and no --store names one"},
    {"PAGER",
     "shows what is longer than the terminal; \"less -FRX\" if it is not set, and "
     "nothing if it is empty or \"cat\""},
    {"NO_COLOR", "if it is not empty: no colors"},
    {"TERM", "\"dumb\": no colors"},
    {"TZ", "the time zone of --local"});

const struct jn_explanations jn_help_exits = EXPLANATIONS(
    {"0", "it is done; also if nobody reads the output to its end"},
    {"1",
     "it was refused, or what was asked for is not there, or something in the store "
     "is wrong"},
    {"2", "something was typed wrongly"},
    {"3", "the store cannot be read, or the output cannot be written"},
    {"4", "not yet: somebody holds a lock, or time ran out"},
    {"130", "Ctrl-C"});

const struct jangle_option *jn_help_option_at(const struct jangle_verb *verb,
                                              size_t index)
{
    if (index < verb->options.count)
        return &verb->options.items[index];
    index -= verb->options.count;
    return index < jn_common_count(verb) ? &jn_common_options.items[index] : NULL;
}

void jn_help_usage(struct jn_bytes *out,
                   const struct jn_verb_set *set,
                   const struct jangle_verb *verb)
{
    jn_bytes_format(out, "%s %s%s", set->admin->name, verb->name,
                    jn_arguments_have_file(set->admin, verb) ? " [FILE]" : "");
    if (*verb->arguments)
        jn_bytes_format(out, " %s", verb->arguments);
    jn_bytes_text(out, " [OPTION]...");
}

void jn_help_option(struct jn_bytes *out, const struct jangle_option *option)
{
    jn_bytes_clear(out);
    if (option->letter)
        jn_bytes_format(out, "-%c, ", option->letter);
    jn_bytes_format(out, "--%s", option->name);
    if (option->value)
        jn_bytes_format(out, " %s", option->value);
}

/* ---- for a terminal --------------------------------------------------------------- */

enum { LEFT = 24, LINE = 80 };

/* A text behind what stands on the left already, in lines of 80 columns. */
static void put_wrapped(struct jn_bytes *out, size_t column, const char *text)
{
    while (*text) {
        size_t size = strcspn(text, " ");

        if (column + size + 1 > LINE) {
            jn_bytes_text(out, "\n");
            jn_bytes_repeat(out, ' ', LEFT);
            column = LEFT;
        } else if (column > LEFT) {
            jn_bytes_text(out, " ");
            column++;
        }
        jn_bytes_put(out, text, size);
        column += size;
        text += size;
        text += strspn(text, " ");
    }
    jn_bytes_text(out, "\n");
}

static void put_entry(struct jn_bytes *out, const char *what, const char *text)
{
    size_t size = strlen(what) + 2;

    jn_bytes_format(out, "  %s", what);
    if (size + 2 > LEFT) {
        jn_bytes_text(out, "\n");
        size = 0;
    }
    jn_bytes_repeat(out, ' ', LEFT - size);
    put_wrapped(out, LEFT, text);
}

static void
put_table(struct jn_bytes *out, const char *heading, const struct jn_explanations *table)
{
    jn_bytes_format(out, "\n%s:\n", heading);
    for (size_t i = 0; i < table->count; i++)
        put_entry(out, table->items[i].what, table->items[i].text);
}

static void put_left_of_verb(struct jn_bytes *left, const struct jangle_verb *verb)
{
    jn_bytes_clear(left);
    jn_bytes_format(left, "%s%s%s", verb->name, *verb->arguments ? " " : "",
                    verb->arguments);
}

void jn_help_overview(struct jn_bytes *out, const struct jn_verb_set *set)
{
    struct jn_bytes left = {0};
    const struct jangle_verb *verb;

    jn_bytes_format(out, "usage: %s VERB%s [ARGUMENT]... [OPTION]...\n\nverbs:\n",
                    set->admin->name, set->admin->location ? "" : " [FILE]");
    for (size_t i = 0; (verb = jn_verb_at(set, i)); i++) {
        put_left_of_verb(&left, verb);
        put_entry(out, jn_bytes_string(&left), verb->text);
    }
    put_table(out, "how things are named", &jn_help_names);
    put_table(out, "environment", &jn_help_environment);
    put_table(out, "exit status", &jn_help_exits);
    jn_bytes_format(out, "\n`%s VERB --help` says more of a verb.\n", set->admin->name);
    jn_bytes_free(&left);
}

static bool takes_time(const struct jangle_verb *verb)
{
    for (size_t i = 0; i < verb->options.count; i++)
        if (verb->options.items[i].value && !strcmp(verb->options.items[i].value, "TIME"))
            return true;
    return false;
}

void jn_help_verb(struct jn_bytes *out,
                  const struct jn_verb_set *set,
                  const struct jangle_verb *verb)
{
    struct jn_bytes left = {0};
    const struct jangle_option *option;

    jn_bytes_text(out, "usage: ");
    jn_help_usage(out, set, verb);
    jn_bytes_format(out, "\n\n%s %s: %s.\n\noptions:\n", set->admin->name, verb->name,
                    verb->text);
    for (size_t i = 0; (option = jn_help_option_at(verb, i)); i++) {
        jn_help_option(&left, option);
        put_entry(out, jn_bytes_string(&left), option->text);
    }
    if (verb->needs != JANGLE_NEEDS_NOTHING && *verb->arguments)
        put_table(out, "how things are named", &jn_help_names);
    if (takes_time(verb))
        put_table(out, "times", &jn_help_times);
    jn_bytes_free(&left);
}
