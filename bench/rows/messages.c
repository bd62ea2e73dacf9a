/* messages.c - what rows of the group "messaging" share: a publisher, consumers, and
 * stores that are full of deposits. */
#include "rows/messages.h"
#include "domain.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 32, FILL_MOST = 500, LOOKS = 200 };

const struct jangle_publisher messages_publisher = {
    .name = MESSAGES_NAME,
    .topic = MESSAGES_NAME,
    .routes = JANGLE_ROUTES({.type = &deposited}),
    .start = JANGLE_FROM_FIRST,
};

const struct jangle_consumer messages_events = {
    .name = MESSAGES_NAME,
    .topic = MESSAGES_NAME,
    .routes = JANGLE_ROUTES({.type = &deposited}),
};

const struct jangle_consumer messages_commands = {
    .name = MESSAGES_NAME,
    .topic = MESSAGES_NAME,
    .routes = JANGLE_ROUTES({.type = &deposit}),
};

/* ---- a store that is full ---------------------------------------------------- */

/* A thread that fills every THREADS-th stream. */
struct filler {
    pthread_t thread;
    struct jangle *app;
    int64_t first, streams;
    int64_t each; /* deposits in a stream */
};

static void *fill_streams(void *context)
{
    const struct filler *filler = context;

    for (int64_t stream = filler->first; stream < filler->streams; stream += THREADS) {
        char id[24];

        snprintf(id, sizeof id, "%06lld", (long long)stream);
        for (int64_t left = filler->each; left > 0; left -= FILL_MOST)
            domain_send(filler->app, fill, .account_id = id,
                        .count = left < FILL_MOST ? left : FILL_MOST);
    }
    return NULL;
}

void messages_store(const struct bench_work *work, int64_t count, int64_t streams)
{
    struct jangle_config config = domain_config(work);
    struct jangle *app = domain_start(&config);
    struct filler fillers[THREADS];

    if (count % streams)
        bench_die(work->row->name, "its messages are not as many in each stream");
    for (int i = 0; i < THREADS; i++) {
        fillers[i] = (struct filler){
            .app = app, .first = i, .streams = streams, .each = count / streams};
        if (pthread_create(&fillers[i].thread, NULL, fill_streams, &fillers[i]))
            bench_die(work->row->name, "this machine starts too few threads");
    }
    for (int i = 0; i < THREADS; i++)
        if (pthread_join(fillers[i].thread, NULL))
            bench_die(work->row->name, "a thread cannot be waited for");
    domain_close(app);
}

/* ---- waiting, and looking ---------------------------------------------------- */

static int64_t position_of(struct jangle *app)
{
    struct jangle_stats stats;

    jangle_measure(app, &stats);
    return stats.position;
}

static struct jangle_endpoint_stats endpoint_of(struct jangle *app)
{
    struct jangle_endpoint_stats stats;
    struct jangle_error error;

    if (jangle_measure_endpoint(app, MESSAGES_NAME, &stats, &error))
        bench_die("jangle_measure_endpoint", error.message);
    return stats;
}

void messages_wait_published(struct jangle *app)
{
    struct jangle_error error;

    if (jangle_wait(app, MESSAGES_NAME, position_of(app), MESSAGES_WAIT_MS, &error))
        bench_die("jangle_wait", error.message);
}

/* To look at the figures costs more than to look at the store, which has fewer events if
 * a message was not new. */
void messages_wait_taken(struct jangle *app, int64_t count)
{
    static const struct timespec moment = {.tv_nsec = 4000000};
    double until = bench_now() + MESSAGES_WAIT_MS / 1000;

    for (int looks = 1; true; looks++) {
        bool stored = position_of(app) >= count;

        if ((stored || looks % LOOKS == 0) && endpoint_of(app).received >= count)
            return;
        if (bench_now() > until)
            bench_die("messages", endpoint_of(app).reason);
        nanosleep(&moment, NULL);
    }
}

void messages_check_taken(struct jangle *app, int64_t count)
{
    struct jangle_endpoint_stats stats = endpoint_of(app);

    if (stats.received != count || stats.taken != count || position_of(app) != count)
        bench_die("messages", "they were not all stored, each once");
}

void messages_remove(struct jangle *app)
{
    struct jangle_error error;

    if (jangle_remove(app, MESSAGES_NAME, JANGLE_REMOVE_ALL, &error))
        bench_die("jangle_remove", error.message);
}
