/* threads.c - programs of several threads with a Redis between them
 * (brokers/threads.h). */
#include "brokers/threads.h"

#include "brokers/redis/server.h"

#include <jangle/transport/redis.h>

int main(void)
{
    struct redis_server *server = redis_server_start();
    const struct tested_broker broker = {
        .broker = jangle_redis(redis_server_url(server), NULL), .context = server};
    int failed = threads_try(&broker);

    redis_server_stop(server);
    return failed;
}
