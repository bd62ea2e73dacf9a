/* verb_sagas.h - the verb sagas: those that are open or wait for a person, and their
 * steps. */
#ifndef ADMIN_VERB_SAGAS_H
#define ADMIN_VERB_SAGAS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_sagas(struct jangle_verb_call *call);

#endif
