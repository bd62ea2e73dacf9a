/* declare.h - topics and queues are made at the broker. */
#ifndef JN_RABBIT_DECLARE_H
#define JN_RABBIT_DECLARE_H

#include "rabbitmq/ladder.h"

jangle_transport_declare_topic_fn jn_rabbit_declare_topic;
jangle_transport_declare_queue_fn jn_rabbit_declare_queue;

/* The queue in which a parcel waits for its next attempt: made, if it is not there. */
enum jangle_result jn_rabbit_need_retry(struct jn_rabbit *rabbit,
                                        struct jn_rabbit_attached *attached,
                                        int64_t delay_ms,
                                        char name[JN_RABBIT_NAME_SIZE],
                                        int64_t until_us,
                                        struct jangle_error *error);

#endif
