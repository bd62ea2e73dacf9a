/* verb_streams.h - the verb streams: lists streams. */
#ifndef ADMIN_VERB_STREAMS_H
#define ADMIN_VERB_STREAMS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_streams(struct jangle_verb_call *call);

#endif
