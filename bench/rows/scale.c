/* scale.c - rows: does a store get slower when it holds five million events? And how much
 * slower does SQLite alone get? */
#include "rows.h"
#include "rows/append.h"
#include "rows/same.h"

enum { FEW = 100000, MANY = 5000000, SIZE = 16 };

/* Grow to so many events, which is not measured, and find out how many a second come
 * then. */
static double rate_at(struct bench_work *work,
                      int64_t events,
                      void (*fill)(struct bench_work *work, int64_t events),
                      void (*run)(struct bench_work *work))
{
    struct bench_sample before = work->sample;
    double rate;

    bench_sync_as(SYNC_NONE);
    fill(work, bench_prepared(work, events));
    bench_sync_for_run();
    bench_settle(work->path);
    work->sample = (struct bench_sample){.share = 1};
    run(work);
    rate = (double)work->sample.count / work->sample.seconds;
    work->sample.count += before.count;
    work->sample.seconds += before.seconds;
    return rate;
}

static void grow(struct bench_work *work,
                 void (*fill)(struct bench_work *work, int64_t events),
                 void (*run)(struct bench_work *work))
{
    double few = rate_at(work, FEW, fill, run);
    double many = rate_at(work, MANY, fill, run);

    work->sample.value = many / few;
}

static void set_up_store(struct bench_work *work)
{
    bench_sync_as(SYNC_NONE);
    append_set_up(work);
}

static void set_up_same(struct bench_work *work)
{
    bench_sync_as(SYNC_NONE);
    same_set_up(work);
}

static void grow_store(struct bench_work *work)
{
    grow(work, append_fill, append_run);
}

static void grow_same(struct bench_work *work)
{
    grow(work, same_fill, same_run);
}

const struct bench_row row_scale = {
    .name = "scale",
    .group = "scaling",
    .summary = "append-16, with 100,000 events in the store and with 5,000,000",
    .unit = "events",
    .beside = {"scale-same"},
    .size = SIZE,
    .only_with_all = true,
    .set_up = set_up_store,
    .run = grow_store,
    .tear_down = append_tear_down,
};

const struct bench_row scale_same = {
    .name = "scale-same",
    .group = "scaling",
    .summary = "same-16, with 100,000 events in the file and with 5,000,000",
    .unit = "events",
    .size = SIZE,
    .only_with_all = true,
    .set_up = set_up_same,
    .run = grow_same,
    .tear_down = same_tear_down,
};
