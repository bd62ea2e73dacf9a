/* program.h - a program that is started, killed and started again, and the figures that
 * it prints meanwhile. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "support/temp_directory.h"

#include <stdbool.h>
#include <sys/types.h>

/* Of one process, as it printed them last; or added up. */
struct figures {
    long long published, received, taken, repeated, refused, dead;
    bool publisher_waits, consumer_waits; /* it says why */
};

struct program {
    const char *name;
    const char *directory; /* it prints to NAME.1.out and NAME.1.log there, then to
                              NAME.2.out... */
    pid_t pid;             /* 0: it does not run */
    int starts;
    struct figures before; /* of those of its processes that have ended */
};

/* Start it; it ends with this program. False: there is no process. */
bool program_start(struct program *program, const char *const *words);

/* Send it a signal, and wait until it has ended. Returns its exit status, or -1 if a
 * signal has ended it. Nothing happens if it does not run. */
int program_end(struct program *program, int signal);

/* Has it ended by itself? */
bool program_has_ended(struct program *program);

/* What the process that runs has printed last. */
struct figures program_figures(const struct program *program);

/* The same, added to those of the processes before. */
struct figures program_total(const struct program *program);

/* Has the process that runs printed this? */
bool program_says(const struct program *program, const char *text);

/* Print all that its last process has printed, or only the last line. */
void program_print(const struct program *program, bool all);

#endif
