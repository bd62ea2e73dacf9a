/* engine.c - two programs with a Redis between them, in one process (brokers/engine.h).
 */
#include "brokers/engine.h"

#include "brokers/redis/server.h"

#include <jangle/transport/redis.h>

int main(void)
{
    struct redis_server *server = redis_server_start();
    const struct tested_broker broker = {.broker =
                                             jangle_redis(redis_server_url(server), NULL),
                                         .kill = redis_server_kill,
                                         .start_again = redis_server_start_again,
                                         .context = server};
    int failed = engine_try(&broker);

    redis_server_stop(server);
    return failed;
}
