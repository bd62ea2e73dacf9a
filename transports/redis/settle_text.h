/* settle_text.h - the script that settles. */
#ifndef JN_REDIS_SETTLE_TEXT_H
#define JN_REDIS_SETTLE_TEXT_H

extern const char jn_redis_settle_text[];

#endif
