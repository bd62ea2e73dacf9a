/* entry.h - a parcel as an entry of a stream, which has fields: route, key, id,
 * content-type, attempt, topic (where a copy came from), body, and header:NAME. */
#ifndef JN_REDIS_ENTRY_H
#define JN_REDIS_ENTRY_H

#include "redis/request.h"

/* Add the count of the words and the fields of a parcel to a request. */
void jn_redis_entry_write(struct jn_redis_request *request,
                          const struct jangle_parcel *parcel);

/* What is wrong with a parcel that cannot be an entry; NULL: nothing. */
const char *jn_redis_entry_fault(const struct jangle_parcel *parcel);

/* Make a delivery of {topic, id, fields} as a script returns them. What others wrote into
 * the stream is taken as it is: fields that are not ours are headers, and what is no text
 * is left out. The caller frees it in one piece. NULL: no memory, or it is no entry at
 * all, which no Redis says. */
struct jn_redis_delivery *jn_redis_entry_read(const struct jn_redis *redis,
                                              const char *queue,
                                              const redisReply *entry);

#endif
