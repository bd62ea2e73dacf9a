/* command.h - a command from jangle_send to its answer. */
#ifndef JN_COMMAND_H
#define JN_COMMAND_H

#include "command/attempt.h"

/* What jangle_send_ does; NULL: the program sends the command. */
enum jangle_result jn_send(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_message *type,
                           const void *data,
                           const struct jn_sender *sender);

/* Its parts, for whoever sends several commands together (round.h). `check` fills in what
 * the sender gave; on failure the command has its answer. `repeat` makes attempts until
 * one is no CONFLICT, with the lock of the aggregate held. `report` logs and counts the
 * answer. */
enum jangle_result jn_sending_check(struct jn_sending *sending,
                                    const struct jangle_envelope *envelope,
                                    const void *data);
enum jangle_result jn_sending_repeat(struct jn_sending *sending);
void jn_sending_report(struct jn_sending *sending, enum jangle_result result);

#endif
