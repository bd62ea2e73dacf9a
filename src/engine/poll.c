/* poll.c - one bounded piece of all that an instance does in the background. */
#include "command/commands.h"
#include "core/call.h"
#include "core/instance.h"
#include "dispatch/dispatch.h"
#include "dispatch/run_once.h"
#include "engine/caller.h"
#include "engine/tidy.h"
#include "engine/worker.h"
#include "subscription/subscription.h"

/* A snapshot is taken even if dispatch failed: the two have nothing to do with each
 * other. Tidying is left for a poll that went well. */
static enum jangle_result
poll_once(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    int64_t ignored;
    enum jangle_result result;

    if (!done)
        done = &ignored;
    *done = 0;
    result = jn_check_open(jangle, error);
    if (!result)
        result = jn_wait_check_caller(jangle, error);
    if (result)
        return result;
    result = jn_dispatch_run_once(jangle, done, error);
    *done += jn_snapshotter_run_once(&jangle->commands->snapshotter);
    if (!result)
        jn_tidy(jangle, done);
    return result;
}

enum jangle_result
jangle_poll(struct jangle *jangle, int64_t *done, struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = poll_once(jangle, done, &why);

    return jn_call_end(jangle, "jangle_poll", result, &why, error);
}
