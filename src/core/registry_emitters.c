/* registry_emitters.c - does an aggregate of the program emit each event that is handled?
 * A handler of a misspelt event would wait for it without end. */
#include "core/registry_emitters.h"

#include "core/registry_builder.h"

#include "base/error.h"
#include "core/saga_match.h"
#include "message/describe.h"

/* Whose tables are checked. */
struct emitters {
    const struct jn_registry *registry;
    const char *owner;
    const struct jangle_events *elsewhere;
    struct jangle_error *error;
};

static bool is_emitted(const struct emitters *emitters,
                       const struct jangle_message *event)
{
    const char *name = jn_type_name(event);

    if (jn_map_find(&emitters->registry->emitted, name))
        return true;
    for (size_t i = 0; i < emitters->elsewhere->count; i++)
        if (strcmp(jn_type_name(emitters->elsewhere->items[i]), name) == 0)
            return true;
    return false;
}

static enum jangle_result check_row(const struct emitters *emitters,
                                    const char *table,
                                    size_t index,
                                    const struct jangle_message *event)
{
    char row[JN_ROW_SIZE];

    if (is_emitted(emitters, event))
        return JANGLE_OK;
    return jn_fail(emitters->error, JANGLE_INVALID,
                   "%s: no aggregate of this program emits %s; if another program does, "
                   "list it in %s.elsewhere",
                   jn_registry_builder_row(row, emitters->owner, table, index),
                   event->name, emitters->owner);
}

static enum jangle_result
check_subscriber_emitters(const struct jn_registry *registry,
                          const struct jangle_subscriber *subscriber,
                          struct jangle_error *error)
{
    struct emitters emitters = {registry, subscriber->name, &subscriber->elsewhere,
                                error};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < subscriber->handlers.count; i++)
        result = check_row(&emitters, "handlers", i, subscriber->handlers.items[i].event);
    return result;
}

/* An event without the member that holds the saga's id is a note of the saga's own, which
 * no aggregate emits. With an id_of any event that is applied may be such a note. */
static bool may_be_note(const struct jangle_saga *saga,
                        const struct jangle_message *event)
{
    return saga->id_of || !jn_saga_has_id(saga, event);
}

static enum jangle_result check_saga_emitters(const struct jn_registry *registry,
                                              const struct jangle_saga *saga,
                                              struct jangle_error *error)
{
    struct emitters emitters = {registry, saga->name, &saga->elsewhere, error};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < saga->events.count; i++)
        if (!may_be_note(saga, saga->events.items[i].event))
            result = check_row(&emitters, "events", i, saga->events.items[i].event);
    for (size_t i = 0; !result && i < saga->reactions.count; i++)
        result = check_row(&emitters, "reactions", i, saga->reactions.items[i].event);
    if (!result && saga->begins_with && !is_emitted(&emitters, saga->begins_with))
        result = jn_fail(error, JANGLE_INVALID,
                         "%s begins with %s, which no aggregate of this program emits",
                         saga->name, saga->begins_with->name);
    return result;
}

enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->subscribers.count; i++)
        result = check_subscriber_emitters(registry, config->subscribers.items[i], error);
    for (size_t i = 0; !result && i < config->sagas.count; i++)
        result = check_saga_emitters(registry, config->sagas.items[i], error);
    return result;
}
