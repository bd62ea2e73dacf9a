/* syncs.c - counts what is asked of the disk: these two stand before the C library's. */
#define _DEFAULT_SOURCE /* syscall */
#include "bench.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Each sync has a number. `ended` is the highest of those that have ended. */
static atomic_llong begun, ended;
static atomic_int kind = SYNC_REAL, chosen = SYNC_REAL;

int64_t bench_syncs(void)
{
    return atomic_load(&begun);
}

int64_t bench_syncs_begun(void)
{
    return atomic_load(&begun);
}

bool bench_synced_since(int64_t mark)
{
    return atomic_load(&ended) > mark;
}

void bench_sync_as(int microseconds)
{
    atomic_store(&kind, microseconds);
}

void bench_sync_for_run(void)
{
    atomic_store(&kind, atomic_load(&chosen));
}

void bench_sync_choose(int microseconds)
{
    atomic_store(&chosen, microseconds);
}

static void sleep_us(int microseconds)
{
    struct timespec left = {.tv_sec = microseconds / 1000000,
                            .tv_nsec = microseconds % 1000000 * 1000L};

    if (microseconds)
        nanosleep(&left, NULL);
}

/* Only a sync that went well counts as one that has ended. */
static int sync_file(long call, int file)
{
    long long number = atomic_fetch_add(&begun, 1) + 1, highest = atomic_load(&ended);
    int microseconds = atomic_load(&kind), failed = 0;

    if (microseconds == SYNC_REAL)
        failed = (int)syscall(call, file);
    else
        sleep_us(microseconds);
    while (!failed && highest < number &&
           !atomic_compare_exchange_weak(&ended, &highest, number))
        ;
    return failed;
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return sync_file(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return sync_file(SYS_fdatasync, fd);
}
