/* view_event.c - a row: events that a view has in its table, one upsert each. */
#include "domain.h"
#include "rows.h"

#include <stdio.h>

enum { EVENTS = 10 };

/* Events that nobody has handled yet. The first ones compile SQL and are not counted. */
static void set_up(struct bench_work *work)
{
    struct jangle *app = work->state = domain_open(work, &balances_view, NULL);
    char id[24];

    domain_send(app, fill, .account_id = "first", .count = EVENTS);
    domain_settle(app);
    for (int64_t i = 0; i < work->room; i += EVENTS) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        domain_send(app, fill, .account_id = id, .count = EVENTS);
    }
}

static void run(struct bench_work *work)
{
    work->sample.count =
        domain_poll(work->state, offsetof(struct jangle_stats, deliveries), work->count);
}

static void tear_down(struct bench_work *work)
{
    domain_close(work->state);
}

const struct bench_row view_event = {
    .name = "view-event",
    .group = "fixed",
    .summary = "100 events that a view handles in one transaction, an upsert each",
    .unit = "events",
    .kind = BENCH_FIXED,
    .count = 100,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
