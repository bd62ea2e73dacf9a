/* by_hand.c - what a good programmer writes without jangle: states in memory, JSON, and
 * threads that share a commit, on SQLite. */
#include "rows/by_hand.h"
#include "payload.h"
#include "rows/sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { GROUP_MAX = 256, GATHER_US = 200 };

struct account {
    pthread_mutex_t lock; /* held from the decision until the payment is durable */
    int64_t balance, entries;
};

/* A payment that waits for its commit, on the stack of its thread. */
struct ticket {
    struct ticket *next;
    pthread_cond_t woken;
    bool done;
    struct sql_event event;
};

struct by_hand {
    struct sql sql;        /* who leads has it */
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t gathered;
    struct ticket *first, **end; /* those that wait */
    int queued, expected, wanted;
    bool leading;
    int64_t stored;
    pthread_condattr_t monotonic;
    struct account accounts[PAYLOAD_STREAMS + 1];
};

static void must(int failed)
{
    if (failed)
        bench_die("by hand", "a lock cannot be made");
}

/* ---- the commit that threads share ------------------------------------------- */

/* Those that the last group has released come again: wait for them a little. */
static void gather(struct by_hand *by_hand)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += GATHER_US * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    by_hand->wanted = by_hand->expected;
    while (by_hand->queued < by_hand->wanted &&
           !pthread_cond_timedwait(&by_hand->gathered, &by_hand->mutex, &until))
        ;
    by_hand->wanted = 0;
}

static int take(struct by_hand *by_hand, struct ticket **group)
{
    int count = 0;

    while (by_hand->first && count < GROUP_MAX) {
        group[count++] = by_hand->first;
        by_hand->first = by_hand->first->next;
    }
    if (!by_hand->first)
        by_hand->end = &by_hand->first;
    by_hand->queued -= count;
    return count;
}

/* With the mutex held on entry and on return. */
static void lead(struct by_hand *by_hand)
{
    struct ticket *group[GROUP_MAX];
    int count;

    by_hand->leading = true;
    if (by_hand->queued < by_hand->expected)
        gather(by_hand);
    count = take(by_hand, group);
    pthread_mutex_unlock(&by_hand->mutex);
    sql_begin(&by_hand->sql);
    for (int i = 0; i < count; i++)
        sql_append(&by_hand->sql, &group[i]->event);
    sql_commit(&by_hand->sql);
    pthread_mutex_lock(&by_hand->mutex);
    by_hand->stored += count;
    by_hand->leading = false;
    by_hand->expected = count > 1 ? by_hand->queued + count : 0;
    for (int i = 0; i < count; i++) {
        group[i]->done = true;
        pthread_cond_signal(&group[i]->woken);
    }
    if (by_hand->first)
        pthread_cond_signal(&by_hand->first->woken);
}

static void commit(struct by_hand *by_hand, struct ticket *ticket)
{
    must(pthread_cond_init(&ticket->woken, &by_hand->monotonic));
    pthread_mutex_lock(&by_hand->mutex);
    *by_hand->end = ticket;
    by_hand->end = &ticket->next;
    if (++by_hand->queued == by_hand->wanted)
        pthread_cond_signal(&by_hand->gathered);
    while (!ticket->done)
        if (by_hand->leading)
            pthread_cond_wait(&ticket->woken, &by_hand->mutex);
        else
            lead(by_hand);
    pthread_mutex_unlock(&by_hand->mutex);
    pthread_cond_destroy(&ticket->woken);
}

/* ---- a payment --------------------------------------------------------------- */

/* Returns the size of the payment as JSON. */
static int decide(const struct account *account, char payload[PAYLOAD_ROOM])
{
    if (account->balance + PAYLOAD_AMOUNT > PAYLOAD_LIMIT)
        bench_die("by hand", "an account is full");
    return payload_write(payload, account->balance + PAYLOAD_AMOUNT,
                         account->entries + 1);
}

static void apply(struct account *account)
{
    account->balance += PAYLOAD_AMOUNT;
    account->entries++;
}

static void pay_locked(struct by_hand *by_hand, struct account *account, int64_t stream)
{
    char payload[PAYLOAD_ROOM];
    struct ticket ticket = {.event = {stream, account->entries + 1, payload, 0}};

    ticket.event.payload_size = decide(account, payload);
    commit(by_hand, &ticket);
    apply(account);
}

void by_hand_pay(struct by_hand *by_hand, int64_t stream)
{
    struct account *account = &by_hand->accounts[stream];

    pthread_mutex_lock(&account->lock);
    pay_locked(by_hand, account, stream);
    pthread_mutex_unlock(&account->lock);
}

/* ---- without states in memory ------------------------------------------------ */

#ifdef BENCH_HAS_JANSSON

#include <jansson.h>

struct by_hand_reader {
    sqlite3 *database;
    sqlite3_stmt *select;
};

struct by_hand_reader *by_hand_reader(const char *path)
{
    struct by_hand_reader *reader = bench_new(sizeof *reader);

    reader->database = sql_reader(path);
    reader->select = sql_prepare(
        reader->database, "SELECT payload FROM events WHERE stream = ? ORDER BY version");
    return reader;
}

void by_hand_reader_close(struct by_hand_reader *reader)
{
    sqlite3_finalize(reader->select);
    sql_must(reader->database, sqlite3_close(reader->database), SQLITE_OK);
    free(reader);
}

static void parse(struct account *account, sqlite3_stmt *select)
{
    json_t *payment = json_loadb(sqlite3_column_blob(select, 0),
                                 (size_t)sqlite3_column_bytes(select, 0), 0, NULL);

    account->balance = json_integer_value(json_object_get(payment, "balance"));
    account->entries = json_integer_value(json_object_get(payment, "entry"));
    if (!json_is_string(json_object_get(payment, "memo")))
        bench_die("by hand", "a payment cannot be read");
    json_decref(payment);
}

void by_hand_load(struct by_hand *by_hand, struct by_hand_reader *reader, int64_t stream)
{
    struct account *account = &by_hand->accounts[stream];
    int code;

    pthread_mutex_lock(&account->lock);
    sql_must(reader->database, sqlite3_bind_int64(reader->select, 1, stream), SQLITE_OK);
    while ((code = sqlite3_step(reader->select)) == SQLITE_ROW)
        parse(account, reader->select);
    sql_must(reader->database, code, SQLITE_DONE);
    sql_must(reader->database, sqlite3_reset(reader->select), SQLITE_OK);
    pay_locked(by_hand, account, stream);
    pthread_mutex_unlock(&account->lock);
}

#else /* no row asks for these */

struct by_hand_reader *by_hand_reader(const char *path)
{
    bench_die(path, "jansson is not here");
}

void by_hand_reader_close(struct by_hand_reader *reader)
{
    (void)reader;
}

void by_hand_load(struct by_hand *by_hand, struct by_hand_reader *reader, int64_t stream)
{
    (void)reader;
    by_hand_pay(by_hand, stream);
}

#endif

/* ---- from its opening to its end --------------------------------------------- */

/* One after the other in time, as they were paid. */
static void fill(struct by_hand *by_hand, int64_t payments)
{
    enum { BATCH = 100 };
    char payload[PAYLOAD_ROOM];

    for (int64_t i = 0; i < payments * PAYLOAD_STREAMS; i++) {
        struct account *account = &by_hand->accounts[1 + i % PAYLOAD_STREAMS];
        struct sql_event event = {1 + i % PAYLOAD_STREAMS, account->entries + 1, payload,
                                  decide(account, payload)};

        if (i % BATCH == 0)
            sql_begin(&by_hand->sql);
        sql_append(&by_hand->sql, &event);
        if (i % BATCH == BATCH - 1)
            sql_commit(&by_hand->sql);
        apply(account);
        by_hand->stored++;
    }
}

struct by_hand *by_hand_open(const char *path, int64_t payments)
{
    struct by_hand *by_hand = bench_new(sizeof *by_hand);

    by_hand->end = &by_hand->first;
    must(pthread_condattr_init(&by_hand->monotonic));
    must(pthread_condattr_setclock(&by_hand->monotonic, CLOCK_MONOTONIC));
    must(pthread_mutex_init(&by_hand->mutex, NULL));
    must(pthread_cond_init(&by_hand->gathered, &by_hand->monotonic));
    for (int64_t i = 0; i <= PAYLOAD_STREAMS; i++)
        must(pthread_mutex_init(&by_hand->accounts[i].lock, NULL));
    sql_open(&by_hand->sql, path, PAYLOAD_STREAMS);
    fill(by_hand, payments);
    return by_hand;
}

int64_t by_hand_stored(const struct by_hand *by_hand)
{
    return by_hand->stored;
}

void by_hand_close(struct by_hand *by_hand)
{
    sql_close(&by_hand->sql);
    for (int64_t i = 0; i <= PAYLOAD_STREAMS; i++)
        pthread_mutex_destroy(&by_hand->accounts[i].lock);
    pthread_cond_destroy(&by_hand->gathered);
    pthread_mutex_destroy(&by_hand->mutex);
    pthread_condattr_destroy(&by_hand->monotonic);
    free(by_hand);
}
