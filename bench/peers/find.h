/* find.h - where a peer's programs are, and which version they have. */
#ifndef BENCH_PEER_FIND_H
#define BENCH_PEER_FIND_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Look for the program in folders with colons between them, as PATH has. NULL: none. */
bool find_in(const char *folders, const char *name, char path[PATH_MAX]);

/* The word behind `before` in what `program --version` prints. */
void find_version(const char *program, const char *before, char *version, size_t size);

#endif
