/* sync.c - locks: pthreads, with conditions on the monotonic clock. */
#include <jangle/plugin/support.h>

#include <assert.h>
#include <errno.h>
#include <time.h>

/* What fails here is a misuse, such as a mutex that is destroyed while it is held. */
static void must(int failed)
{
    assert(!failed);
    (void)failed;
}

enum jangle_result jn_mutex_init(struct jn_mutex *mutex)
{
    return pthread_mutex_init(&mutex->raw, NULL) ? JANGLE_NO_MEMORY : JANGLE_OK;
}

void jn_mutex_finish(struct jn_mutex *mutex)
{
    must(pthread_mutex_destroy(&mutex->raw));
}

void jn_mutex_lock(struct jn_mutex *mutex)
{
    must(pthread_mutex_lock(&mutex->raw));
}

bool jn_mutex_try(struct jn_mutex *mutex)
{
    return pthread_mutex_trylock(&mutex->raw) == 0;
}

void jn_mutex_unlock(struct jn_mutex *mutex)
{
    must(pthread_mutex_unlock(&mutex->raw));
}

/* On the monotonic clock, because somebody may set the other one while a thread waits. */
enum jangle_result jn_cond_init(struct jn_cond *cond)
{
    pthread_condattr_t attributes;
    int failed = pthread_condattr_init(&attributes);

    if (failed)
        return JANGLE_NO_MEMORY;
    failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!failed)
        failed = pthread_cond_init(&cond->raw, &attributes);
    pthread_condattr_destroy(&attributes);
    return failed ? JANGLE_NO_MEMORY : JANGLE_OK;
}

void jn_cond_finish(struct jn_cond *cond)
{
    must(pthread_cond_destroy(&cond->raw));
}

void jn_cond_signal(struct jn_cond *cond)
{
    must(pthread_cond_signal(&cond->raw));
}

void jn_cond_broadcast(struct jn_cond *cond)
{
    must(pthread_cond_broadcast(&cond->raw));
}

void jn_cond_wait(struct jn_cond *cond, struct jn_mutex *mutex)
{
    must(pthread_cond_wait(&cond->raw, &mutex->raw));
}

int64_t jn_monotonic_us(void)
{
    struct timespec now;

    must(clock_gettime(CLOCK_MONOTONIC, &now));
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t jn_monotonic_after_ms(int64_t ms)
{
    int64_t now_us = jn_monotonic_us();

    if (ms < 0)
        return 0;
    return ms > (INT64_MAX - now_us) / 1000 ? INT64_MAX : now_us + ms * 1000;
}

bool jn_cond_wait_for(struct jn_cond *cond, struct jn_mutex *mutex, int64_t us)
{
    return jn_cond_wait_until(cond, mutex, jn_monotonic_us() + us);
}

/* It may return early without a signal, as pthreads may: callers wait in a loop. */
bool jn_cond_wait_until(struct jn_cond *cond, struct jn_mutex *mutex, int64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    int result;

    if (until_us < 0) {
        jn_cond_wait(cond, mutex);
        return true;
    }
    result = pthread_cond_timedwait(&cond->raw, &mutex->raw, &until);
    must(result == ETIMEDOUT ? 0 : result);
    return result != ETIMEDOUT;
}

/* Until a moment, and not for a time: a signal that interrupts makes it no longer. */
void jn_pause_until(int64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}
