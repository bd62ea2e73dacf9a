/* url.h - the URLs of brokers, and the options with their defaults. */
#ifndef JN_RABBIT_URL_H
#define JN_RABBIT_URL_H

#include "rabbitmq/rabbit.h"

/* INVALID says what is wrong, and never shows a password. If this fails, there is nothing
 * to finish. */
enum jangle_result jn_rabbit_settings_init(struct jn_rabbit_settings *settings,
                                           const struct jangle_allocator *allocator,
                                           const struct jangle_broker *broker,
                                           struct jangle_error *error);
void jn_rabbit_settings_finish(struct jn_rabbit_settings *settings,
                               const struct jangle_allocator *allocator);

#endif
