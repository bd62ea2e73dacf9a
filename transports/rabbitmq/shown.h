/* shown.h - texts of the broker for people, and times for librabbitmq. */
#ifndef JN_RABBIT_SHOWN_H
#define JN_RABBIT_SHOWN_H

#include "rabbitmq/rabbit.h"

#include <sys/time.h>

/* The clock of the host. */
int64_t jn_rabbit_now_us(const struct jn_rabbit *rabbit);
int64_t jn_rabbit_after_ms(const struct jn_rabbit *rabbit, int64_t ms);

/* A text of the broker, for people. Returns the buffer. */
const char *jn_rabbit_shown(char *buffer, size_t size, amqp_bytes_t bytes);

/* How long it is until then: a millisecond at least. */
struct timeval jn_rabbit_time_until(const struct jn_rabbit *rabbit, int64_t until_us);

/* librabbitmq's writes wait for missing heartbeats alone. So the socket itself gives up
 * if the broker does not read for so long. */
void jn_rabbit_limit_writes(int file, const struct timeval *time);

#endif
