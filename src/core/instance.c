/* instance.c - what an instance allows just now, what it counts, what it says. */
#include "base/error.h"
#include "core/engine.h"

#include <stdarg.h>

/* ---- what it allows ---------------------------------------------------------- */

enum jangle_result jn_check_process(const struct jangle *jangle,
                                    struct jangle_error *error)
{
    if (jn_process_is_here(&jangle->process))
        return JANGLE_OK;
    return jn_fail(
        error, JANGLE_CLOSED,
        "this jangle was opened by another process: fork first, then open one here");
}

enum jangle_result jn_check_sender(const struct jangle *jangle,
                                   struct jangle_outcome *outcome)
{
    struct jangle_outcome made = {0};

    if (!jn_check_process(jangle, &made.error))
        return JANGLE_OK;
    if (outcome)
        *outcome = made;
    return JANGLE_CLOSED;
}

enum jangle_result jn_check_leader(const struct jangle *jangle,
                                   struct jangle_error *error)
{
    if (!jangle->config.follower)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "this jangle is a follower: it takes no commands");
}

enum jangle_result jn_check_open(const struct jangle *jangle, struct jangle_error *error)
{
    if (jn_check_process(jangle, error))
        return JANGLE_CLOSED;
    if (!atomic_load_explicit(&jangle->stopping, memory_order_relaxed))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_CLOSED, "jangle is closing");
}

void jangle_stop(struct jangle *jangle)
{
    atomic_store(&jangle->stopping, true);
}

/* ---- what it counts, what it says -------------------------------------------- */

void jangle_measure(struct jangle *jangle, struct jangle_stats *stats)
{
    struct jn_counters *counters = &jangle->counters;
    int64_t head = atomic_load(&jangle->durable);

    *stats = (struct jangle_stats){0};
    if (jn_check_process(jangle, NULL))
        return;
    (void)jangle->store->ops->head(jangle->store, &head, NULL);
    *stats = (struct jangle_stats){
        .accepted = atomic_load(&counters->accepted),
        .rejected = atomic_load(&counters->rejected),
        .invalid = atomic_load(&counters->invalid),
        .conflicts = atomic_load(&counters->conflicts),
        .failed = atomic_load(&counters->failed),
        .events = atomic_load(&counters->events),
        .commits = atomic_load(&counters->commits),
        .snapshots = atomic_load(&jangle->snapshotter.taken),
        .deliveries = atomic_load(&counters->deliveries),
        .retries = atomic_load(&counters->retries),
        .dead = atomic_load(&counters->dead),
        .turns = atomic_load(&counters->turns),
        .timeouts = atomic_load(&counters->timeouts),
        .position = head,
    };
}

void jangle_log(struct jangle *jangle, enum jangle_level level, const char *format, ...)
{
    va_list values;

    if (jn_check_process(jangle, NULL))
        return;
    va_start(values, format);
    jn_log_say(&jangle->log, level, format, values);
    va_end(values);
}
