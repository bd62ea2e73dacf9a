/* caller.c - may this thread wait for what subscribers have yet to do? */
#include "engine/caller.h"

#include "dispatch/overview.h"

enum jangle_result jn_wait_check_caller(struct jangle *jangle, struct jangle_error *error)
{
    struct jn_within within = jn_inside_look(&jangle->insides, NULL);

    if (!jn_overview_is_inside(jangle->dispatch) && !within.handling && !within.depth)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "%s cannot wait for what subscribers have yet to do",
                   within.depth ? "an answerer" : "a handler");
}
