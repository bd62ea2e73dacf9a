/* plain.c - what all plain loops have in common, and a queue of which nothing may be
 * left.
 */
#include "rows/plain.h"
#include "domain.h"
#include "rows/messages.h"

#include <stdio.h>
#include <time.h>

enum { STREAMS = 10000, FILL_WINDOW = 1000, WAIT_S = 30 };

static const struct plain_client *const clients[BENCH_BROKERS] = {
#ifdef BENCH_HAS_RABBITMQ
    [BENCH_RABBITMQ] = &plain_rabbitmq,
#endif
#ifdef BENCH_HAS_NATS
    [BENCH_NATS] = &plain_nats,
#endif
#ifdef BENCH_HAS_REDIS
    [BENCH_REDIS] = &plain_redis,
#endif
#ifdef BENCH_HAS_KAFKA
    [BENCH_KAFKA] = &plain_kafka,
#endif
};

const struct plain_client *plain_client(const struct bench_work *work)
{
    return clients[work->row->broker];
}

/* ---- a topic and a queue ----------------------------------------------------- */

/* A consumer of jangle that takes nothing, beside the store that is measured. */
static struct jangle *open_idle(const struct bench_work *work)
{
    static const struct jangle_consumer *const consumers[] = {&messages_events};
    struct jangle_config config = domain_config(work);
    char path[4096];

    if (snprintf(path, sizeof path, "%s-idle", work->path) >= (int)sizeof path)
        bench_die(work->path, "this path is too long");
    config.storage = jangle_sqlite(path);
    config.aggregates = (struct jangle_aggregates){0};
    config.broker = plain_client(work)->broker(false);
    config.consumers = (struct jangle_consumers){consumers, 1};
    config.workers = 0;
    return domain_start(&config);
}

static void declare_by_jangle(const struct bench_work *work)
{
    struct jangle *app = open_idle(work);
    struct jangle_error error;

    if (jangle_declare(app, NULL, &error))
        bench_die("jangle_declare", error.message);
    domain_close(app);
}

static void remove_by_jangle(const struct bench_work *work)
{
    struct jangle *app = open_idle(work);

    messages_remove(app);
    domain_close(app);
}

void plain_declare(const struct bench_work *work, bool classic)
{
    const struct plain_client *plain = plain_client(work);
    void *client;

    if (!plain->declare) {
        declare_by_jangle(work);
        return;
    }
    client = plain->open();
    plain->declare(client, classic);
    plain->close(client);
}

/* A broker may tell what it has acknowledged a moment later. */
static void check_left(const struct plain_client *plain, void *client)
{
    static const struct timespec moment = {.tv_nsec = 4000000};
    double until = bench_now() + WAIT_S;

    while (plain->left(client)) {
        if (bench_now() > until)
            bench_die("messages", "some are left in the queue");
        nanosleep(&moment, NULL);
    }
}

void plain_remove(const struct bench_work *work)
{
    const struct plain_client *plain = plain_client(work);
    void *client = plain->open();

    check_left(plain, client);
    if (plain->remove)
        plain->remove(client);
    plain->close(client);
    if (!plain->remove)
        remove_by_jangle(work);
}

/* ---- messages ---------------------------------------------------------------- */

static void publish(const struct bench_work *work, const struct plain_load *load)
{
    const struct plain_client *plain = plain_client(work);
    void *client = plain->open();

    plain->publish(client, load);
    plain->close(client);
}

/* Each message is about an account of its own, as far as there are so many. */
void plain_fill(const struct bench_work *work, enum body body)
{
    const struct plain_load load = {
        .body = body, .count = work->count, .streams = STREAMS, .window = FILL_WINDOW};

    publish(work, &load);
}

/* Before the next one is sent, all but those that may be under way are confirmed. */
int plain_body(const struct plain_load *load, int64_t number, char text[BODY_SIZE])
{
    enum { CONFIRMED = 1024 };

    if (!load->outbox)
        return body_write(text, load->body, number, number % load->streams);
    if (number % CONFIRMED == 0 && number > load->window)
        outbox_confirm(load->outbox, number - load->window);
    return outbox_next(load->outbox, text);
}

void plain_publish(struct bench_work *work, int64_t window, struct outbox *outbox)
{
    const struct plain_load load = {.count = work->count,
                                    .streams = PLAIN_STREAMS(work->count),
                                    .window = window,
                                    .outbox = outbox};

    publish(work, &load);
    if (outbox)
        outbox_confirm(outbox, work->count);
    work->sample.count = work->count;
}

void plain_take_all(const struct bench_work *work, struct tally *tally)
{
    const struct plain_client *plain = plain_client(work);
    void *client = plain->open();

    tally_init(tally, work->count);
    plain->take(client, plain->left(client), tally);
    plain->close(client);
    plain_remove(work);
}
