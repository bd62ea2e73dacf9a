/* registry_subscribers.c - subscribers are registered: what each handles, and answers. So
 * are sagas, each as a subscriber of its own. */
#include "core/registry_subscribers.h"

#include "base/error.h"
#include "base/table.h"
#include "core/registry_find.h"
#include "core/saga_match.h"
#include "message/describe.h"

#include <jangle/plugin/support.h>

/* The event becomes known to the registry by name, so that stored records can be read as
 * it. */
static enum jangle_result add_handler(struct jn_registry_builder *builder,
                                      const struct jangle_subscriber *subscriber,
                                      size_t index)
{
    const struct jangle_handler *handler = &subscriber->handlers.items[index];
    const char *row = JN_BUILDER_ROW(subscriber->name, "handlers", index);
    const char *key;
    enum jangle_result result;

    result = jn_builder_add_event(builder, row, handler->event);
    if (result)
        return result;
    if (!handler->handle)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: nothing handles %s", row,
                       handler->event->name);
    key = jn_builder_key(builder, subscriber->name, jn_type_name(handler->event));
    if (jn_map_find(&builder->registry->handlers, key))
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s handles %s twice", row,
                       subscriber->name, handler->event->name);
    return jn_builder_put(builder, &builder->registry->handlers, key,
                          jn_builder_unconst(handler));
}

/* A query has one answerer in the whole program: a caller names the query, not the view.
 * Another one is refused with both rows, because both may be in the same table. */
static enum jangle_result add_answerer(struct jn_registry_builder *builder,
                                       const struct jangle_subscriber *subscriber,
                                       size_t index)
{
    const struct jangle_answerer *answerer = &subscriber->answerers.items[index];
    struct jn_map *answerers = &builder->registry->answerers;
    const struct jangle_message *query = answerer->query;
    const struct jn_answerer *other;
    const char *row = JN_BUILDER_ROW(subscriber->name, "answerers", index);
    enum jangle_result result;

    result = jn_builder_check_type(builder, row, query, JANGLE_ROLE_QUERY);
    if (result)
        return result;
    if (!answerer->answer || !query->answer)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s %s", row, query->name,
                       answerer->answer ? "does not say what it is answered with"
                                        : "has no answerer");
    result = jn_builder_check_type(builder, row, query->answer, JANGLE_ROLE_STRUCT);
    if (result)
        return result;
    other = jn_map_find(answerers, jn_type_name(query));
    if (other)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "the query %s is answered twice, by %s and by %s: leave one of "
                       "them out",
                       query->name,
                       JN_BUILDER_ROW(other->subscriber->name, "answerers", other->index),
                       row);
    return jn_builder_put(builder, answerers, jn_type_name(query),
                          jn_arena_copy(&builder->registry->arena,
                                        &(struct jn_answerer){.query = query,
                                                              .subscriber = subscriber,
                                                              .index = index,
                                                              .answer = answerer->answer},
                                        sizeof(struct jn_answerer)));
}

/* Only the description is looked at: the tables of the view are not there yet. */
static enum jangle_result check_upsert_table(struct jn_registry_builder *builder,
                                             const struct jangle_subscriber *subscriber)
{
    const struct jangle_upserts *upserts = &subscriber->upserts;
    struct jangle_error error = {0};
    enum jangle_result result =
        JN_TABLE_CHECK(subscriber->name, subscriber, upserts, builder->error);

    for (size_t i = 0; !result && i < upserts->count; i++) {
        const char *row = JN_BUILDER_ROW(subscriber->name, "upserts", i);
        if (!upserts->items[i])
            result = jn_fail(builder->error, JANGLE_INVALID, "%s is NULL", row);
        else if (jn_upsert_check(upserts->items[i], &error))
            result = jn_fail(builder->error, error.result, "%s: %s", row, error.message);
    }
    return result;
}

/* NULL if each setting is one of its enumerators. */
static const char *wrong_choice(const struct jangle_subscriber *subscriber)
{
    if ((unsigned)subscriber->order > JANGLE_ANY_ORDER)
        return "has an order that is neither JANGLE_IN_ORDER nor JANGLE_ANY_ORDER";
    if ((unsigned)subscriber->start > JANGLE_FROM_NOW)
        return "has a start that is none of JANGLE_FROM_DEFAULT, JANGLE_FROM_FIRST and "
               "JANGLE_FROM_NOW";
    if ((unsigned)subscriber->dead > JANGLE_DEAD_PASSES)
        return "has a dead that is neither JANGLE_DEAD_PARKS nor JANGLE_DEAD_PASSES";
    if ((unsigned)subscriber->checkpoint > JANGLE_AT_ONCE)
        return "has a checkpoint mode that is neither JANGLE_IN_PASSING nor "
               "JANGLE_AT_ONCE";
    return NULL;
}

/* What contradicts itself is refused here, at open, before any event meets it. */
static enum jangle_result
check_subscriber_entry(struct jn_registry_builder *builder,
                       const struct jangle_subscriber *subscriber)
{
    const char *name = subscriber->name, *wrong;

    if (jn_builder_check_name(builder, "a subscriber", name) ||
        JN_TABLE_CHECK(name, subscriber, handlers, builder->error) ||
        JN_TABLE_CHECK(name, subscriber, answerers, builder->error) ||
        check_upsert_table(builder, subscriber) ||
        jn_builder_check_filter(builder, name, &subscriber->where))
        return JANGLE_INVALID;
    if (jn_map_find(&builder->registry->subscribers, name))
        wrong = "is the name of two subscribers";
    else if (subscriber->formerly && strcmp(subscriber->formerly, name) == 0)
        wrong = "was formerly called the same";
    else if (!subscriber->handlers.count)
        wrong = "handles nothing";
    else if (subscriber->threads < 0 || subscriber->threads > JN_THREADS_MAX)
        wrong = "has a number of threads that is not in 0..64";
    else if (jn_is_view(subscriber) && subscriber->threads > 1)
        wrong = "is a view: it has one thread";
    else if (subscriber->threads > 1 && subscriber->checkpoint == JANGLE_AT_ONCE)
        wrong = "checkpoints at once, one event after the other: it has one thread";
    else if (!jn_is_view(subscriber) && (subscriber->file || subscriber->schema_version))
        wrong = "has a file or a schema_version, but no schema";
    else if (!jn_is_view(subscriber) && subscriber->upserts.count)
        wrong = "has upserts, but no schema";
    else if (jn_is_view(subscriber) && subscriber->schema_version < 0)
        wrong = "has a schema_version below zero";
    else
        wrong = wrong_choice(subscriber);
    return wrong ? jn_fail(builder->error, JANGLE_INVALID, "\"%s\" %s", name, wrong)
                 : JANGLE_OK;
}

enum jangle_result jn_builder_add_subscriber(struct jn_registry_builder *builder,
                                             size_t index)
{
    const struct jangle_subscriber *subscriber =
        builder->config->subscribers.items[index];
    enum jangle_result result;

    if (!subscriber)
        return jn_builder_no_entry(builder, "subscribers", index);
    result = check_subscriber_entry(builder, subscriber);
    if (!result)
        result = jn_builder_put(builder, &builder->registry->subscribers,
                                subscriber->name, jn_builder_unconst(subscriber));
    for (size_t i = 0; !result && i < subscriber->handlers.count; i++)
        result = add_handler(builder, subscriber, i);
    for (size_t i = 0; !result && i < subscriber->answerers.count; i++)
        result = add_answerer(builder, subscriber, i);
    return result ? result
                  : jn_builder_check_elsewhere(builder, subscriber->name,
                                               &subscriber->elsewhere);
}

/* ---- sagas ------------------------------------------------------------------- */

/* Dispatch finds the events of a saga as it finds those of a subscriber: by handlers.
 * This one handles nothing, and only says that the event is wanted. */
static enum jangle_result add_saga_handler(struct jn_registry_builder *builder,
                                           const struct jangle_saga *saga,
                                           const char *row,
                                           const struct jangle_message *event)
{
    struct jn_registry *registry = builder->registry;
    enum jangle_result result = jn_builder_add_event(builder, row, event);
    const char *key;
    struct jangle_handler *handler;

    if (result)
        return result;
    key = jn_builder_key(builder, saga->name, jn_type_name(event));
    if (jn_map_find(&registry->handlers, key))
        return JANGLE_OK;
    handler = jangle_alloc(&registry->arena, sizeof *handler);
    if (handler)
        handler->event = event;
    return jn_builder_put(builder, &registry->handlers, key, handler);
}

static enum jangle_result add_saga_event(struct jn_registry_builder *builder,
                                         const struct jangle_saga *saga,
                                         size_t index)
{
    const struct jangle_applier *applier = &saga->events.items[index];
    const char *row = JN_BUILDER_ROW(saga->name, "events", index);
    enum jangle_result result;

    result = jn_builder_check_type(builder, row, applier->event, JANGLE_ROLE_EVENT);
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
    const char *row = JN_BUILDER_ROW(saga->name, "reactions", index);
    enum jangle_result result;

    result = jn_builder_check_type(builder, row, event, JANGLE_ROLE_EVENT);
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

    if (jn_builder_check_name(builder, "a saga", saga->name) ||
        JN_TABLE_CHECK(saga->name, saga, events, builder->error) ||
        JN_TABLE_CHECK(saga->name, saga, reactions, builder->error))
        return JANGLE_INVALID;
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
    return jn_builder_check_type(builder, saga->name, saga->state, JANGLE_ROLE_STRUCT);
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

enum jangle_result jn_builder_add_saga(struct jn_registry_builder *builder, size_t index)
{
    const struct jangle_saga *saga = builder->config->sagas.items[index];
    struct jn_registry *registry = builder->registry;
    struct jn_saga_type *type;
    enum jangle_result result;

    if (!saga)
        return jn_builder_no_entry(builder, "sagas", index);
    result = check_saga_entry(builder, saga);
    for (size_t i = 0; !result && i < saga->events.count; i++)
        result = add_saga_event(builder, saga, i);
    for (size_t i = 0; !result && i < saga->reactions.count; i++)
        result = add_reaction(builder, saga, i);
    if (!result)
        result = check_beginning(builder, saga);
    if (!result)
        result = jn_builder_check_elsewhere(builder, saga->name, &saga->elsewhere);
    if (result)
        return result;
    type =
        jn_arena_copy(&registry->arena,
                      &(struct jn_saga_type){.saga = saga,
                                             .subscriber = {.name = saga->name,
                                                            .formerly = saga->formerly,
                                                            .start = saga->start,
                                                            .retry = saga->retry,
                                                            .threads = JN_THREADS_MAX}},
                      sizeof *type);
    result = jn_builder_put(builder, &registry->subscribers, saga->name,
                            type ? &type->subscriber : NULL);
    return result ? result : jn_builder_put(builder, &registry->sagas, saga->name, type);
}
