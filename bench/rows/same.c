/* same.c - rows: what SQLite alone does with what jangle stores: the event and the row of
 * its stream (same-N), or the event alone (raw-N), N of them a commit. */
#include "rows/same.h"
#include "crowd.h"
#include "payload.h"
#include "rows.h"
#include "rows/sql.h"

#include <stdlib.h>
#include <string.h>

enum { FULL = 20000 }; /* then the WAL has its full size */

struct same {
    struct sql sql;
    void (*write)(struct sql *sql, const struct sql_event *event);
    int size;                              /* events a commit */
    int64_t versions[PAYLOAD_STREAMS + 1]; /* of the streams */
    int64_t stored;
};

static void commit_events(void *context, struct crowd_member *member)
{
    struct same *same = context;
    char payload[PAYLOAD_ROOM];

    sql_begin(&same->sql);
    for (int i = 0; i < same->size; i++) {
        int64_t stream = 1 + crowd_draw(member, PAYLOAD_STREAMS);
        struct sql_event event = {stream, ++same->versions[stream], payload, 0};

        event.payload_size =
            payload_write(payload, event.version * PAYLOAD_AMOUNT, event.version);
        same->write(&same->sql, &event);
    }
    sql_commit(&same->sql);
    same->stored += same->size;
    member->count += same->size - 1;
}

void same_fill(struct bench_work *work, int64_t events)
{
    enum { BATCH = 100 };
    struct same *same = work->state;
    struct crowd_member member = {.random = 1};
    int size = same->size;

    same->size = BATCH;
    while (same->stored < events)
        commit_events(same, &member);
    same->size = size;
}

void same_set_up(struct bench_work *work)
{
    struct same *same = bench_new(sizeof *same);

    work->state = same;
    same->size = work->row->size;
    same->write = strncmp(work->row->name, "raw", 3) != 0 ? sql_append : sql_insert;
    sql_open(&same->sql, work->path, PAYLOAD_STREAMS);
    same_fill(work, FULL);
}

void same_run(struct bench_work *work)
{
    const struct crowd crowd = {.threads = 1,
                                .seconds = work->seconds,
                                .act = commit_events,
                                .context = work->state};

    crowd_run(&crowd, &work->sample);
}

void same_tear_down(struct bench_work *work)
{
    struct same *same = work->state;

    work->stored = same->stored;
    sql_close(&same->sql);
    free(same);
}

#define ROW_(variable, name_, set_, size_, what)                                         \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "plain",                                                                \
        .summary = what,                                                                 \
        .unit = "events",                                                                \
        .set = set_,                                                                     \
        .size = size_,                                                                   \
        .warm = true,                                                                    \
        .set_up = same_set_up,                                                           \
        .run = same_run,                                                                 \
        .tear_down = same_tear_down,                                                     \
    }

ROW_(same_1, "same-1", "one", 1, "SQLite alone, an event and its stream's row a commit");
ROW_(same_16, "same-16", "16", 16, "SQLite alone, 16 events and streams' rows a commit");
ROW_(same_64, "same-64", "64", 64, "SQLite alone, 64 events and streams' rows a commit");
ROW_(raw_1, "raw-1", "one", 1, "SQLite alone, an event a commit");
ROW_(raw_16, "raw-16", "16", 16, "SQLite alone, 16 events a commit");
ROW_(raw_64, "raw-64", "64", 64, "SQLite alone, 64 events a commit");
