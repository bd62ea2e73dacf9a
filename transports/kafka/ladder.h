/* ladder.h - how long parcels wait for their next attempt, and in which topics. */
#ifndef JN_KAFKA_LADDER_H
#define JN_KAFKA_LADDER_H

#include "kafka/kafka.h"

/* The delay of a rung: 0, 1, 2... 0: there are no more. A queue with a delay of its own
 * has one rung. */
int64_t jn_kafka_ladder_delay(const struct jangle_queue *queue, size_t rung);

/* The lowest rung that is no shorter. */
int64_t jn_kafka_ladder_at_least(const struct jangle_queue *queue, int64_t ms);

/* The topic of a rung. False if its name is too long. */
bool jn_kafka_retry_name(char name[JN_KAFKA_NAME_SIZE],
                         const struct jangle_queue *queue,
                         int64_t delay_ms);

#endif
