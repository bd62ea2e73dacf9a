/* stop.c - Ctrl-C, and pipes that nobody reads, while a verb runs. */
#include "admin/stop.h"

#include <stddef.h>

/* Global, because a signal belongs to the process. */
static volatile sig_atomic_t came;

static void note(int number)
{
    (void)number;
    came = 1;
}

void jn_stop_begin(struct jn_stop *stop)
{
    struct sigaction once = {.sa_flags = (int)SA_RESETHAND};
    struct sigaction ignored = {0};

    came = 0;
    once.sa_handler = note;
    ignored.sa_handler = SIG_IGN;
    (void)sigemptyset(&once.sa_mask);
    (void)sigemptyset(&ignored.sa_mask);
    (void)sigaction(SIGINT, &once, &stop->interrupt);
    (void)sigaction(SIGPIPE, &ignored, &stop->pipe);
}

void jn_stop_end(const struct jn_stop *stop)
{
    (void)sigaction(SIGINT, &stop->interrupt, NULL);
    (void)sigaction(SIGPIPE, &stop->pipe, NULL);
}

bool jn_stop_came(void)
{
    return came;
}
