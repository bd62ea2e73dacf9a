/* verb_state.h - the verb state: an aggregate as of one of its versions, by the program's
 * code. */
#ifndef ADMIN_VERB_STATE_H
#define ADMIN_VERB_STATE_H

#include <jangle/admin.h>

enum jangle_exit jn_run_state(struct jangle_verb_call *call);

#endif
