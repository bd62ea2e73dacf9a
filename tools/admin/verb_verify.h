/* verb_verify.h - the verb verify: checks what the files of a store can show. */
#ifndef ADMIN_VERB_VERIFY_H
#define ADMIN_VERB_VERIFY_H

#include <jangle/admin.h>

enum jangle_exit jn_run_verify(struct jangle_verb_call *call);

#endif
