/* shared.c - a subscriber with several threads: different streams side by side,
 * each in order, and the checkpoint only over what is processed. */
#include "command/commands.h"
#include "support/domains/follower.h"
#include "support/shard.h"

#include "command/commit.h"
#include "dispatch/scheduler.h"
#include "subscription/subscription.h"

#include <jangle/plugin/support.h>
#include <jangle/view.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PURSES = 64, PATIENCE_MS = 60000, MANY = 3000 / TEST_STRIDE };

/* ---- what goes on inside handlers, and what they wait for there -------------- */

typedef void hook_fn(const struct jangle_event *event);

static struct inside {
    struct jn_mutex mutex;
    struct jn_cond moved;
    struct world *world;
    hook_fn *hook; /* before an event is handled, on the handler's thread */
    int count, most;
    int of_purse[PURSES];
    bool doubled;   /* two of a purse at once */
    bool impatient; /* somebody waited in vain */
    bool open;      /* jangle is */
    bool shut;      /* the gate */
    int waiting;    /* at it */
    int busy, refused;
    struct follower follower;
} inside;

static int purse_of(const struct jangle_event *event)
{
    return (int)strtol(event->aggregate_id, NULL, 10) % PURSES;
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    int *of_purse = &inside.of_purse[purse_of(event)];
    enum jangle_result result;

    jn_mutex_lock(&inside.mutex);
    inside.count++;
    inside.most = inside.count > inside.most ? inside.count : inside.most;
    inside.doubled |= ++*of_purse > 1;
    jn_cond_broadcast(&inside.moved);
    jn_mutex_unlock(&inside.mutex);
    if (inside.hook)
        inside.hook(event);
    jn_mutex_lock(&inside.mutex);
    result = follower_handle(delivery, event);
    --*of_purse;
    inside.count--;
    jn_cond_broadcast(&inside.moved);
    jn_mutex_unlock(&inside.mutex);
    return result;
}

/* Until it holds, or for so long that it never will. */
static void wait_until(bool (*holds)(void))
{
    int64_t until_us = jn_monotonic_after_ms(PATIENCE_MS);

    jn_mutex_lock(&inside.mutex);
    while (!holds() && !inside.impatient)
        inside.impatient |= !jn_cond_wait_until(&inside.moved, &inside.mutex, until_us);
    jn_cond_broadcast(&inside.moved);
    jn_mutex_unlock(&inside.mutex);
}

static void shut_gate(bool shut)
{
    jn_mutex_lock(&inside.mutex);
    inside.shut = shut;
    jn_cond_broadcast(&inside.moved);
    jn_mutex_unlock(&inside.mutex);
}

static void stand_at_the_gate(const struct jangle_event *event)
{
    (void)event;
    jn_mutex_lock(&inside.mutex);
    inside.waiting++;
    jn_cond_broadcast(&inside.moved);
    while (inside.shut)
        jn_cond_wait(&inside.moved, &inside.mutex);
    inside.waiting--;
    jn_mutex_unlock(&inside.mutex);
}

/* Handlers may run before jangle_open returns. */
static bool opened(void)
{
    return inside.open;
}

static bool one_waits(void)
{
    return inside.waiting >= 1;
}

static bool two_wait(void)
{
    return inside.waiting >= 2;
}

/* ---- subscribers ------------------------------------------------------------- */

static const struct jangle_handler handlers[] = {{&coins_put_in, handle}};

static const struct jangle_subscriber shared = {.name = "shared",
                                                .context = &inside.follower,
                                                .handlers = JANGLE_ARRAY(handlers),
                                                .start = JANGLE_FROM_FIRST,
                                                .threads = 8};
static const struct jangle_subscriber by_two = {.name = "shared",
                                                .context = &inside.follower,
                                                .handlers = JANGLE_ARRAY(handlers),
                                                .start = JANGLE_FROM_FIRST,
                                                .threads = 2};
static const struct jangle_subscriber unordered = {.name = "shared",
                                                   .context = &inside.follower,
                                                   .handlers = JANGLE_ARRAY(handlers),
                                                   .start = JANGLE_FROM_FIRST,
                                                   .order = JANGLE_ANY_ORDER,
                                                   .threads = 8};

static enum jangle_result count_event(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO seen VALUES (?)",
                           event->position);
}

static const struct jangle_subscriber view = {
    .name = "view",
    .handlers = JANGLE_HANDLERS({&coins_put_in, count_event}),
    .schema = "CREATE TABLE seen (position INTEGER PRIMARY KEY);"};

static int set_up(void **state)
{
    static struct world world;

    inside = (struct inside){.world = &world};
    assert_int_equal(jn_mutex_init(&inside.mutex), 0);
    assert_int_equal(jn_cond_init(&inside.moved), 0);
    world_init(&world, *state != NULL);
    world.config.workers = 4;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    bool impatient, doubled;

    shut_gate(false);
    world_finish(*state);
    impatient = inside.impatient;
    doubled = inside.doubled;
    jn_cond_finish(&inside.moved);
    jn_mutex_finish(&inside.mutex);
    follower_clear(&inside.follower);
    assert_false(impatient);
    assert_false(doubled);
    return 0;
}

/* Events that are there before anybody looks, so that a page holds them all. */
static void fill(struct world *world, int64_t count, int purses)
{
    int workers = world->config.workers;

    world->config.workers = 0;
    world_open(world, NULL);
    world_put_many(world, count, purses);
    world_close(world);
    world->config.workers = workers;
}

static void open_after(struct world *world,
                       const struct jangle_subscriber *subscriber,
                       int64_t count,
                       int purses)
{
    fill(world, count, purses);
    world_open(world, subscriber, NULL);
    jn_mutex_lock(&inside.mutex);
    inside.open = true;
    jn_cond_broadcast(&inside.moved);
    jn_mutex_unlock(&inside.mutex);
}

static void drain(struct world *world)
{
    assert_result(jangle_drain(world->jangle, -1, NULL, &world->error), JANGLE_OK);
}

static int handled(int64_t position)
{
    int count;

    jn_mutex_lock(&inside.mutex);
    count = follower_handled(&inside.follower, position);
    jn_mutex_unlock(&inside.mutex);
    return count;
}

/* Is there anything that one more thread may do? */
static bool is_work_left(struct world *world)
{
    struct jn_dispatch *dispatch = world->jangle->dispatch;
    bool left;

    jn_mutex_lock(&dispatch->mutex);
    left = jn_scheduler_next(dispatch) != NULL;
    jn_mutex_unlock(&dispatch->mutex);
    return left;
}

/* ---- side by side ------------------------------------------------------------ */

static bool three_are_inside(void)
{
    return inside.most >= 3;
}

static void meet_two_others(const struct jangle_event *event)
{
    (void)event;
    wait_until(three_are_inside);
}

static void three_streams_are_inside_at_once(void **state)
{
    struct world *world = *state;

    inside.hook = meet_two_others;
    open_after(world, &shared, 3, 3);
    drain(world);
    assert_int_equal(inside.most, 3);
    assert_int_equal(world_measure(world, "shared").position, 3);
}

static void unordered_events_of_one_stream_are_inside_at_once(void **state)
{
    struct world *world = *state;

    inside.hook = meet_two_others;
    open_after(world, &unordered, 3, 1);
    drain(world);
    assert_int_equal(inside.most, 3);
    inside.doubled = false; /* as it should be */
}

/* Purse 0 stands at the gate, on one thread or on the other: what comes afterwards is
 * handled beside it. */
static void be_held_if_purse_0(const struct jangle_event *event)
{
    if (!strcmp(event->aggregate_id, "0"))
        stand_at_the_gate(event);
    else if (event->position == 1)
        wait_until(one_waits);
}

static bool twenty_are_handled(void)
{
    return inside.follower.count >= 20;
}

static void let_20_come_beside_purse_0(struct world *world, const char *first)
{
    world->config.workers = 3;
    inside.hook = be_held_if_purse_0;
    shut_gate(true);
    world_open(world, NULL);
    world_put(world, first);
    world_put(world, "0");
    world_close(world);
    world_open(world, &shared, NULL);
    wait_until(one_waits);
    for (int i = 0; i < 20; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", 1 + i % 7);
        world_put(world, purse);
    }
    wait_until(twenty_are_handled);
    assert_false(inside.impatient);
    assert_int_equal(inside.waiting, 1);
    assert_true(world_measure(world, "shared").position <= 1);
    shut_gate(false);
    drain(world);
    follower_assert_all(&inside.follower, 1, 22);
}

static void what_comes_beside_a_blocked_handler_is_handled(void **state)
{
    let_20_come_beside_purse_0(*state, "0");
}

static void so_is_what_comes_beside_a_thread_that_helps(void **state)
{
    let_20_come_beside_purse_0(*state, "1");
}

/* One worker is left for views, however many threads a subscriber has. */
static void views_go_on_beside_all_its_threads(void **state)
{
    struct world *world = *state;

    world->config.workers = 3;
    inside.hook = stand_at_the_gate;
    shut_gate(true);
    fill(world, 100, 50);
    world_open(world, &shared, &view, NULL);
    wait_until(two_wait);
    assert_result(jangle_wait(world->jangle, "view", 100, -1, &world->error), JANGLE_OK);
    assert_int_equal(inside.most, 2);
    assert_false(is_work_left(world));
    shut_gate(false);
    drain(world);
    follower_assert_all(&inside.follower, 1, 100);
}

static void no_more_threads_than_it_has_are_inside(void **state)
{
    struct world *world = *state;

    world->config.workers = 6;
    inside.hook = stand_at_the_gate;
    shut_gate(true);
    open_after(world, &by_two, 1000, 50);
    wait_until(two_wait);
    assert_false(is_work_left(world));
    shut_gate(false);
    drain(world);
    assert_int_equal(inside.most, 2);
    follower_assert_all(&inside.follower, 1, 1000);
}

static void of_few_workers_it_has_one(void **state)
{
    struct world *world = *state;

    world->config.workers = 2;
    open_after(world, &shared, 500, 50);
    drain(world);
    assert_int_equal(inside.most, 1);
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(inside.follower.seen[i].position, i + 1);
}

/* ---- in order ---------------------------------------------------------------- */

enum { SENDERS = 3, EACH = 1500 / TEST_STRIDE };

static void *send_some(void *context)
{
    struct world *world = context;

    for (int i = 0; i < EACH; i++) {
        char purse[16];

        snprintf(purse, sizeof purse, "%d", i % 11);
        jangle_send(world->jangle, NULL, put_in, .purse_id = purse, .amount = 1);
    }
    return NULL;
}

/* Pages of all sizes, for the ring is small. */
static void thousands_of_events_are_each_handled_once_and_in_order(void **state)
{
    struct world *world = *state;
    pthread_t senders[SENDERS];

    world->config.dispatch_queue_count = 30;
    world->config.batch_count = 50;
    world_open(world, &shared, &view, NULL);
    for (int i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_create(&senders[i], NULL, send_some, world), 0);
    for (int i = 0; i < SENDERS; i++)
        pthread_join(senders[i], NULL);
    drain(world);
    follower_assert_all(&inside.follower, 1, SENDERS * EACH);
    assert_int_equal(world_rows(world, "shared"), 0);
    assert_int_equal(world_checkpoint(world, "shared"), SENDERS * EACH);
}

/* Time goes by in handlers, so most steps end in the middle of a page. */
static void let_time_pass(const struct jangle_event *event)
{
    world_pass(inside.world, event->position % 3);
}

static void steps_that_end_in_the_middle_repeat_nothing(void **state)
{
    struct world *world = *state;

    inside.hook = let_time_pass;
    open_after(world, &shared, MANY, 13);
    drain(world);
    follower_assert_all(&inside.follower, 1, MANY);
}

static void the_same_with_failures(void **state)
{
    struct world *world = *state;

    inside.hook = let_time_pass;
    inside.follower.fails_for = "5";
    inside.follower.failures = 100;
    world->config.retry.max_attempts = -1;
    open_after(world, &shared, MANY, 13);
    while (drain(world), world_measure(world, "shared").parked)
        world_pass(world, 300000);
    follower_assert_all(&inside.follower, 1, MANY);
    assert_int_equal(inside.follower.failures, 0);
    assert_int_equal(inside.follower.count, MANY + 100);
}

/* ---- ahead of the checkpoint ------------------------------------------------- */

/* Purses 0 and 1 in turn: 0 has 1, 3, 5, 7. Its first event is slow; meanwhile all of
 * the other are called, and then the step's time is over. Its second stands at
 * the gate. */
static bool other_purse_is_called(void)
{
    return inside.follower.count == 4;
}

static bool other_purse_failed(void)
{
    return inside.follower.count == 2;
}

/* Those who helped have left the step. */
static void wait_until_alone(void)
{
    struct jn_dispatch *dispatch = inside.world->jangle->dispatch;
    int threads = 0;

    while (threads != 1) {
        sched_yield();
        jn_mutex_lock(&dispatch->mutex);
        threads = dispatch->inside;
        jn_mutex_unlock(&dispatch->mutex);
    }
}

static void be_slow(const struct jangle_event *event, bool (*long_enough)(void))
{
    if (event->position == 1) {
        wait_until(opened);
        wait_until(long_enough);
        wait_until_alone();
        world_pass(inside.world, 1000);
    } else if (event->position == 3) {
        stand_at_the_gate(event);
    }
}

static void be_slower_than_the_other(const struct jangle_event *event)
{
    be_slow(event, other_purse_is_called);
}

static void be_slower_than_its_failure(const struct jangle_event *event)
{
    be_slow(event, other_purse_failed);
}

static void what_is_done_ahead_is_not_done_again(void **state)
{
    struct world *world = *state;

    inside.hook = be_slower_than_the_other;
    shut_gate(true);
    open_after(world, &shared, 8, 2);
    wait_until(one_waits);
    assert_int_equal(world_measure(world, "shared").position, 2);
    assert_int_equal(handled(8), 1);
    shut_gate(false);
    drain(world);
    assert_int_equal(inside.follower.count, 8);
    follower_assert_all(&inside.follower, 1, 8);
}

/* Retried with the back-off of one attempt, and those behind it after it. */
static void what_failed_ahead_is_parked_when_its_turn_comes(void **state)
{
    struct world *world = *state;

    inside.hook = be_slower_than_its_failure;
    inside.follower.fails_at = 4;
    inside.follower.failures = 1;
    shut_gate(true);
    open_after(world, &shared, 8, 2);
    wait_until(one_waits);
    assert_int_equal(world_measure(world, "shared").position, 2);
    assert_int_equal(world_measure(world, "shared").parked, 0);
    shut_gate(false);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 8);
    assert_int_equal(world_measure(world, "shared").parked, 1);
    assert_int_equal(follower_calls(&inside.follower, 4), 1);
    assert_int_equal(follower_calls(&inside.follower, 6), 0);
    world_pass(world, 300000);
    drain(world);
    assert_int_equal(follower_calls(&inside.follower, 4), 2);
    assert_int_equal(inside.follower.count, 9);
    assert_int_equal(inside.follower.seen[6].attempt, 2);
    follower_assert_all(&inside.follower, 1, 8);
}

static void be_slow_again_at_the_gate(const struct jangle_event *event)
{
    be_slow(event, other_purse_is_called);
    if (event->position == 3)
        world_pass(inside.world, 1000);
}

static void *reset_to_4(void *context)
{
    struct world *world = context;

    assert_result(jangle_subscriber_reset(world->jangle, "shared", 4, NULL), JANGLE_OK);
    return NULL;
}

/* It was told to begin there: what was done beyond is done again. */
static void a_reset_forgets_what_was_done_ahead(void **state)
{
    struct world *world = *state;
    pthread_t operator;

    inside.hook = be_slow_again_at_the_gate;
    shut_gate(true);
    open_after(world, &shared, 8, 2);
    wait_until(one_waits);
    assert_int_equal(pthread_create(&operator, NULL, reset_to_4, world), 0);
    while (!world_is_held(world, "shared"))
        sched_yield();
    shut_gate(false);
    pthread_join(operator, NULL);
    drain(world);
    for (int64_t position = 1; position <= 8; position++)
        assert_int_equal(handled(position), 1 + (position == 6 || position == 8));
}

/* The program stops while the checkpoint is at 2 and 8 is done. */
static void stop_ahead_of_the_checkpoint(struct world *world)
{
    inside.hook = be_slower_than_the_other;
    shut_gate(true);
    open_after(world, &shared, 8, 2);
    wait_until(one_waits);
    if (jn_committer_flush(&world->jangle->commands->committer, NULL) || !handled(8))
        _exit(1);
    _exit(0);
}

static void a_crash_repeats_only_what_is_after_the_checkpoint(void **state)
{
    struct world *world = *state;
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child)
        stop_ahead_of_the_checkpoint(world);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    world->config.workers = 0;
    world_open(world, &shared, NULL);
    assert_int_equal(world_measure(world, "shared").position, 2);
    drain(world);
    while (world_measure(world, "shared").parked) {
        world_pass(world, 300000);
        drain(world);
    }
    follower_assert_all(&inside.follower, 3, 8);
    assert_int_equal(inside.follower.count, 6);
}

/* ---- failures ---------------------------------------------------------------- */

static void one_stream_that_fails_is_parked_and_all_others_flow(void **state)
{
    struct world *world = *state;

    inside.follower.fails_for = "7";
    inside.follower.failures = -1;
    open_after(world, &shared, 1000, 20);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 1000);
    assert_int_equal(world_measure(world, "shared").parked, 1);
    assert_int_equal(follower_calls(&inside.follower, 8), 1);
    assert_int_equal(inside.follower.count, 951);
    assert_string_equal(world_measure(world, "shared").reason, "not now, purse 7");
}

static void a_dead_one_that_passes_lets_its_stream_go_on(void **state)
{
    struct world *world = *state;
    static struct jangle_subscriber passing;

    passing = shared;
    passing.dead = JANGLE_DEAD_PASSES;
    inside.follower.fails_at = 8;
    inside.follower.failures = 1;
    inside.follower.refuses = true;
    open_after(world, &passing, 1000, 20);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 1000);
    assert_int_equal(world_measure(world, "shared").dead, 1);
    assert_int_equal(inside.follower.count, 1000);
    assert_int_equal(handled(28), 1);
}

static void forty_that_are_refused_are_no_outage(void **state)
{
    struct world *world = *state;

    inside.follower.fails_up_to = 40;
    inside.follower.failures = -1;
    inside.follower.refuses = true;
    open_after(world, &shared, 41, 41);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 41);
    assert_int_equal(world_measure(world, "shared").dead, 40);
    assert_int_equal(world_measure(world, "shared").suspended.us, 0);
    assert_int_equal(handled(41), 1);
}

static void an_outage_suspends_it(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    inside.follower.fails_for = "";
    inside.follower.failures = -1;
    open_after(world, &shared, 200, 40);
    drain(world);
    stats = world_measure(world, "shared");
    assert_int_equal(stats.position, 16);
    assert_int_equal(stats.parked, 16);
    assert_true(stats.suspended.us == world->now_us);
    assert_string_equal(stats.reason,
                        "16 keys failed in a row; the last: not now, purse 15");
    assert_true(inside.follower.count < 40);
    for (int i = 0; i < 30; i++) {
        world_pass(world, 300000);
        drain(world);
    }
    assert_int_equal(world_measure(world, "shared").dead, 0);
    assert_int_equal(world_measure(world, "shared").parked, 16 + 15);

    jn_mutex_lock(&inside.mutex);
    inside.follower.failures = 0;
    jn_mutex_unlock(&inside.mutex);
    while (stats.suspended.us || stats.parked) {
        world_pass(world, 300000);
        drain(world);
        stats = world_measure(world, "shared");
    }
    follower_assert_all(&inside.follower, 1, 200);
    assert_int_equal(world_rows(world, "shared"), 0);
}

static bool sixteen_failed(void)
{
    return inside.follower.count >= 16;
}

static void be_the_last_to_fail(const struct jangle_event *event)
{
    if (event->position == 1)
        wait_until(sixteen_failed);
}

/* Event 17 was tried, too; it is not parked when the outage is over. */
static void what_failed_ahead_of_an_outage_is_tried_anew(void **state)
{
    struct world *world = *state;

    inside.hook = be_the_last_to_fail;
    inside.follower.fails_for = "";
    inside.follower.failures = -1;
    open_after(world, &shared, 40, 40);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 16);
    assert_true(follower_calls(&inside.follower, 17) >= 1);
    jn_mutex_lock(&inside.mutex);
    inside.follower.failures = 0;
    jn_mutex_unlock(&inside.mutex);
    while (world_measure(world, "shared").suspended.us ||
           world_measure(world, "shared").parked) {
        world_pass(world, 300000);
        drain(world);
    }
    follower_assert_all(&inside.follower, 1, 40);
    for (size_t i = 0; i < inside.follower.count; i++) {
        if (inside.follower.seen[i].position >= 17)
            assert_int_equal(inside.follower.seen[i].attempt, 1);
    }
}

static void the_limit_of_parked_keys_suspends_it(void **state)
{
    struct world *world = *state;

    world->config.parked_limit = 5;
    inside.follower.fails_up_to = 10;
    inside.follower.failures = -1;
    open_after(world, &shared, 100, 10);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 5);
    assert_int_equal(world_measure(world, "shared").parked, 5);
    assert_non_null(strstr(world_measure(world, "shared").reason, "parked_limit"));
    jn_mutex_lock(&inside.mutex);
    inside.follower.failures = 0;
    jn_mutex_unlock(&inside.mutex);
    while (world_pass(world, 300000), drain(world),
           world_measure(world, "shared").suspended.us ||
               world_measure(world, "shared").parked)
        ;
    follower_assert_all(&inside.follower, 1, 100);
}

/* The store says that event 5 is of a version which this program does not know. */
static void nothing_goes_past_an_event_that_is_too_new(void **state)
{
    static struct jangle_record record = {.kind = "purse",
                                          .id = "3",
                                          .version = 1,
                                          .type = "coins_put_in",
                                          .type_version = 2,
                                          .payload = "{}",
                                          .payload_size = 2,
                                          .meta = "{}"};
    struct world *world = *state;
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};
    struct jangle_store *store;

    world->config.workers = 0;
    world_open(world, NULL);
    store = world->jangle->store;
    world_put_many(world, 4, 2);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    world_put_many(world, 4, 2);
    world->config.workers = 4;
    world_close(world);
    world_open(world, &shared, NULL);
    drain(world);
    assert_int_equal(world_measure(world, "shared").position, 4);
    assert_non_null(strstr(world_measure(world, "shared").reason, "a newer program"));
    assert_int_equal(inside.follower.count, 4);
}

/* ---- from within, and the end ------------------------------------------------ */

static void count_if_busy(enum jangle_result result)
{
    jn_mutex_lock(&inside.mutex);
    inside.busy += result == JANGLE_BUSY;
    inside.refused++;
    jn_mutex_unlock(&inside.mutex);
}

static bool two_are_inside(void)
{
    return inside.most >= 2;
}

/* Two of them, one on a thread that helps; each while the other is in there. */
static void try_to_wait_for_itself(const struct jangle_event *event)
{
    struct jangle *jangle;

    (void)event;
    wait_until(opened);
    wait_until(two_are_inside);
    jangle = inside.world->jangle;
    count_if_busy(jangle_drain(jangle, -1, NULL, NULL));
    count_if_busy(jangle_wait(jangle, "shared", 2, -1, NULL));
    count_if_busy(jangle_subscriber_reset(jangle, "shared", 0, NULL));
    count_if_busy(jangle_dead_letter_retry(jangle, "shared", 1, NULL));
    count_if_busy(jangle_dead_letter_skip(jangle, "shared", 1, NULL));
}

static void a_handler_that_waits_for_its_like_is_told_so(void **state)
{
    struct world *world = *state;

    inside.hook = try_to_wait_for_itself;
    open_after(world, &shared, 2, 2);
    drain(world);
    assert_int_equal(inside.refused, 10);
    assert_int_equal(inside.busy, 10);
    follower_assert_all(&inside.follower, 1, 2);
}

static void close_waits_for_every_handler(void **state)
{
    struct world *world = *state;

    inside.hook = stand_at_the_gate;
    shut_gate(true);
    open_after(world, &shared, 100, 50);
    wait_until(two_wait);
    assert_result(jangle_close(world->jangle, 0), JANGLE_TIMEOUT);
    assert_result(jangle_close(world->jangle, 20), JANGLE_TIMEOUT);
    assert_int_equal(world_measure(world, "shared").position, 0);
    shut_gate(false);
    world_close(world);
    assert_true(inside.follower.count >= 2 && inside.follower.count <= 3);
    inside.hook = NULL;
    world_open(world, &shared, NULL);
    drain(world);
    world_close(world);
    follower_assert_all(&inside.follower, 1, 100);
}

static void checkpoints_at_once_take_one_thread(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber wrong = shared;

    wrong.checkpoint = JANGLE_AT_ONCE;
    assert_false(world_try_open(world, &wrong, NULL));
    assert_result(world->error.result, JANGLE_INVALID);
    assert_string_equal(
        world->error.message,
        "\"shared\" checkpoints at once, one event after the other: it has one "
        "thread");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(three_streams_are_inside_at_once),
        WORLD_TEST_IN_FILE(unordered_events_of_one_stream_are_inside_at_once),
        WORLD_TEST_IN_FILE(what_comes_beside_a_blocked_handler_is_handled),
        WORLD_TEST_IN_FILE(so_is_what_comes_beside_a_thread_that_helps),
        WORLD_TEST_IN_FILE(views_go_on_beside_all_its_threads),
        WORLD_TEST_IN_FILE(no_more_threads_than_it_has_are_inside),
        WORLD_TEST_IN_FILE(of_few_workers_it_has_one),
        WORLD_TEST(thousands_of_events_are_each_handled_once_and_in_order),
        WORLD_TEST_IN_FILE(steps_that_end_in_the_middle_repeat_nothing),
        WORLD_TEST_IN_FILE(the_same_with_failures),
        WORLD_TEST_IN_FILE(what_is_done_ahead_is_not_done_again),
        WORLD_TEST_IN_FILE(what_failed_ahead_is_parked_when_its_turn_comes),
        WORLD_TEST_IN_FILE(a_reset_forgets_what_was_done_ahead),
        WORLD_TEST_IN_FILE(a_crash_repeats_only_what_is_after_the_checkpoint),
        WORLD_TEST_IN_FILE(one_stream_that_fails_is_parked_and_all_others_flow),
        WORLD_TEST_IN_FILE(a_dead_one_that_passes_lets_its_stream_go_on),
        WORLD_TEST_IN_FILE(forty_that_are_refused_are_no_outage),
        WORLD_TEST_IN_FILE(an_outage_suspends_it),
        WORLD_TEST_IN_FILE(what_failed_ahead_of_an_outage_is_tried_anew),
        WORLD_TEST_IN_FILE(the_limit_of_parked_keys_suspends_it),
        WORLD_TEST_IN_FILE(nothing_goes_past_an_event_that_is_too_new),
        WORLD_TEST_IN_FILE(a_handler_that_waits_for_its_like_is_told_so),
        WORLD_TEST_IN_FILE(close_waits_for_every_handler),
        WORLD_TEST_IN_MEMORY(checkpoints_at_once_take_one_thread),
    };

    return SHARD_RUN(tests);
}
