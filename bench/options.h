/* options.h - what was typed after `bench`, checked. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { ROUNDS_MAX = 99, ONLY_MAX = 32, PROBLEM_SIZE = 512 };

struct options {
    const char *only[ONLY_MAX]; /* rows and groups */
    size_t only_count;
    bool help, list, count, all, peers;
    int rounds;
    double seconds;
    const char *json;      /* NULL: no file is written */
    const char *against;   /* NULL: nothing to compare with */
    const char *directory; /* where databases are made */
    const char *once;      /* a row; NULL: the usual table */
    int64_t operations;    /* 0: as many as the row says */
    int sync_us;      /* what a sync takes in place of the disk; -1: the disk's time */
    int64_t messages; /* the same, of all rows that carry messages */
};

/* False: an option or its value makes no sense, and `problem` is the sentence
 * about it. */
bool options_parse(int count,
                   char *const *words,
                   struct options *options,
                   char problem[PROBLEM_SIZE]);

void options_help(FILE *out);

#endif
