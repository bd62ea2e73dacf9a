/* stranger.c - another program at the hub of the neighbours. */
#include "support/domains/stranger.h"

#include "core/engine.h"

#include <jangle/plugin/store.h>

void stranger_init(struct stranger *stranger, struct neighbours *neighbours)
{
    stranger->transport =
        open_transport(jangle_hub_broker(neighbours->hub),
                       &neighbours->taker.jangle->backend_host, "stranger");
}

void stranger_finish(struct stranger *stranger)
{
    stranger->transport->ops->close(stranger->transport);
}

void stranger_send_parcel(struct stranger *stranger,
                          const char *queue,
                          struct jangle_parcel parcel)
{
    parcel.queue = queue;
    if (parcel.body && !parcel.body_size)
        parcel.body_size = strlen(parcel.body);
    assert_result(publish_one(stranger->transport, parcel), JANGLE_OK);
}

void stranger_send(struct stranger *stranger,
                   const char *queue,
                   struct stranger_says says)
{
    static int ids;
    static char body[1 << 16];
    char id[24];
    int size;

    snprintf(id, sizeof id, "stranger-%d", ++ids);
    size =
        snprintf(body, sizeof body,
                 "{\"specversion\":\"1.0\",\"source\":\"/stranger\",\"id\":\"%s\","
                 "\"type\":\"%s\",%s%s%s%s%s\"data\":%s}",
                 says.id ? says.id : id, says.type ? says.type : "coins_put_in",
                 says.key ? "\"partitionkey\":\"" : "", says.key ? says.key : "",
                 says.key ? "\"," : "", says.more ? says.more : "", says.more ? "," : "",
                 says.data ? says.data : "{\"amount\":1,\"total\":1}");
    assert_true(size > 0 && (size_t)size < sizeof body);
    stranger_send_parcel(stranger, queue,
                         (struct jangle_parcel){
                             .content_type = "application/cloudevents+json",
                             .key = says.key,
                             .body = body,
                         });
}

void stranger_send_many(struct stranger *stranger, const char *queue, int count)
{
    for (int i = 0; i < count; i++)
        stranger_send(stranger, queue, (struct stranger_says){0});
}

void stranger_expect_dead(struct stranger *stranger,
                          const char *queue,
                          const char *reason)
{
    stranger_expect_dead_after(stranger, queue, reason, "1");
}

void stranger_expect_dead_after(struct stranger *stranger,
                                const char *queue,
                                const char *reason,
                                const char *attempts)
{
    struct jangle_transport *transport = stranger->transport;
    char dead[64];
    struct received received;

    snprintf(dead, sizeof dead, "%s.dead", queue);
    attach(transport, dead);
    received = receive(transport, 1);
    if (!received.count)
        fail_msg("no dead letter: %s", reason);
    assert_string_equal(header_of(received.parcels, "jangle-reason"), reason);
    assert_string_equal(header_of(received.parcels, "jangle-queue"), queue);
    assert_string_equal(header_of(received.parcels, "jangle-attempts"), attempts);
    take(transport, received.parcels);
    assert_result(transport->ops->detach(transport, dead, NULL), JANGLE_OK);
}

int64_t stranger_count(struct stranger *stranger, const char *queue)
{
    return count_in(stranger->transport, queue);
}

int64_t stored_in(struct world *world, const char *consumer, const char *stream)
{
    struct jangle_store *store = world->jangle->store;
    int64_t version = -1;

    assert_result(
        store->ops->stream_head(store, consumer, stream, &version, &world->error),
        JANGLE_OK);
    return version;
}
