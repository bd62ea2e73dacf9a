/* syncs.c - counts what is asked of the disk: these two stand before the C library's. */
#define _DEFAULT_SOURCE /* syscall */
#include "bench.h"

#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_llong syncs;

int64_t bench_syncs(void)
{
    return atomic_load(&syncs);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fsync, fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, fd);
}
