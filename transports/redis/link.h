/* link.h - a socket to Redis: commands go out, and replies come in. */
#ifndef JN_REDIS_LINK_H
#define JN_REDIS_LINK_H

#include "redis/request.h"

/* Take over a socket that is connected. NO_MEMORY: it is closed. */
enum jangle_result
jn_redis_link_open(struct jn_redis_link *link, int file, struct jangle_error *error);

/* False if it is not open, or the other end has closed it; then it is closed here, too.
 */
bool jn_redis_link_is_open(struct jn_redis_link *link);

/* Close it at once. What was under way is lost. */
void jn_redis_link_close(struct jn_redis_link *link);

/* Send a command. BUSY: it was not sent completely, so Redis cannot carry it out; the
 * link is closed. */
enum jangle_result jn_redis_link_send(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      struct jn_redis_request *request,
                                      int64_t until_us,
                                      struct jangle_error *error);

/* The next reply, which the caller frees. TIMEOUT: there is none until then. BUSY: the
 * link broke, and is closed. */
enum jangle_result jn_redis_link_read(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      int64_t until_us,
                                      redisReply **reply,
                                      struct jangle_error *error);

/* Send a command, and read its reply. BUSY: it was not sent. TIMEOUT: nobody knows what
 * became of it. In both cases the link is closed, so that a reply which comes later is
 * never taken for that of another command. */
enum jangle_result jn_redis_link_call(struct jn_redis *redis,
                                      struct jn_redis_link *link,
                                      struct jn_redis_request *request,
                                      int64_t until_us,
                                      redisReply **reply,
                                      struct jangle_error *error);

#endif
