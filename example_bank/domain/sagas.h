/* sagas.h - the two sagas of the bank: each moves money between two accounts, and brings
 * it back if it cannot arrive. */
#ifndef BANK_SAGAS_H
#define BANK_SAGAS_H

#include <jangle/saga.h>

extern const struct jangle_saga transfer_saga; /* money from one account to another */
extern const struct jangle_saga
    request_saga; /* the same, if the account that is asked agrees */

/* Why the last command of the turn was refused. This is a copy, because the next command
 * overwrites turn->outcome. */
static inline const char *last_reason(const struct jangle_turn *turn)
{
    return jangle_text(turn->arena, "%s", turn->outcome.error.message);
}

#endif
