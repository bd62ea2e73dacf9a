/* killed_bank.h - banks in processes of their own, on one file, which are killed from
 * outside or by their own hand; and what they answered, written down. */
#ifndef KILLED_BANK_H
#define KILLED_BANK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Seed all that is drawn (effort_seed). */
void killed_bank_seed(void);

/* In 0..limit-1. */
int killed_bank_draw(int limit);

/* A new directory: there is no file yet, and nothing was promised. End it before the
 * next. */
void killed_bank_begin(void);
void killed_bank_end(void);
bool killed_bank_is_there(void);

/* A simulation that serves until it is stopped. */
struct simulation {
    pid_t process;
    int answers; /* a pipe */
    char line[200];
    size_t length;
    int64_t count, done; /* answers; those of them that are OK */
};

/* When a simulation dies by its own hand: at the hit-th time that it comes to a
 * failpoint, counted from SIGUSR1 on, or from its beginning. NULL: it does not. */
struct death {
    const char *point;
    int hit;
    bool soon;
};

/* What it prints is kept for when it fails. */
struct simulation simulation_start(struct death death);

/* Writes down what has come; false: there will be no more. */
bool simulation_take(struct simulation *simulation);

/* Takes the rest, and asserts that it ended with this: an exit status, or minus the
 * signal that killed it. */
void simulation_assert_end(struct simulation *simulation, int expected, const char *what);

/* Everything that was answered by any of them is true, and the views are what the events
 * say: nobody else has the file open. */
void killed_bank_check(const char *after);

#endif
