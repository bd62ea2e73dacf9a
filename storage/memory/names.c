/* names.c - a hash table with chains, doubled when it is full. */
#include "memory/names.h"

#include <assert.h>

enum { FIRST_BUCKET_COUNT = 64 };

void jn_names_init(struct jn_names *names, const struct jangle_allocator *allocator)
{
    memset(names, 0, sizeof *names);
    names->allocator = allocator;
}

void jn_names_finish(struct jn_names *names,
                     void (*discard)(void *context, struct jn_name *name),
                     void *context)
{
    for (size_t i = 0; i < names->bucket_count; i++) {
        struct jn_name *next;

        for (struct jn_name *name = names->buckets[i]; name; name = next) {
            next = name->next;
            discard(context, name);
        }
    }
    jn_free(names->allocator, names->buckets);
}

/* FNV-1a; the closing zero is hashed too, so that ("ab", "c") is not ("a", "bc"). */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash ^= (unsigned char)*text;
        hash *= 1099511628211U;
    } while (*text++);
    return hash;
}

/* The buckets are chosen by the low bits, so the high ones are mixed in. */
static uint64_t hash_pair(const char *first, const char *second)
{
    uint64_t hash = hash_text(hash_text(14695981039346656037U, first), second);

    return hash ^ hash >> 32;
}

static struct jn_name **bucket_of(const struct jn_names *names, uint64_t hash)
{
    return &names->buckets[hash & (names->bucket_count - 1)];
}

struct jn_name *
jn_names_find(const struct jn_names *names, const char *first, const char *second)
{
    uint64_t hash = hash_pair(first, second);
    struct jn_name *name = names->bucket_count ? *bucket_of(names, hash) : NULL;

    while (name && (name->hash != hash || strcmp(name->first, first) != 0 ||
                    strcmp(name->second, second) != 0))
        name = name->next;
    return name;
}

static void link_name(struct jn_names *names, struct jn_name *name)
{
    struct jn_name **bucket = bucket_of(names, name->hash);

    name->next = *bucket;
    *bucket = name;
}

/* Double the buckets. The links are moved, not copied: only the array needs memory, and a
 * failure leaves the old table as it was. */
static enum jangle_result names_grow(struct jn_names *names)
{
    struct jn_names bigger = *names;

    bigger.bucket_count =
        names->bucket_count ? names->bucket_count * 2 : FIRST_BUCKET_COUNT;
    bigger.buckets =
        jn_new(names->allocator, bigger.bucket_count * sizeof *bigger.buckets);
    if (!bigger.buckets)
        return JANGLE_NO_MEMORY;
    for (size_t i = 0; i < names->bucket_count; i++) {
        struct jn_name *next;

        for (struct jn_name *name = names->buckets[i]; name; name = next) {
            next = name->next;
            link_name(&bigger, name);
        }
    }
    jn_free(names->allocator, names->buckets);
    *names = bigger;
    return JANGLE_OK;
}

enum jangle_result jn_names_add(struct jn_names *names, struct jn_name *name)
{
    assert(!jn_names_find(names, name->first, name->second));
    if (names->count >= names->bucket_count && names_grow(names))
        return JANGLE_NO_MEMORY;
    name->hash = hash_pair(name->first, name->second);
    link_name(names, name);
    names->count++;
    return JANGLE_OK;
}

/* The table never shrinks: an add after a remove cannot fail. */
void jn_names_remove(struct jn_names *names, struct jn_name *name)
{
    struct jn_name **at = bucket_of(names, name->hash);

    while (*at != name)
        at = &(*at)->next;
    *at = name->next;
    names->count--;
}
