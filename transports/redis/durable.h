/* durable.h - does Redis write down what it confirms? */
#ifndef JN_REDIS_DURABLE_H
#define JN_REDIS_DURABLE_H

#include "redis/link.h"

/* Look at a Redis that was just connected, by what its INFO says and by its settings, if
 * we may read them. If it does not write each command to its disk before it answers, that
 * is a warning in the log, once for each transport, or INVALID if the options want it. */
enum jangle_result jn_redis_durable_check(struct jn_redis *redis,
                                          const char *info,
                                          int64_t until_us,
                                          struct jangle_error *error);

#endif
