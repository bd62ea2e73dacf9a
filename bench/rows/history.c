/* history.c - a log that is full before the run: what rows of the read side read.
 *
 * It is written by the contract of stores and not by commands, because a million events
 * would take minutes otherwise. */
#include "rows/history.h"
#include "payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    IN_COMMIT = 1000,
    STRIDE = 7919, /* a prime: by its multiples one comes to each stream once */
    TEXT_SIZE = PAYLOAD_ROOM
};

/* ---- the store, without the engine --------------------------------------------- */

static jangle_time now(void *context)
{
    struct timespec time;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &time);
    return (jangle_time){(int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000};
}

static int64_t monotonic_us(void *context)
{
    (void)context;
    return (int64_t)(bench_now() * 1e6);
}

static void *resize(void *context, void *memory, size_t size)
{
    (void)context;
    return realloc(memory, size);
}

static void give_back(void *context, void *memory)
{
    (void)context;
    free(memory);
}

/* For the id of the store alone, which nobody compares here. */
static void fill(void *context, void *bytes, size_t size)
{
    (void)context;
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)bytes)[i] = (unsigned char)(37 * i + 11);
}

struct jangle_stores history_open(const char *path)
{
    static struct jangle_host host = {
        .clock = {now, monotonic_us, NULL},
        .random = {.fill = fill},
        .allocator = {resize, give_back, NULL},
    };
    struct jangle_storage storage = jangle_sqlite(path);
    struct jangle_stores stores = {0};
    struct jangle_error error;

    host.logger = jangle_logger_none();
    if (storage.open(&storage, &host, &stores, &error))
        bench_die("the store", error.message);
    return stores;
}

void history_close(const struct jangle_stores *stores)
{
    stores->views->ops->close(stores->views);
    stores->snapshots->ops->close(stores->snapshots);
    stores->store->ops->close(stores->store);
}

/* ---- what it holds ------------------------------------------------------------- */

struct history history_of(enum history_kind kind, int64_t events, int64_t each)
{
    int64_t streams = (events + each - 1) / each;

    if (streams % STRIDE == 0)
        streams++;
    return (struct history){.kind = kind, .events = streams * each, .each = each};
}

int64_t history_streams(const struct history *history)
{
    return history->events / history->each;
}

int64_t history_sum(const struct history *history)
{
    return history_streams(history) * history->each * (history->each + 1) / 2;
}

void history_id(int64_t stream, char id[HISTORY_ID])
{
    snprintf(id, HISTORY_ID, "%06lld", (long long)stream);
}

/* ---- writing it ---------------------------------------------------------------- */

/* The texts that one record borrows. */
struct texts {
    char id[HISTORY_ID];
    char payload[TEXT_SIZE], meta[TEXT_SIZE];
};

struct writing {
    struct jangle_record records[IN_COMMIT];
    struct texts texts[IN_COMMIT];
};

/* As long as the ids that jangle makes. */
#define AN_ID "0190a5c0-5d8a-7cc1-8f2e-%012llx"

static size_t write_payment(char *payload, int64_t number, int64_t version)
{
    int64_t entry = HISTORY_ENTRY + version;

    (void)number;
    return (size_t)payload_write(payload, entry * PAYLOAD_AMOUNT, entry);
}

static size_t write_deposit(char *payload, int64_t number, int64_t entry)
{
    return (size_t)snprintf(payload, TEXT_SIZE,
                            "{\"transaction_id\":\"" AN_ID
                            "\",\"amount\":2500,\"balance\":%lld,"
                            "\"entry\":%lld}",
                            (unsigned long long)number, (long long)(2500 * entry),
                            (long long)entry);
}

static const struct kind {
    const char *type;
    size_t (*write)(char *payload, int64_t number, int64_t entry);
} kinds[] = {
    [HISTORY_PAYMENTS] = {"paid", write_payment},
    [HISTORY_DEPOSITS] = {"funds_deposited", write_deposit},
};

/* The event of that number: 0, 1, 2... */
static struct jangle_record
record_of(const struct history *history, int64_t number, struct texts *texts)
{
    const struct kind *kind = &kinds[history->kind];
    int64_t streams = history_streams(history);
    int64_t version = number / streams + 1;
    struct jangle_record record = {
        .kind = "account",
        .id = texts->id,
        .version = version,
        .type = kind->type,
        .type_version = 1,
        .at = {1700000000000000 + number},
        .payload = texts->payload,
        .meta = texts->meta,
    };

    history_id((number % streams * STRIDE + version) % streams, texts->id);
    record.payload_size = kind->write(texts->payload, number, version);
    memcpy(record.event_id, &record.at, sizeof record.at); /* so that each has another */
    snprintf(texts->meta, sizeof texts->meta,
             "{\"correlation_id\":\"" AN_ID "\",\"causation_id\":\"" AN_ID "\"}",
             (unsigned long long)number, (unsigned long long)number);
    return record;
}

void history_append(struct jangle_store *store,
                    struct jangle_record *records,
                    size_t count)
{
    struct jangle_append append = {.records = records, .count = count};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    struct jangle_error error;

    if (store->ops->commit(store, &group, &error))
        bench_die("the store", error.message);
    if (append.error.result)
        bench_die("the store", append.error.message);
}

void history_write(const char *path, struct history *history)
{
    struct jangle_stores stores = history_open(path);
    struct writing *writing = bench_new(sizeof *writing);
    size_t filled = 0;

    for (int64_t i = 0; i < history->events; i++) {
        writing->records[filled] = record_of(history, i, &writing->texts[filled]);
        history->bytes += (int64_t)writing->records[filled].payload_size;
        filled++;
        if (filled < IN_COMMIT && i + 1 < history->events)
            continue;
        history_append(stores.store, writing->records, filled);
        filled = 0;
    }
    free(writing);
    history_close(&stores);
}
