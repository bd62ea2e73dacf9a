/* idle.c - a row: what eight workers take of a processor when nothing is to be done. */
#include "domain.h"
#include "rows.h"

#include <string.h>
#include <time.h>

enum { WORKERS = 8, PERCENT = 100, ACCOUNTS = 100 };

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber reader = {
    .name = "reader",
    .handlers = JANGLE_HANDLERS({&deposited, see}),
    .start = JANGLE_FROM_FIRST,
};

/* All that a program has: a handler, a view and a saga, which have handled something. */
static void set_up(struct bench_work *work)
{
    static const struct jangle_subscriber *const subscribers[] = {&reader,
                                                                  &balances_view};
    static const struct jangle_saga *const sagas[] = {&gift_saga};
    struct jangle_config config = domain_config(work);

    config.subscribers = (struct jangle_subscribers){subscribers, 2};
    config.sagas = (struct jangle_sagas){sagas, 1};
    config.workers = WORKERS;
    work->state = domain_start(&config);
    domain_send(work->state, promise, .account_id = "first", .count = ACCOUNTS);
    domain_settle(work->state);
}

/* A second at least: a worker sleeps as long as that. */
static void run(struct bench_work *work)
{
    double seconds = work->seconds < 1 ? 1 : work->seconds;
    struct timespec rest = {.tv_sec = (time_t)seconds};
    double before = bench_processor();
    int code;

    rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
    code = clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, NULL);
    if (code)
        bench_die("clock_nanosleep", strerror(code));
    work->sample.count = 1;
    work->sample.value = PERCENT * (bench_processor() - before) / seconds;
}

/* Each gift has become a deposit, and nothing else was stored. */
static void tear_down(struct bench_work *work)
{
    struct jangle_stats stats;

    jangle_measure(work->state, &stats);
    if (stats.position != 2 * ACCOUNTS || stats.turns != ACCOUNTS)
        bench_die("idle", "it was not idle");
    domain_close(work->state);
}

const struct bench_row row_idle = {
    .name = "idle",
    .group = "sizes",
    .summary = "eight workers that have nothing to do",
    .unit = "rests",
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
