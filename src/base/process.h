/* process.h - in which process something was opened: a child that fork made has all its
 * memory, and must touch nothing but that. */
#ifndef JN_PROCESS_H
#define JN_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct jn_process {
    char *page; /* 1 there, and wiped by the kernel in a child; NULL: `id` tells */
    pid_t id;
};

void jn_process_init(struct jn_process *process);
void jn_process_finish(struct jn_process *process);

/* Is this the process that made it? Cheap: called by every public function. */
bool jn_process_is_here(const struct jn_process *process);

#endif
