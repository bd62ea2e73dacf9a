/* publish.c - what rows do that publish stored events, and the plain loops beside them.
 */
#include "domain.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 256, LIKE = 20 };

/* ---- stored events ----------------------------------------------------------- */

/* There is a queue before anything is published. */
static void set_up(struct bench_work *work, int64_t streams, bool classic)
{
    messages_store(work, work->count, streams);
    plain_declare(work, classic);
}

void publish_set_up(struct bench_work *work)
{
    set_up(work, (work->count + MESSAGES_STREAM - 1) / MESSAGES_STREAM, false);
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
static void run(struct bench_work *work, bool classic)
{
    struct jangle_config config = domain_config(work);
    struct jangle *app;

    config.broker = plain_client(work)->broker(classic);
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
    run(work, false);
}

void publish_hot_run(struct bench_work *work)
{
    run(work, false);
}

void publish_hot_classic_run(struct bench_work *work)
{
    run(work, true);
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
static void check_queue(const struct bench_work *work)
{
    struct tally tally;

    plain_take_all(work, &tally);
    check_bodies(&tally, work->count);
    tally_check(&tally, work->count);
}

void publish_tear_down(struct bench_work *work)
{
    domain_close(work->state);
    check_queue(work);
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

void plain_publish_set_up(struct bench_work *work)
{
    plain_declare(work, false);
}

void plain_publish_one_set_up(struct bench_work *work)
{
    plain_declare(work, true);
}

void plain_publish_run(struct bench_work *work)
{
    plain_publish(work, WINDOW, NULL);
}

void plain_publish_one_run(struct bench_work *work)
{
    plain_publish(work, 1, NULL);
}

void plain_publish_tear_down(struct bench_work *work)
{
    check_queue(work);
}

void plain_publish_one_tear_down(struct bench_work *work)
{
    check_queue(work);
}

/* ---- the plain loop that publishes what is stored ---------------------------- */

void outbox_set_up(struct bench_work *work)
{
    plain_publish_set_up(work);
    work->state = outbox_open(work->path, work->count, PLAIN_STREAMS(work->count));
}

void outbox_run(struct bench_work *work)
{
    plain_publish(work, WINDOW, work->state);
}

void outbox_tear_down(struct bench_work *work)
{
    outbox_close(work->state);
    check_queue(work);
}
