/* process.h - what belongs to the whole process, and so to the program: no library may
 * decide it for others. */
#ifndef BANK_PROCESS_H
#define BANK_PROCESS_H

/* Tell SQLite how to handle its memory. Call it first in main: before any thread, and
 * before anything that uses SQLite, because then SQLite listens no more, and all stays as
 * it is. Nothing depends on it but speed (docs/operations.md says how much). */
void bank_set_up_process(void);

#endif
