/* append.c - rows: threads that drive the machine of commits, with appends that are made
 * already: no decision, no JSON, no states. */
#include "rows/append.h"
#include "rows.h"
#include "rows/history.h"

#include "command/committer.h"
#include "crowd.h"
#include "payload.h"

#include <jangle/jangle.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/view_store.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct appends {
    struct jn_host host;
    struct jangle_stores stores;
    struct jn_committer committer;
    struct stream {
        pthread_mutex_t lock; /* held until its append is settled */
        int64_t version;
    } streams[PAYLOAD_STREAMS];
    int64_t stored;
};

static void must(enum jangle_result result, const struct jangle_error *error)
{
    if (result)
        bench_die("the machine of commits", error ? error->message : NULL);
}

static struct jangle_record
record_of(char id[24], char payload[PAYLOAD_ROOM], int64_t number, int64_t version)
{
    struct jangle_record record = {.kind = "account",
                                   .id = id,
                                   .version = version,
                                   .type = "paid",
                                   .type_version = 1,
                                   .payload = payload,
                                   .meta = payload_meta};

    snprintf(id, 24, "%06lld", (long long)number);
    record.payload_size =
        (size_t)payload_write(payload, version * PAYLOAD_AMOUNT, version);
    return record;
}

static void finish_record(struct appends *appends, struct jangle_record *record)
{
    record->at = jn_host_now(&appends->host);
    jn_host_id(&appends->host, record->event_id);
}

static void append_one(struct appends *appends, int64_t number)
{
    struct stream *stream = &appends->streams[number];
    char id[24], payload[PAYLOAD_ROOM];
    struct jangle_error error = {0};
    struct jangle_record record;
    struct jangle_condition condition = {.kind = "account", .id = id};
    struct jangle_append append = {
        .records = &record, .count = 1, .conditions = &condition, .condition_count = 1};

    pthread_mutex_lock(&stream->lock);
    record = record_of(id, payload, number, stream->version + 1);
    condition.version = stream->version;
    finish_record(appends, &record);
    must(jn_committer_send(&appends->committer, &append, NULL, -1, &error), &error);
    stream->version++;
    pthread_mutex_unlock(&stream->lock);
}

static void act(void *context, struct crowd_member *member)
{
    append_one(context, crowd_draw(member, PAYLOAD_STREAMS));
}

void append_set_up(struct bench_work *work)
{
    static const struct jn_commit_limits limits = {.group_count = 256,
                                                   .group_bytes = 1024 * 1024,
                                                   .queue_limit = 10000,
                                                   .gather_us = 200};
    struct appends *appends = bench_new(sizeof *appends);
    struct jangle_host given = {.logger = jangle_logger_none()};
    struct jangle_storage storage = jangle_sqlite(work->path);
    struct jangle_error error = {0};

    work->state = appends;
    must(jn_host_init(&appends->host, &given), NULL);
    must(storage.open(&storage, &appends->host.host, &appends->stores, &error), &error);
    must(jn_committer_init(&appends->committer, appends->stores.store, &limits,
                           &appends->host),
         NULL);
    for (int64_t i = 0; i < PAYLOAD_STREAMS; i++) {
        if (pthread_mutex_init(&appends->streams[i].lock, NULL))
            bench_die(work->row->name, "a lock cannot be made");
        append_one(appends, i);
    }
    appends->stored = PAYLOAD_STREAMS;
}

/* ---- a log that is longer ------------------------------------------------------ */

enum { BATCH = 1000 };

struct batch {
    struct jangle_record records[BATCH];
    char ids[BATCH][24], payloads[BATCH][PAYLOAD_ROOM];
};

static void
add_batch(struct appends *appends, struct batch *batch, struct crowd_member *member)
{
    for (int i = 0; i < BATCH; i++) {
        int64_t number = crowd_draw(member, PAYLOAD_STREAMS);
        int64_t version = ++appends->streams[number].version;

        batch->records[i] = record_of(batch->ids[i], batch->payloads[i], number, version);
        finish_record(appends, &batch->records[i]);
    }
    history_append(appends->stores.store, batch->records, BATCH);
    appends->stored += BATCH;
}

void append_fill(struct bench_work *work, int64_t events)
{
    struct appends *appends = work->state;
    struct crowd_member member = {.random = 1};
    struct batch *batch = bench_new(sizeof *batch);

    while (appends->stored < events)
        add_batch(appends, batch, &member);
    free(batch);
}

/* ---- threads ------------------------------------------------------------------- */

void append_run(struct bench_work *work)
{
    struct appends *appends = work->state;
    const struct crowd crowd = {.threads = work->row->size,
                                .seconds = work->seconds,
                                .act = act,
                                .context = appends};

    crowd_run(&crowd, &work->sample);
    appends->stored += work->sample.count;
}

void append_tear_down(struct bench_work *work)
{
    struct appends *appends = work->state;
    struct jangle_stores *stores = &appends->stores;

    work->stored = appends->stored;
    jn_committer_finish(&appends->committer);
    if (stores->views)
        stores->views->ops->close(stores->views);
    if (stores->snapshots)
        stores->snapshots->ops->close(stores->snapshots);
    stores->store->ops->close(stores->store);
    jn_host_finish(&appends->host);
    for (int64_t i = 0; i < PAYLOAD_STREAMS; i++)
        pthread_mutex_destroy(&appends->streams[i].lock);
    free(appends);
}

#define ROW_(variable, name_, set_, threads)                                             \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "commands",                                                             \
        .summary = "the machine of commits alone, by " #threads " threads",              \
        .unit = "events",                                                                \
        .beside = {"same-" #threads, "raw-" #threads},                                   \
        .set = set_,                                                                     \
        .size = threads,                                                                 \
        .warm = true,                                                                    \
        .set_up = append_set_up,                                                         \
        .run = append_run,                                                               \
        .tear_down = append_tear_down,                                                   \
    }

ROW_(append_1, "append-1", "one", 1);
ROW_(append_16, "append-16", "16", 16);
ROW_(append_64, "append-64", "64", 64);
