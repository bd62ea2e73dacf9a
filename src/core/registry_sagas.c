/* registry_sagas.c - sagas are taken in: each is a subscriber of its own. */
#include "core/filling.h"

#include "base/error.h"
#include "core/saga_match.h"
#include "message/describe.h"

/* As a handler of the saga's own subscriber: it only says that the event is wanted. */
static enum jangle_result listen(struct jn_filling *filling,
                                 const struct jangle_saga *saga,
                                 const struct jangle_message *event)
{
    struct jn_registry *registry = filling->registry;
    enum jangle_result result = jn_filling_add_event(filling, saga->name, event);
    const char *key;
    struct jangle_handler *handler;

    if (result)
        return result;
    key = jn_filling_key(filling, saga->name, jn_type_name(event));
    if (jn_map_find(&registry->handlers, key))
        return JANGLE_OK;
    handler = jangle_alloc(&registry->arena, sizeof *handler);
    if (handler)
        handler->event = event;
    return jn_filling_put(filling, &registry->handlers, key, handler);
}

static enum jangle_result add_saga_event(struct jn_filling *filling,
                                         const struct jangle_saga *saga,
                                         const struct jangle_applier *applier)
{
    for (const struct jangle_applier *other = saga->events; other != applier; other++)
        if (!strcmp(jn_type_name(other->event), jn_type_name(applier->event)))
            return jn_fail(filling->error, JANGLE_INVALID, "%s lists the event %s twice",
                           saga->name, applier->event->name);
    if (!jn_saga_has_id(saga, applier->event)) /* a note, told by the saga to itself */
        return jn_filling_check_type(filling, saga->name, applier->event,
                                     JANGLE_ROLE_EVENT);
    return listen(filling, saga, applier->event);
}

static enum jangle_result add_reaction(struct jn_filling *filling,
                                       const struct jangle_saga *saga,
                                       const struct jangle_reaction *reaction)
{
    const char *name = reaction->event->name;

    for (const struct jangle_reaction *other = saga->reactions; other != reaction;
         other++)
        if (!strcmp(jn_type_name(other->event), jn_type_name(reaction->event)))
            return jn_fail(filling->error, JANGLE_INVALID, "%s reacts to %s twice",
                           saga->name, name);
    if (!reaction->react)
        return jn_fail(filling->error, JANGLE_INVALID, "%s: nothing reacts to %s",
                       saga->name, name);
    if (!jn_saga_has_id(saga, reaction->event))
        return jn_fail(filling->error, JANGLE_INVALID,
                       "%s: %s has no text member %s, which would say which saga it is "
                       "for",
                       saga->name, name, saga->id_member);
    return listen(filling, saga, reaction->event);
}

static enum jangle_result check_saga(struct jn_filling *filling,
                                     const struct jangle_saga *saga)
{
    const char *wrong = NULL;
    enum jangle_result result = jn_filling_check_name(filling, "a saga", saga->name);

    if (result)
        return result;
    if (jn_map_find(&filling->registry->subscribers, saga->name))
        wrong = "is the name of two subscribers or sagas";
    else if (saga->formerly && strcmp(saga->formerly, saga->name) == 0)
        wrong = "was formerly called the same";
    else if (!saga->state)
        wrong = "has no state";
    else if (!saga->id_of && !saga->id_member)
        wrong = "has neither an id_member nor an id_of";
    else if (!saga->reactions || !saga->reactions->event)
        wrong = "reacts to nothing";
    if (wrong)
        return jn_fail(filling->error, JANGLE_INVALID, "\"%s\" %s", saga->name, wrong);
    return jn_filling_check_type(filling, saga->name, saga->state, JANGLE_ROLE_STRUCT);
}

static enum jangle_result check_beginning(struct jn_filling *filling,
                                          const struct jangle_saga *saga)
{
    const struct jangle_message *begins = saga->begins_with;

    if (!begins || jn_registry_handler(filling->registry,
                                       &(struct jangle_subscriber){.name = saga->name},
                                       jn_type_name(begins)))
        return JANGLE_OK;
    return jn_fail(filling->error, JANGLE_INVALID,
                   "%s begins with %s, but neither applies it nor reacts to it",
                   saga->name, begins->name);
}

enum jangle_result jn_filling_add_saga(struct jn_filling *filling,
                                       const struct jangle_saga *saga)
{
    struct jn_registry *registry = filling->registry;
    struct jn_saga_type *type = jangle_alloc(&registry->arena, sizeof *type);
    enum jangle_result result = check_saga(filling, saga);

    if (!result && !type)
        return jn_fail(filling->error, JANGLE_NO_MEMORY,
                       "out of memory: nothing is open");
    for (const struct jangle_applier *applier = saga->events;
         !result && applier && applier->event; applier++)
        result = add_saga_event(filling, saga, applier);
    for (const struct jangle_reaction *reaction = saga->reactions;
         !result && reaction->event; reaction++)
        result = add_reaction(filling, saga, reaction);
    if (!result)
        result = check_beginning(filling, saga);
    if (result)
        return result;
    *type = (struct jn_saga_type){.saga = saga,
                                  .subscriber = {.name = saga->name,
                                                 .formerly = saga->formerly,
                                                 .start = saga->start,
                                                 .retry = saga->retry,
                                                 .threads = JN_THREADS_MAX}};
    result =
        jn_filling_put(filling, &registry->subscribers, saga->name, &type->subscriber);
    return result ? result : jn_filling_put(filling, &registry->sagas, saga->name, type);
}
