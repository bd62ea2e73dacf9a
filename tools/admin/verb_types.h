/* verb_types.h - the verb types: what the programs of a store are made of. */
#ifndef ADMIN_VERB_TYPES_H
#define ADMIN_VERB_TYPES_H

#include <jangle/admin.h>

enum jangle_exit jn_run_types(struct jangle_verb_call *call);

#endif
