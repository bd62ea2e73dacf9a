/* offsets.h - the offsets from which an attached queue goes on. */
#ifndef JN_KAFKA_OFFSETS_H
#define JN_KAFKA_OFFSETS_H

#include "kafka/kafka.h"

/* Let each log go on behind the offset that is given for it. INVALID: the log does not
 * have that offset, or is another one of the same name. */
enum jangle_result jn_kafka_take_offsets(struct jn_kafka *kafka,
                                         struct jn_kafka_attached *attached,
                                         const struct jangle_log_offset *offsets,
                                         size_t count,
                                         struct jangle_error *error);

#endif
