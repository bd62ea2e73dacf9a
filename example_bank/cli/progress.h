/* progress.h - how far a long piece of work has come.
 *
 * On a terminal a bar that is drawn over and over; else a quiet line every ten seconds.
 */
#ifndef BANK_PROGRESS_H
#define BANK_PROGRESS_H

#include <stdint.h>
#include <time.h>

struct progress {
    const char *what; /* "commands" */
    int64_t total;
    struct timespec begun;
    struct timespec shown;
};

/* Seconds since `then`, which never go back. */
double progress_seconds(const struct timespec *then);

void progress_begin(struct progress *progress, const char *what, int64_t total);
void progress_show(struct progress *progress, int64_t done);

/* Wipe the bar away. Returns how many seconds it took. */
double progress_end(struct progress *progress);

#endif
