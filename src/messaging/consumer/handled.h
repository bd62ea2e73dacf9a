/* handled.h - what becomes of a received message when its handlers have returned, or were
 * not called. */
#ifndef JN_HANDLED_H
#define JN_HANDLED_H

#include "messaging/consumer/incoming.h"

/* Read `incoming->called`, which no thread works on any more. Either the message is
 * handled and is to be remembered, or its state is KNOWN, AGAIN or DEAD, or it stays in
 * hand: if it could not be claimed, as `unclaimed` then says, or if its attempt could not
 * be stored. Fails as the store does. */
enum jangle_result jn_handled_take_back(const struct jn_reader *reader,
                                        struct jn_incoming *incoming,
                                        struct jangle_error *unclaimed,
                                        struct jangle_error *error);

#endif
