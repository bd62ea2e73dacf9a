/* stop.h - Ctrl-C, and pipes that nobody reads, while a verb runs. */
#ifndef ADMIN_STOP_H
#define ADMIN_STOP_H

#include <signal.h>
#include <stdbool.h>

struct jn_stop {
    struct sigaction interrupt; /* as they were before */
    struct sigaction pipe;
};

/* From now on Ctrl-C is noticed and a closed pipe is an error of write; a second Ctrl-C
 * ends the process. */
void jn_stop_begin(struct jn_stop *stop);
void jn_stop_end(const struct jn_stop *stop);

bool jn_stop_came(void);

#endif
