/* intake_round.h - one round of an intake. */
#ifndef JN_INTAKE_ROUND_H
#define JN_INTAKE_ROUND_H

#include "messaging/consumer/intake.h"

/* Commit some of what the messages in hand lead to, in one group; and send again by
 * itself each command that met a conflict. The states of the messages say what became of
 * them. Fails as jn_intake_commit does. */
enum jangle_result jn_intake_round(struct jn_intake *intake, struct jangle_error *error);

#endif
