/* chaotic.c - two programs with a Redis and chaos between them (brokers/chaotic.h). */
#include "brokers/chaotic.h"

#include "brokers/redis/server.h"

#include <jangle/transport/redis.h>

int main(void)
{
    struct redis_server *server = redis_server_start();
    const struct tested_broker broker = {
        .broker = jangle_redis(redis_server_url(server), NULL), .context = server};
    int failed = chaotic_try(&broker, EFFORT_REDIS_CHAOS);

    redis_server_stop(server);
    return failed;
}
