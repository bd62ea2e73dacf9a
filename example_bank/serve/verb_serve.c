/* verb_serve.c - the verb serve: publish and consume until Ctrl-C. Meanwhile other
 * processes may use the same bank by other verbs. */
#include "serve/verb_serve.h"
#include "app/bank.h"
#include "cli/stop.h"
#include "serve/broker.h"
#include "serve/customers.h"
#include "serve/figures.h"

#include <string.h>
#include <time.h>

enum { WORKERS = 4, LOOKS_A_LINE = 10 };

static const struct timespec look = {.tv_nsec = 100000000};

/* Print the figures if they differ from those that were `shown` last. */
static void show_figures(struct jangle *bank, char shown[FIGURES_SIZE])
{
    char now[FIGURES_SIZE];

    if (!figures_write(bank, now) || strcmp(now, shown) == 0)
        return;
    fputs(now, stdout);
    fflush(stdout);
    memcpy(shown, now, sizeof now);
}

/* Returns the exit status: 1 if a customer got a wrong answer. */
static int serve(struct jangle *bank, struct customers *customers)
{
    char shown[FIGURES_SIZE] = "";
    int status = 0;

    for (int64_t looks = 0; !stop_was_asked(); looks++) {
        if (looks % LOOKS_A_LINE == 0)
            show_figures(bank, shown);
        if (customers->started && customers_are_served(customers))
            status = customers_end(customers);
        nanosleep(&look, NULL);
    }
    return customers_end(customers) ? 1 : status;
}

static int verb_serve(const struct options *options)
{
    struct named_broker broker;
    struct customers customers;
    struct jangle *bank = bank_broker_find(&broker)
                              ? bank_open_with(options->db, WORKERS, &broker.broker)
                              : NULL;
    int status = 1;

    if (!bank)
        return 1;
    printf("%s is served; Ctrl-C ends that.\n", options->db);
    fflush(stdout);
    if (customers_begin(&customers, bank, options))
        status = serve(bank, &customers);
    bank_close(bank);
    return status;
}

static const struct verb verbs[] = {
    {"serve", "publish what happens, and take deposits from a queue, until Ctrl-C",
     verb_serve, 0,
     OPTION_BEGINS | OPTION_SIMULATE | OPTION_RATE | OPTION_ACCOUNTS | OPTION_THREADS |
         OPTION_SEED | OPTION_ACKS},
};

const struct verb_table serve_verbs = JANGLE_ARRAY(verbs);
