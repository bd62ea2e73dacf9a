/* registry_names.c - the first names of publishers and consumers, by which their messages
 * are stored. */
#include "core/registry_names.h"

#include "base/error.h"
#include "core/registry_builder.h"

#include <jangle/plugin/store.h>

/* The present name is asked for once more at the end, because another process may have
 * renamed the rows in between. What the store does not know begins with this name. */
static enum jangle_result find_first_name(struct jangle *jangle,
                                          const char *name,
                                          const char *formerly,
                                          const char **first_name,
                                          struct jangle_error *error)
{
    const char *const asked[] = {name, formerly, formerly ? name : NULL};
    struct jangle_store *store = jangle->store;

    *first_name = name;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct jangle_checkpoint checkpoint = {0};
        struct jangle_error why = {0};
        enum jangle_result result = JANGLE_NOT_FOUND;

        if (asked[i])
            result = store->ops->find_checkpoint(store, asked[i], &checkpoint, &why);
        if (result == JANGLE_NOT_FOUND)
            continue;
        if (result)
            return jn_fail_as(error, &why);
        *first_name = jn_arena_copy_text(&jangle->registry.arena, checkpoint.first_name);
        return JANGLE_OK;
    }
    return JANGLE_OK;
}

static enum jangle_result put_first_name(struct jangle *jangle,
                                         struct jn_map *map,
                                         const char *name,
                                         const char *first_name,
                                         void *type,
                                         struct jangle_error *error)
{
    struct jn_registry *registry = &jangle->registry;
    struct jn_registry_builder builder = {
        .registry = registry, .config = &jangle->config, .error = error};

    if (first_name && (jn_map_find(&registry->posted, first_name) ||
                       jn_map_find(&registry->stored, first_name) ||
                       jn_map_find(&registry->aggregates, first_name)))
        return jn_fail(error, JANGLE_INVALID,
                       "\"%s\" was called \"%s\" at first, and its messages are still "
                       "stored so: nothing else may have that name",
                       name, first_name);
    return jn_builder_put(&builder, map, first_name, type);
}

static enum jangle_result
name_publisher(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jn_registry *registry = &jangle->registry;
    struct jn_publisher_type *type = jn_map_find(&registry->publishers, name);
    enum jangle_result result = find_first_name(jangle, name, type->subscriber.formerly,
                                                &type->first_name, error);

    return result ? result
                  : put_first_name(jangle, &registry->posted, name, type->first_name,
                                   type, error);
}

static enum jangle_result
name_consumer(struct jangle *jangle, const char *name, struct jangle_error *error)
{
    struct jn_registry *registry = &jangle->registry;
    struct jn_consumer_type *type = jn_map_find(&registry->consumers, name);
    enum jangle_result result =
        find_first_name(jangle, name, type->consumer->formerly, &type->first_name, error);

    return result ? result
                  : put_first_name(jangle, &registry->stored, name, type->first_name,
                                   type, error);
}

enum jangle_result jn_registry_read_names(struct jangle *jangle,
                                          struct jangle_error *error)
{
    const struct jangle_config *config = &jangle->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->publishers.count; i++)
        result = name_publisher(jangle, config->publishers.items[i]->name, error);
    for (size_t i = 0; !result && i < config->consumers.count; i++)
        result = name_consumer(jangle, config->consumers.items[i]->name, error);
    return result;
}

const char *jn_first_name_of(const struct jangle *jangle,
                             const struct jangle_consumer *consumer)
{
    const struct jn_consumer_type *type =
        jn_map_find(&jangle->registry.consumers, consumer->name);

    return type->first_name;
}
