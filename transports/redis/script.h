/* script.h - scripts are carried out by Redis, each as one step that nothing comes
 * between. */
#ifndef JN_REDIS_SCRIPT_H
#define JN_REDIS_SCRIPT_H

#include "redis/connection.h"

/* Begin a call: connect, let Redis know the script if it does not yet, and write the
 * first words of the request, which is to be finished whatever the result is. */
enum jangle_result jn_redis_script_begin(struct jn_redis *redis,
                                         enum jn_redis_script script,
                                         struct jn_redis_request *request,
                                         int64_t until_us,
                                         struct jangle_error *error);

/* Call it with the words that were added meanwhile. As jn_redis_connection_call, but a
 * script that Redis has forgotten is sent again. */
enum jangle_result jn_redis_script_call(struct jn_redis *redis,
                                        enum jn_redis_script script,
                                        struct jn_redis_request *request,
                                        const char *what,
                                        int64_t until_us,
                                        redisReply **reply,
                                        struct jangle_error *error);

/* Call a script with one or two texts (`more` may be NULL), and finish the request.
 * TIMEOUT is shown as BUSY. */
enum jangle_result jn_redis_script_ask(struct jn_redis *redis,
                                       enum jn_redis_script script,
                                       const char *text,
                                       const char *more,
                                       const char *what,
                                       redisReply **reply,
                                       struct jangle_error *error);

/* Is the reply that text? */
bool jn_redis_script_said(const redisReply *reply, const char *text);

#endif
