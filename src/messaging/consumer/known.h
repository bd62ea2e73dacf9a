/* known.h - was a message done before? The store keeps the id of each message with a hash
 * of its contents. */
#ifndef JN_KNOWN_H
#define JN_KNOWN_H

#include "messaging/consumer/incoming.h"

/* Look for an id of the message in the store. If it is there, the state becomes KNOWN; or
 * DEAD, if it was stored for other contents. If it is not there, the state stays as it
 * is. Any other result than OK: the store is in trouble. */
enum jangle_result jn_known_find(const struct jn_reader *reader,
                                 struct jn_incoming *incoming,
                                 const char *id,
                                 struct jangle_error *error);

/* The store has a receipt under an id of the message. True: it is for these contents. Or
 * else the state becomes DEAD. */
bool jn_known_check(struct jn_incoming *incoming, const struct jangle_receipt *receipt);

#endif
