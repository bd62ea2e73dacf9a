/* process.h - is this the process that opened something, or a child that fork made of it?
 * The child has a copy of all memory, and must not use the files and locks of
 * its parent. */
#ifndef JN_PROCESS_H
#define JN_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct jn_process {
    char *page; /* holds 1; the kernel clears it in a child. NULL: compare `id` */
    pid_t id;
};

void jn_process_init(struct jn_process *process);
void jn_process_finish(struct jn_process *process);

/* Is this the process that called jn_process_init? Cheap, because every public function
 * asks. */
bool jn_process_is_here(const struct jn_process *process);

/* The name of this process, as the kernel has it; "unknown" if it cannot be read or is no
 * UTF-8. */
enum { JN_PROCESS_NAME_SIZE = 64 };
void jn_process_name(char name[JN_PROCESS_NAME_SIZE]);

#endif
