/* stop.h - Ctrl-C and SIGTERM stop the bank that is open. */
#ifndef BANK_STOP_H
#define BANK_STOP_H

#include <jangle/jangle.h>

/* From now on the two signals do not end the program: they stop the bank, whose commands
 * then get CLOSED, and the program is expected to end by itself. A second signal ends it
 * at once. */
void stop_catch_signals(void);

/* Has there been such a signal? */
bool stop_was_asked(void);

/* The bank that a signal stops; NULL: none. */
void stop_set_bank(struct jangle *bank);

#endif
