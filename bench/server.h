/* server.h - how the benchmark starts a broker of one kind. */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>

struct server {
    const char *variable; /* by it, processes that do single rounds find the broker */
    const char *(*missing)(void); /* a sentence; NULL: it can be started. May be NULL */
    const char *(*start)(void);   /* returns its URL, which lives as long as it runs */
    void (*stop)(void);           /* if it was started */
    bool each_round;              /* each round starts its own */
};

/* Those whose library was found. */
extern const struct server server_rabbitmq, server_nats, server_redis, server_kafka;

#endif
