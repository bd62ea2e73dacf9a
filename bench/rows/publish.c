/* publish.c - what rows do that publish stored events, and the plain loops beside them.
 */
#include "broker.h"
#include "domain.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <jangle/transport/rabbitmq.h>

#include <stdio.h>
#include <stdlib.h>

enum { STREAM_EVENTS = 5, WINDOW = 256, LIKE = 20 };

/* ---- stored events ----------------------------------------------------------- */

/* There is a queue before anything is published. */
static void set_up(struct bench_work *work, int64_t streams, bool classic)
{
    struct plain plain;

    messages_store(work, work->count, streams);
    plain_open(&plain);
    plain_declare(&plain, MESSAGES_NAME, classic);
    plain_close(&plain);
}

void publish_set_up(struct bench_work *work)
{
    set_up(work, (work->count + STREAM_EVENTS - 1) / STREAM_EVENTS, false);
}

void publish_hot_set_up(struct bench_work *work)
{
    set_up(work, 1, false);
}

void publish_hot_classic_set_up(struct bench_work *work)
{
    set_up(work, 1, true);
}

/* The broker has confirmed all of them, and the checkpoint is durable: a command that is
 * stored after it brings what was written before to the disk, too. */
static void run(struct bench_work *work, enum jangle_rabbitmq_queues queues)
{
    const struct jangle_rabbitmq_options options = {.queues = queues};
    struct jangle_config config = domain_config(work);
    struct jangle *app;

    config.broker = jangle_rabbitmq(broker_url(), &options);
    config.publishers = (struct jangle_publishers)JANGLE_PUBLISHERS(&messages_publisher);
    config.source = "bench";
    config.workers = 1;
    work->state = app = domain_start(&config);
    messages_wait_published(app);
    domain_send(app, promise, .account_id = "last", .count = 1);
    work->sample.count = work->count;
}

void publish_run(struct bench_work *work)
{
    run(work, JANGLE_RABBITMQ_QUORUM);
}

void publish_hot_run(struct bench_work *work)
{
    run(work, JANGLE_RABBITMQ_QUORUM);
}

void publish_hot_classic_run(struct bench_work *work)
{
    run(work, JANGLE_RABBITMQ_CLASSIC);
}

/* ---- what came --------------------------------------------------------------- */

/* How long the bodies of plain loops are. */
static int64_t plain_bytes(int64_t count)
{
    char text[BODY_SIZE];
    int64_t bytes = 0;

    for (int64_t i = 0; i < count; i++)
        bytes += body_write(text, BODY_EVENT, i, i);
    return bytes;
}

/* The plain loops are a measure only if what they send is like what is sent here. */
static void check_bodies(const struct tally *tally, int64_t count)
{
    int64_t wanted = plain_bytes(count), differ = llabs(tally->bytes - wanted);
    char text[128];

    if (differ * LIKE <= wanted)
        return;
    snprintf(text, sizeof text,
             "they have %lld bytes, and those of a plain loop have %lld: see rows/body.c",
             (long long)tally->bytes / count, (long long)wanted / count);
    bench_die("bodies", text);
}

/* Take them all: there are as many as were published, and none is there twice. */
static void check_queue(int64_t count)
{
    struct tally tally;
    struct plain plain;
    int64_t left;

    tally_init(&tally, count);
    plain_open(&plain);
    left = plain_left(&plain, MESSAGES_NAME);
    plain_consume(&plain, MESSAGES_NAME);
    plain_take(&plain, left, &tally);
    check_bodies(&tally, count);
    tally_check(&tally, count);
    plain_close(&plain);
    plain_open(&plain);
    plain_remove(&plain, MESSAGES_NAME);
    plain_close(&plain);
}

void publish_tear_down(struct bench_work *work)
{
    domain_close(work->state);
    check_queue(work->count);
}

void publish_hot_tear_down(struct bench_work *work)
{
    publish_tear_down(work);
}

void publish_hot_classic_tear_down(struct bench_work *work)
{
    publish_tear_down(work);
}

/* ---- plain loops ------------------------------------------------------------- */

static void plain_set_up(bool classic)
{
    struct plain plain;

    plain_open(&plain);
    plain_declare(&plain, MESSAGES_NAME, classic);
    plain_close(&plain);
}

void plain_publish_set_up(struct bench_work *work)
{
    (void)work;
    plain_set_up(false);
}

void plain_publish_one_set_up(struct bench_work *work)
{
    (void)work;
    plain_set_up(true);
}

static void run_plainly(struct bench_work *work, int64_t window)
{
    struct plain_load load = {.topic = MESSAGES_NAME,
                              .count = work->count,
                              .streams = work->count / STREAM_EVENTS + 1,
                              .window = window};
    struct plain plain;

    plain_open(&plain);
    plain_publish(&plain, &load);
    plain_close(&plain);
    work->sample.count = work->count;
}

void plain_publish_run(struct bench_work *work)
{
    run_plainly(work, WINDOW);
}

void plain_publish_one_run(struct bench_work *work)
{
    run_plainly(work, 1);
}

void plain_publish_tear_down(struct bench_work *work)
{
    check_queue(work->count);
}

void plain_publish_one_tear_down(struct bench_work *work)
{
    check_queue(work->count);
}
