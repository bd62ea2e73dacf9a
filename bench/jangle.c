/* jangle.c - the same work through the front door: commands of a small account. */
#include "bench.h"

#include <jangle/jangle.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS_MAX = 64, ACCOUNTS = 1000, LIMIT = 1000000000 };

struct deposit {
    const char *account_id;
    int64_t amount;
};

struct deposited {
    int64_t amount;
    int64_t balance;
    int64_t entry;
};

struct account_state {
    int64_t balance;
    int64_t entries;
};

static JANGLE_COMMAND(deposit, account_id, amount);
static JANGLE_EVENT(deposited, amount, balance, entry);
static JANGLE_STRUCT(account_state, balance, entries);

static enum jangle_result decide_deposit(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct account_state *account = state;
    const struct deposit *wish = command->data;

    if (account->balance + wish->amount > LIMIT)
        return jangle_reject(decision, "the account is full");
    return jangle_emit(decision, deposited, .amount = wish->amount,
                       .balance = account->balance + wish->amount,
                       .entry = account->entries + 1);
}

static void apply_deposited(void *state, const struct jangle_event *event)
{
    const struct deposited *entry = event->data;
    struct account_state *account = state;

    account->balance = entry->balance;
    account->entries = entry->entry;
}

static const struct jangle_aggregate account_aggregate = {
    .name = "account",
    .state = &account_state,
    .commands = JANGLE_DECIDERS({&deposit, decide_deposit}),
    .events = JANGLE_APPLIERS({&deposited, apply_deposited}),
    .snapshot_every = 100,
};

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

static void *send_commands(void *context)
{
    struct client *client = context;
    struct jangle_outcome outcome;
    double started, before, now;

    pthread_barrier_wait(client->start);
    started = now = bench_now();
    while ((before = now) - started < client->seconds) {
        char id[16];

        snprintf(id, sizeof id, "%06d",
                 client->first + (int)(client->sent % client->count));
        if (jangle_send(client->app, &outcome, deposit, .account_id = id, .amount = 5))
            bench_die("jangle_send", outcome.error.message);
        client->sent++;
        now = bench_now();
        if (now - before > client->longest)
            client->longest = now - before;
    }
    return NULL;
}

/* The clients, from the moment that all are ready until the last is done. */
static void run_clients(
    struct jangle *app, double seconds, int threads, int number, struct sample *sample)
{
    struct client clients[THREADS_MAX];
    pthread_barrier_t start;
    double started;

    if (pthread_barrier_init(&start, NULL, (unsigned)threads + 1))
        bench_die("threads", "no barrier");
    for (int i = 0; i < threads; i++) {
        clients[i] =
            (struct client){.start = &start,
                            .app = app,
                            .seconds = seconds,
                            .first = number * ACCOUNTS + i * (ACCOUNTS / threads),
                            .count = ACCOUNTS / threads};
        if (pthread_create(&clients[i].thread, NULL, send_commands, &clients[i]))
            bench_die("threads", "too few may be started");
    }
    sample->syncs = -bench_syncs();
    started = bench_now();
    pthread_barrier_wait(&start);
    for (int i = 0; i < threads; i++) {
        pthread_join(clients[i].thread, NULL);
        sample->count += clients[i].sent;
        if (clients[i].longest > sample->longest)
            sample->longest = clients[i].longest;
    }
    sample->seconds = bench_now() - started;
    sample->syncs += bench_syncs();
    pthread_barrier_destroy(&start);
}

struct sample bench_one_of_many(const struct round *round,
                                int threads,
                                int number,
                                void (*meet)(void *context),
                                void *context,
                                int64_t *commits)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate),
        .storage = jangle_sqlite(round->path),
        .host.logger = jangle_logger_none(),
    };
    struct jangle_error error;
    struct jangle_stats stats;
    struct sample sample = {.share = 1};
    struct jangle *app = jangle_open(&config, &error);

    if (!app)
        bench_die("jangle_open", error.message);
    meet(context);
    run_clients(app, round->seconds, threads, number, &sample);
    jangle_measure(app, &stats);
    *commits = stats.commits;
    if (jangle_close(app, 10000))
        bench_die("jangle_close", "a handler is still at work");
    return sample;
}

static void meet_nobody(void *context)
{
    (void)context;
}

struct sample bench_jangle(const struct round *round, int threads)
{
    int64_t commits;

    return bench_one_of_many(round, threads, 0, meet_nobody, NULL, &commits);
}
