/* wake.c - the pipe by which another thread ends a wait. */
#include "redis/wake.h"

#include <fcntl.h>
#include <unistd.h>

enum jangle_result jn_redis_wake_init(struct jn_redis *redis, struct jangle_error *error)
{
    bool made = pipe(redis->woken) == 0;

    if (!made)
        redis->woken[0] = redis->woken[1] = -1;
    for (int i = 0; i < 2 && made; i++)
        made = fcntl(redis->woken[i], F_SETFL, O_NONBLOCK) == 0 &&
               fcntl(redis->woken[i], F_SETFD, FD_CLOEXEC) == 0;
    return made ? JANGLE_OK
                : jangle_error_set(error, JANGLE_BUSY,
                                   "the system has no pipe for `wake`");
}

void jn_redis_wake_finish(struct jn_redis *redis)
{
    for (int i = 0; i < 2; i++)
        if (redis->woken[i] >= 0)
            close(redis->woken[i]);
}

void jn_redis_wake(struct jangle_transport *transport)
{
    struct jn_redis *redis = (struct jn_redis *)transport;
    ssize_t written;

    /* A full pipe is a `wake` already. */
    written = write(redis->woken[1], "", 1);
    (void)written;
}

bool jn_redis_wake_take(struct jn_redis *redis)
{
    char bytes[64];
    bool woken = false;

    while (read(redis->woken[0], bytes, sizeof bytes) > 0)
        woken = true;
    return woken;
}
