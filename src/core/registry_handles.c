/* registry_handles.c - rows of consumers whose messages are handled on receipt: what
 * makes no sense is refused. */
#include "core/registry_handles.h"

#include "base/error.h"
#include "message/describe.h"

#include <string.h>

static bool has_retry(const struct jangle_retry *retry)
{
    return retry->max_attempts || retry->first_delay_ms || retry->max_delay_ms;
}

static bool is_same_text(const char *one, const char *other)
{
    return one && other ? !strcmp(one, other) : one == other;
}

static bool calls_the_same(const struct jangle_route *one,
                           const struct jangle_route *other)
{
    return one->handle == other->handle && one->translate == other->translate &&
           one->type == other->type && is_same_text(one->as, other->as);
}

/* Rows with filters may be meant for different messages. */
static enum jangle_result check_called_once(struct jn_registry_builder *builder,
                                            const struct jangle_consumer *consumer,
                                            size_t index)
{
    const struct jangle_route *route = &consumer->routes.items[index];

    for (size_t i = 0; i < index; i++) {
        const struct jangle_route *before = &consumer->routes.items[i];

        if (!before->where.ops && calls_the_same(before, route))
            return jn_fail(builder->error, JANGLE_INVALID,
                           "%s: %s.routes[%zu] calls the same function for every %s",
                           JN_BUILDER_ROW(consumer->name, "routes", index),
                           consumer->name, i, route->type->name);
    }
    return JANGLE_OK;
}

static enum jangle_result check_row(struct jn_registry_builder *builder,
                                    const struct jangle_consumer *consumer,
                                    size_t index)
{
    const struct jangle_route *route = &consumer->routes.items[index];

    if (!route->translate && route->type->role != JANGLE_ROLE_EVENT)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s: %s is a command, and a handle function gets events: describe "
                       "the message as an event, or leave out `handle`, so that its "
                       "aggregate decides it",
                       JN_BUILDER_ROW(consumer->name, "routes", index),
                       route->type->name);
    return check_called_once(builder, consumer, index);
}

enum jangle_result jn_builder_check_handles(struct jn_registry_builder *builder,
                                            const struct jangle_consumer *consumer)
{
    const char *wrong = NULL;
    enum jangle_result result = JANGLE_OK;
    bool handles = false;

    for (size_t i = 0; !result && i < consumer->routes.count; i++) {
        if (!consumer->routes.items[i].handle)
            continue;
        handles = true;
        result = check_row(builder, consumer, i);
    }
    if (result)
        return result;
    if (consumer->threads < 0 || consumer->threads > JN_THREADS_MAX)
        wrong = "has a number of threads that is not in 0..64";
    else if (consumer->threads && !handles)
        wrong = "has threads, and no row with a `handle` that they would call";
    else if (has_retry(&consumer->retry) && !handles)
        wrong = "has a retry, and no row with a `handle` that it would be for";
    else if (consumer->dedup && !handles)
        wrong = "has a dedup, and no row with a `handle` that it would be for";
    return wrong ? jn_fail(builder->error, JANGLE_INVALID, "\"%s\" %s", consumer->name,
                           wrong)
                 : JANGLE_OK;
}
