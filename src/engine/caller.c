/* caller.c - may this thread wait for what subscribers have yet to do? */
#include "engine/caller.h"

#include "subscription/hold.h"

enum jangle_result jn_wait_check_caller(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_dispatch *dispatch = jangle->dispatch;
    struct jn_within within = jn_inside_look(&jangle->insides, NULL);
    bool inside;

    jn_mutex_lock(&dispatch->mutex);
    inside = jn_thread_is_in_any_step(dispatch);
    jn_mutex_unlock(&dispatch->mutex);
    if (!inside && !within.handling && !within.depth)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "%s cannot wait for what subscribers have yet to do",
                   within.depth ? "an answerer" : "a handler");
}
