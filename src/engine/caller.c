/* caller.c - may this thread wait for what subscribers have yet to do? */
#include "engine/caller.h"

#include "subscription/hold.h"

enum jangle_result jn_wait_check_caller(struct jangle *jangle, struct jangle_error *error)
{
    const char *callback = jn_thread_callback(jangle);

    if (!callback)
        return JANGLE_OK;
    return jn_fail(error, JANGLE_BUSY,
                   "%s cannot wait for what subscribers have yet to do", callback);
}
