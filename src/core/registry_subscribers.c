/* registry_subscribers.c - subscribers are registered: what each handles, and answers. */

#include "core/registry_subscribers.h"

#include "base/error.h"
#include "base/table.h"
#include "message/describe.h"

#include <jangle/plugin/support.h>

/* The event becomes known to the registry by name, so that stored records can be read as
 * it. */
static enum jangle_result add_handler(struct jn_registry_builder *builder,
                                      const struct jangle_subscriber *subscriber,
                                      size_t index)
{
    const struct jangle_handler *handler = &subscriber->handlers.items[index];
    char row[JN_ROW_SIZE];
    const char *key;
    enum jangle_result result;

    jn_registry_builder_row(row, subscriber->name, "handlers", index);
    result = jn_registry_builder_add_event(builder, row, handler->event);
    if (result)
        return result;
    if (!handler->handle)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: nothing handles %s", row,
                       handler->event->name);
    key =
        jn_registry_builder_key(builder, subscriber->name, jn_type_name(handler->event));
    if (jn_map_find(&builder->registry->handlers, key))
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s handles %s twice", row,
                       subscriber->name, handler->event->name);
    return jn_registry_builder_put(builder, &builder->registry->handlers, key,
                                   jn_registry_builder_unconst(handler));
}

/* The sentence names both rows, because both may be in the same table. */
static enum jangle_result refuse_second_answerer(struct jn_registry_builder *builder,
                                                 const struct jangle_subscriber *first,
                                                 const struct jangle_message *query,
                                                 const char *row)
{
    char first_row[JN_ROW_SIZE];
    size_t index = 0;

    while (strcmp(jn_type_name(first->answerers.items[index].query),
                  jn_type_name(query)) != 0)
        index++;
    jn_registry_builder_row(first_row, first->name, "answerers", index);
    return jn_fail(builder->error, JANGLE_INVALID,
                   "the query %s is answered twice, by %s and by %s: leave one of them "
                   "out",
                   query->name, first_row, row);
}

/* A query has one answerer in the whole program: a caller names the query, not the view.
 */
static enum jangle_result add_answerer(struct jn_registry_builder *builder,
                                       const struct jangle_subscriber *subscriber,
                                       size_t index)
{
    const struct jangle_answerer *answerer = &subscriber->answerers.items[index];
    struct jn_map *answerers = &builder->registry->answerers;
    const struct jangle_message *query = answerer->query;
    const struct jn_answerer *other;
    char row[JN_ROW_SIZE];
    enum jangle_result result;

    jn_registry_builder_row(row, subscriber->name, "answerers", index);
    result = jn_registry_builder_check_type(builder, row, query, JANGLE_ROLE_QUERY);
    if (result)
        return result;
    if (!answerer->answer || !query->answer)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s %s", row, query->name,
                       answerer->answer ? "does not say what it is answered with"
                                        : "has no answerer");
    result =
        jn_registry_builder_check_type(builder, row, query->answer, JANGLE_ROLE_STRUCT);
    if (result)
        return result;
    other = jn_map_find(answerers, jn_type_name(query));
    if (other)
        return refuse_second_answerer(builder, other->subscriber, query, row);
    return jn_registry_builder_put(
        builder, answerers, jn_type_name(query),
        jn_arena_copy(&builder->registry->arena,
                      &(struct jn_answerer){.query = query,
                                            .subscriber = subscriber,
                                            .answer = answerer->answer},
                      sizeof(struct jn_answerer)));
}

/* Only the description is looked at: the tables of the view are not there yet. */
static enum jangle_result check_upsert_table(struct jn_registry_builder *builder,
                                             const struct jangle_subscriber *subscriber)
{
    const struct jangle_upserts *upserts = &subscriber->upserts;
    struct jangle_error error = {0};
    char row[JN_ROW_SIZE];
    enum jangle_result result = jn_table_check(
        subscriber->name, "upserts", upserts->items, upserts->count, builder->error);

    for (size_t i = 0; !result && i < upserts->count; i++) {
        jn_registry_builder_row(row, subscriber->name, "upserts", i);
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
    const char *wrong;
    enum jangle_result result =
        jn_registry_builder_check_name(builder, "a subscriber", subscriber->name);

    if (!result)
        result = jn_table_check(subscriber->name, "handlers", subscriber->handlers.items,
                                subscriber->handlers.count, builder->error);
    if (!result)
        result =
            jn_table_check(subscriber->name, "answerers", subscriber->answerers.items,
                           subscriber->answerers.count, builder->error);
    if (!result)
        result = check_upsert_table(builder, subscriber);
    if (result)
        return result;
    if (jn_map_find(&builder->registry->subscribers, subscriber->name))
        wrong = "is the name of two subscribers";
    else if (subscriber->formerly && strcmp(subscriber->formerly, subscriber->name) == 0)
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
    return wrong ? jn_fail(builder->error, JANGLE_INVALID, "\"%s\" %s", subscriber->name,
                           wrong)
                 : JANGLE_OK;
}

enum jangle_result jn_registry_builder_add_subscriber(struct jn_registry_builder *builder,
                                                      size_t index)
{
    const struct jangle_subscriber *subscriber =
        builder->config->subscribers.items[index];
    enum jangle_result result;

    if (!subscriber)
        return jn_registry_builder_no_entry(builder, "subscribers", index);
    result = check_subscriber_entry(builder, subscriber);
    if (!result)
        result = jn_registry_builder_put(builder, &builder->registry->subscribers,
                                         subscriber->name,
                                         jn_registry_builder_unconst(subscriber));
    for (size_t i = 0; !result && i < subscriber->handlers.count; i++)
        result = add_handler(builder, subscriber, i);
    for (size_t i = 0; !result && i < subscriber->answerers.count; i++)
        result = add_answerer(builder, subscriber, i);
    return result ? result
                  : jn_registry_builder_check_elsewhere(builder, subscriber->name,
                                                        &subscriber->elsewhere);
}
