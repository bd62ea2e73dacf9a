/* confirm.h - is what a command was decided on still so? What does a conflict mean, and
 * what is in doubt after it? */
#ifndef JN_CONFIRM_H
#define JN_CONFIRM_H

#include "command/attempt.h"

/* OK if every stream that the command was decided on still has the version that the
 * decider saw, in the same epoch of the store; CONFLICT if not, because then the command
 * must be decided again. Other results: the store failed. sending->error says why. */
enum jangle_result jn_attempt_confirm(const struct jn_attempt *attempt);

/* What the CONFLICT of the store means for the command: CONFLICT if it is to be decided
 * again; REJECTED if a stream that must be new is there; STORAGE if the store conflicts
 * for no reason, or failed. sending->error says why. */
enum jangle_result jn_attempt_explain(const struct jn_attempt *attempt,
                                      const struct jangle_error *conflict);

/* After a conflict: no state that was decided on may be used again as it is. Sets
 * sending->stale. */
void jn_attempt_doubt(const struct jn_attempt *attempt);

/* Note the streams of this attempt in sending->streams, because the next one may have to
 * take their locks. Returns CONFLICT, or NO_MEMORY. */
enum jangle_result jn_attempt_note_streams(const struct jn_attempt *attempt);

#endif
