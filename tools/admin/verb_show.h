/* verb_show.h - the verb show: one thing with everything that is known of it. */
#ifndef ADMIN_VERB_SHOW_H
#define ADMIN_VERB_SHOW_H

#include <jangle/admin.h>

enum jangle_exit jn_run_show(struct jangle_verb_call *call);

#endif
