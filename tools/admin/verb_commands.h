/* verb_commands.h - the verb commands: what is stored of a command id. */
#ifndef ADMIN_VERB_COMMANDS_H
#define ADMIN_VERB_COMMANDS_H

#include <jangle/admin.h>

enum jangle_exit jn_run_commands(struct jangle_verb_call *call);

#endif
