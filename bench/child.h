/* child.h - a program that is run, and what it printed. */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stddef.h>

enum {
    CHILD_WORDS_MAX = 31,
    CHILD_MISSING = 127
}; /* the status, if there is no such program */

/* Run it and wait. Its first word is the program, which is looked for in PATH if it has
 * no slash. What it prints on stdout goes to `text`, as far as it fits. Returns its exit
 * status, or 128 and more if a signal ended it. */
int child_run(const char *const *words, size_t count, char *text, size_t size);

#endif
