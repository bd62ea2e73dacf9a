/* instance.h - may this call be made on this instance now? And lines of the program's own
 * log. */
#ifndef JN_INSTANCE_H
#define JN_INSTANCE_H

#include "core/engine.h"

/* CLOSED if the instance is NULL, and in a child that fork made, where not even a lock of
 * the instance may be touched. Every public function begins with this, or with one of the
 * next. */
enum jangle_result jn_check_process(const struct jangle *jangle,
                                    struct jangle_error *error);

/* The same for calls that send: the refusal goes into `outcome` (may be NULL). */
enum jangle_result jn_check_sender(const struct jangle *jangle,
                                   struct jangle_outcome *outcome);

/* INVALID for a follower, which takes no commands. */
enum jangle_result jn_check_leader(const struct jangle *jangle,
                                   struct jangle_error *error);

/* CLOSED where jn_check_process is, and after jangle_stop or jangle_close. */
enum jangle_result jn_check_open(const struct jangle *jangle, struct jangle_error *error);

#endif
