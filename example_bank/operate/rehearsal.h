/* rehearsal.h - build each view anew, and compare it with what is shown. */
#ifndef BANK_REHEARSAL_H
#define BANK_REHEARSAL_H

#include <jangle/jangle.h>

/* All views of the bank that is kept in `path`, as `how` says but for its progress, which
 * is shown. Prints a line a view, and a last one. Returns the exit status. */
int rehearse_all(struct jangle *bank,
                 const char *path,
                 const struct jangle_replay_options *how);

#endif
