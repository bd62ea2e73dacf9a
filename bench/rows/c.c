/* c.c - rows: the program that is written by hand in place of jangle. */
#include "crowd.h"
#include "payload.h"
#include "rows.h"
#include "rows/by_hand.h"

static void pay(void *context, struct crowd_member *member)
{
    by_hand_pay(context, 1 + crowd_draw(member, PAYLOAD_STREAMS));
}

static void set_up(struct bench_work *work)
{
    work->state = by_hand_open(work->path, 1);
}

static void run(struct bench_work *work)
{
    const struct crowd crowd = {.threads = work->row->size,
                                .seconds = work->seconds,
                                .act = pay,
                                .context = work->state};

    crowd_run(&crowd, &work->sample);
}

static void tear_down(struct bench_work *work)
{
    work->stored = by_hand_stored(work->state);
    by_hand_close(work->state);
}

const struct bench_row c_16 = {
    .name = "c-16",
    .group = "plain",
    .summary = "by hand: 16 threads, states in memory, shared commits",
    .unit = "commands",
    .set = "16",
    .size = 16,
    .warm = true,
    .set_up = set_up,
    .run = run,
    .tear_down = tear_down,
};
