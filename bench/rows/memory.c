/* memory.c - a row: does a program take more memory when its log is longer? */
#include "domain.h"
#include "rows.h"
#include "rows/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FEW = 100000, MANY = 1000000, SHORT = 10, LONG = 100, WARM = 100 };

/* Bytes of this process that are in memory. */
static int64_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long long pages = 0;

    if (!file || fscanf(file, "%*s %lld", &pages) != 1)
        bench_die("/proc/self/statm", "it cannot be read");
    fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

struct growing {
    struct jangle *app;
    int64_t streams, stored, seen;
};

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    struct growing *growing = delivery->program;

    (void)event;
    growing->seen++;
    return JANGLE_OK;
}

static const struct jangle_subscriber reader = {
    .name = "reader",
    .handlers = JANGLE_HANDLERS({&deposited, see}),
    .start = JANGLE_FROM_FIRST,
};

/* Store so many events in a stream of their own, and handle them. */
static void grow(struct growing *growing, int64_t events)
{
    char id[HISTORY_ID];

    history_id(growing->streams++, id);
    domain_send(growing->app, fill, .account_id = id, .count = events);
    growing->stored += events;
    domain_settle(growing->app);
}

/* Streams as short as this fill the cache of states, which has room for 10,000, and so
 * many events fill what SQLite keeps of the file; fewer would not, however short the
 * round is. Long streams come after them, so that what a long command takes is not taken
 * for growth. */
static void set_up(struct bench_work *work)
{
    static const struct jangle_subscriber *const subscribers[] = {&reader};
    struct growing *growing = work->state = bench_new(sizeof *growing);
    struct jangle_config config = domain_config(work);

    bench_sync_as(SYNC_NONE);
    config.subscribers = (struct jangle_subscribers){subscribers, 1};
    config.context = growing;
    growing->app = domain_start(&config);
    while (growing->stored < FEW)
        grow(growing, SHORT);
    for (int i = 0; i < WARM; i++)
        grow(growing, LONG);
}

static void run(struct bench_work *work)
{
    struct growing *growing = work->state;
    int64_t before = resident(), stored = growing->stored;

    bench_sync_as(SYNC_NONE); /* which takes no memory */
    while (growing->stored - stored < bench_prepared(work, MANY - FEW))
        grow(growing, LONG);
    work->sample.value = (double)(resident() - before) / 1024;
    work->sample.count = growing->stored - stored;
}

static void tear_down(struct bench_work *work)
{
    struct growing *growing = work->state;

    if (growing->seen != growing->stored)
        bench_die("memory", "an event was not handled, or twice");
    work->stored = growing->stored;
    domain_close(growing->app);
    free(growing);
}

const struct bench_row row_memory = {
    .name = "memory",
    .group = "sizes",
    .summary = "a program that stores and handles 1,000,000 events: what does it keep?",
    .unit = "events",
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
