/* neighbours.c - two programs and a hub between them. */
#include "support/domains/neighbours.h"

#include <jangle/plugin/support.h>

const struct jangle_publisher purse_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .start = JANGLE_FROM_FIRST,
};

const struct jangle_consumer purse_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
};

void neighbours_init(struct neighbours *neighbours, bool in_files)
{
    world_init(&neighbours->sender, in_files);
    world_init(&neighbours->taker, in_files);
    neighbours->hub = jangle_hub_open(&neighbours->sender.config.host);
    assert_non_null(neighbours->hub);
    neighbours->sender.config.broker = jangle_hub_broker(neighbours->hub);
    neighbours->sender.config.source = "purses";
    neighbours->taker.config.broker = jangle_hub_broker(neighbours->hub);
    neighbours->taker.config.aggregates = (struct jangle_aggregates){0};
}

void neighbours_finish(struct neighbours *neighbours)
{
    world_finish(&neighbours->sender);
    world_finish(&neighbours->taker);
    jangle_hub_close(neighbours->hub);
}

void publish_with(struct world *world, const struct jangle_publisher *publisher)
{
    world->publisher = publisher;
    world->config.publishers = (struct jangle_publishers){&world->publisher, 1};
}

void consume_with(struct world *world, const struct jangle_consumer *consumer)
{
    world->consumer = consumer;
    world->config.consumers = (struct jangle_consumers){&world->consumer, 1};
}

void neighbours_poll(struct neighbours *neighbours)
{
    int64_t done = 1;

    while (done) {
        done = 0;
        if (neighbours->sender.jangle)
            done += world_poll(&neighbours->sender);
        if (neighbours->taker.jangle)
            done += world_poll(&neighbours->taker);
    }
}

void neighbours_pass(struct neighbours *neighbours, int64_t ms)
{
    world_pass(&neighbours->sender, ms);
    world_pass(&neighbours->taker, ms);
}

void neighbours_wait_a_moment(void)
{
    jn_pause_until(jn_monotonic_after_ms(1));
}

static enum jangle_result read_reason(void *context,
                                      const struct jangle_dead_letter *letter)
{
    struct jangle_error *reason = context;

    assert_true(letter->dead);
    assert_int_equal(letter->attempts, 1);
    snprintf(reason->message, sizeof reason->message, "%s", letter->reason);
    return JANGLE_OK;
}

struct jangle_error reason_of_dead(struct world *world, const char *subscriber)
{
    struct jangle_error reason = {0};

    assert_result(
        jangle_parked_visit(world->jangle, subscriber, read_reason, &reason, NULL),
        JANGLE_OK);
    return reason;
}

struct jangle_endpoint_stats endpoint_of(struct world *world, const char *name)
{
    struct jangle_endpoint_stats stats;

    assert_result(jangle_measure_endpoint(world->jangle, name, &stats, &world->error),
                  JANGLE_OK);
    return stats;
}
