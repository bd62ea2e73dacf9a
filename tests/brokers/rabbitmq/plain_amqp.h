/* plain_amqp.h - another program at the broker, which uses librabbitmq alone. */
#ifndef PLAIN_AMQP_H
#define PLAIN_AMQP_H

#include "brokers/rabbitmq/server.h"

#include <amqp.h>
#include <amqp_framing.h>

/* Connected, with channel 1 open. */
amqp_connection_state_t plain_connect(const struct rabbitmq_server *server);
void plain_close(amqp_connection_state_t state);

/* The last call was answered, and not refused. */
void plain_assert_answered(amqp_connection_state_t state);

/* Publish, and wait until the broker has done it. `properties` may be NULL. */
void plain_publish(amqp_connection_state_t state,
                   const char *exchange,
                   const char *key,
                   const amqp_basic_properties_t *properties,
                   amqp_bytes_t body);

void plain_remove_queue(amqp_connection_state_t state, const char *queue);

/* Move one message, which is there, to another queue, with all its headers. */
void plain_move(amqp_connection_state_t state, const char *from, const char *to);

/* How many messages wait in a queue, which exists. */
int plain_count(amqp_connection_state_t state, const char *queue);

amqp_table_entry_t plain_entry(const char *name, amqp_field_value_t value);
amqp_field_value_t plain_text(const char *text);

#endif
