/* ladder.h - how long parcels wait for their next attempt, and what the queues are called
 * in which they do. */
#ifndef JN_RABBIT_LADDER_H
#define JN_RABBIT_LADDER_H

#include "rabbitmq/rabbit.h"

enum { JN_RABBIT_NAME_SIZE = 256 };

/* The queue has one retry queue, whose delay is always the same. */
bool jn_rabbit_retry_is_fixed(const struct jangle_queue *queue);

/* A queue of dead letters that is received from, as petisco's subscribers of dead letters
 * do: its retry queue belongs to the queue that the dead letters came from. */
bool jn_rabbit_is_dead_letters(const struct jangle_queue *queue);

/* The delays from the shortest on; 0 behind the longest. */
int64_t jn_rabbit_ladder_delay(size_t rung);

/* The shortest delay that is long enough; the longest for what is longer. */
int64_t jn_rabbit_ladder_at_least(int64_t ms);

/* What the retry queue for such a delay is called. False if the name is too long. */
bool jn_rabbit_retry_name(char name[JN_RABBIT_NAME_SIZE],
                          const struct jangle_queue *queue,
                          int64_t delay_ms);

#endif
