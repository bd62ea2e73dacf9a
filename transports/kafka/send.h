/* send.h - messages are sent, and their confirms are waited for. */
#ifndef JN_KAFKA_SEND_H
#define JN_KAFKA_SEND_H

#include "kafka/message.h"

/* Send those whose result is UNKNOWN, until then; each gets its result, as of TR-3. The
 * call returns as `publish` does. */
enum jangle_result jn_kafka_send(struct jn_kafka *kafka,
                                 struct jn_kafka_message *messages,
                                 size_t count,
                                 int64_t until_us,
                                 struct jangle_error *error);

jangle_transport_publish_fn jn_kafka_publish;

#endif
