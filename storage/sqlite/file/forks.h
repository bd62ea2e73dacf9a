/* forks.h - files that were open when this process was forked off.
 *
 * SQLite keeps one list in a process of its open files and the locks that it holds on
 * them. After a fork the child has the list, but POSIX gives it none of the locks. So a
 * child that opens such a file again works without locks, and another program may delete
 * the WAL under it. SQLite's list cannot be read, so there is a list of our own here, one
 * in a process. */
#ifndef JN_FORKS_H
#define JN_FORKS_H

#include <stdbool.h>
#include <sys/types.h>

struct stat;

enum { JN_FORKS_NONE = -1 };

/* Note that this process has a file open, until the note is given to jn_forks_forget.
 * JN_FORKS_NONE if there is no room: then its children do not know of the file. */
int jn_forks_note(const struct stat *status);
void jn_forks_forget(int note);

/* Did the process from which this one was forked have the file open? */
bool jn_forks_inherited(const struct stat *status);

#endif
