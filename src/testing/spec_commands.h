/* spec_commands.h - the commands of a saga or a handler that is tried: checked, shown
 * to `then`, and answered as it was told. */
#ifndef JN_SPEC_COMMANDS_H
#define JN_SPEC_COMMANDS_H

#include "testing/spec.h"

/* Show a command to `then`, and answer it as the spec was told. */
enum jangle_result jn_spec_answer_command(struct jangle_spec *spec,
                                          struct jangle_outcome *outcome,
                                          const struct jangle_message *type,
                                          const void *data);

#endif
