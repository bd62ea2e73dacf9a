/* process.c - in which process something was opened: a page that the kernel wipes when it
 * forks. It sees what a handler of pthread_atfork does not: clone(2), and it needs no
 * list of all that is open. */
#define _DEFAULT_SOURCE /* madvise, MAP_ANONYMOUS */
#include "base/process.h"

#include "base/utf8.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_SIZE = 1 }; /* the kernel gives a whole one */

/* NULL where the kernel wipes no pages: then the process id has to do. */
static char *make_page(void)
{
#ifdef MADV_WIPEONFORK
    char *page =
        mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return NULL;
    if (madvise(page, PAGE_SIZE, MADV_WIPEONFORK) == 0) {
        *page = 1;
        return page;
    }
    munmap(page, PAGE_SIZE);
#endif
    return NULL;
}

void jn_process_init(struct jn_process *process)
{
    *process = (struct jn_process){.page = make_page(), .id = getpid()};
}

void jn_process_finish(struct jn_process *process)
{
    if (process->page)
        munmap(process->page, PAGE_SIZE);
    *process = (struct jn_process){0};
}

bool jn_process_is_here(const struct jn_process *process)
{
    return process->page ? *process->page != 0 : process->id == getpid();
}

/* The kernel ends it with a newline. */
static size_t read_name(char name[JN_PROCESS_NAME_SIZE])
{
    int file = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
    ssize_t size = file < 0 ? 0 : read(file, name, JN_PROCESS_NAME_SIZE - 1);

    if (file >= 0)
        close(file);
    while (size > 0 && name[size - 1] == '\n')
        size--;
    return size > 0 ? (size_t)size : 0;
}

void jn_process_name(char name[JN_PROCESS_NAME_SIZE])
{
    static const char unknown[] = "unknown";
    size_t size = read_name(name);

    name[size] = '\0';
    if (!size || strlen(name) != size || !jn_utf8_is_valid(name, size))
        memcpy(name, unknown, sizeof unknown);
}
