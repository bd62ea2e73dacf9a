/* values.h - the values of AMQP headers as texts. */
#ifndef JN_RABBIT_VALUES_H
#define JN_RABBIT_VALUES_H

#include "rabbitmq/rabbit.h"

/* A text of `bytes` in `pool`; NULL: no memory. */
char *jn_rabbit_text(amqp_pool_t *pool, amqp_bytes_t bytes);

/* True if values of that kind are shown as texts. */
bool jn_rabbit_value_is_text(const amqp_field_value_t *value);

/* The value as a text in `pool`; NULL: no memory. */
char *jn_rabbit_value_text(amqp_pool_t *pool, const amqp_field_value_t *value);

/* The value as a number; `otherwise` if it is none. */
int64_t jn_rabbit_value_number(const amqp_field_value_t *value, int64_t otherwise);

#endif
