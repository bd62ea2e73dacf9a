/* settle.h - wait for what commands lead to, whoever has sent them. */
#ifndef BANK_SETTLE_H
#define BANK_SETTLE_H

#include <jangle/jangle.h>

/* Wait until the sagas have dealt with all that is stored now, and the views show what
 * came of it, here or in another process; not for what is stored meanwhile. False: the
 * views do not, and a sentence has said why. */
bool settle(struct jangle *bank);

#endif
