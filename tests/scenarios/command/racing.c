/* racing.c - many threads on many purses, and on one: nothing is lost, doubled, reordered
 * or refused without a reason. */
#include "command/commands.h"
#include "support/domains/purse.h"
#include "support/effort.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { THREADS_MAX = 16, COMMANDS = 500, EVENTS_MAX = THREADS_MAX * COMMANDS };

/* What a sender was told. */
struct answer {
    int purse;
    bool taken_out;
    int64_t amount;
    enum jangle_result result;
    int64_t position, version;
    int64_t only; /* "there are only ..." */
};

/* What was stored. */
struct stored {
    int purse;
    bool taken_out;
    int64_t amount, total, version;
};

struct sender {
    pthread_t thread;
    struct jangle *jangle;
    uint64_t seed;
    int purses;
    struct answer answers[COMMANDS];
};

struct log {
    int64_t count;
    struct stored events[EVENTS_MAX];
};

static struct log seen;

static enum jangle_result
see(const struct jangle_event *event, bool taken_out, int64_t amount, int64_t total)
{
    if (event->position != seen.count + 1 || seen.count == EVENTS_MAX)
        return JANGLE_INVALID;
    seen.events[seen.count++] =
        (struct stored){.purse = (int)strtol(event->aggregate_id, NULL, 10),
                        .taken_out = taken_out,
                        .amount = amount,
                        .total = total,
                        .version = event->version};
    return JANGLE_OK;
}

static enum jangle_result see_put_in(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    const struct coins_put_in *put = event->data;

    (void)delivery;
    return see(event, false, put->amount, put->total);
}

static enum jangle_result see_taken_out(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    const struct coins_taken_out *taken = event->data;

    (void)delivery;
    return see(event, true, taken->amount, taken->total);
}

static const struct jangle_subscriber watcher = {
    .name = "watcher",
    .handlers =
        JANGLE_HANDLERS({&coins_put_in, see_put_in}, {&coins_taken_out, see_taken_out}),
    .start = JANGLE_FROM_FIRST};

/* ---- sending ----------------------------------------------------------------- */

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void send_one(struct sender *sender, struct answer *answer)
{
    struct jangle_outcome outcome;
    char id[12];

    answer->purse = (int)(draw(&sender->seed) % (uint64_t)sender->purses);
    answer->taken_out = draw(&sender->seed) % 2;
    answer->amount = 1 + (int64_t)(draw(&sender->seed) % 100);
    snprintf(id, sizeof id, "%d", answer->purse);
    if (answer->taken_out)
        answer->result = jangle_send(sender->jangle, &outcome, take_out, .purse_id = id,
                                     .amount = answer->amount);
    else
        answer->result = jangle_send(sender->jangle, &outcome, put_in, .purse_id = id,
                                     .amount = answer->amount);
    answer->position = outcome.position;
    answer->version = outcome.version;
    if (answer->result == JANGLE_REJECTED)
        sscanf(outcome.error.message, "there are only %" SCNd64, &answer->only);
}

/* An event's id is drawn while the command holds the lock of its purse. Others come to
 * wait for it then, also where there is one processor only. */
static void let_others_come(void *context, void *bytes, size_t size)
{
    (void)context;
    sched_yield();
    assert_int_equal(getrandom(bytes, size, 0), (ssize_t)size);
}

static _Atomic int64_t crowds; /* how often others waited when a command was done */

static void note_crowd(struct jangle *jangle)
{
    struct jn_stream_locks *locks = &jangle->commands->locks;

    jn_mutex_lock(&locks->mutex);
    crowds += locks->waiting > 0;
    jn_mutex_unlock(&locks->mutex);
}

static void *send_all(void *context)
{
    struct sender *sender = context;

    for (int i = 0; i < COMMANDS; i++) {
        send_one(sender, &sender->answers[i]);
        note_crowd(sender->jangle);
    }
    return NULL;
}

/* ---- checking ---------------------------------------------------------------- */

/* Each purse's events are a chain: versions follow each other, and so do totals. */
static void check_chains(int purses)
{
    int64_t *versions = test_calloc((size_t)purses, sizeof *versions);
    int64_t *totals = test_calloc((size_t)purses, sizeof *totals);

    for (int64_t i = 0; i < seen.count; i++) {
        const struct stored *event = &seen.events[i];

        totals[event->purse] += event->taken_out ? -event->amount : event->amount;
        assert_int_equal(event->version, ++versions[event->purse]);
        assert_int_equal(event->total, totals[event->purse]);
        assert_true(event->total >= 0);
    }
    test_free(versions);
    test_free(totals);
}

/* What the purse held when it was at that version. */
static int64_t total_at(int purse, int64_t version)
{
    for (int64_t i = 0; i < seen.count; i++)
        if (seen.events[i].purse == purse && seen.events[i].version == version)
            return seen.events[i].total;
    assert_int_equal(version, 0);
    return 0;
}

static void check_answer(const struct answer *answer, bool *answered)
{
    const struct stored *event;

    if (answer->result == JANGLE_REJECTED) {
        assert_true(answer->taken_out);
        assert_int_equal(answer->position, 0);
        assert_int_equal(answer->only, total_at(answer->purse, answer->version));
        assert_true(answer->only < answer->amount);
        return;
    }
    assert_result(answer->result, JANGLE_OK);
    assert_in_range(answer->position, 1, seen.count);
    assert_false(answered[answer->position]);
    answered[answer->position] = true;
    event = &seen.events[answer->position - 1];
    assert_int_equal(event->purse, answer->purse);
    assert_int_equal(event->taken_out, answer->taken_out);
    assert_int_equal(event->amount, answer->amount);
    assert_int_equal(event->version, answer->version);
}

static void check(const struct sender *senders, int threads, int purses)
{
    static bool answered[EVENTS_MAX + 1];
    int64_t accepted = 0;

    memset(answered, 0, sizeof answered);
    check_chains(purses);
    for (int i = 0; i < threads; i++)
        for (int j = 0; j < COMMANDS; j++) {
            check_answer(&senders[i].answers[j], answered);
            accepted += senders[i].answers[j].result == JANGLE_OK;
        }
    assert_int_equal(accepted, seen.count);
}

/* ---- races ------------------------------------------------------------------- */

static void race(struct jangle_storage storage, int threads, int purses)
{
    static struct sender senders[THREADS_MAX];
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&watcher),
        .storage = storage,
        .host = {.random = {.fill = let_others_come}, .logger = jangle_logger_none()},
        .workers = 2};
    struct jangle_error error = {0};
    struct jangle *jangle = jangle_open(&config, &error);
    struct jangle_left left;

    if (!jangle)
        fail_msg("%s", error.message);
    seen.count = 0;
    crowds = 0;
    for (int i = 0; i < threads; i++) {
        senders[i] =
            (struct sender){.jangle = jangle, .seed = (uint64_t)i + 1, .purses = purses};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
                         0);
    }
    for (int i = 0; i < threads; i++)
        pthread_join(senders[i].thread, NULL);
    assert_result(jangle_drain(jangle, 60000, &left, &error), JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    check(senders, threads, purses);
    if (purses == 1)
        assert_true(crowds + atomic_load(&jangle->counters.conflicts) >= 100);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

static void in_sqlite(int threads, int purses)
{
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "purses.db");
    race(jangle_sqlite(path), threads, purses);
    temp_directory_remove(directory);
}

static void eight_threads_on_two_hundred_purses_in_sqlite(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_RACING); left > 0; left--)
        in_sqlite(8, 200);
}

static void sixteen_threads_on_one_purse_in_sqlite(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_RACING); left > 0; left--)
        in_sqlite(16, 1);
}

static void eight_threads_on_two_hundred_purses_in_memory(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_RACING); left > 0; left--)
        race(jangle_memory(), 8, 200);
}

static void sixteen_threads_on_one_purse_in_memory(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_RACING); left > 0; left--)
        race(jangle_memory(), 16, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_threads_on_two_hundred_purses_in_sqlite),
        cmocka_unit_test(sixteen_threads_on_one_purse_in_sqlite),
        cmocka_unit_test(eight_threads_on_two_hundred_purses_in_memory),
        cmocka_unit_test(sixteen_threads_on_one_purse_in_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
