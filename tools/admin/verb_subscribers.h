/* verb_subscribers.h - the verbs subscribers and views: how far each of them is. */
#ifndef ADMIN_VERB_SUBSCRIBERS_H
#define ADMIN_VERB_SUBSCRIBERS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_subscribers(struct jangle_verb_call *call);
enum jangle_exit jn_run_views(struct jangle_verb_call *call);

#endif
