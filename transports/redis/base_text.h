/* base_text.h - the pieces that several scripts have. */
#ifndef JN_REDIS_BASE_TEXT_H
#define JN_REDIS_BASE_TEXT_H

/* The first line of a script. One that publishes is refused when Redis is full, before it
 * has done anything; all others make room, or need next to none. */
extern const char jn_redis_base_text_publisher[];
extern const char jn_redis_base_text_consumer[];

extern const char jn_redis_base_text[];         /* keys and groups */
extern const char jn_redis_base_text_streams[]; /* what a queue reads */
extern const char jn_redis_base_text_make[];    /* queues that belong to others */
extern const char jn_redis_base_text_copy[];    /* dead letters and other copies */
extern const char jn_redis_base_text_trim[];    /* topics do not grow without end */

#endif
