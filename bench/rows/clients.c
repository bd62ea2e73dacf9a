/* clients.c - threads that send commands to streams drawn at random, for several rows. */
#include "rows/clients.h"
#include "crowd.h"
#include "domain.h"
#include "payload.h"

#include <stdio.h>
#include <stdlib.h>

struct clients {
    const struct clients_plan *plan;
    struct jangle *app;
    int64_t first, streams;
    int64_t stored;     /* events that were acknowledged */
    atomic_llong *sent; /* commands that were answered; or NULL */
    struct crowd_member alone;
};

static void name_stream(char id[24], int64_t number)
{
    snprintf(id, 24, "%06lld", (long long)number);
}

static void send_payment(void *context, struct crowd_member *member)
{
    const struct clients *clients = context;
    char id[24];

    name_stream(id, clients->first + crowd_draw(member, clients->streams));
    domain_send(clients->app, pay, .account_id = id);
    if (clients->sent)
        atomic_fetch_add(clients->sent, 1);
}

void clients_count_in(struct bench_work *work, atomic_llong *sent)
{
    struct clients *clients = work->state;

    clients->sent = sent;
}

void clients_send_one(struct bench_work *work)
{
    struct clients *clients = work->state;

    send_payment(clients, &clients->alone);
    clients->stored++;
}

static void open_accounts(struct clients *clients, int64_t events)
{
    char id[24];

    for (int64_t i = 0; i < clients->streams; i++) {
        name_stream(id, clients->first + i);
        domain_send(clients->app, pay_often, .account_id = id, .count = events);
    }
    clients->stored += clients->streams * events;
}

void clients_set_up_as(struct bench_work *work,
                       const struct clients_plan *plan,
                       int number)
{
    const struct jangle_sqlite_options options = {
        .wal_checkpoint_frames = plan->frames,
        .reader_mmap_bytes = plan->mapped ? INT64_C(1) << 30 : 0};
    struct clients *clients = bench_new(sizeof *clients);
    struct jangle_config config = domain_config(work);

    work->state = clients;
    clients->plan = plan;
    clients->alone.random = 1;
    clients->streams = plan->streams ? plan->streams : PAYLOAD_STREAMS;
    clients->first = number * clients->streams;
    config.storage = jangle_sqlite_with(work->path, &options);
    if (plan->chain)
        config.chain_count = plan->chain;
    if (plan->uncached)
        config.cache_count = -1;
    config.workers = plan->workers;
    config.subscribers = plan->subscribers;
    clients->app = domain_start(&config);
    open_accounts(clients, plan->events ? plan->events : 1);
    if (plan->workers)
        domain_settle(clients->app);
}

void clients_set_up(struct bench_work *work)
{
    clients_set_up_as(work, work->row->plan, 0);
}

static void note_hits(struct bench_sample *sample,
                      const struct jangle_stats *before,
                      const struct jangle_stats *after)
{
    int64_t hits = after->cache_hits - before->cache_hits;
    int64_t misses = after->cache_misses - before->cache_misses;

    if (hits + misses > 0)
        sample->hits = (double)hits / (double)(hits + misses);
}

/* What the subscribers have not handled yet belongs to the commands. */
static void wait_for_subscribers(struct clients *clients, struct bench_sample *sample)
{
    double started = bench_now();

    if (!clients->plan->workers)
        return;
    domain_settle(clients->app);
    sample->seconds += bench_now() - started;
}

void clients_run(struct bench_work *work)
{
    struct clients *clients = work->state;
    const struct clients_plan *plan = clients->plan;
    const struct crowd crowd = {.threads = plan->threads,
                                .seconds = work->seconds,
                                .act = send_payment,
                                .context = clients};
    struct jangle_stats before, after;

    if (plan->unsynced)
        bench_sync_as(SYNC_NONE);
    jangle_measure(clients->app, &before);
    if (plan->when_due)
        clients->stored += crowd_run_when_due(&crowd, &work->sample);
    else
        crowd_run(&crowd, &work->sample);
    wait_for_subscribers(clients, &work->sample);
    jangle_measure(clients->app, &after);
    clients->stored += work->sample.count;
    note_hits(&work->sample, &before, &after);
}

int64_t clients_commits(const struct bench_work *work)
{
    const struct clients *clients = work->state;
    struct jangle_stats stats;

    jangle_measure(clients->app, &stats);
    return stats.commits;
}

void clients_tear_down(struct bench_work *work)
{
    struct clients *clients = work->state;

    domain_close(clients->app);
    work->stored = clients->stored;
    free(clients);
}
