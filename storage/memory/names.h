/* names.h - a hash table that finds a thing by a pair of texts. Each thing holds its own
 * link, so adding one needs memory only when the table grows. */
#ifndef JN_MEMORY_NAMES_H
#define JN_MEMORY_NAMES_H

#include <jangle/plugin/support.h>

/* The first member of each thing in a table. The thing owns the texts. */
struct jn_name {
    const char *first;
    const char *second; /* "" if one text is enough */
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

/* Free the table, and call `discard` for each thing in it. */
void jn_names_finish(struct jn_names *names,
                     void (*discard)(void *context, struct jn_name *name),
                     void *context);

/* The thing of these texts, or NULL. */
struct jn_name *
jn_names_find(const struct jn_names *names, const char *first, const char *second);

/* Add a thing whose texts no other thing in the table has. NO_MEMORY. */
enum jangle_result jn_names_add(struct jn_names *names, struct jn_name *name);

/* Remove a thing that is in the table. */
void jn_names_remove(struct jn_names *names, struct jn_name *name);

#endif
