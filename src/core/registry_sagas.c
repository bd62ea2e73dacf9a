/* registry_sagas.c - sagas are registered: each as a subscriber of its own. */

#include "core/registry_sagas.h"

#include "base/error.h"
#include "base/table.h"
#include "core/registry_find.h"
#include "core/rows.h"
#include "core/saga_match.h"
#include "message/describe.h"

/* Dispatch finds the events of a saga as it finds those of a subscriber: by handlers.
 * This one handles nothing, and only says that the event is wanted. */
static enum jangle_result add_saga_handler(struct jn_registry_builder *builder,
                                           const struct jangle_saga *saga,
                                           const char *row,
                                           const struct jangle_message *event)
{
    struct jn_registry *registry = builder->registry;
    enum jangle_result result = jn_registry_builder_add_event(builder, row, event);
    const char *key;
    struct jangle_handler *handler;

    if (result)
        return result;
    key = jn_registry_builder_key(builder, saga->name, jn_type_name(event));
    if (jn_map_find(&registry->handlers, key))
        return JANGLE_OK;
    handler = jangle_alloc(&registry->arena, sizeof *handler);
    if (handler)
        handler->event = event;
    return jn_registry_builder_put(builder, &registry->handlers, key, handler);
}

static enum jangle_result add_saga_event(struct jn_registry_builder *builder,
                                         const struct jangle_saga *saga,
                                         size_t index)
{
    const struct jangle_applier *applier = &saga->events.items[index];
    char row[JN_ROW_SIZE];
    enum jangle_result result;

    jn_registry_builder_row(row, saga->name, "events", index);
    result =
        jn_registry_builder_check_type(builder, row, applier->event, JANGLE_ROLE_EVENT);
    if (result)
        return result;
    if (jn_row_applier(&saga->events, jn_type_name(applier->event)) != applier)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s lists the event %s twice",
                       row, saga->name, applier->event->name);
    if (!jn_saga_has_id(saga, applier->event)) /* a note that the saga makes for itself */
        return JANGLE_OK;
    return add_saga_handler(builder, saga, row, applier->event);
}

static enum jangle_result add_reaction(struct jn_registry_builder *builder,
                                       const struct jangle_saga *saga,
                                       size_t index)
{
    const struct jangle_reaction *reaction = &saga->reactions.items[index];
    const struct jangle_message *event = reaction->event;
    char row[JN_ROW_SIZE];
    enum jangle_result result;

    jn_registry_builder_row(row, saga->name, "reactions", index);
    result = jn_registry_builder_check_type(builder, row, event, JANGLE_ROLE_EVENT);
    if (result)
        return result;
    if (jn_row_reaction(&saga->reactions, jn_type_name(event)) != reaction)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s reacts to %s twice", row,
                       saga->name, event->name);
    if (!reaction->react)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: nothing reacts to %s", row,
                       event->name);
    if (!jn_saga_has_id(saga, event))
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: %s has no text member %s, which would say which saga it is "
                       "for",
                       row, event->name, saga->id_member);
    return add_saga_handler(builder, saga, row, event);
}

static enum jangle_result check_saga_entry(struct jn_registry_builder *builder,
                                           const struct jangle_saga *saga)
{
    const char *wrong = NULL;
    enum jangle_result result =
        jn_registry_builder_check_name(builder, "a saga", saga->name);

    if (!result)
        result = jn_table_check(saga->name, "events", saga->events.items,
                                saga->events.count, builder->error);
    if (!result)
        result = jn_table_check(saga->name, "reactions", saga->reactions.items,
                                saga->reactions.count, builder->error);
    if (result)
        return result;
    if (jn_map_find(&builder->registry->subscribers, saga->name))
        wrong = "is the name of two subscribers or sagas";
    else if (saga->formerly && strcmp(saga->formerly, saga->name) == 0)
        wrong = "was formerly called the same";
    else if (!saga->state)
        wrong = "has no state";
    else if (!saga->id_of && !saga->id_member)
        wrong = "has neither an id_member nor an id_of";
    else if (!saga->reactions.count)
        wrong = "reacts to nothing";
    else if ((unsigned)saga->start > JANGLE_FROM_NOW)
        wrong =
            "has a start that is none of JANGLE_FROM_DEFAULT, JANGLE_FROM_FIRST and "
            "JANGLE_FROM_NOW";
    if (wrong)
        return jn_fail(builder->error, JANGLE_INVALID, "\"%s\" %s", saga->name, wrong);
    return jn_registry_builder_check_type(builder, saga->name, saga->state,
                                          JANGLE_ROLE_STRUCT);
}

/* Asked when events and reactions are registered: an event that is neither applied nor
 * reacted to never reaches the saga, so it could not begin it. */
static enum jangle_result check_beginning(struct jn_registry_builder *builder,
                                          const struct jangle_saga *saga)
{
    const struct jangle_message *begins = saga->begins_with;

    if (!begins || jn_registry_handler(builder->registry,
                                       &(struct jangle_subscriber){.name = saga->name},
                                       jn_type_name(begins)))
        return JANGLE_OK;
    return jn_fail(builder->error, JANGLE_INVALID,
                   "%s begins with %s, but neither applies it nor reacts to it",
                   saga->name, begins->name);
}

enum jangle_result jn_registry_builder_add_saga(struct jn_registry_builder *builder,
                                                size_t index)
{
    const struct jangle_saga *saga = builder->config->sagas.items[index];
    struct jn_registry *registry = builder->registry;
    struct jn_saga_type *type;
    enum jangle_result result;

    if (!saga)
        return jn_registry_builder_no_entry(builder, "sagas", index);
    result = check_saga_entry(builder, saga);
    type = jangle_alloc(&registry->arena, sizeof *type);
    if (!result && !type)
        return jn_fail(builder->error, JANGLE_NO_MEMORY,
                       "out of memory: nothing is open");
    for (size_t i = 0; !result && i < saga->events.count; i++)
        result = add_saga_event(builder, saga, i);
    for (size_t i = 0; !result && i < saga->reactions.count; i++)
        result = add_reaction(builder, saga, i);
    if (!result)
        result = check_beginning(builder, saga);
    if (!result)
        result =
            jn_registry_builder_check_elsewhere(builder, saga->name, &saga->elsewhere);
    if (result)
        return result;
    *type = (struct jn_saga_type){.saga = saga,
                                  .subscriber = {.name = saga->name,
                                                 .formerly = saga->formerly,
                                                 .start = saga->start,
                                                 .retry = saga->retry,
                                                 .threads = JN_THREADS_MAX}};
    result = jn_registry_builder_put(builder, &registry->subscribers, saga->name,
                                     &type->subscriber);
    return result ? result
                  : jn_registry_builder_put(builder, &registry->sagas, saga->name, type);
}
