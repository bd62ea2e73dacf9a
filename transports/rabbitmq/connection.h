/* connection.h - a connection to the broker: made when it is needed, dropped when it is
 * in doubt. */
#ifndef JN_RABBIT_CONNECTION_H
#define JN_RABBIT_CONNECTION_H

#include "rabbitmq/rabbit.h"

/* Connect, if it is not connected: the hosts are tried in turn. BUSY names the host and
 * what was wrong with it. */
enum jangle_result jn_rabbit_connect(struct jn_rabbit *rabbit,
                                     struct jn_rabbit_connection *connection,
                                     int64_t until_us,
                                     struct jangle_error *error);

/* Close it politely, so that the broker reads what was sent before. */
void jn_rabbit_leave(struct jn_rabbit_connection *connection,
                     const struct jangle_allocator *allocator);

/* Close it at once, and say nothing. */
void jn_rabbit_drop(struct jn_rabbit_connection *connection,
                    const struct jangle_allocator *allocator);

/* Forget it in a child that fork made: what TLS would still say goes nowhere. */
void jn_rabbit_disown(struct jn_rabbit_connection *connection,
                      const struct jangle_allocator *allocator);

/* The next frame of the broker. TIMEOUT: there is none until then. CANCELLED: a `wake`
 * came, if `may_be_woken`. BUSY: the connection broke, and is still to be dropped. */
enum jangle_result jn_rabbit_frame(const struct jn_rabbit *rabbit,
                                   struct jn_rabbit_connection *connection,
                                   int64_t until_us,
                                   bool may_be_woken,
                                   amqp_frame_t *frame,
                                   struct jangle_error *error);

/* What channel 0 says: an alarm, its end, or the end of the connection, which is BUSY. */
enum jangle_result jn_rabbit_notice(struct jn_rabbit_connection *connection,
                                    const amqp_frame_t *frame,
                                    struct jangle_error *error);

/* Of the call that librabbitmq made last: OK, or what the broker answered. NOT_FOUND,
 * INVALID and others leave the connection as it is, and the channel closed at both ends.
 * BUSY: the connection broke or is too slow; it was dropped. `what` is what was asked. */
enum jangle_result jn_rabbit_answer(struct jn_rabbit *rabbit,
                                    struct jn_rabbit_connection *connection,
                                    amqp_channel_t channel,
                                    const char *what,
                                    struct jangle_error *error);

/* How long the next call of librabbitmq may take. */
void jn_rabbit_limit(const struct jn_rabbit *rabbit,
                     struct jn_rabbit_connection *connection,
                     int64_t until_us);

/* The broker closed a channel unasked: BUSY, with what it said. */
enum jangle_result jn_rabbit_channel_closed(const amqp_channel_close_t *closed,
                                            const char *what,
                                            struct jangle_error *error);

/* Open the channel for questions. */
enum jangle_result jn_rabbit_ask(struct jn_rabbit *rabbit,
                                 struct jn_rabbit_connection *connection,
                                 int64_t until_us,
                                 struct jangle_error *error);

#endif
