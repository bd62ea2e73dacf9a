/* c.c - rows: the program that is written by hand in place of jangle. */
#include "crowd.h"
#include "payload.h"
#include "rows.h"
#include "rows/by_hand.h"
#include "rows/clients.h"

#include <stdlib.h>

struct program {
    struct by_hand *by_hand;
    struct by_hand_reader *readers[CROWD_MAX]; /* of a program that keeps no states */
};

static void pay(void *context, struct crowd_member *member)
{
    const struct program *program = context;
    struct by_hand_reader *reader = program->readers[member->number];
    int64_t stream = 1 + crowd_draw(member, PAYLOAD_STREAMS);

    if (reader)
        by_hand_load(program->by_hand, reader, stream);
    else
        by_hand_pay(program->by_hand, stream);
}

static void set_up(struct bench_work *work)
{
    const struct clients_plan *plan = work->row->plan;
    struct program *program = bench_new(sizeof *program);

    work->state = program;
    program->by_hand = by_hand_open(work->path, plan->events ? plan->events : 1);
    for (int i = 0; plan->uncached && i < plan->threads; i++)
        program->readers[i] = by_hand_reader(work->path);
}

static void run(struct bench_work *work)
{
    const struct clients_plan *plan = work->row->plan;
    const struct crowd crowd = {.threads = plan->threads,
                                .seconds = work->seconds,
                                .act = pay,
                                .context = work->state};

    if (plan->unsynced)
        bench_sync_as(SYNC_NONE);
    if (plan->when_due)
        crowd_run_when_due(&crowd, &work->sample);
    else
        crowd_run(&crowd, &work->sample);
}

static void tear_down(struct bench_work *work)
{
    struct program *program = work->state;

    for (int i = 0; i < CROWD_MAX; i++)
        if (program->readers[i])
            by_hand_reader_close(program->readers[i]);
    work->stored = by_hand_stored(program->by_hand);
    by_hand_close(program->by_hand);
    free(program);
}

#define ROW_(variable, name_, set_, what, ...)                                           \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "plain",                                                                \
        .summary = "by hand: " what,                                                     \
        .unit = "commands",                                                              \
        .set = set_,                                                                     \
        .plan = &(const struct clients_plan){__VA_ARGS__},                               \
        .warm = true,                                                                    \
        .set_up = set_up,                                                                \
        .run = run,                                                                      \
        .tear_down = tear_down,                                                          \
    }

ROW_(c_16, "c-16", "16", "16 threads, states in memory, shared commits", .threads = 16);
ROW_(c_cpu,
     "c-cpu",
     "cpu",
     "one thread, syncs do nothing",
     .threads = 1,
     .unsynced = true);
ROW_(c_64_due,
     "c-64-due",
     "due",
     "64 threads, at 70 % of the rate",
     .threads = 64,
     .when_due = true);
#ifdef BENCH_HAS_JANSSON
ROW_(c_cold,
     "c-cold",
     "cold",
     "16 threads, streams of ten read and parsed by jansson",
     .threads = 16,
     .events = 10,
     .uncached = true);
#endif
