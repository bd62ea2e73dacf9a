/* main.c - which verb was typed, and what it takes. */
#include "app/bank.h"
#include "app/verb_demo.h"
#include "app/verb_teller.h"
#include "cli/complaint.h"
#include "operate/verb_backup.h"
#include "operate/verb_check.h"
#include "operate/verb_dead.h"
#include "operate/verb_replay.h"
#include "operate/verb_sagas.h"
#include "shell/shell.h"
#include "simulate/verb_simulate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { WRONG_USE = 2, INTERRUPTED = 130 };

static const struct verb verbs[] = {
    {"demo", "a story, step by step: what was asked, and what was answered",
     OPTION_BEGINS, 0, verb_demo},
    {"simulate", "many customers at once, then look at the books",
     OPTION_BEGINS | OPTION_ACCOUNTS | OPTION_COMMANDS | OPTION_THREADS | OPTION_SEED |
         OPTION_ACKS,
     0, verb_simulate},
    {"check", "look at the books: is every cent where the events say?", OPTION_ACKS, 0,
     verb_check},
    {"replay", "build each view anew, and compare it with what is shown", OPTION_REPAIR,
     0, verb_replay},
    {"shuffle", "the same as replay, with the events in another order every time",
     OPTION_TIMES | OPTION_SEED, 0, verb_shuffle},

    {"open", "open an account, with a deposit of --amount or none",
     OPTION_BEGINS | OPTION_NAME | OPTION_AMOUNT, OPTION_NAME, verb_open},
    {"deposit", "put money in", OPTION_ACCOUNT | OPTION_AMOUNT,
     OPTION_ACCOUNT | OPTION_AMOUNT, verb_deposit},
    {"withdraw", "take money out, up to 100.00 more than is there",
     OPTION_ACCOUNT | OPTION_AMOUNT, OPTION_ACCOUNT | OPTION_AMOUNT, verb_withdraw},
    {"forgive", "forgive a debt of up to 100.00, twice in a life", OPTION_ACCOUNT,
     OPTION_ACCOUNT, verb_forgive},
    {"delete", "delete an account; what happened to it stays", OPTION_ACCOUNT,
     OPTION_ACCOUNT, verb_delete},
    {"accounts", "who has how much, and the bank's figures", 0, 0, verb_accounts},
    {"ledger", "how an account's balance came to be", OPTION_ACCOUNT, OPTION_ACCOUNT,
     verb_ledger},
    {"transfer", "send money to another account",
     OPTION_ACCOUNT | OPTION_TO | OPTION_AMOUNT,
     OPTION_ACCOUNT | OPTION_TO | OPTION_AMOUNT, verb_transfer},
    {"request", "ask another account for money: it has half an hour to accept",
     OPTION_ACCOUNT | OPTION_FROM | OPTION_AMOUNT,
     OPTION_ACCOUNT | OPTION_FROM | OPTION_AMOUNT, verb_request},
    {"requests", "what an account is asked for", OPTION_ACCOUNT, OPTION_ACCOUNT,
     verb_requests},
    {"accept", "give what the account is asked for", OPTION_ACCOUNT | OPTION_TRANSACTION,
     OPTION_ACCOUNT | OPTION_TRANSACTION, verb_accept},
    {"reject", "refuse what the account is asked for",
     OPTION_ACCOUNT | OPTION_TRANSACTION, OPTION_ACCOUNT | OPTION_TRANSACTION,
     verb_reject},
    {"payments", "an account's transfers and requests, and how far each has come",
     OPTION_ACCOUNT, OPTION_ACCOUNT, verb_payments},

    {"shell", "all of that, to sit down at: screens, choices, questions", OPTION_BEGINS,
     0, verb_shell},

    {"sagas", "transfers and requests that are not over", 0, 0, verb_sagas},
    {"sagas show", "one of them, with what it has done", OPTION_ID, OPTION_ID,
     verb_sagas_show},
    {"sagas retry", "try its waiting turn again, now", OPTION_ID, OPTION_ID,
     verb_sagas_retry},
    {"sagas resume", "the same, after so many of its steps", OPTION_ID | OPTION_AFTER,
     OPTION_ID | OPTION_AFTER, verb_sagas_resume},
    {"sagas finish", "declare it over; nothing is taken back", OPTION_ID | OPTION_REASON,
     OPTION_ID | OPTION_REASON, verb_sagas_finish},
    {"dead", "events that somebody gave up on", 0, 0, verb_dead},
    {"dead retry", "deliver one of them again", OPTION_SUBSCRIBER | OPTION_POSITION,
     OPTION_SUBSCRIBER | OPTION_POSITION, verb_dead_retry},
    {"dead skip", "let one of them be", OPTION_SUBSCRIBER | OPTION_POSITION,
     OPTION_SUBSCRIBER | OPTION_POSITION, verb_dead_skip},
    {"backup", "copy the bank to a new file, while it is in use", OPTION_FILE,
     OPTION_FILE, verb_backup},
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static int print_help(FILE *out, int status)
{
    fputs("bank: an example of jangle\n\n  bank VERB [--db FILE] [options]\n\n", out);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-12s  %s\n", verbs[i].name, verbs[i].summary);
    fputs(
        "\n`bank VERB --help` tells its options; `bank --version` tells which jangle it "
        "runs\n"
        "with. The bank is kept in bank.db, or where DB_JANGLE_BANKING_PATH says.\n",
        out);
    return status;
}

/* How many of the words are that name; 0: they are something else. */
static int match_verb(const char *name, int count, char *const *words)
{
    size_t length = strcspn(name, " ");

    if (strncmp(name, words[0], length) != 0 || words[0][length])
        return 0;
    if (!name[length])
        return 1;
    return count > 1 && strcmp(name + length + 1, words[1]) == 0 ? 2 : 0;
}

/* The one with more words, if there are two. */
static const struct verb *find_verb(int count, char *const *words, int *used)
{
    const struct verb *found = NULL;

    *used = 0;
    for (size_t i = 0; i < VERB_COUNT; i++) {
        int matched = match_verb(verbs[i].name, count, words);

        if (matched > *used) {
            *used = matched;
            found = &verbs[i];
        }
    }
    return found;
}

static int refuse_verb(const char *name)
{
    const struct verb *alike = NULL;
    int closest = 3; /* changes, or more: not alike */

    for (size_t i = 0; i < VERB_COUNT; i++)
        if (options_distance(name, verbs[i].name) < closest) {
            closest = options_distance(name, verbs[i].name);
            alike = &verbs[i];
        }
    if (alike)
        bank_complain("there is no verb '%s'; did you mean '%s'?", name, alike->name);
    else
        bank_complain("there is no verb '%s'; `bank --help` lists them", name);
    return WRONG_USE;
}

/* "sagas rtery": the verb is one of several of that first word, and the second is none.
 */
static bool lacks_word(const struct verb *verb, int count, char *const *words)
{
    size_t length = strlen(verb->name);

    if (count < 1 || *words[0] == '-' || !*words[0])
        return false;
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strncmp(verbs[i].name, verb->name, length) == 0 &&
            verbs[i].name[length] == ' ')
            return true;
    return false;
}

static int refuse_word(const struct verb *verb, const char *word)
{
    char name[80];

    snprintf(name, sizeof name, "%s %s", verb->name, word);
    return refuse_verb(name);
}

static int print_version(void)
{
    printf("bank, an example of jangle %s\n", jangle_version());
    return 0;
}

/* Only some verbs begin a bank: where the others find none, a name was mistyped. */
static bool is_there(const struct verb *verb, const struct options *options)
{
    if ((verb->takes & OPTION_BEGINS) || access(options->db, F_OK) == 0 ||
        errno != ENOENT)
        return true;
    bank_complain(
        "%s: there is no bank; `bank open`, `demo`, `simulate` and `shell`"
        " begin one",
        options->db);
    return false;
}

static int run(int argc, char **argv)
{
    const struct verb *verb;
    struct options options;
    char problem[PROBLEM_SIZE];
    int status, used;

    if (argc < 2)
        return print_help(stderr, WRONG_USE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return print_help(stdout, 0);
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    verb = find_verb(argc - 1, argv + 1, &used);
    if (!verb)
        return refuse_verb(argv[1]);
    if (lacks_word(verb, argc - 1 - used, argv + 1 + used))
        return refuse_word(verb, argv[1 + used]);
    if (!options_parse(verb, argc - 1 - used, argv + 1 + used, &options, problem)) {
        bank_complain("%s; `bank %s --help` tells more", problem, verb->name);
        return WRONG_USE;
    }
    if (options.help) {
        options_help(stdout, verb);
        return 0;
    }
    if (!is_there(verb, &options))
        return 1;
    bank_heed_signals();
    status = verb->run(&options);
    return bank_was_stopped() ? INTERRUPTED : status;
}

/* A file of the bank must not take the place of a stream that came closed. */
static void fill_streams(void)
{
    int file = open("/dev/null", O_RDONLY);

    while (file >= 0 && file <= STDERR_FILENO)
        file = open("/dev/null", O_RDONLY);
    if (file >= 0)
        close(file);
}

int main(int argc, char **argv)
{
    int status;

    fill_streams();
    status = run(argc, argv);
    if ((fflush(stdout) || ferror(stdout)) && !status)
        status = bank_complain("not all of this could be printed");
    return status;
}
