/* verb_events.h - the verb events: searches the log, or one stream. */
#ifndef ADMIN_VERB_EVENTS_H
#define ADMIN_VERB_EVENTS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_events(struct jangle_verb_call *call);

#endif
