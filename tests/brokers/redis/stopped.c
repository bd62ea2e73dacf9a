/* stopped.c - two programs with a Redis between them that end at failpoints
 * (brokers/stopped.h). */
#include "brokers/stopped.h"

#include "brokers/redis/server.h"

#include <jangle/transport/redis.h>

int main(void)
{
    struct redis_server *server = redis_server_start();
    const struct tested_broker broker = {
        .broker = jangle_redis(redis_server_url(server), NULL), .context = server};
    int failed = stopped_try(&broker, EFFORT_REDIS_STOPPED);

    redis_server_stop(server);
    return failed;
}
