/* command.h - a command from jangle_send to its answer. */
#ifndef JN_COMMAND_H
#define JN_COMMAND_H

#include "command/sending.h"

/* What jangle_send_ does, with something that is stored in the same commit as the events
 * of the command (may be NULL). */
enum jangle_result jn_send(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_message *type,
                           const void *data,
                           struct jn_sent_attachments *sent_with);

#endif
