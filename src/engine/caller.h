/* caller.h - may this thread wait for what subscribers have yet to do? */
#ifndef JN_CALLER_H
#define JN_CALLER_H

#include "core/engine.h"

/* BUSY for a thread that is in a handler or an answerer: it would wait for itself, or for
 * another callback that waits for it. */
enum jangle_result jn_wait_check_caller(struct jangle *jangle,
                                        struct jangle_error *error);

#endif
