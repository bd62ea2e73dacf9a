/* office.h - many desks, each a thread that serves customers. */
#ifndef BANK_OFFICE_H
#define BANK_OFFICE_H

#include "cli/options.h"
#include "simulate/errands.h"

#include <pthread.h>
#include <stdatomic.h>

/* How an errand may end, in columns. */
enum ending { DONE, REFUSED, INVALID, FAILED, ENDING_COUNT };

struct tally {
    int64_t ended[ENDING_COUNT];
};

/* What all desks share. */
struct office {
    struct jangle *bank;
    const struct options *options;
    char run[48]; /* begins each command's id: no two runs have the same */
    int acks;     /* -1: none */
    atomic_int open_desks;
    _Atomic int64_t served;
    atomic_bool closing;
};

/* A thread, its customers, and what came of them. */
struct desk {
    struct office *office;
    struct teller teller;
    pthread_t thread;
    int number;
    int64_t openings, errands; /* its share */
    int64_t sent;
    struct tally tallies[ERRAND_COUNT];
    char complaint[300]; /* the first answer that makes no sense; or why it closed */
};

typedef void *desk_fn(void *desk);

/* What a desk does all day: open its share of accounts, or run its share of errands. */
desk_fn office_open_accounts, office_run_errands;

/* Share the work out among `desks`, of which there are options->threads. */
void office_furnish(struct office *office, struct desk *desks, int64_t openings);

/* Let all desks work, showing how far they are. Returns how many seconds they took. */
double office_work(struct office *office,
                   struct desk *desks,
                   desk_fn *work,
                   const char *what,
                   int64_t total);

#endif
