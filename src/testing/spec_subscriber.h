/* spec_subscriber.h - given and when for subscribers: one event to its handler, as the
 * engine hands it over; a question to its answerer. Its log stays empty. */
#ifndef JN_SPEC_SUBSCRIBER_H
#define JN_SPEC_SUBSCRIBER_H

#include "testing/spec.h"

enum jangle_result jn_spec_subscriber_init(struct jangle_spec *spec,
                                           const struct jangle_subscriber *subscriber,
                                           struct jangle_error *error);
void jn_spec_subscriber_finish(struct jangle_spec *spec);

/* An event that was handled already, and well; one that comes now. */
void jn_spec_handle_before(struct jangle_here here,
                           const struct jn_spec_message *message);
void jn_spec_handle(struct jangle_here here, const struct jn_spec_message *message);

/* The last event comes again. */
void jn_spec_handle_again(struct jangle_here here);

#endif
