/* attempt.h - a command is decided and stored, or it is not: load, decide, commit. */
#ifndef JN_ATTEMPT_H
#define JN_ATTEMPT_H

#include "command/sending.h"

/* Was a command of this id stored before? `found` if so; then the result is the answer.
 */
enum jangle_result jn_sending_find_stored(struct jn_sending *sending, bool *found);

/* Load, decide, commit, once. CONFLICT if another command was faster: nothing is stored,
 * and `final` says whether another attempt would change that. */
enum jangle_result jn_sending_attempt(struct jn_sending *sending);

#endif
