/* connection.h - the connections of a transport: made when they are needed, and what
 * Redis says when it refuses. */
#ifndef JN_REDIS_CONNECTION_H
#define JN_REDIS_CONNECTION_H

#include "redis/link.h"

/* Connect, if it is not connected. BUSY says who is away, or refuses us, and why.
 * INVALID: this Redis must not be used. It may take JN_REDIS_ANSWER_MS even if
 * `until_us` is earlier, or a Redis that is far away would never be reached. */
enum jangle_result jn_redis_connection_open(struct jn_redis *redis,
                                            int64_t until_us,
                                            struct jangle_error *error);

/* The same for the connection that waits for entries, which has no token. */
enum jangle_result jn_redis_connection_open_waiting(struct jn_redis *redis,
                                                    int64_t until_us,
                                                    struct jangle_error *error);

/* Send a command on the connection that talks, and read its reply, which the caller
 * frees. An error of Redis is no reply: see jn_redis_connection_refused. NULL may be
 * given for `reply`. TIMEOUT: nobody knows whether it was carried out. */
enum jangle_result jn_redis_connection_call(struct jn_redis *redis,
                                            struct jn_redis_request *request,
                                            const char *what,
                                            int64_t until_us,
                                            redisReply **reply,
                                            struct jangle_error *error);

/* What an error of Redis means: BUSY, INVALID, or NOT_FOUND if a script is to be loaded
 * first. `what` is what was asked. */
enum jangle_result jn_redis_connection_refused(const redisReply *reply,
                                               const char *what,
                                               struct jangle_error *error);

/* Does what was received by the token of that generation still belong to us, as far as
 * we know? */
bool jn_redis_connection_is_ours(const struct jn_redis *redis, unsigned generation);

/* Take a new token, because the lease of the old one has run out. */
void jn_redis_connection_renew(struct jn_redis *redis);

#endif
