/* end_to_end.c - what rows do that look at one message at a time: from a command that is
 * done to the row in another program's view, and from a plain publish to its consumer. */
#include "domain.h"
#include "rows/messages.h"
#include "rows/plain_rabbitmq.h"

#include <stdio.h>
#include <stdlib.h>

enum { WARM = 10, WAIT_MS = 60000 }; /* messages before the first that counts */

/* ---- seconds ----------------------------------------------------------------- */

static int ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static void note_seconds(struct bench_work *work, double *seconds)
{
    size_t count = (size_t)work->count;

    qsort(seconds, count, sizeof *seconds, ascending);
    work->sample.count = work->count;
    work->sample.typical = seconds[count / 2];
    work->sample.rare = seconds[count * 99 / 100];
    work->sample.longest = seconds[count - 1];
    free(seconds);
}

/* ---- two programs ------------------------------------------------------------ */

struct pair {
    struct jangle *sender, *taker;
    struct jangle_config config; /* of the taker */
    char path[4096];             /* of its store */
};

void end_to_end_set_up(struct bench_work *work)
{
    static const struct jangle_subscriber *const views[] = {&balances_view};
    static const struct jangle_consumer *const consumers[] = {&messages_events};
    struct pair *pair = work->state = bench_new(sizeof *pair);
    struct jangle_config sender = domain_config(work), taker = sender;
    struct jangle_error error;

    if (snprintf(pair->path, sizeof pair->path, "%s-taker", work->path) >=
        (int)sizeof pair->path)
        bench_die(work->path, "this path is too long");
    sender.broker = taker.broker = plain_rabbitmq.broker(false);
    sender.workers = taker.workers = 2;
    sender.source = "bench";
    sender.publishers = (struct jangle_publishers)JANGLE_PUBLISHERS(&messages_publisher);
    taker.aggregates = (struct jangle_aggregates){0};
    taker.storage = jangle_sqlite(pair->path);
    taker.consumers = (struct jangle_consumers){consumers, 1};
    taker.subscribers = (struct jangle_subscribers){views, 1};
    pair->config = taker;
    pair->taker = domain_start(&taker);
    if (jangle_declare(pair->taker, NULL, &error))
        bench_die("jangle_declare", error.message);
    pair->sender = domain_start(&sender);
}

/* Returns how long it took from the command's OK to the row. */
static double send_one(const struct pair *pair, int64_t number)
{
    struct jangle_error error;
    char id[24];
    double begun;

    snprintf(id, sizeof id, "%06lld", (long long)number);
    domain_send(pair->sender, deposit, .account_id = id, .amount = 5);
    begun = bench_now();
    if (jangle_wait(pair->taker, "balances", number + 1, WAIT_MS, &error))
        bench_die("jangle_wait", error.message);
    return bench_now() - begun;
}

void end_to_end_run(struct bench_work *work)
{
    double *seconds = bench_new((size_t)work->count * sizeof *seconds);

    for (int64_t i = 0; i < WARM; i++)
        send_one(work->state, i);
    for (int64_t i = 0; i < work->count; i++)
        seconds[i] = send_one(work->state, WARM + i);
    note_seconds(work, seconds);
}

void end_to_end_tear_down(struct bench_work *work)
{
    struct pair *pair = work->state;

    messages_wait_taken(pair->taker, WARM + work->count);
    messages_check_taken(pair->taker, WARM + work->count);
    domain_close(pair->sender);
    domain_close(pair->taker);
    pair->config.workers = 0; /* a consumer that runs would declare its queue again */
    pair->taker = domain_start(&pair->config);
    messages_remove(pair->taker);
    domain_close(pair->taker);
    free(pair);
}

/* ---- plain ------------------------------------------------------------------- */

struct plain_pair {
    struct rabbit out, in;
    struct tally tally;
};

void plain_end_to_end_set_up(struct bench_work *work)
{
    struct plain_pair *pair = work->state = bench_new(sizeof *pair);

    tally_init(&pair->tally, WARM + work->count);
    rabbit_open(&pair->in);
    rabbit_declare(&pair->in, MESSAGES_NAME, false);
    rabbit_consume(&pair->in, MESSAGES_NAME);
    rabbit_open(&pair->out);
}

static double send_one_plainly(struct plain_pair *pair, int64_t number)
{
    struct plain_load load = {.streams = number + 1};
    double begun = bench_now();

    rabbit_send(&pair->out, &load, number);
    rabbit_take(&pair->in, 1, &pair->tally);
    return bench_now() - begun;
}

void plain_end_to_end_run(struct bench_work *work)
{
    double *seconds = bench_new((size_t)work->count * sizeof *seconds);

    for (int64_t i = 0; i < WARM; i++)
        send_one_plainly(work->state, i);
    for (int64_t i = 0; i < work->count; i++)
        seconds[i] = send_one_plainly(work->state, WARM + i);
    note_seconds(work, seconds);
}

void plain_end_to_end_tear_down(struct bench_work *work)
{
    struct plain_pair *pair = work->state;

    tally_check(&pair->tally, WARM + work->count);
    rabbit_close(&pair->in);
    rabbit_remove(&pair->out, MESSAGES_NAME);
    rabbit_close(&pair->out);
    free(pair);
}
