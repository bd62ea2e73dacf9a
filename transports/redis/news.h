/* news.h - waits until something may be there to be received. */
#ifndef JN_REDIS_NEWS_H
#define JN_REDIS_NEWS_H

#include "redis/connection.h"

enum { JN_REDIS_MARKS = 64 };

/* Streams, and the entries behind which something new would be. The texts are those of a
 * reply. Streams beyond these are looked at every quarter of a second. */
struct jn_redis_marks {
    const char *streams[JN_REDIS_MARKS];
    const char *entries[JN_REDIS_MARKS];
    size_t count;
};

/* Wait until an entry comes into one of the streams, or until that moment, or for a
 * quarter of a second. True: a `wake` came. */
bool jn_redis_news_wait(struct jn_redis *redis,
                        const struct jn_redis_marks *marks,
                        int64_t until_us);

#endif
