/* peers.c - rows: durable appends to a server that programs use in place of jangle, each
 * by a connection of its own, and each answered before the next. */
#define _XOPEN_SOURCE 700 /* sync */
#include "crowd.h"
#include "payload.h"
#include "peers/peer.h"
#include "rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FILLED = 2 }; /* events of each stream that the set-up stores, as same-N does */

struct load {
    const struct peer *peer;
    struct peer_server server;
    void *keeper; /* the client that fills and counts */
    void *clients[CROWD_MAX];
    struct stream {
        pthread_mutex_t lock; /* held until its append is answered */
        int64_t version;
    } streams[PAYLOAD_STREAMS];
    int64_t stored;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void append_one(void *context, struct crowd_member *member)
{
    struct load *load = context;
    int64_t number = crowd_draw(member, PAYLOAD_STREAMS);
    struct stream *stream = &load->streams[number];
    char payload[PAYLOAD_ROOM];
    struct peer_event event = {.stream = number + 1, .at = now_us(), .payload = payload};

    memcpy(event.id, &event.at, 8);
    memcpy(event.id + 8, &member->random, 8);
    pthread_mutex_lock(&stream->lock);
    event.version = stream->version + 1;
    event.payload_size =
        payload_write(payload, event.version * PAYLOAD_AMOUNT, event.version);
    load->peer->append(load->clients[member->number], &event);
    stream->version++;
    pthread_mutex_unlock(&stream->lock);
}

static void set_up(struct bench_work *work)
{
    struct load *load = bench_new(sizeof *load);

    work->state = load;
    load->peer = work->row->peer;
    for (int i = 0; i < PAYLOAD_STREAMS; i++) {
        load->streams[i].version = FILLED;
        if (pthread_mutex_init(&load->streams[i].lock, NULL))
            bench_die(work->row->name, "a lock cannot be made");
    }
    load->stored = FILLED * PAYLOAD_STREAMS;
    load->server =
        (struct peer_server){.end = load->peer->end, .humble = load->peer->humble};
    peer_server_prepare(&load->server, work->path);
    load->peer->start(&load->server);
    load->keeper = load->peer->connect(&load->server);
    load->peer->fill(load->keeper, FILLED);
    for (int i = 0; i < work->row->size; i++) {
        load->clients[i] = load->peer->connect(&load->server);
        load->peer->ready(load->clients[i]);
    }
    sync(); /* what was made without syncs must not burden the first ones of the run */
}

/* Each sync can have been waited for by as many answers as there are clients, and no
 * answer may come without one. */
static void check_syncs(const struct bench_work *work)
{
    if (work->sample.syncs * work->row->size < work->sample.count)
        bench_die(work->row->name,
                  "answers came without a sync that began after their questions");
}

static void run(struct bench_work *work)
{
    struct load *load = work->state;
    const struct crowd crowd = {.threads = work->row->size,
                                .seconds = work->seconds,
                                .unsynced = true, /* by this process: the server syncs */
                                .act = append_one,
                                .context = load};
    double seconds = bench_processor() + peer_server_seconds(&load->server);
    int64_t syncs = peer_server_syncs(&load->server);

    crowd_run(&crowd, &work->sample);
    work->sample.processor =
        bench_processor() + peer_server_seconds(&load->server) - seconds;
    work->sample.syncs = peer_server_syncs(&load->server) - syncs;
    load->stored += work->sample.count;
    check_syncs(work);
}

static void tear_down(struct bench_work *work)
{
    struct load *load = work->state;
    const char *fault;

    for (int i = 0; i < work->row->size; i++)
        load->peer->disconnect(load->clients[i]);
    fault = load->peer->verify(load->keeper, load->stored);
    work->sample.written = 0; /* nobody has looked what the server wrote */
    load->peer->disconnect(load->keeper);
    if (fault)
        bench_die(work->row->name, fault);
    peer_server_remove(&load->server);
    for (int i = 0; i < PAYLOAD_STREAMS; i++)
        pthread_mutex_destroy(&load->streams[i].lock);
    free(load);
}

#define BESIDE(...)                                                                      \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }
#define ROW_(variable, name_, peer_, set_, clients, what, beside_)                       \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "peers",                                                                \
        .summary = what ", each append answered before the next",                        \
        .unit = "events",                                                                \
        .beside = beside_,                                                               \
        .set = set_,                                                                     \
        .size = clients,                                                                 \
        .peer = &peer_,                                                                  \
        .only_when_named = true,                                                         \
        .warm = true,                                                                    \
        .set_up = set_up,                                                                \
        .run = run,                                                                      \
        .tear_down = tear_down,                                                          \
    }

#define OF(name, text, peer, label)                                                      \
    ROW_(name##_1, text "-1", peer, "one", 1, label ", one client", BESIDE("append-1")); \
    ROW_(name##_16, text "-16", peer, "16", 16, label ", 16 clients",                    \
         BESIDE("append-16", "command-16"));                                             \
    ROW_(name##_64, text "-64", peer, "64", 64, label ", 64 clients", BESIDE("append-64"))

OF(postgres, "postgres", peer_postgres, "PostgreSQL");
OF(redis, "redis", peer_redis, "Redis");
