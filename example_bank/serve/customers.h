/* customers.h - customers of the simulation, who come while the bank serves. */
#ifndef BANK_CUSTOMERS_H
#define BANK_CUSTOMERS_H

#include "simulate/office.h"

struct customers {
    struct office office;
    struct options options; /* with the number of commands that they send */
    struct desk *desks;
    int64_t started; /* threads; 0: nobody comes */
};

/* Let options->simulate commands be sent, by threads of their own. False: they cannot be,
 * and a sentence on stderr has said why. */
bool customers_begin(struct customers *customers,
                     struct jangle *bank,
                     const struct options *options);

/* All of them have their answers. */
bool customers_are_served(const struct customers *customers);

/* Wait for that, and say how many were served. Returns the exit status: 1 if an answer
 * was wrong. Nothing happens if nobody came. */
int customers_end(struct customers *customers);

#endif
