/* url.h - the URL of a Redis, and the options with their defaults. */
#ifndef JN_REDIS_URL_H
#define JN_REDIS_URL_H

#include "redis/state.h"

/* INVALID says what is wrong with the URL or the options, and never shows a password. */
enum jangle_result jn_redis_url_settings(struct jn_redis_settings *settings,
                                         const struct jangle_allocator *allocator,
                                         const struct jangle_broker *broker,
                                         struct jangle_error *error);
void jn_redis_url_finish(struct jn_redis_settings *settings,
                         const struct jangle_allocator *allocator);

#endif
