/* pair.c - two programs with a broker between them, in one process. */
#include "brokers/pair.h"

/* Only so long that a test which hangs ends, also with a sanitizer. */
enum { WAIT_MS = 300000 };

static enum jangle_result note_event(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

const struct jangle_subscriber pair_watcher = {
    .name = "watcher",
    .handlers = JANGLE_HANDLERS({&coins_seen, note_event}, {&coins_put_in, note_event}),
    .start = JANGLE_FROM_FIRST,
};

void pair_init(struct neighbours *both, struct jangle_broker broker)
{
    static const struct jangle_clock system_clock;

    exchange_init(both, true);
    both->sender.config.host.clock = both->taker.config.host.clock = system_clock;
    both->sender.config.broker = both->taker.config.broker = broker;
    both->sender.config.workers = both->taker.config.workers = 2;
    both->sender.config.reconnect.max_delay_ms = 500;
    both->taker.config.reconnect.max_delay_ms = 500;
}

void pair_open(struct neighbours *both)
{
    struct jangle_error error;

    world_open(&both->taker, &pair_watcher, NULL);
    if (jangle_declare(both->taker.jangle, NULL, &error))
        fail_msg("%s", error.message);
    world_open(&both->sender, &exchange_forwarder, NULL);
}

void pair_send(struct neighbours *both, int from, int to)
{
    struct jangle_outcome outcome;

    for (int i = from; i < to; i++)
        assert_result(exchange_send(both, i, &outcome), JANGLE_OK);
}

void pair_wait(struct neighbours *both, int64_t position)
{
    struct jangle_error error;

    if (jangle_wait(both->taker.jangle, "watcher", position, WAIT_MS, &error))
        fail_msg("%s; %s; %s", error.message, endpoint_of(&both->taker, "watch").reason,
                 endpoint_of(&both->taker, "counter").reason);
}

void pair_pass_though_it_is_killed(struct neighbours *both,
                                   const struct tested_broker *broker,
                                   int events)
{
    int third = events / 3;

    pair_open(both);
    pair_send(both, 0, third);
    pair_wait(both, third / 2);
    assert_true(broker->kill(broker->context));
    pair_send(both, third, 2 * third);
    assert_true(broker->start_again(broker->context));
    pair_wait(both, 2 * third);
    world_close(&both->taker);
    pair_send(both, 2 * third, events);
    world_open(&both->taker, &pair_watcher, NULL);
    world_close(&both->sender);
    world_open(&both->sender, &exchange_forwarder, NULL);
    pair_wait(both, 2 * events);
    pair_assert_whole(both, events);
}

void pair_assert_whole(struct neighbours *both, int events)
{
    world_close(&both->sender);
    world_close(&both->taker);
    both->sender.config.workers = both->taker.config.workers = 0;
    world_open(&both->sender, &exchange_forwarder, NULL);
    world_open(&both->taker, NULL);
    exchange_assert_whole(both, events);
}
