/* clients.c - threads that send commands as fast as they can, for several rows. */
#include "rows/clients.h"
#include "domain.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64, ACCOUNTS = 1000 };

/* A client that sends until the time is over. */
struct client {
    pthread_t thread;
    pthread_barrier_t *start;
    struct jangle *app;
    double seconds;
    int first, count; /* its accounts */
    int64_t sent;
    double longest;
};

struct clients {
    struct jangle *app;
    pthread_barrier_t start;
    struct client items[THREADS_MAX];
    int count;
};

static void *send_commands(void *context)
{
    struct client *client = context;
    double started, before, now;

    pthread_barrier_wait(client->start);
    started = now = bench_now();
    while ((before = now) - started < client->seconds) {
        char id[16];

        snprintf(id, sizeof id, "%06d",
                 client->first + (int)(client->sent % client->count));
        domain_send(client->app, deposit, .account_id = id, .amount = 5);
        client->sent++;
        now = bench_now();
        if (now - before > client->longest)
            client->longest = now - before;
    }
    return NULL;
}

void clients_set_up(struct bench_work *work, int number)
{
    struct clients *clients = bench_new(sizeof *clients);
    int threads = work->row->size;

    if (threads < 1 || threads > THREADS_MAX)
        bench_die(work->row->name, "it has room for 64 threads");
    work->state = clients;
    clients->count = threads;
    clients->app = domain_open(work, NULL, NULL);
    if (pthread_barrier_init(&clients->start, NULL, (unsigned)threads + 1))
        bench_die(work->row->name, "there is no barrier for its threads");
    for (int i = 0; i < threads; i++) {
        struct client *client = &clients->items[i];

        *client = (struct client){.start = &clients->start,
                                  .app = clients->app,
                                  .seconds = work->seconds,
                                  .first = number * ACCOUNTS + i * (ACCOUNTS / threads),
                                  .count = ACCOUNTS / threads};
        if (pthread_create(&client->thread, NULL, send_commands, client))
            bench_die(work->row->name, "this machine starts too few threads");
    }
}

void clients_run(struct bench_work *work)
{
    struct clients *clients = work->state;

    pthread_barrier_wait(&clients->start);
    for (int i = 0; i < clients->count; i++) {
        struct client *client = &clients->items[i];

        if (pthread_join(client->thread, NULL))
            bench_die(work->row->name, "a thread cannot be waited for");
        work->sample.count += client->sent;
        if (client->longest > work->sample.longest)
            work->sample.longest = client->longest;
    }
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
    pthread_barrier_destroy(&clients->start);
    free(clients);
}
