/* saga_turn.c - a row: turns of sagas, each of which sends a command and finishes. */
#include "domain.h"
#include "rows.h"

/* Promises that nobody has kept yet. The first one compiles SQL and is not counted. */
static void set_up(struct bench_work *work)
{
    struct jangle *app = work->state = domain_open(work, NULL, &gift_saga);

    domain_send(app, promise, .account_id = "first", .count = 1);
    domain_settle(app);
    domain_send(app, promise, .account_id = "other", .count = work->room);
}

static void run(struct bench_work *work)
{
    work->sample.count =
        domain_poll(work->state, offsetof(struct jangle_stats, turns), work->count);
}

static void tear_down(struct bench_work *work)
{
    domain_close(work->state);
}

const struct bench_row saga_turn = {
    .name = "saga-turn",
    .group = "fixed",
    .summary = "100 turns of sagas, each with one command and its end",
    .unit = "turns",
    .kind = BENCH_FIXED,
    .count = 100,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
