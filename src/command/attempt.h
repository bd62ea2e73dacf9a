/* attempt.h - one attempt at a command: the state is loaded, the command decided, the
 * events committed. */
#ifndef JN_ATTEMPT_H
#define JN_ATTEMPT_H

#include "command/sending.h"

/* Look for a stored command of this id. `found` is true if there is one; then the result
 * is the command's answer. A store that fails leaves `found` false. */
enum jangle_result jn_sending_find_stored(struct jn_sending *sending, bool *found);

/* Load, decide and commit, once. CONFLICT if another command was stored first: nothing of
 * this one is stored, and unless `final` is true another attempt may succeed. */
enum jangle_result jn_sending_attempt(struct jn_sending *sending);

#endif
