/* verbs.c - finds the verb that was typed, reads its options, and runs it. */
#include "cli/verbs.h"
#include "cli/complaint.h"
#include "cli/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { INTERRUPTED = 130, LIST_SIZE = 100 };

/* All tables as one; NULL: there are no more verbs. */
static const struct verb *get_verb(const struct verb_table *const *tables, size_t i)
{
    for (; *tables; i -= (*tables++)->count)
        if (i < (*tables)->count)
            return &(*tables)->items[i];
    return NULL;
}

static int print_help(const struct verb_table *const *tables, FILE *out, int status)
{
    const struct verb *verb;

    fputs("bank: an example of jangle\n\n  bank VERB [--db FILE] [options]\n\n", out);
    for (size_t i = 0; (verb = get_verb(tables, i)); i++)
        fprintf(out, "  %-12s  %s\n", verb->name, verb->summary);
    fputs(
        "\n`bank VERB --help` lists the options of a verb; `bank --version` prints the "
        "version\n"
        "of jangle. The bank is kept in bank.db, or in the file that the environment\n"
        "variable DB_JANGLE_BANKING_PATH names.\n",
        out);
    return status;
}

static int print_version(void)
{
    printf("bank, an example of jangle %s\n", jangle_version());
    return 0;
}

/* ---- the verb that was typed ------------------------------------------------- */

/* How many of the words are the name of the verb; 0: they name another one. */
static int match_verb(const char *name, int count, char *const *words)
{
    size_t length = strcspn(name, " ");

    if (strncmp(name, words[0], length) != 0 || words[0][length])
        return 0;
    if (!name[length])
        return 1;
    return count > 1 && strcmp(name + length + 1, words[1]) == 0 ? 2 : 0;
}

/* If "sagas" and "sagas show" both match, the longer name is meant. */
static const struct verb *find_verb(const struct verb_table *const *tables,
                                    int count,
                                    char *const *words,
                                    int *used)
{
    const struct verb *verb, *found = NULL;

    *used = 0;
    for (size_t i = 0; (verb = get_verb(tables, i)); i++) {
        int matched = match_verb(verb->name, count, words);

        if (matched > *used) {
            *used = matched;
            found = verb;
        }
    }
    return found;
}

static int
refuse_verb(const struct verb_table *const *tables, const char *name, const char *others)
{
    const struct verb *verb, *similar = NULL;
    int closest = 3; /* with three changes or more, words are not similar */

    for (size_t i = 0; (verb = get_verb(tables, i)); i++)
        if (options_distance(name, verb->name) < closest) {
            closest = options_distance(name, verb->name);
            similar = verb;
        }
    if (similar)
        bank_complain("there is no verb '%s'; did you mean '%s'?", name, similar->name);
    else
        bank_complain("there is no verb '%s'; %s", name, others);
    return WRONG_USE;
}

/* List the verbs of two words that begin with this one: "show, retry, resume, finish".
 * If there are any, a second word that is no option was mistyped: "sagas rtery". */
static bool list_second_words(const struct verb_table *const *tables,
                              const struct verb *first,
                              char list[LIST_SIZE])
{
    size_t length = strlen(first->name), used = 0;
    const struct verb *verb;

    for (size_t i = 0; (verb = get_verb(tables, i)) && used < LIST_SIZE; i++)
        if (strncmp(verb->name, first->name, length) == 0 && verb->name[length] == ' ')
            used += (size_t)snprintf(list + used, LIST_SIZE - used, "%s%s",
                                     used ? ", " : "", verb->name + length + 1);
    return used > 0;
}

static int refuse_second_word(const struct verb_table *const *tables,
                              const struct verb *first,
                              const char *word,
                              const char *list)
{
    char name[80], others[LIST_SIZE + 80];

    snprintf(name, sizeof name, "%s %s", first->name, word);
    snprintf(others, sizeof others, "after '%s' comes one of: %s", first->name, list);
    return refuse_verb(tables, name, others);
}

/* ---- running it -------------------------------------------------------------- */

/* Only some verbs make a bank. For the others a missing file is a mistyped name. */
static bool bank_exists(const struct verb *verb, const struct options *options)
{
    if ((verb->takes & OPTION_BEGINS) || access(options->db, F_OK) == 0 ||
        errno != ENOENT)
        return true;
    bank_complain(
        "%s: there is no bank; `bank open`, `demo`, `simulate` and `shell`"
        " make one",
        options->db);
    return false;
}

static int run_verb(const struct verb *verb, int count, char *const *words)
{
    struct options options;
    char problem[PROBLEM_SIZE];
    int status;

    if (!options_parse(verb, count, words, &options, problem)) {
        bank_complain("%s%s `bank %s --help` says more", problem,
                      problem[strlen(problem) - 1] == '?' ? "" : ";", verb->name);
        return WRONG_USE;
    }
    if (options.help) {
        options_help(stdout, verb);
        return 0;
    }
    if (!bank_exists(verb, &options))
        return 1;
    stop_catch_signals();
    status = verb->run(&options);
    return stop_was_asked() ? INTERRUPTED : status;
}

static int
run_words(const struct verb_table *const *tables, int count, char *const *words)
{
    const struct verb *verb;
    char list[LIST_SIZE];
    int used;

    if (count < 1)
        return print_help(tables, stderr, WRONG_USE);
    if (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0 ||
        strcmp(words[0], "help") == 0)
        return print_help(tables, stdout, 0);
    if (strcmp(words[0], "--version") == 0)
        return print_version();
    verb = find_verb(tables, count, words, &used);
    if (!verb)
        return refuse_verb(tables, words[0], "`bank --help` lists them");
    if (count > used && *words[used] != '-' && *words[used] &&
        list_second_words(tables, verb, list))
        return refuse_second_word(tables, verb, words[used], list);
    return run_verb(verb, count - used, words + used);
}

/* If the program is started with a closed standard stream, the next file that it opens
 * takes the place of that stream: a bank would get what is printed. */
static void fill_streams(void)
{
    int file = open("/dev/null", O_RDONLY);

    while (file >= 0 && file <= STDERR_FILENO)
        file = open("/dev/null", O_RDONLY);
    if (file >= 0)
        close(file);
}

int verbs_run(const struct verb_table *const *tables, int argc, char **argv)
{
    int status;

    fill_streams();
    status = run_words(tables, argc - 1, argv + 1);
    if ((fflush(stdout) || ferror(stdout)) && !status)
        status = bank_complain("not all of this could be printed");
    return status;
}
