/* options.c - the options of a verb: which it takes, and what was typed, checked. */
#include "cli/options.h"
#include "cli/money.h"
#include "domain/messages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum option_kind {
    OPTION_FLAG,
    OPTION_TEXT,
    OPTION_ACCOUNT_ID,
    OPTION_NUMBER,
    OPTION_MONEY
};

struct option {
    const char *name;
    enum option_bit bit;
    enum option_kind kind;
    size_t offset; /* in struct options */
    int64_t low, high;
    const char *value; /* what --help calls it */
    const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"db", OPTION_ALWAYS, OPTION_TEXT, AT(db), 0, 0, "FILE", "where the bank is kept"},
    {"accounts", OPTION_ACCOUNTS, OPTION_NUMBER, AT(accounts), 1, 100000, "N",
     "open accounts until there are so many"},
    {"commands", OPTION_COMMANDS, OPTION_NUMBER, AT(commands), 0, 1000000000, "N",
     "commands to send"},
    {"threads", OPTION_THREADS, OPTION_NUMBER, AT(threads), 1, 256, "N",
     "threads that send them"},
    {"seed", OPTION_SEED, OPTION_NUMBER, AT(seed), 0, INT64_MAX, "S",
     "the same seed makes the same choices"},
    {"times", OPTION_TIMES, OPTION_NUMBER, AT(times), 1, 1000, "N",
     "rounds, each in another order"},
    {"acks", OPTION_ACKS, OPTION_TEXT, AT(acks), 0, 0, "FILE",
     "simulate and serve write each answer to it, and check reads it"},
    {"repair", OPTION_REPAIR, OPTION_FLAG, AT(repair), 0, 0, NULL,
     "replace each view by the new one"},
    {"account", OPTION_ACCOUNT, OPTION_ACCOUNT_ID, AT(account), 0, 0, "ID",
     "the account's six digits"},
    {"name", OPTION_NAME, OPTION_TEXT, AT(name), 0, 0, "NAME",
     "the name of the customer, 5 to 15 characters"},
    {"amount", OPTION_AMOUNT, OPTION_MONEY, AT(amount), 1, MAX_AMOUNT, "MONEY",
     "as in 12.34"},
    {"to", OPTION_TO, OPTION_ACCOUNT_ID, AT(to), 0, 0, "ID",
     "the account that gets the money"},
    {"from", OPTION_FROM, OPTION_ACCOUNT_ID, AT(from), 0, 0, "ID",
     "the account that is asked for the money"},
    {"transaction", OPTION_TRANSACTION, OPTION_TEXT, AT(transaction), 0, 0, "ID",
     "the request, as `bank requests` shows it"},
    {"id", OPTION_ID, OPTION_TEXT, AT(id), 0, 0, "ID",
     "the saga: the id of its transaction"},
    {"after", OPTION_AFTER, OPTION_NUMBER, AT(after), 0, 1000, "N",
     "keep so many steps of the waiting turn"},
    {"reason", OPTION_REASON, OPTION_TEXT, AT(reason), 0, 0, "TEXT",
     "why, for those who read it later"},
    {"subscriber", OPTION_SUBSCRIBER, OPTION_TEXT, AT(subscriber), 0, 0, "NAME",
     "the view or saga that gave up on the event"},
    {"position", OPTION_POSITION, OPTION_NUMBER, AT(position), 1, INT64_MAX, "N",
     "the position of the event"},
    {"file", OPTION_FILE, OPTION_TEXT, AT(file), 0, 0, "FILE",
     "a new file; the word --file may be left out"},
    {"simulate", OPTION_SIMULATE, OPTION_NUMBER, AT(simulate), 0, 1000000000, "N",
     "let customers send so many commands meanwhile"},
    {"rate", OPTION_RATE, OPTION_NUMBER, AT(rate), 0, 1000000, "N",
     "so many of them a second; 0: as many as they can"},
    {"limit", OPTION_LIMIT, OPTION_NUMBER, AT(limit), 1, 1000000000, "N",
     "look at so many dead letters at most"},
    {"dry-run", OPTION_DRY_RUN, OPTION_FLAG, AT(dry_run), 0, 0, NULL,
     "print the dead letters, and leave them where they are"},
    {"wait", OPTION_WAIT, OPTION_NUMBER, AT(wait), 0, 3600000, "MS",
     "milliseconds to wait before each one is put back"},
    {"help", OPTION_ALWAYS, OPTION_FLAG, AT(help), 0, 0, NULL, "print this"},
};

enum { OPTION_COUNT = sizeof table / sizeof table[0] };

static struct options default_options(void)
{
    const char *path = getenv("DB_JANGLE_BANKING_PATH");

    return (struct options){
        .db = path && *path ? path : "bank.db",
        .accounts = 200,
        .commands = 20000,
        .threads = 8,
        .seed = 1,
        .times = 3,
        .limit = 100,
    };
}

static bool is_taken(const struct verb *verb, const struct option *option)
{
    return ((verb->needs | verb->takes) & (int)option->bit) ||
           option->bit == OPTION_ALWAYS;
}

static bool set_problem(char *problem, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    vsnprintf(problem, PROBLEM_SIZE, format, values);
    va_end(values);
    return false;
}

/* ---- did you mean ------------------------------------------------------------ */

int options_distance(const char *word, const char *other)
{
    enum { LONGEST = 31 };
    size_t length = strlen(word), width = strlen(other);
    int row[LONGEST + 1];

    if (length > LONGEST || width > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= width; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= length; i++) {
        int corner = row[0];

        row[0] = (int)i;
        for (size_t j = 1; j <= width; j++) {
            int changed = corner + (word[i - 1] != other[j - 1]);
            int shorter = row[j] < row[j - 1] ? row[j] : row[j - 1];

            corner = row[j];
            row[j] = changed < shorter + 1 ? changed : shorter + 1;
        }
    }
    return row[width];
}

static const char *find_similar(const struct verb *verb, const char *name, int most)
{
    for (int distance = 1; distance <= most && distance < (int)strlen(name); distance++)
        for (size_t i = 0; i < OPTION_COUNT; i++)
            if (is_taken(verb, &table[i]) &&
                options_distance(name, table[i].name) == distance)
                return table[i].name;
    return NULL;
}

/* ---- reading ----------------------------------------------------------------- */

/* The name of another verb's option is no typing error, unless one letter more or less
 * makes it an option of this verb: --account and --accounts. */
static void
refuse_option(const struct verb *verb, const char *name, bool known, char *problem)
{
    const char *similar = find_similar(verb, name, known ? 1 : 2);
    const char *hint = similar ? "; did you mean --" : "";
    const char *end = similar ? "?" : "";

    if (!similar)
        similar = "";
    if (known)
        set_problem(problem, "%s takes no --%s%s%s%s", verb->name, name, hint, similar,
                    end);
    else
        set_problem(problem, "there is no option --%s%s%s%s", name, hint, similar, end);
}

static const struct option *
find_option(const struct verb *verb, const char *name, char *problem)
{
    bool known = false;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        if (is_taken(verb, &table[i]))
            return &table[i];
        known = true;
    }
    refuse_option(verb, name, known, problem);
    return NULL;
}

static bool
read_number(const struct option *option, const char *text, int64_t *number, char *problem)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (end == text || *end || (*text != '-' && (*text < '0' || *text > '9')))
        return set_problem(problem, "--%s: '%s' is not a whole number", option->name,
                           text);
    if (errno == ERANGE || value < option->low || value > option->high)
        return set_problem(problem, "--%s: %s is not in %" PRId64 "..%" PRId64,
                           option->name, text, option->low, option->high);
    *number = value;
    return true;
}

static bool
read_money(const struct option *option, const char *text, int64_t *cents, char *problem)
{
    if (!money_parse(text, cents))
        return set_problem(problem, "--%s: '%s' is not an amount such as 12 or 12.34",
                           option->name, text);
    if (*cents < option->low || *cents > option->high)
        return set_problem(problem, "--%s: %s is not in %s..%s", option->name, text,
                           MONEY(option->low), MONEY(option->high));
    return true;
}

static bool read_text(const struct option *option,
                      const char *text,
                      const char **value,
                      char *problem)
{
    enum { DIGITS = 6 }; /* ACCOUNT_ID_PATTERN */

    if (!*text)
        return set_problem(problem, "--%s: is empty", option->name);
    if (option->kind == OPTION_ACCOUNT_ID &&
        (strlen(text) != DIGITS || strspn(text, "0123456789") != DIGITS))
        return set_problem(problem, "--%s: '%s' is not six digits, such as 000001",
                           option->name, text);
    *value = text;
    return true;
}

static bool read_value(const struct option *option,
                       const char *text,
                       struct options *options,
                       char *problem)
{
    void *member = (char *)options + option->offset;

    switch (option->kind) {
    case OPTION_NUMBER:
        return read_number(option, text, member, problem);
    case OPTION_MONEY:
        return read_money(option, text, member, problem);
    case OPTION_TEXT:
    case OPTION_ACCOUNT_ID:
        return read_text(option, text, member, problem);
    case OPTION_FLAG:
        *(bool *)member = true;
        return true;
    }
    return false;
}

/* A word without dashes is a file, if the verb takes one. */
static int read_file(const struct verb *verb,
                     const char *word,
                     struct options *options,
                     const struct option **option,
                     char *problem)
{
    if (*word == '-' || !*word || !((verb->needs | verb->takes) & OPTION_FILE))
        return set_problem(problem, "'%s' is not an option", word);
    if (options->file)
        return set_problem(problem, "'%s' is a second file", word);
    *option = find_option(verb, "file", problem);
    return read_value(*option, word, options, problem);
}

/* --seed 7 and --seed=7 are the same. Returns the number of words read; 0: a problem. */
static int read_option(const struct verb *verb,
                       int count,
                       char *const *words,
                       struct options *options,
                       const struct option **option,
                       char *problem)
{
    char name[32];
    const char *word = words[0];
    const char *value = strchr(word, '=');
    size_t length = value ? (size_t)(value - word) : strlen(word);

    if (strncmp(word, "--", 2) != 0)
        return read_file(verb, word, options, option, problem);
    if (length == 2 || length - 2 >= sizeof name)
        return set_problem(problem, "'%s' is not an option", word);
    snprintf(name, sizeof name, "%.*s", (int)(length - 2), word + 2);
    *option = find_option(verb, name, problem);
    if (!*option)
        return 0;
    if ((*option)->kind == OPTION_FLAG)
        return value ? set_problem(problem, "--%s takes no value", name)
                     : read_value(*option, word, options, problem);
    if (value)
        return read_value(*option, value + 1, options, problem);
    if (count < 2)
        return set_problem(problem, "--%s lacks its %s", name, (*option)->value);
    return read_value(*option, words[1], options, problem) ? 2 : 0;
}

bool options_parse(const struct verb *verb,
                   int count,
                   char *const *words,
                   struct options *options,
                   char problem[PROBLEM_SIZE])
{
    const struct option *option = NULL;
    int given = 0;

    *options = default_options();
    for (int used; count > 0; count -= used, words += used) {
        used = read_option(verb, count, words, options, &option, problem);
        if (!used)
            return false;
        given |= (int)option->bit;
    }
    for (size_t i = 0; i < OPTION_COUNT && !options->help; i++)
        if (verb->needs & ~given & (int)table[i].bit)
            return set_problem(problem, "--%s %s is missing", table[i].name,
                               table[i].value);
    return true;
}

/* ---- help -------------------------------------------------------------------- */

static void print_default(FILE *out, const struct option *option)
{
    struct options options = default_options();
    const char *member = (const char *)&options + option->offset;

    if (option->kind == OPTION_NUMBER && option->high < INT64_MAX)
        fprintf(out, ", %" PRId64 " to %" PRId64, option->low, option->high);
    if (option->kind == OPTION_NUMBER)
        fprintf(out, " (%" PRId64 ")", *(const int64_t *)(const void *)member);
    else if (option->bit == OPTION_ALWAYS && option->kind == OPTION_TEXT)
        fprintf(out, " (%s)", *(const char *const *)(const void *)member);
}

void options_help(FILE *out, const struct verb *verb)
{
    fprintf(out, "bank %s: %s\n\n", verb->name, verb->summary);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char usage[32];

        if (!is_taken(verb, &table[i]))
            continue;
        snprintf(usage, sizeof usage, "--%s %s", table[i].name,
                 table[i].value ? table[i].value : "");
        fprintf(out, "  %-16s  %s", usage, table[i].help);
        if (verb->needs & (int)table[i].bit)
            fputs(" (needed)", out);
        else
            print_default(out, &table[i]);
        putc('\n', out);
    }
}
