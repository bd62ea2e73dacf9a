/* failpoint.c - places where a test stops the program, and which ones were passed. */
#include "base/failpoint.h"

#include <assert.h>

#ifdef JANGLE_FAILPOINTS

enum { NAMES_MAX = 256 };

/* Failpoints stand in code that knows no instance, so here alone something is global. */
static struct {
    struct jn_mutex mutex;
    jn_failpoint_fn *hook;
    void *context;
    const char *names[NAMES_MAX];
    size_t count;
} failpoints = {.mutex = {PTHREAD_MUTEX_INITIALIZER}};

void jn_failpoint_set(jn_failpoint_fn *hook, void *context)
{
    jn_mutex_lock(&failpoints.mutex);
    failpoints.hook = hook;
    failpoints.context = context;
    jn_mutex_unlock(&failpoints.mutex);
}

/* Names are constants of the program, so the pointers stay. */
static void remember_failpoint(const char *name)
{
    for (size_t at = 0; at < failpoints.count; at++)
        if (strcmp(failpoints.names[at], name) == 0)
            return;
    assert(failpoints.count < NAMES_MAX);
    failpoints.names[failpoints.count++] = name;
}

/* The hook is called without the lock, because it may stop the process, or hit another
 * one. */
void jn_failpoint_hit(const char *name)
{
    jn_failpoint_fn *hook;
    void *context;

    jn_mutex_lock(&failpoints.mutex);
    remember_failpoint(name);
    hook = failpoints.hook;
    context = failpoints.context;
    jn_mutex_unlock(&failpoints.mutex);
    if (hook)
        hook(context, name);
}

const char *jn_failpoint_name(size_t index)
{
    const char *name;

    jn_mutex_lock(&failpoints.mutex);
    name = index < failpoints.count ? failpoints.names[index] : NULL;
    jn_mutex_unlock(&failpoints.mutex);
    return name;
}

void jn_failpoint_forget(void)
{
    jn_mutex_lock(&failpoints.mutex);
    failpoints.count = 0;
    jn_mutex_unlock(&failpoints.mutex);
}

#endif
