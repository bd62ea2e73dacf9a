/* rehearsal.h - builds all views again from the events, and compares. */
#ifndef BANK_REHEARSAL_H
#define BANK_REHEARSAL_H

#include <jangle/jangle.h>

/* Build all views of the bank that is kept in `path` again, as `how` says. (How far it
 * has come is shown here; how->progress is not called.) Prints one line for each view,
 * and a last one. Returns the exit status. */
int rehearse_all(struct jangle *bank,
                 const char *path,
                 const struct jangle_replay_options *how);

#endif
