/* command.h - what happens to a command: load, decide, commit; again if another won. */
#ifndef JN_COMMAND_H
#define JN_COMMAND_H

#include "command/sending.h"

/* jangle_send_, with a sent_with (may be NULL). */
enum jangle_result jn_send(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_message *type,
                           const void *data,
                           struct jn_sent_attachments *sent_with);

#endif
