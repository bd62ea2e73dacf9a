/* filtered.c - rows: a subscriber that wants one event in a hundred, by a pattern, and
 * one that gets them all. */
#include "domain.h"
#include "rows.h"

#include <jangle/pattern.h>

#include <stdio.h>

enum { EVENTS = 100 }; /* of an account, of which the last one is wanted */

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber wants_few = {
    .name = "few",
    .handlers = JANGLE_HANDLERS({&deposited, see}),
    .where = JANGLE_PATTERN("entry: gte(100), amount: gt(0)"),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_subscriber wants_all = {
    .name = "all",
    .handlers = JANGLE_HANDLERS({&deposited, see}),
    .start = JANGLE_FROM_FIRST,
};

/* Events that nobody has handled yet. */
static void set_up(struct bench_work *work, const struct jangle_subscriber *subscriber)
{
    struct jangle *app = work->state = domain_open(work, subscriber, NULL);
    char id[24];

    for (int64_t i = 0; i < work->count; i += EVENTS) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        domain_send(app, fill, .account_id = id, .count = EVENTS);
    }
}

static void set_up_few(struct bench_work *work)
{
    set_up(work, &wants_few);
}

static void set_up_all(struct bench_work *work)
{
    set_up(work, &wants_all);
}

/* All that were prepared, because few of them are delivered and can be counted. */
static void run(struct bench_work *work)
{
    int64_t done;

    do
        if (jangle_poll(work->state, &done, NULL))
            bench_die("jangle_poll", "it has failed");
    while (done);
    work->sample.count = (work->count + EVENTS - 1) / EVENTS * EVENTS;
}

static void tear_down(struct bench_work *work)
{
    struct jangle_stats stats;

    jangle_measure(work->state, &stats);
    if (stats.deliveries * EVENTS < work->sample.count)
        bench_die("filtered", "an event that is wanted was not delivered");
    domain_close(work->state);
}

const struct bench_row row_filtered = {
    .name = "filtered",
    .group = "messaging",
    .summary = "20,000 events, of which a subscriber's pattern wants one in a hundred",
    .unit = "events",
    .beside = {"unfiltered"},
    .kind = BENCH_FIXED,
    .count = 20000,
    .only_when_named = true,
    .set_up = set_up_few,
    .run = run,
    .tear_down = tear_down,
};

const struct bench_row row_unfiltered = {
    .name = "unfiltered",
    .group = "messaging",
    .summary = "20,000 events that a subscriber without a filter gets",
    .unit = "events",
    .kind = BENCH_FIXED,
    .count = 20000,
    .only_when_named = true,
    .set_up = set_up_all,
    .run = run,
    .tear_down = tear_down,
};
