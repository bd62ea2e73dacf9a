/* spec_subscriber.h - given and when for subscribers: an event is handed to its handler
 * as the engine does, and a question to its answerer. */
#ifndef JN_SPEC_SUBSCRIBER_H
#define JN_SPEC_SUBSCRIBER_H

#include "testing/spec.h"

/* Open an instance that has that subscriber alone. Fails as jangle_open. */
enum jangle_result jn_spec_subscriber_init(struct jangle_spec *spec,
                                           const struct jangle_subscriber *subscriber,
                                           struct jangle_error *error);
void jn_spec_subscriber_finish(struct jangle_spec *spec);

/* Hand over an event that has happened: its handler must not fail, and the commands that
 * it sends need no `then`. */
void jn_spec_handle_before(struct jangle_here here,
                           const struct jn_spec_message *message);

/* Hand over an event that comes now. */
void jn_spec_handle(struct jangle_here here, const struct jn_spec_message *message);

/* Hand the last event over again. */
void jn_spec_handle_again(struct jangle_here here);

#endif
