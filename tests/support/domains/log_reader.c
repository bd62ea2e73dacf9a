/* log_reader.c - the neighbours at a hub whose queues are logs, and a stranger. */
#include "support/domains/log_reader.h"

#include "core/engine.h"

#include <jangle/plugin/store.h>

struct log_reader reader;

static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &reader.heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

void log_reader_use_logs(void)
{
    reader.both.sender.config.broker = reader.both.taker.config.broker =
        jangle_hub_log_broker(reader.both.hub);
}

void log_reader_open(void)
{
    world_open(&reader.both.taker, &listener, NULL);
    neighbours_poll(&reader.both);
}

void log_reader_open_stranger(void)
{
    test_host_init(&reader.elsewhere);
    reader.stranger.transport = open_transport(reader.both.taker.config.broker,
                                               &reader.elsewhere.host, "stranger");
}

void log_reader_open_all(bool in_files)
{
    reader.heard = (struct follower){0};
    neighbours_init(&reader.both, in_files);
    log_reader_use_logs();
    publish_with(&reader.both.sender, &purse_news);
    consume_with(&reader.both.taker, &purse_watch);
    log_reader_open();
    world_open(&reader.both.sender, NULL);
    log_reader_open_stranger();
}

void log_reader_close_all(void)
{
    stranger_finish(&reader.stranger);
    neighbours_finish(&reader.both);
    follower_clear(&reader.heard);
}

void log_reader_publish(int count)
{
    world_put_many(&reader.both.sender, count, 2);
    world_poll(&reader.both.sender);
}

void log_reader_send_good(const char *id)
{
    stranger_send(&reader.stranger, "watch",
                  (struct stranger_says){.id = id, .key = "k"});
}

void log_reader_send_bad(void)
{
    stranger_send_parcel(
        &reader.stranger, "watch",
        (struct jangle_parcel){.content_type = "application/cloudevents+json",
                               .body = "{nonsense"});
}

struct jangle_endpoint_stats log_reader_figures(void)
{
    return endpoint_of(&reader.both.taker, "watch");
}

size_t log_reader_count_dead(void)
{
    struct received received;

    attach(reader.stranger.transport, "watch.dead");
    received = receive(reader.stranger.transport, 100);
    reader.stranger.transport->ops->detach(reader.stranger.transport, "watch.dead", NULL);
    for (size_t i = 0; i < received.count; i++)
        (void)settle_one(reader.stranger.transport, &received.parcels[i],
                         (struct jangle_settlement){.disposition = JANGLE_TAKEN});
    return received.count;
}

int64_t log_reader_offset(void)
{
    struct jangle_store *store = reader.both.taker.jangle->store;
    struct jangle_checkpoint checkpoint = {0};

    (void)store->ops->find_checkpoint(store, LOG_OF_QUEUE, &checkpoint, NULL);
    return checkpoint.position;
}
