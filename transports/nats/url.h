/* url.h - the URLs of servers, and the options with their defaults. */
#ifndef JN_NATS_URL_H
#define JN_NATS_URL_H

#include "nats/jetstream.h"

/* INVALID says what is wrong, without a password; then there is nothing to finish. */
enum jangle_result jn_nats_settings_init(struct jn_nats_settings *settings,
                                         const struct jangle_allocator *allocator,
                                         const struct jangle_broker *broker,
                                         struct jangle_error *error);
void jn_nats_settings_finish(struct jn_nats_settings *settings,
                             const struct jangle_allocator *allocator);

/* "host:port" as the URL has them, without its user and password. */
const char *jn_nats_server_address(const struct jn_nats_server *server);

#endif
