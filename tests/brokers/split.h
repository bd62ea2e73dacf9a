/* split.h - the bank in two processes, with any broker between them. */
#ifndef BROKERS_SPLIT_H
#define BROKERS_SPLIT_H

#include <jangle/plugin/transport.h>

struct split {
    struct jangle_broker broker;
    struct jangle_broker (*in_child)(void); /* of the bank, which is a child of the test's
                                               process; NULL: the same */
};

/* Let the bank serve customers, and compare the views. Returns how many tests failed. */
int split_try(const struct split *split);

#endif
