/* registry_find.c - the registry is asked: who decides, applies, handles and answers
 * what? */
#include "core/registry_find.h"

#include "base/pair.h"
#include "core/registry_builder.h"
#include "message/describe.h"

#include <string.h>

/* By "owner/name". A name from a store may be longer than any that was registered: then
 * it is not here, and there is no room to write its key. */
static void *find_pair(const struct jn_map *map, const char *owner, const char *name)
{
    char key[JN_TABLE_NAME_MAX + 1 + 201];

    if (jn_pair_size(owner, name) > sizeof key)
        return NULL;
    jn_pair_write(key, owner, name);
    return jn_map_find(map, key);
}

const void *jn_registry_initial(const struct jn_registry *registry,
                                const struct jangle_aggregate *aggregate)
{
    if (aggregate != jn_map_find(&registry->aggregates, aggregate->name))
        return NULL;
    return jn_map_find(&registry->initials, aggregate->name);
}

const struct jangle_applier *jn_registry_applier(const struct jn_registry *registry,
                                                 const struct jangle_aggregate *aggregate,
                                                 const char *event)
{
    return find_pair(&registry->appliers, aggregate->name, event);
}

const struct jangle_handler *
jn_registry_handler(const struct jn_registry *registry,
                    const struct jangle_subscriber *subscriber,
                    const char *event)
{
    return find_pair(&registry->handlers, subscriber->name, event);
}

static void add_hash(unsigned char sum[JN_HASH_SIZE],
                     const unsigned char one[JN_HASH_SIZE])
{
    for (size_t i = 0; i < JN_HASH_SIZE; i++)
        sum[i] = (unsigned char)(sum[i] + one[i]);
}

/* The sum of the hashes of the names, byte by byte, because a sum does not depend on the
 * order. No name is listed twice, so none adds up to another one. A subscriber without a
 * filter has the hash that it had before there were filters. */
void jn_registry_types_hash(const struct jangle_subscriber *subscriber,
                            unsigned char hash[JN_HASH_SIZE])
{
    const struct jangle_filter *where = &subscriber->where;
    unsigned char one[JN_HASH_SIZE];

    memset(hash, 0, JN_HASH_SIZE);
    for (size_t at = 0; at < subscriber->handlers.count; at++) {
        const char *name = jn_type_name(subscriber->handlers.items[at].event);

        jn_hash_bytes(one, name, strlen(name));
        add_hash(hash, one);
    }
    if (!where->ops)
        return;
    jn_hash_texts(one, (const char *const[]){where->ops->name, where->text, NULL});
    add_hash(hash, one);
}

/* ---- one table alone: the row that is about a message ------------------------ */

/* A specification emits to aggregates that no jangle_open has checked, so a row may lack
 * its message. */
static bool is_about(const struct jangle_message *type, const char *name)
{
    return type && strcmp(jn_type_name(type), name) == 0;
}

const struct jangle_applier *jn_row_applier(const struct jangle_appliers *table,
                                            const char *event)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_about(table->items[i].event, event))
            return &table->items[i];
    return NULL;
}

const struct jangle_reaction *jn_row_reaction(const struct jangle_reactions *table,
                                              const char *event)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_about(table->items[i].event, event))
            return &table->items[i];
    return NULL;
}
