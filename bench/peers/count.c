/* count.c - counts the syncs of a peer: a library that stands before the C library in its
 * processes, which LD_PRELOAD loads. The file `syncs` in the directory where they begin
 * holds the count, and the benchmark reads it (server.c). */
#define _DEFAULT_SOURCE /* syscall */
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_llong *count; /* NULL: nobody wants to know */

__attribute__((constructor)) static void find_count(void)
{
    int file = open("syncs", O_RDWR | O_CLOEXEC);
    void *memory;

    if (file < 0)
        return;
    memory = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED)
        count = memory;
}

/* Only a sync that went well is counted, before its caller can answer anybody. */
static int sync_file(long call, int file)
{
    int failed = (int)syscall(call, file);

    if (!failed && count)
        atomic_fetch_add(count, 1);
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
