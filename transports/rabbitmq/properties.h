/* properties.h - headers and other properties of messages: those of a parcel that goes
 * out, of a delivery that came in, and of its copies. */
#ifndef JN_RABBIT_PROPERTIES_H
#define JN_RABBIT_PROPERTIES_H

#include "rabbitmq/rabbit.h"

/* All is made in `pool`, and borrows the texts of the parcel. INVALID: something is too
 * large for AMQP. */
enum jangle_result jn_rabbit_properties_write(amqp_pool_t *pool,
                                              const struct jangle_parcel *parcel,
                                              amqp_basic_properties_t *properties,
                                              struct jangle_error *error);

/* Fill in the delivery's parcel and `attempt` from its properties. */
enum jangle_result jn_rabbit_properties_read(struct jn_rabbit_delivery *delivery,
                                             struct jangle_error *error);

/* What a copy says that the original did not. */
struct jn_rabbit_copy {
    int attempts;       /* that were made */
    bool dead;          /* else it waits for another attempt */
    const char *reason; /* of a dead one; may be NULL */
};

/* The properties of a copy: those of the delivery as they came, without what must not be
 * copied. */
enum jangle_result jn_rabbit_properties_copy(amqp_pool_t *pool,
                                             const struct jn_rabbit_delivery *delivery,
                                             const struct jn_rabbit_copy *copy,
                                             amqp_basic_properties_t *properties,
                                             struct jangle_error *error);

#endif
