/* sagas.h - what the bank does across accounts, whatever happens in the meantime. */
#ifndef BANK_SAGAS_H
#define BANK_SAGAS_H

#include <jangle/saga.h>

extern const struct jangle_saga transfer_saga; /* money from one account to another */
extern const struct jangle_saga request_saga;  /* the same, if the one asked agrees */

/* Has an account, or jangle, said no for good? What is neither this nor OK is no answer
 * yet: it sticks to the turn, whose later steps do nothing, and which is run again. */
static inline bool was_refused(enum jangle_result result)
{
    return result && jangle_result_final(result);
}

/* Why the last command was refused, to be told to others. */
static inline const char *last_reason(const struct jangle_turn *turn)
{
    return jangle_text(turn->arena, "%s", turn->outcome.error.message);
}

/* Has money that was to be given back been taken, or is none of it missing there? If not,
 * the turn must fail, until somebody has looked why: it is not over while money is away.
 */
static inline bool is_given_back(enum jangle_result result)
{
    return result == JANGLE_OK || result == JANGLE_REJECTED;
}

#endif
