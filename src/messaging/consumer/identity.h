/* identity.h - the id of a received message, and the stream that it belongs to. */
#ifndef JN_IDENTITY_H
#define JN_IDENTITY_H

#include "messaging/consumer/incoming.h"

/* Fill in the id of a message whose contents are read, its fingerprint, and its stream.
 * Out of memory, the arena says so. */
void jn_incoming_identify(struct jn_reader *reader,
                          struct jangle_arena *arena,
                          struct jn_incoming *incoming);

#endif
