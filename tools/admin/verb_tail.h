/* verb_tail.h - the verb tail: the newest events, and those that come. */
#ifndef ADMIN_VERB_TAIL_H
#define ADMIN_VERB_TAIL_H

#include <jangle/admin.h>

enum jangle_exit jn_run_tail(struct jangle_verb_call *call);

#endif
