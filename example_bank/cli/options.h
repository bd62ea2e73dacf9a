/* options.h - the options of a verb: which it takes, and what was typed, checked. */
#ifndef BANK_OPTIONS_H
#define BANK_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct options {
    bool help;
    const char *db;
    int64_t accounts;
    int64_t commands;
    int64_t threads;
    int64_t seed;
    int64_t times;
    const char *acks; /* NULL: none */
    bool repair;
    const char *account;
    const char *name;
    int64_t amount; /* cents; 0: not given */
    const char *to, *from;
    const char *transaction;
    const char *id; /* of a saga */
    int64_t after;  /* number of steps */
    const char *reason;
    const char *subscriber;
    int64_t position;
    const char *file;
    int64_t simulate; /* number of commands */
    int64_t rate;     /* of them a second; 0: as many as can be answered */
    int64_t limit;    /* number of dead letters */
    bool dry_run;
    int64_t wait; /* milliseconds */
};

/* Which options a verb takes. Every verb takes --db and --help. */
enum option_bit {
    OPTION_ALWAYS = 1 << 0,
    OPTION_ACCOUNTS = 1 << 1,
    OPTION_COMMANDS = 1 << 2,
    OPTION_THREADS = 1 << 3,
    OPTION_SEED = 1 << 4,
    OPTION_TIMES = 1 << 5,
    OPTION_ACKS = 1 << 6,
    OPTION_REPAIR = 1 << 7,
    OPTION_ACCOUNT = 1 << 8,
    OPTION_NAME = 1 << 9,
    OPTION_AMOUNT = 1 << 10,
    OPTION_BEGINS = 1 << 11, /* nothing to type: the verb makes a bank if there is none */
    OPTION_TO = 1 << 12,
    OPTION_FROM = 1 << 13,
    OPTION_TRANSACTION = 1 << 14,
    OPTION_ID = 1 << 15,
    OPTION_AFTER = 1 << 16,
    OPTION_REASON = 1 << 17,
    OPTION_SUBSCRIBER = 1 << 18,
    OPTION_POSITION = 1 << 19,
    OPTION_FILE = 1 << 20, /* the word --file itself may be left out */
    OPTION_SIMULATE = 1 << 21,
    OPTION_LIMIT = 1 << 22,
    OPTION_DRY_RUN = 1 << 23,
    OPTION_WAIT = 1 << 24,
    OPTION_RATE = 1 << 25,
};

/* A verb is what `bank` can be told to do: `bank deposit`, `bank sagas show`. */
struct verb {
    const char *name; /* one word, or two */
    const char *summary;
    int (*run)(const struct options *options); /* returns the exit status */
    int needs;                                 /* options that must be given */
    int takes;                                 /* further options that may be given */
};

struct verb_table {
    const struct verb *items;
    size_t count;
};

enum { PROBLEM_SIZE = 200 };

/* Read the words that follow a verb. An option that is not given has its default. False:
 * a word makes no sense, and `problem` says which one and why. */
bool options_parse(const struct verb *verb,
                   int count,
                   char *const *words,
                   struct options *options,
                   char problem[PROBLEM_SIZE]);

/* Print how a verb is used: its options, their ranges and defaults. */
void options_help(FILE *out, const struct verb *verb);

/* How many letters must be changed, added or dropped to turn one word into the other, for
 * "did you mean". Long words are never similar. */
int options_distance(const char *word, const char *other);

#endif
