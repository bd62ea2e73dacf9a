/* catch_up.h - wait until the views show what a command led to. */
#ifndef BANK_CATCH_UP_H
#define BANK_CATCH_UP_H

#include <jangle/jangle.h>

/* Views and sagas work in the background. Wait until the sagas have processed all events
 * that are stored now, and until the views show those events and what the sagas made of
 * them. Events that are stored in the meantime are not waited for. It does not matter
 * which process stored an event, or runs the views. False: the views are behind, and a
 * sentence on stderr has said why. */
bool bank_catch_up(struct jangle *bank);

/* The position of the last stored event, whichever process stored it; 0: nobody knows. */
int64_t bank_head(struct jangle *bank);

/* Say that a view is suspended, and how to repair it. False: it is not suspended. */
bool bank_explain_suspension(struct jangle *bank, const char *view);

#endif
