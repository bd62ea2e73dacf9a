/* warm_command.c - a row: one command each to streams that hold ten events. */
#include "domain.h"
#include "rows.h"

#include <stdio.h>

enum { EVENTS = 10 };

/* The last stream is for the first command, which compiles SQL and is not counted. */
static void set_up(struct bench_work *work)
{
    struct jangle *app = work->state = domain_open(work, NULL, NULL);
    char id[24];

    for (int64_t i = 0; i <= work->room; i++) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        domain_send(app, fill, .account_id = id, .count = EVENTS);
    }
    domain_send(app, deposit, .account_id = id, .amount = 5);
}

static void run(struct bench_work *work)
{
    char id[24];

    for (int64_t i = 0; i < work->count; i++) {
        snprintf(id, sizeof id, "%06lld", (long long)i);
        domain_send(work->state, deposit, .account_id = id, .amount = 5);
    }
    work->sample.count = work->count;
}

static void tear_down(struct bench_work *work)
{
    domain_close(work->state);
}

const struct bench_row warm_command = {
    .name = "warm-command",
    .group = "fixed",
    .summary = "100 commands, each to a stream of ten events, after a first one",
    .unit = "commands",
    .beside = {"raw-insert"},
    .kind = BENCH_FIXED,
    .count = 100,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
