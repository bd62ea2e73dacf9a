/* verb_dead.h - the verb dead: events that subscribers gave up, or try again. */
#ifndef ADMIN_VERB_DEAD_H
#define ADMIN_VERB_DEAD_H

#include <jangle/admin.h>

enum jangle_exit jn_run_dead(struct jangle_verb_call *call);

#endif
