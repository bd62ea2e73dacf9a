/* verb_sessions.h - the verb sessions: who has the store open. */
#ifndef ADMIN_VERB_SESSIONS_H
#define ADMIN_VERB_SESSIONS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_sessions(struct jangle_verb_call *call);

#endif
