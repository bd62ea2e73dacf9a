/* clock.h - the clock of the host, by which delays go. Waits for librdkafka go by the
 * system's (jn_monotonic_us), because librdkafka itself waits by that. */
#ifndef JN_KAFKA_CLOCK_H
#define JN_KAFKA_CLOCK_H

#include "kafka/kafka.h"

/* Microseconds that only grow. */
int64_t jn_kafka_now_us(const struct jn_kafka *kafka);

/* Milliseconds until that moment of the system's clock, rounded up; 0: it is past. At
 * most `most`. */
int jn_kafka_ms_until(int64_t until_us, int most);

/* Milliseconds since 1970, on the clock of the host. */
int64_t jn_kafka_wall_ms(const struct jn_kafka *kafka);

#endif
