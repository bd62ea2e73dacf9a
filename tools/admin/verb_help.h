/* verb_help.h - the verbs that need no store: help and completion. */
#ifndef ADMIN_VERB_HELP_H
#define ADMIN_VERB_HELP_H

#include <jangle/admin.h>

enum jangle_exit jn_run_completion(struct jangle_verb_call *call);
enum jangle_exit jn_run_help(struct jangle_verb_call *call);

#endif
