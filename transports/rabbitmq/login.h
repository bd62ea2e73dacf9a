/* login.h - a connection to one host, up to the login. */
#ifndef JN_RABBIT_LOGIN_H
#define JN_RABBIT_LOGIN_H

#include "rabbitmq/rabbit.h"

/* BUSY names the host and what was wrong with it; then the connection is still to be
 * dropped. */
enum jangle_result jn_rabbit_log_in(struct jn_rabbit *rabbit,
                                    struct jn_rabbit_connection *connection,
                                    const struct jn_rabbit_host *host,
                                    int64_t until_us,
                                    struct jangle_error *error);

#endif
