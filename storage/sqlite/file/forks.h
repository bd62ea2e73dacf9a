/* forks.h - files that were open when this process was forked off.
 *
 * SQLite lists the files that a process has open, with the locks that it holds on them,
 * for all connections together; and POSIX takes the locks from a child, but leaves it the
 * list. So a child that opens such a file again goes without locks, and another program
 * may take the log away under it. Nobody but SQLite knows its list, and it is one a
 * process: so is this one. */
#ifndef JN_FORKS_H
#define JN_FORKS_H

#include <stdbool.h>
#include <sys/types.h>

struct stat;

enum { JN_FORKS_NONE = -1 };

/* This process has it open, until `note` is given back. JN_FORKS_NONE if it has too many
 * open: those are not known to its children. */
int jn_forks_note(const struct stat *status);
void jn_forks_forget(int note);

/* Did the process that this one was forked off from have it open? */
bool jn_forks_inherited(const struct stat *status);

#endif
