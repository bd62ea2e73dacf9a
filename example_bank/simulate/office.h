/* office.h - runs many threads that serve customers: the office has desks, and each desk
 * is a thread. */
#ifndef BANK_OFFICE_H
#define BANK_OFFICE_H

#include "cli/options.h"
#include "simulate/errands.h"

#include <pthread.h>
#include <stdatomic.h>

/* How an errand may end; each is a column of the table that is printed. */
enum ending { DONE, REFUSED, INVALID, FAILED, ENDING_COUNT };

struct tally {
    int64_t ended[ENDING_COUNT];
};

/* What all desks share. */
struct office {
    struct jangle *bank;
    const struct options *options;
    char run[48]; /* the beginning of each command id; no two runs have the same */
    int acks;     /* file descriptor (acks.h); -1: answers are not noted */
    atomic_int open_desks;
    _Atomic int64_t served;
    atomic_bool closing;
};

/* A thread, and how the errands of its customers ended. */
struct desk {
    struct office *office;
    struct teller teller;
    pthread_t thread;
    int number;
    int64_t openings, errands; /* so many are this desk's share */
    int64_t sent;
    struct tally tallies[ERRAND_COUNT];
    char complaint[300]; /* the first answer that was not right; or why the desk closed */
};

typedef void *desk_fn(void *desk);

/* The work of a desk: open its share of accounts, run its share of errands, or both. */
desk_fn office_open_accounts, office_run_errands, office_open_and_run;

/* Give this run a name that no other run has. */
void office_name_run(struct office *office);

/* How many accounts the bank has, with the deleted ones; -1: its view does not answer,
 * and a sentence on stderr has said why. */
int64_t office_count_accounts(struct jangle *bank);

/* Divide the work among `desks`, of which there are options->threads. */
void office_furnish(struct office *office, struct desk *desks, int64_t openings);

/* Let all desks work. Returns how many have started; each is counted in `open_desks`
 * until its work is done. */
int64_t office_start(struct office *office, struct desk *desks, desk_fn *work);

/* Wait until those that have started are done. */
void office_finish(struct desk *desks, int64_t started);

/* Print the first wrong answer of each desk. Returns the exit status: 1 if there was one.
 */
int office_print_complaints(const struct office *office, const struct desk *desks);

/* Let all desks work, and show their progress. Returns how many seconds they took. */
double office_work(struct office *office,
                   struct desk *desks,
                   desk_fn *work,
                   const char *what,
                   int64_t total);

#endif
