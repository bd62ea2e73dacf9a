/* hub.c - what a row does that publishes and takes messages through a hub: two files in
 * one process, and no other broker. */
#include "domain.h"
#include "rows/messages.h"

#include <stdio.h>
#include <stdlib.h>

enum { STREAM_EVENTS = 5 };

struct through {
    struct jangle_hub *hub;
    struct jangle *sender, *taker;
};

/* The sender's store is full, and the taker's is new. */
void hub_set_up(struct bench_work *work)
{
    static const struct jangle_host host;
    struct through *through = work->state = bench_new(sizeof *through);
    struct jangle_config taker = domain_config(work);
    struct jangle_error error;
    char path[4096];

    messages_store(work, work->count, work->count / STREAM_EVENTS);
    if (snprintf(path, sizeof path, "%s-taker", work->path) >= (int)sizeof path)
        bench_die(work->path, "this path is too long");
    through->hub = jangle_hub_open(&host);
    if (!through->hub)
        bench_die("jangle_hub_open", "there is too little memory");
    taker.aggregates = (struct jangle_aggregates){0};
    taker.storage = jangle_sqlite(path);
    taker.broker = jangle_hub_broker(through->hub);
    taker.consumers = (struct jangle_consumers)JANGLE_CONSUMERS(&messages_events);
    taker.workers = 1;
    through->taker = domain_start(&taker);
    if (jangle_declare(through->taker, NULL, &error))
        bench_die("jangle_declare", error.message);
}

void hub_run(struct bench_work *work)
{
    struct through *through = work->state;
    struct jangle_config sender = domain_config(work);

    sender.broker = jangle_hub_broker(through->hub);
    sender.publishers = (struct jangle_publishers)JANGLE_PUBLISHERS(&messages_publisher);
    sender.source = "bench";
    sender.workers = 1;
    through->sender = domain_start(&sender);
    messages_wait_published(through->sender);
    messages_wait_taken(through->taker, work->count);
    work->sample.count = work->count;
}

void hub_tear_down(struct bench_work *work)
{
    struct through *through = work->state;

    messages_check_taken(through->taker, work->count);
    domain_close(through->sender);
    domain_close(through->taker);
    jangle_hub_close(through->hub);
    free(through);
}
