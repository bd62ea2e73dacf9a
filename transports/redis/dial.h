/* dial.h - reaches a Redis by TCP or by a Unix socket. */
#ifndef JN_REDIS_DIAL_H
#define JN_REDIS_DIAL_H

#include "redis/state.h"

/* A socket that does not block. BUSY says why there is none. A `wake` ends
 * the attempt, and is taken. */
enum jangle_result jn_redis_dial(struct jn_redis *redis,
                                 int64_t until_us,
                                 int *file,
                                 struct jangle_error *error);

/* "127.0.0.1:6379", or the path of the socket, for people. */
const char *
jn_redis_dial_address(char *text, size_t size, const struct jn_redis_settings *settings);

#endif
