/* log.h - the log of a topic, or of a queue, which keeps what was read. */
#ifndef JN_HUB_LOG_H
#define JN_HUB_LOG_H

#include "hub/hub.h"

/* Name an empty log: "topic/orders". NO_MEMORY. */
enum jangle_result jn_hub_log_init(struct jn_hub_log *log,
                                   const struct jangle_allocator *allocator,
                                   const char *kind,
                                   const char *name);
void jn_hub_log_finish(struct jn_hub_log *log, const struct jangle_allocator *allocator);

/* Append contents, of which the log takes a reference. NO_MEMORY: nothing has changed. */
enum jangle_result jn_hub_log_append(struct jn_hub_log *log,
                                     const struct jangle_allocator *allocator,
                                     struct jn_hub_contents *contents,
                                     int attempt);

/* Remove all entries. Later ones continue the offsets. */
void jn_hub_log_purge(struct jn_hub_log *log, const struct jangle_allocator *allocator);

/* The offset of the last entry there ever was, or 0. */
static inline int64_t jn_hub_log_end(const struct jn_hub_log *log)
{
    return log->first + (int64_t)log->count - 1;
}

/* The entry of an offset, which the log has. */
static inline const struct jn_hub_entry *jn_hub_log_at(const struct jn_hub_log *log,
                                                       int64_t offset)
{
    return &log->entries[offset - log->first];
}

#endif
