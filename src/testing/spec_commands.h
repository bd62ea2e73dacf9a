/* spec_commands.h - the commands that a saga or a handler sends in a spec: they are
 * checked, shown to `then`, and answered as the test has given. */
#ifndef JN_SPEC_COMMANDS_H
#define JN_SPEC_COMMANDS_H

#include "testing/spec.h"

/* A turn with this function sends to nobody: the spec, which is the turn's context,
 * answers. */
jn_turn_send_fn jn_spec_send_from_turn;

/* Show a command to `then`, and answer it as jangle_given_answer has said. */
enum jangle_result jn_spec_answer_command(struct jangle_spec *spec,
                                          struct jangle_outcome *outcome,
                                          const struct jangle_message *type,
                                          const void *data);

#endif
