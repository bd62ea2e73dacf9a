/* names.h - a pair of texts finds what is called so: a hash table of links that live in
 * the things themselves. */
#ifndef JN_MEMORY_NAMES_H
#define JN_MEMORY_NAMES_H

#include <jangle/plugin/support.h>

/* First in whatever is to be found. The texts are its own. */
struct jn_name {
    const char *first;
    const char *second; /* "" if one is enough */
    uint64_t hash;
    struct jn_name *next;
};

struct jn_names {
    const struct jangle_allocator *allocator;
    struct jn_name **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

void jn_names_init(struct jn_names *names, const struct jangle_allocator *allocator);

/* Frees the table. What was in it is handed to `discard` one by one. */
void jn_names_finish(struct jn_names *names,
                     void (*discard)(void *context, struct jn_name *name),
                     void *context);

/* NULL if there is none. */
struct jn_name *
jn_names_find(const struct jn_names *names, const char *first, const char *second);

/* NO_MEMORY. Must not be there yet. */
enum jangle_result jn_names_add(struct jn_names *names, struct jn_name *name);

/* Must be there. */
void jn_names_remove(struct jn_names *names, struct jn_name *name);

#endif
