/* take.c - what rows do that take messages from a full queue: as events, as commands, and
 * by the plain loop beside them. */
#include "domain.h"
#include "rows/inbox.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <stdlib.h>

/* ---- a queue that is full ---------------------------------------------------- */

static struct jangle *open_with(const struct bench_work *work,
                                const struct jangle_consumer *consumer,
                                int workers)
{
    bool events = consumer == &messages_events;
    struct jangle_config config = domain_config(work);

    if (events)
        config.aggregates = (struct jangle_aggregates){0};
    config.broker = plain_client(work)->broker(false);
    config.consumers = (struct jangle_consumers){&consumer, 1};
    config.workers = workers;
    return domain_start(&config);
}

/* The consumer declares its queue, and then leaves it alone. */
static void
set_up(struct bench_work *work, const struct jangle_consumer *consumer, enum body body)
{
    struct jangle *app = open_with(work, consumer, 0);
    struct jangle_error error;

    if (jangle_declare(app, NULL, &error))
        bench_die("jangle_declare", error.message);
    domain_close(app);
    plain_fill(work, body);
}

static void run(struct bench_work *work, const struct jangle_consumer *consumer)
{
    work->state = open_with(work, consumer, 1);
    messages_wait_taken(work->state, work->count);
    work->sample.count = work->count;
}

/* A consumer that runs would declare its queue again. */
static void tear_down(struct bench_work *work, const struct jangle_consumer *consumer)
{
    struct jangle *app;

    messages_check_taken(work->state, work->count);
    domain_close(work->state);
    app = open_with(work, consumer, 0);
    messages_remove(app);
    domain_close(app);
}

void take_events_set_up(struct bench_work *work)
{
    set_up(work, &messages_events, BODY_EVENT);
}

void take_events_run(struct bench_work *work)
{
    run(work, &messages_events);
}

void take_events_tear_down(struct bench_work *work)
{
    tear_down(work, &messages_events);
}

void take_commands_set_up(struct bench_work *work)
{
    set_up(work, &messages_commands, BODY_COMMAND);
}

void take_commands_run(struct bench_work *work)
{
    run(work, &messages_commands);
}

void take_commands_tear_down(struct bench_work *work)
{
    tear_down(work, &messages_commands);
}

/* ---- the plain loop ---------------------------------------------------------- */

struct taking {
    void *client;        /* of the run */
    struct inbox *inbox; /* or NULL */
    struct tally tally;
};

void plain_take_set_up(struct bench_work *work)
{
    struct taking *taking;

    plain_declare(work, false);
    plain_fill(work, BODY_EVENT);
    taking = work->state = bench_new(sizeof *taking);
    tally_init(&taking->tally, work->count);
}

void plain_take_run(struct bench_work *work)
{
    const struct plain_client *plain = plain_client(work);
    struct taking *taking = work->state;

    taking->client = plain->open();
    plain->take(taking->client, work->count, &taking->tally);
    work->sample.count = work->count;
}

void plain_take_tear_down(struct bench_work *work)
{
    struct taking *taking = work->state;

    plain_client(work)->close(taking->client);
    tally_check(&taking->tally, work->count);
    free(taking);
    plain_remove(work);
}

/* ---- the plain loop that stores what it takes -------------------------------- */

void inbox_set_up(struct bench_work *work)
{
    struct taking *taking;

    plain_take_set_up(work);
    taking = work->state;
    taking->inbox = inbox_open(work->path);
    taking->tally.store = inbox_store(taking->inbox);
}

void inbox_run(struct bench_work *work)
{
    plain_take_run(work);
}

void inbox_tear_down(struct bench_work *work)
{
    struct taking *taking = work->state;

    if (inbox_close(taking->inbox) != work->count)
        bench_die("inbox", "not each message is stored once");
    plain_take_tear_down(work);
}
