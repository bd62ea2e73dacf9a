/* settings.h - the options of a broker, checked, and as librdkafka has them. */
#ifndef JN_KAFKA_SETTINGS_H
#define JN_KAFKA_SETTINGS_H

#include "kafka/kafka.h"

/* INVALID says which option or setting is wrong, and shows no value. Finish it in any
 * case. */
enum jangle_result jn_kafka_settings_init(struct jn_kafka_settings *settings,
                                          const struct jangle_allocator *allocator,
                                          const struct jangle_broker *broker,
                                          struct jangle_error *error);
void jn_kafka_settings_finish(struct jn_kafka_settings *settings);

#endif
