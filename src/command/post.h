/* post.h - a message for another program is stored, for a publisher to publish. */
#ifndef JN_POST_H
#define JN_POST_H

#include "command/commit.h"
#include "core/engine.h"

/* What jangle_post_ does; NULL: the program posts the message. */
enum jangle_result jn_post(struct jangle *jangle,
                           struct jangle_outcome *outcome,
                           const struct jangle_envelope *envelope,
                           const struct jangle_publisher *publisher,
                           const struct jangle_message *type,
                           const void *data,
                           const struct jn_sender *sender);

/* Write what jn_post would store, in the arena, for whoever stores it together with
 * something else; the envelope has a command_id. The result is in the outcome, too. */
enum jangle_result jn_post_write(struct jangle *jangle,
                                 struct jangle_arena *arena,
                                 struct jangle_outcome *outcome,
                                 const struct jangle_envelope *envelope,
                                 const struct jangle_publisher *publisher,
                                 const struct jangle_message *type,
                                 const void *data,
                                 struct jangle_record *record);

#endif
