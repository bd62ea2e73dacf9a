/* visit.h - one customer at the counter: open the bank, do one thing, close it. */
#ifndef BANK_VISIT_H
#define BANK_VISIT_H

#include "cli/options.h"

#include <jangle/jangle.h>

struct visit {
    const struct options *options;
    struct jangle *bank; /* NULL: it could not be opened, and a sentence has said why */
    struct jangle_outcome outcome; /* of the command that the customer sends */
};

struct visit visit_begin(const struct options *options);

/* Print the outcome, and close the bank. Returns the exit status. */
int visit_end(struct visit *visit);

/* The same after a command about a transfer or a request. Also waits for its saga, and
 * prints how far the payment has come. */
int visit_end_payment(struct visit *visit, const char *transaction_id);

/* A question instead of a command: `show` asks it about options->account. Returns the
 * exit status. */
typedef int visit_show_fn(struct jangle *bank, const char *account_id);
int visit_show(const struct options *options, visit_show_fn *show);

#endif
