/* c11_threads.c - threads of C11 as threads of POSIX, for TSan, which knows only these:
 * in a thread that it has not seen begin it crashes. librdkafka makes such threads. In
 * glibc the two kinds are one, so all other calls are as they were. */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:librdkafka.so\n";
}

struct beginning {
    thrd_start_t function;
    void *argument;
};

static void *begin(void *context)
{
    struct beginning beginning = *(struct beginning *)context;

    free(context);
    return (void *)(intptr_t)beginning.function(beginning.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    struct beginning *beginning = malloc(sizeof *beginning);
    int status;

    if (!beginning)
        return thrd_nomem;
    *beginning = (struct beginning){function, argument};
    status = pthread_create(thread, NULL, begin, beginning);
    if (!status)
        return thrd_success;
    free(beginning);
    return status == EAGAIN ? thrd_nomem : thrd_error;
}

int thrd_join(thrd_t thread, int *result)
{
    void *returned = NULL;

    if (pthread_join(thread, &returned))
        return thrd_error;
    if (result)
        *result = (int)(intptr_t)returned;
    return thrd_success;
}
