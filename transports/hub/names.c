/* names.c - a hash table of fixed size, with chains. */
#include "hub/names.h"

#include <stdint.h>
#include <string.h>

/* FNV-1a. */
static size_t bucket_of(const char *text)
{
    uint32_t hash = 2166136261U;

    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return (hash ^ hash >> 16) % JN_HUB_BUCKET_COUNT;
}

struct jn_hub_name *jn_hub_names_find(const struct jn_hub_names *names, const char *text)
{
    struct jn_hub_name *name = text ? names->buckets[bucket_of(text)] : NULL;

    while (name && strcmp(name->text, text) != 0)
        name = name->next;
    return name;
}

void jn_hub_names_add(struct jn_hub_names *names, struct jn_hub_name *name)
{
    struct jn_hub_name **bucket = &names->buckets[bucket_of(name->text)];

    name->next = *bucket;
    *bucket = name;
}

void jn_hub_names_remove(struct jn_hub_names *names, struct jn_hub_name *name)
{
    struct jn_hub_name **at = &names->buckets[bucket_of(name->text)];

    while (*at != name)
        at = &(*at)->next;
    *at = name->next;
}
