/* step.h - one bounded piece of work: a batch, a retry, marks that are due, a look at
 * the store. */
#ifndef JN_STEP_H
#define JN_STEP_H

#include "subscription/subscription.h"

/* See what other processes have stored, and whom they have given up (step.c). */
enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error);

#endif
