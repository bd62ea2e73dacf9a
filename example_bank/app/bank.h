/* bank.h - the bank put together: aggregates, views and sagas on one file. */
#ifndef BANK_BANK_H
#define BANK_BANK_H

#include <jangle/jangle.h>

extern const struct jangle_subscribers bank_views;
extern const struct jangle_sagas bank_sagas;

/* Open the bank that is kept in the file `path`; the file is made if there is none.
 * `workers` threads run the views and sagas. Without threads these run only while
 * somebody waits for them (catch_up.h). NULL: the bank cannot be opened, and a sentence
 * on stderr has said why. */
struct jangle *bank_open(const char *path, int workers);

/* The same, with the bank's publisher and consumer, which `broker` connects to other
 * programs. NULL: without them. */
struct jangle *
bank_open_with(const char *path, int workers, const struct jangle_broker *broker);

/* Fill in what the bank is made of, and its settings from the environment: all but the
 * storage and the workers. INVALID: a variable is wrong. */
enum jangle_result bank_config(struct jangle_config *config, struct jangle_error *error);

/* NULL is allowed. */
void bank_close(struct jangle *bank);

#endif
