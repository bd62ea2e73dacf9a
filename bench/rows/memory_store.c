/* memory_store.c - rows: commands to the store in memory, when it holds a thousand events
 * and when it holds a million. */
#include "domain.h"
#include "rows.h"
#include "rows/history.h"

#include <stdlib.h>

enum { FEW = 1000, MANY = 1000000, STREAMS = 100, IN_COMMAND = 100, AT_ONCE = 1000 };

struct memory {
    struct jangle *app;
    int64_t events;
};

/* Each of a hundred streams is warm when the commands come. */
static void open_memory(struct bench_work *work, int64_t events)
{
    struct memory *memory = work->state;
    struct jangle_config config = domain_config(work);
    char id[HISTORY_ID];

    config.storage = jangle_memory();
    memory->app = domain_start(&config);
    for (memory->events = 0; memory->events < events; memory->events += IN_COMMAND) {
        history_id(memory->events / IN_COMMAND, id);
        domain_send(memory->app, fill, .account_id = id, .count = IN_COMMAND);
    }
    for (int64_t i = 0; i < STREAMS; i++, memory->events++) {
        history_id(i, id);
        domain_send(memory->app, deposit, .account_id = id, .amount = 5);
    }
}

static void close_memory(struct memory *memory)
{
    struct jangle_stats stats;

    jangle_measure(memory->app, &stats);
    if (stats.position != memory->events)
        bench_die("the store in memory", "it does not hold what was stored");
    domain_close(memory->app);
}

static void set_up(struct bench_work *work)
{
    int64_t events = bench_prepared(work, work->row->size);

    work->state = bench_new(sizeof(struct memory));
    open_memory(work, events < FEW ? FEW : events);
}

static void send_some(struct bench_work *work, int64_t count)
{
    struct memory *memory = work->state;
    char id[HISTORY_ID];

    for (int64_t i = 0; i < count; i++, memory->events++, work->sample.count++) {
        history_id(i % STREAMS, id);
        domain_send(memory->app, deposit, .account_id = id, .amount = 5);
    }
}

/* A thousand commands at a time; the small store is made again after each thousand, which
 * is not measured. */
static void run(struct bench_work *work)
{
    struct memory *memory = work->state;
    double end = bench_now() + work->seconds, started, processor;

    if (work->count) {
        send_some(work, work->count);
        return;
    }
    for (;;) {
        started = bench_now();
        processor = bench_processor();
        send_some(work, AT_ONCE);
        work->sample.processor += bench_processor() - processor;
        work->sample.seconds += bench_now() - started;
        if (bench_now() >= end)
            return;
        if (work->row->size != FEW)
            continue;
        close_memory(memory);
        open_memory(work, FEW);
    }
}

static void tear_down(struct bench_work *work)
{
    close_memory(work->state);
    free(work->state);
}

#define ROW_(variable, name_, summary_, beside_, events, counted_)                       \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "sizes",                                                                \
        .summary = summary_,                                                             \
        .unit = "commands",                                                              \
        .set = "memory-store",                                                           \
        .beside = {beside_},                                                             \
        .size = events,                                                                  \
        .counted = counted_,                                                             \
        .set_up = set_up,                                                                \
        .run = run,                                                                      \
        .tear_down = tear_down,                                                          \
    }

ROW_(memory_store,
     "memory-store",
     "commands to the store in memory, which holds 1,000,000 events",
     "memory-store-1000",
     MANY,
     10000);
ROW_(memory_store_1000,
     "memory-store-1000",
     "the same when it holds 1,000 events",
     NULL,
     FEW,
     500);
