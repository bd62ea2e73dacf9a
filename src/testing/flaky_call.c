/* flaky_call.c - one call of a flaky store: decide whether it fails. */
#include "testing/flaky_call.h"

#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

/* Under the mutex: decide about call `number`. UNKNOWN is returned after the call was
 * made. */
static struct jn_flaky_call
decide_call(struct jn_flaky *flaky, int64_t number, bool commits)
{
    const struct jangle_flaky *settings = flaky->settings;

    if (flaky->reopening) {
        flaky->reopening = false;
        return (struct jn_flaky_call){.result = JANGLE_BUSY, .why = "finds it reopening"};
    }
    if (number != settings->fail_at)
        return (struct jn_flaky_call){.made = true};
    flaky->reopening = commits && settings->result == JANGLE_UNKNOWN;
    return (struct jn_flaky_call){settings->result == JANGLE_UNKNOWN, settings->result,
                                  "fails as asked"};
}

struct jn_flaky_call jn_flaky_begin(struct jn_flaky *flaky,
                                    const char *name,
                                    bool commits,
                                    struct jangle_error *error)
{
    struct jn_flaky_call call;
    int64_t number;

    jn_mutex_lock(&flaky->mutex);
    number = ++flaky->settings->calls;
    call = decide_call(flaky, number, commits);
    jn_mutex_unlock(&flaky->mutex);
    if (call.result)
        jangle_error_set(error, call.result, "flaky: call %lld (%s) %s",
                         (long long)number, name, call.why);
    return call;
}

/* The mutex is unlocked before it is freed; nobody else can have it, as this was the
 * last. */
void jn_flaky_leave(struct jn_flaky *flaky)
{
    struct jangle_allocator allocator = flaky->allocator;
    bool last;

    jn_mutex_lock(&flaky->mutex);
    last = --flaky->users == 0;
    jn_mutex_unlock(&flaky->mutex);
    if (!last)
        return;
    jn_mutex_finish(&flaky->mutex);
    jn_free(&allocator, flaky);
}
