/* redis.c - Redis as a broker of jangle: its descriptor, opening and closing. */
#include "redis/attached.h"
#include "redis/declare.h"
#include "redis/held.h"
#include "redis/link.h"
#include "redis/memory.h"
#include "redis/publish.h"
#include "redis/receive.h"
#include "redis/remove.h"
#include "redis/settle.h"
#include "redis/url.h"
#include "redis/wake.h"

#include <unistd.h>

/* ---- closing ------------------------------------------------------------------------
 */

static void free_transport(struct jn_redis *redis)
{
    jn_redis_attached_finish(redis);
    jn_redis_held_finish(redis);
    jn_redis_link_close(&redis->talking);
    jn_redis_link_close(&redis->waiting);
    jn_redis_url_finish(&redis->settings, &redis->allocator);
    jn_redis_wake_finish(redis);
    jn_free(&redis->allocator, redis->parcels);
    jn_free(&redis->allocator, redis->name);
    jn_free(&redis->allocator, redis);
}

/* A child that fork made has the same sockets, and must not write to them. */
static void close_transport(struct jangle_transport *transport)
{
    struct jn_redis *redis = (struct jn_redis *)transport;

    if (redis->process == getpid())
        jn_redis_attached_leave(redis);
    free_transport(redis);
}

/* A script is carried out, and written down, completely or not at all, so a stream keeps
 * a beginning of what a call published. */
static const struct jangle_transport_ops redis_ops = {
    .abi = 1,
    .name = "redis",
    .keeps_prefix = true,
    .body_bytes = JN_REDIS_BODY_BYTES,
    .declare_topic = jn_redis_declare_topic,
    .declare_queue = jn_redis_declare_queue,
    .publish = jn_redis_publish,
    .attach = jn_redis_attached_attach,
    .detach = jn_redis_attached_detach,
    .receive = jn_redis_receive,
    .settle = jn_redis_settle,
    .tend = jn_redis_receive_tend,
    .wake = jn_redis_wake,
    .count = jn_redis_remove_count,
    .purge = jn_redis_remove_purge,
    .remove_queue = jn_redis_remove_queue,
    .remove_topic = jn_redis_remove_topic,
    .close = close_transport,
    .standing_by = jn_redis_receive_standing_by};

/* ---- opening ----------------------------------------------------------------------- */

static enum jangle_result init_transport(struct jn_redis *redis,
                                         const struct jangle_broker *broker,
                                         const char *name,
                                         struct jangle_error *error)
{
    enum jangle_result result =
        jn_redis_url_settings(&redis->settings, &redis->allocator, broker, error);

    if (result)
        return result;
    redis->transport.ops = &redis_ops;
    redis->name = jn_copy_text(&redis->allocator, name ? name : "jangle");
    if (!redis->name)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    return jn_redis_wake_init(redis, error);
}

static enum jangle_result open_transport(const struct jangle_broker *broker,
                                         const struct jangle_host *host,
                                         const char *name,
                                         struct jangle_transport **transport,
                                         struct jangle_error *error)
{
    struct jangle_allocator allocator =
        host->allocator.resize ? host->allocator : jn_redis_memory_system;
    struct jn_redis *redis = jn_new(&allocator, sizeof *redis);
    enum jangle_result result;

    *transport = NULL;
    if (!redis)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a transport");
    redis->host = host;
    redis->allocator = allocator;
    redis->process = getpid();
    redis->loses = "lose parcels";
    redis->is_broker = true;
    redis->woken[0] = redis->woken[1] = -1;
    redis->talking.file = redis->waiting.file = -1;
    jn_redis_held_init(redis);
    result = init_transport(redis, broker, name, error);
    if (result)
        free_transport(redis);
    else
        *transport = &redis->transport;
    return result;
}

struct jangle_broker jangle_redis(const char *url,
                                  const struct jangle_redis_options *options)
{
    return (struct jangle_broker){.url = url, .options = options, .open = open_transport};
}
