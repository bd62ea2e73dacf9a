/* names.h - a hash table that finds a topic or a queue by its name. A hub has some dozens
 * of them, so the table never grows, and adding to it cannot fail. */
#ifndef JN_HUB_NAMES_H
#define JN_HUB_NAMES_H

#include <stddef.h>

enum { JN_HUB_BUCKET_COUNT = 256 };

/* The first member of each thing in a table. The thing owns the text. */
struct jn_hub_name {
    const char *text;
    struct jn_hub_name *next;
};

struct jn_hub_names {
    struct jn_hub_name *buckets[JN_HUB_BUCKET_COUNT];
};

/* The thing of that name, or NULL, also if `text` is NULL. */
struct jn_hub_name *jn_hub_names_find(const struct jn_hub_names *names, const char *text);

/* Add a thing whose name no other thing in the table has. */
void jn_hub_names_add(struct jn_hub_names *names, struct jn_hub_name *name);

/* Remove a thing that is in the table. */
void jn_hub_names_remove(struct jn_hub_names *names, struct jn_hub_name *name);

#endif
