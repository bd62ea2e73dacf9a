/* others.h - the other receivers of a queue: have their connections ended? */
#ifndef JN_REDIS_OTHERS_H
#define JN_REDIS_OTHERS_H

#include "redis/connection.h"

/* End the lease of each receiver in a list of tokens whose connection has ended, so that
 * what it had need not wait until the lease runs out. Returns how many there were. A
 * Redis that does not let us ask changes nothing. */
size_t
jn_redis_others_end(struct jn_redis *redis, const redisReply *tokens, int64_t until_us);

#endif
