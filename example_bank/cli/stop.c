/* stop.c - Ctrl-C and SIGTERM stop the bank that is open. */
#include "cli/stop.h"

#include <signal.h>
#include <stdatomic.h>

/* Global, because a signal handler gets no context. */
static struct jangle *_Atomic open_bank;
static atomic_bool stopped;

static void stop_bank(int signal)
{
    struct jangle *bank = open_bank;

    (void)signal;
    stopped = true;
    if (bank)
        jangle_stop(bank);
}

void stop_catch_signals(void)
{
    struct sigaction action = {.sa_handler = stop_bank};

    sigemptyset(&action.sa_mask);
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away makes a write fail, no more */
    signal(SIGXFSZ, SIG_IGN); /* so does a file that may not grow (ulimit -f) */
}

bool stop_was_asked(void)
{
    return stopped;
}

void stop_set_bank(struct jangle *bank)
{
    open_bank = bank;
    if (bank && stopped) /* the signal came before there was a bank to stop */
        jangle_stop(bank);
}
