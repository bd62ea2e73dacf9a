/* verb_trace.h - the verb trace: what led to an event, and what it led to. */
#ifndef ADMIN_VERB_TRACE_H
#define ADMIN_VERB_TRACE_H

#include <jangle/admin.h>

enum jangle_exit jn_run_trace(struct jangle_verb_call *call);

#endif
