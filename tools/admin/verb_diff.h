/* verb_diff.h - the verb diff: where two stores part. */
#ifndef ADMIN_VERB_DIFF_H
#define ADMIN_VERB_DIFF_H

#include <jangle/admin.h>

enum jangle_exit jn_run_diff(struct jangle_verb_call *call);

#endif
