/* customers.c - customers of the simulation, who come while the bank serves. */
#include "serve/customers.h"
#include "app/catch_up.h"
#include "cli/complaint.h"
#include "simulate/acks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool open_acks(struct office *office, const char *path)
{
    office->acks = path ? acks_open(path) : -1;
    if (!path || office->acks >= 0)
        return true;
    bank_complain("%s: %s", path, strerror(errno));
    return false;
}

bool customers_begin(struct customers *customers,
                     struct jangle *bank,
                     const struct options *options)
{
    struct office *office = &customers->office;
    int64_t existing;

    *customers = (struct customers){.options = *options};
    if (!options->simulate)
        return true;
    customers->options.commands = options->simulate;
    office->options = &customers->options;
    office->bank = bank;
    office_name_run(office);
    existing = bank_catch_up(bank) ? office_count_accounts(bank) : -1;
    if (existing < 0 || !open_acks(office, options->acks))
        return false;
    customers->desks = calloc((size_t)options->threads, sizeof *customers->desks);
    if (!customers->desks) {
        bank_complain("out of memory");
        return false;
    }
    office_furnish(office, customers->desks,
                   options->accounts > existing ? options->accounts - existing : 0);
    customers->started = office_start(office, customers->desks, office_open_and_run);
    return true;
}

bool customers_are_served(const struct customers *customers)
{
    return customers->office.open_desks == 0;
}

int customers_end(struct customers *customers)
{
    int status = 0;

    if (customers->started) {
        office_finish(customers->desks, customers->started);
        printf("%" PRId64 " commands of customers answered\n", customers->office.served);
        fflush(stdout);
        status = office_print_complaints(&customers->office, customers->desks);
    }
    if (customers->desks && customers->office.acks >= 0)
        close(customers->office.acks);
    free(customers->desks);
    *customers = (struct customers){0};
    return status;
}
