/* bank_faulty.c - the bank, killed at a failpoint by its own hand: at the
 * BANK_DIES_HIT-th time that it comes to BANK_DIES_AT, counted from SIGUSR1 on; or from
 * the beginning, if BANK_DIES_SOON is set. */
#include "base/failpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define main bank_main
int bank_main(int argc, char **argv);
#include "../../../example_bank/main.c"
#undef main

static struct {
    const char *at;
    atomic_int hits; /* that are left */
    atomic_bool armed;
} death;

static void die_there(void *context, const char *name)
{
    (void)context;
    if (death.armed && strcmp(name, death.at) == 0 &&
        atomic_fetch_sub(&death.hits, 1) == 1)
        kill(getpid(), SIGKILL);
}

static void arm(int signal)
{
    (void)signal;
    death.armed = true;
}

int main(int argc, char **argv)
{
    const char *hits = getenv("BANK_DIES_HIT");

    death.at = getenv("BANK_DIES_AT");
    death.hits = hits ? (int)strtol(hits, NULL, 10) : 1;
    death.armed = getenv("BANK_DIES_SOON") != NULL;
    if (death.at) {
        signal(SIGUSR1, arm);
        jn_failpoint_set(die_there, NULL);
    }
    return bank_main(argc, argv);
}
