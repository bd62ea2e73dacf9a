/* bank.h - the bank as its programs see it: opened, kept up to date, closed. */
#ifndef BANK_BANK_H
#define BANK_BANK_H

#include <jangle/jangle.h>

/* All of its views, and all of its sagas. */
extern const struct jangle_subscribers bank_views;
extern const struct jangle_sagas bank_sagas;

/* The bank that is kept in the file `path`, with so many threads that build its views;
 * with none they are built while bank_catch_up waits. NULL: it cannot be opened, and a
 * sentence on stderr has said why. */
struct jangle *bank_open(const char *path, int workers);

/* Wait until the views show all that has happened. False: they do not, and a sentence
 * has said why. */
bool bank_catch_up(struct jangle *bank);

/* NULL is fine. */
void bank_close(struct jangle *bank);

/* From now on Ctrl-C and SIGTERM stop an open bank: commands get CLOSED, and the program
 * is expected to close it and end. A second one ends it at once. */
void bank_heed_signals(void);
bool bank_was_stopped(void);

#endif
