/* call.h - the end of a public call: its error must have its result, and a sentence. */
#ifndef JN_CALL_H
#define JN_CALL_H

#include "base/error.h"
#include "core/engine.h"

/* Every public call that tells why it failed ends with this. `why` is its own; what is in
 * it goes to the caller's `error`, which may be NULL (as it is where the caller reads
 * `why` itself). Returns `result`.
 *
 * A result other than OK without a sentence, or with the sentence of another result, is a
 * fault of jangle's, because nobody can act on it. Where JANGLE_CHECK_RESULTS is defined,
 * as it is for the tests, such a call aborts. Elsewhere the result stays what it is, a
 * general sentence takes the place of what is missing, and the log names the call,
 * because a program must not die of it. `jangle` is NULL if there is no instance. */
enum jangle_result jn_call_end(const struct jangle *jangle,
                               const char *call,
                               enum jangle_result result,
                               struct jangle_error *why,
                               struct jangle_error *error);

/* What a caller's visit returned; its sentence, if it stopped the visits with that. */
static inline enum jangle_result jn_call_visited(enum jangle_result result,
                                                 struct jangle_error *error)
{
    return jn_fail(error, result, "the visit was ended with %s", JN_RESULT_SHOWN(result));
}

#endif
