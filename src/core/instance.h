/* instance.h - what an instance allows just now, and what it says. */
#ifndef JN_INSTANCE_H
#define JN_INSTANCE_H

#include "core/engine.h"

/* CLOSED if it is NULL, and in a child that fork made: not even a lock of the instance
 * may be touched there. Every public function begins with this, or the next. */
enum jangle_result jn_check_process(const struct jangle *jangle,
                                    struct jangle_error *error);

/* Refuse as jn_check_process does, for senders, whose outcome (may be NULL) is then
 * filled in. */
enum jangle_result jn_check_sender(const struct jangle *jangle,
                                   struct jangle_outcome *outcome);

/* INVALID for a follower: others send commands, and run subscribers. */
enum jangle_result jn_check_leader(const struct jangle *jangle,
                                   struct jangle_error *error);

/* CLOSED where jn_check_process is, and once jangle_stop or jangle_close was called. */
enum jangle_result jn_check_open(const struct jangle *jangle, struct jangle_error *error);

#endif
