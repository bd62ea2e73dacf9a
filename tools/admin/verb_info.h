/* verb_info.h - the verb info: what the store is. */
#ifndef ADMIN_VERB_INFO_H
#define ADMIN_VERB_INFO_H

#include <jangle/admin.h>

enum jangle_exit jn_run_info(struct jangle_verb_call *call);

#endif
