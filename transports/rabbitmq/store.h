/* store.h - petisco's store queue, which gets the messages of every type. */
#ifndef JN_RABBIT_STORE_H
#define JN_RABBIT_STORE_H

#include "rabbitmq/ladder.h"

/* A queue that is bound by patterns and has a retry topic. */
bool jn_rabbit_is_store(const struct jangle_queue *queue);

/* The name of dead letters: of a topic, or of a route. False if it is too long. */
bool jn_rabbit_store_dead(char name[JN_RABBIT_NAME_SIZE], const char *of);

#endif
