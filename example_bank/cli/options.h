/* options.h - what was typed after `bank`, checked. */
#ifndef BANK_OPTIONS_H
#define BANK_OPTIONS_H

#include <stdbool.h>
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
    int64_t after;  /* so many steps */
    const char *reason;
    const char *subscriber;
    int64_t position;
    const char *file;
};

/* Which options a verb takes, beside --db and --help, which all do. */
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
    OPTION_BEGINS = 1 << 11, /* none that is typed: the verb begins a bank if need be */
    OPTION_TO = 1 << 12,
    OPTION_FROM = 1 << 13,
    OPTION_TRANSACTION = 1 << 14,
    OPTION_ID = 1 << 15,
    OPTION_AFTER = 1 << 16,
    OPTION_REASON = 1 << 17,
    OPTION_SUBSCRIBER = 1 << 18,
    OPTION_POSITION = 1 << 19,
    OPTION_FILE = 1 << 20, /* --file may be left out before it */
};

struct verb {
    const char *name; /* a word, or two */
    const char *summary;
    int takes;                                 /* option bits */
    int needs;                                 /* those of them that must be given */
    int (*run)(const struct options *options); /* returns the exit status */
};

enum { PROBLEM_SIZE = 200 };

/* Read the words that follow a verb; what is not said has its default. False: one of
 * them makes no sense, and `problem` says which and why. */
bool options_parse(const struct verb *verb,
                   int count,
                   char *const *words,
                   struct options *options,
                   char problem[PROBLEM_SIZE]);

/* How a verb is used: its options, their ranges and defaults. */
void options_help(FILE *out, const struct verb *verb);

/* How many letters must be changed, added or dropped to make one word of another: for
 * "did you mean". Long words are never alike. */
int options_distance(const char *word, const char *other);

#endif
