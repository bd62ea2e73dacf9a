/* arguments.h - what was typed behind a verb. */
#ifndef ADMIN_ARGUMENTS_H
#define ADMIN_ARGUMENTS_H

#include "admin/call.h"

/* Read the words behind the verb into the call: options, the store, arguments. False:
 * they are wrong, and stderr says what is. */
bool jn_arguments_read(struct jangle_verb_call *call, int count, char *const *words);

/* May the store be an argument of its own, and not only come from elsewhere? */
bool jn_arguments_have_file(const struct jangle_admin *admin,
                            const struct jangle_verb *verb);

#endif
