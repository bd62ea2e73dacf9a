/* log.c - an array of entries that grows at its end. */
#include "hub/log.h"

enum { FIRST_CAPACITY = 64 };

enum jangle_result jn_hub_log_init(struct jn_hub_log *log,
                                   const struct jangle_allocator *allocator,
                                   const char *kind,
                                   const char *name)
{
    size_t size = strlen(kind) + strlen(name) + sizeof "/";

    *log = (struct jn_hub_log){.first = 1};
    log->name = jn_new(allocator, size);
    if (!log->name)
        return JANGLE_NO_MEMORY;
    memcpy(log->name, kind, strlen(kind));
    log->name[strlen(kind)] = '/';
    memcpy(log->name + strlen(kind) + 1, name, strlen(name));
    return JANGLE_OK;
}

void jn_hub_log_finish(struct jn_hub_log *log, const struct jangle_allocator *allocator)
{
    jn_hub_log_purge(log, allocator);
    jn_free(allocator, log->entries);
    jn_free(allocator, log->name);
}

enum jangle_result jn_hub_log_append(struct jn_hub_log *log,
                                     const struct jangle_allocator *allocator,
                                     struct jn_hub_contents *contents,
                                     int attempt)
{
    if (log->count == log->capacity) {
        size_t capacity = log->capacity ? log->capacity * 2 : FIRST_CAPACITY;
        void *entries =
            jn_resize(allocator, log->entries, capacity * sizeof *log->entries);

        if (!entries)
            return JANGLE_NO_MEMORY;
        log->entries = entries;
        log->capacity = capacity;
    }
    log->entries[log->count++] = (struct jn_hub_entry){
        .contents = jn_hub_contents_hold(contents), .attempt = attempt};
    return JANGLE_OK;
}

void jn_hub_log_purge(struct jn_hub_log *log, const struct jangle_allocator *allocator)
{
    for (size_t i = 0; i < log->count; i++)
        jn_hub_contents_drop(allocator, log->entries[i].contents);
    log->first += (int64_t)log->count;
    log->count = 0;
}
