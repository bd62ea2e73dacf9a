/* verb_status.h - the verb status: what is wrong, worst first, and the command to type
 * next. */
#ifndef ADMIN_VERB_STATUS_H
#define ADMIN_VERB_STATUS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_status(struct jangle_verb_call *call);

#endif
