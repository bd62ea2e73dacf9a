/* options.c - what was typed after `bench`, checked. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Puts the word that follows an option into a member. False: it makes no sense. */
typedef bool take_fn(void *member, const char *word);

static bool take_flag(void *member, const char *word)
{
    (void)word;
    return *(bool *)member = true;
}

static bool take_text(void *member, const char *word)
{
    *(const char **)member = word;
    return *word != '\0';
}

static bool take_only(void *member, const char *word)
{
    struct options *options = member;

    if (options->only_count == ONLY_MAX)
        return false;
    options->only[options->only_count++] = word;
    return true;
}

static bool read_whole(const char *word, long most, long *number)
{
    char *end;

    errno = 0;
    *number = strtol(word, &end, 10);
    return !errno && end != word && !*end && *number >= 1 && *number <= most;
}

static bool take_rounds(void *member, const char *word)
{
    long number;

    if (!read_whole(word, ROUNDS_MAX, &number))
        return false;
    *(int *)member = (int)number;
    return true;
}

static bool take_operations(void *member, const char *word)
{
    long number;

    if (!read_whole(word, 1000000, &number))
        return false;
    *(int64_t *)member = number;
    return true;
}

static bool take_seconds(void *member, const char *word)
{
    char *end;
    double number = strtod(word, &end);

    if (end == word || *end || !(number >= 0.01 && number <= 3600))
        return false;
    *(double *)member = number;
    return true;
}

static bool take_sync(void *member, const char *word)
{
    long number;

    if (!read_whole(word, 1000000, &number))
        return false;
    *(int *)member = (int)number;
    return true;
}

#define MEMBER(name) offsetof(struct options, name)

static const struct option {
    const char *name;
    const char *wants; /* what follows it, as a refusal says it; NULL: nothing */
    take_fn *take;
    size_t member;
    const char *word; /* what follows it, as the help shows it */
    const char *help;
} table[] = {
    {"--only", "a row or a group, 32 times at most", take_only, 0, "NAME",
     "run this row, or the rows of this group; may be\n"
     "given several times"},
    {"--list", NULL, take_flag, MEMBER(list), "", "print all rows, and run none"},
    {"--all", NULL, take_flag, MEMBER(all), "", "run rows that take minutes, too"},
    {"--peers", NULL, take_flag, MEMBER(peers), "",
     "run PostgreSQL and Redis, too, if they are installed,\n"
     "beside the rows of jangle that do the same"},
    {"--rounds", "a whole number from 1 to 99", take_rounds, MEMBER(rounds), "N",
     "measure each row so often: 5"},
    {"--seconds", "a number from 0.01 to 3600", take_seconds, MEMBER(seconds), "N",
     "measure a rate for so long in each round: 1"},
    {"--messages", "a whole number above 0", take_operations, MEMBER(messages), "N",
     "let each row that carries messages carry so many in\n"
     "each round"},
    {"--json", "a file", take_text, MEMBER(json), "FILE",
     "write the figures of all rounds to this file, too"},
    {"--against", "a directory", take_text, MEMBER(against), "DIRECTORY",
     "run the same rows by another build's program, too,\n"
     "the two in turns, and print the ratio of the medians;\n"
     "DIRECTORY is a checkout in which `./run bench` was\n"
     "run, or a build folder: the program is looked for in\n"
     "DIRECTORY/build/bin/bench and DIRECTORY/bin/bench"},
    {"--count", NULL, take_flag, MEMBER(count), "",
     "count instructions (with valgrind), system calls and\n"
     "syncs (with strace) of rows that can be counted; this\n"
     "is so anyway unless --only says what to run"},
    {"--directory", "a directory", take_text, MEMBER(directory), "DIRECTORY",
     "make the databases there: where you are"},
    {"--help", NULL, take_flag, MEMBER(help), "", "print this"},
    {"--once", "a row", take_text, MEMBER(once), "NAME",
     "run one round of this row in this very process, and\n"
     "print what it came to: for a debugger, or a profiler"},
    {"--operations", "a whole number above 0", take_operations, MEMBER(operations), "N",
     "with --once and a row that can be counted, or carries\n"
     "messages: do so many; at most twice what --count does"},
    {"--sync-us", "a whole number from 1 to 1000000", take_sync, MEMBER(sync_us), "N",
     "with --once: a sync of the run takes so many\n"
     "microseconds and does nothing else, so that what is\n"
     "counted does not depend on the disk"},
};

enum { OPTIONS = sizeof table / sizeof *table };

static const struct option *find(const char *name)
{
    for (int i = 0; i < OPTIONS; i++)
        if (!strcmp(table[i].name, name))
            return &table[i];
    return NULL;
}

/* Takes one option, and the word behind it, which is NULL if there is none. */
static bool take(const struct option *option,
                 const char *word,
                 struct options *options,
                 char problem[PROBLEM_SIZE])
{
    if (option->wants && !word)
        snprintf(problem, PROBLEM_SIZE, "%s wants %s behind it", option->name,
                 option->wants);
    else if (!option->take((char *)options + option->member, word))
        snprintf(problem, PROBLEM_SIZE, "%s wants %s, and \"%s\" is not that",
                 option->name, option->wants, word);
    else
        return true;
    return false;
}

bool options_parse(int count,
                   char *const *words,
                   struct options *options,
                   char problem[PROBLEM_SIZE])
{
    *options =
        (struct options){.rounds = 5, .seconds = 1, .directory = ".", .sync_us = -1};
    for (int i = 1; i < count; i++) {
        const struct option *option = find(words[i]);

        if (!option) {
            snprintf(problem, PROBLEM_SIZE, "there is no option %s; --help shows all",
                     words[i]);
            return false;
        }
        if (!take(option, i + 1 < count ? words[i + 1] : NULL, options, problem))
            return false;
        i += option->wants != NULL;
    }
    /* A part of the table is counts, and whoever asks for all rows asks for it. */
    options->count |= !options->only_count;
    return true;
}

void options_help(FILE *out)
{
    fputs(
        "usage: bench [OPTION...]\n"
        "Measures jangle: each row of the table is one kind of work, in rounds that "
        "take\n"
        "turns. The exit status is 2 if an option makes no sense.\n\n",
        out);
    for (int i = 0; i < OPTIONS; i++) {
        const char *line = table[i].help;
        int width = fprintf(out, "  %s %s", table[i].name, table[i].word);

        fprintf(out, "%*s", width < 25 ? 25 - width : 1, "");
        for (; strchr(line, '\n'); line = strchr(line, '\n') + 1)
            fprintf(out, "%.*s\n%25s", (int)strcspn(line, "\n"), line, "");
        fprintf(out, "%s\n", line);
    }
}
