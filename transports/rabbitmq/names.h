/* names.h - topics and queues that were seen to exist. */
#ifndef JN_RABBIT_NAMES_H
#define JN_RABBIT_NAMES_H

#include "rabbitmq/rabbit.h"

/* Names that were seen to exist since the connection was made. */
bool jn_rabbit_knows(const struct jn_rabbit_connection *connection, const char *name);
enum jangle_result jn_rabbit_learn(struct jn_rabbit_connection *connection,
                                   const struct jangle_allocator *allocator,
                                   const char *name,
                                   struct jangle_error *error);
void jn_rabbit_forget_names(struct jn_rabbit_connection *connection,
                            const struct jangle_allocator *allocator);

#endif
