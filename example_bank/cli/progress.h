/* progress.h - shows how far long work has come: on a terminal a bar that grows,
 * elsewhere one line every ten seconds. */
#ifndef BANK_PROGRESS_H
#define BANK_PROGRESS_H

#include <stdint.h>
#include <time.h>

struct progress {
    const char *what; /* what is counted: "commands" */
    int64_t total;
    struct timespec begun;
    struct timespec shown;
};

/* Seconds since `then`, by a clock that is never set back. */
double progress_seconds(const struct timespec *then);

void progress_begin(struct progress *progress, const char *what, int64_t total);
void progress_show(struct progress *progress, int64_t done);

/* Remove the bar. Returns how many seconds the work took. */
double progress_end(struct progress *progress);

#endif
