/* threads.c - many sagas on many threads: each event has one turn, no two turns of
 * one saga run at once, and different sagas run side by side. */
#include "support/domains/tills.h"

#include "core/engine.h"
#include "dispatch/overview.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SAGAS = 200, WORKERS = 4, CALLS = 3 };

static struct {
    _Atomic int inside[SAGAS]; /* turns of that saga, now */
    _Atomic int clashes;
    _Atomic int failures; /* of turns, that are left */
    bool meets;           /* two turns wait for each other */
    bool stays;           /* the turn of saga 0 waits for the test */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int met;
} script = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void enter(const char *id)
{
    script.clashes += atomic_fetch_add(&script.inside[strtol(id, NULL, 10)], 1) != 0;
}

static void leave(const char *id)
{
    atomic_fetch_sub(&script.inside[strtol(id, NULL, 10)], 1);
}

/* Wait until another turn is here, or the test; a minute is enough on any machine. */
static void meet(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    pthread_mutex_lock(&script.mutex);
    script.met++;
    pthread_cond_broadcast(&script.changed);
    while (script.met < 2 &&
           !pthread_cond_timedwait(&script.changed, &script.mutex, &until))
        ;
    pthread_mutex_unlock(&script.mutex);
}

static enum jangle_result take_turn(struct jangle_turn *turn,
                                    const struct move_state *move)
{
    enum jangle_result result = jangle_turn_send(turn, pay_in, .till_id = move->to_id,
                                                 .move_id = turn->id, .amount = 1);

    if (result == JANGLE_REJECTED)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = 1);
    if (!result && atomic_fetch_sub(&script.failures, 1) > 0)
        return jangle_turn_fail(turn, JANGLE_RETRY, "not yet");
    return result;
}

static enum jangle_result
on_paid_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    enum jangle_result result;

    (void)event;
    enter(turn->id);
    if (script.meets || (script.stays && !strcmp(turn->id, "0")))
        meet();
    result = take_turn(turn, state);
    leave(turn->id);
    return result;
}

static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_called *called = event->data;

    (void)state;
    enter(turn->id);
    jangle_turn_note(turn, call_counted, .count = strtol(called->word, NULL, 10));
    leave(turn->id);
    return JANGLE_OK;
}

static const struct jangle_saga crowd_saga = {
    .name = "crowd",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events =
        JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}),
    .reactions = JANGLE_REACTIONS({&paid_out, on_paid_out}, {&move_called, on_call}),
    .start = JANGLE_FROM_FIRST,
    /* However the failures fall on a slow machine, none of them is one too many. */
    .retry = {.max_attempts = -1, .first_delay_ms = 1, .max_delay_ms = 5},
};

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    world.config.workers = WORKERS;
    world.config.checkpoint_interval_ms = 3200000; /* none is due while a test runs */
    world.config.host.clock = (struct jangle_clock){0};
    script.met = 0;
    script.meets = script.stays = false;
    script.clashes = script.failures = 0;
    tills_open(&world, &crowd_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void settle(struct world *world)
{
    struct jangle_left left = {.parked = 1};

    while (left.parked || left.suspended)
        assert_result(jangle_drain(world->jangle, 100000, &left, &world->error),
                      JANGLE_OK);
    assert_int_equal(left.dead, 0);
}

struct sender {
    struct world *world;
    int from;
    pthread_t thread;
};

/* Half of the moves go to a till that is there; events of each saga come in between. */
static void *send_all(void *context)
{
    const struct sender *sender = context;
    char id[12], word[12];

    for (int i = sender->from; i < SAGAS; i += 2) {
        snprintf(id, sizeof id, "%d", i);
        tills_pay_out(sender->world, "rich", id, i % 4 < 2 ? "b" : "nowhere", 1);
        for (int n = 1; n <= CALLS; n++) {
            snprintf(word, sizeof word, "%d", n);
            jangle_send(sender->world->jangle, NULL, call_move,
                        .till_id = n % 2 ? "a" : "b", .move_id = id, .word = word);
        }
    }
    return NULL;
}

static enum jangle_result check_calls(void *context, const struct jangle_saga_info *info)
{
    (void)context;
    assert_non_null(strstr(info->state, "\"calls\":6}"));
    return JANGLE_OK;
}

static void each_saga_is_moved_once_and_by_one_thread_at_a_time(void **state)
{
    struct world *world = *state;
    struct sender senders[] = {{.world = world, .from = 0}, {.world = world, .from = 1}};
    char id[8];

    assert_result(
        jangle_send(world->jangle, NULL, open_till, .till_id = "rich", .amount = SAGAS),
        JANGLE_OK);
    script.failures = 40;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
                         0);
    for (int i = 0; i < 2; i++)
        pthread_join(senders[i].thread, NULL);
    settle(world);
    assert_int_equal(script.clashes, 0);
    for (int i = 0; i < SAGAS; i++) {
        snprintf(id, sizeof id, "%d", i);
        assert_int_equal(tills_count_of(world, &paid_in, id), i % 4 < 2);
        assert_int_equal(tills_count_of(world, &given_back, id), i % 4 >= 2);
        assert_result(
            jangle_saga_show(world->jangle, "crowd", id, check_calls, NULL, NULL),
            JANGLE_OK);
    }
    assert_int_equal(tills_content(world, "b"), SAGAS / 2);
    assert_int_equal(tills_content(world, "rich"), SAGAS / 2);
    assert_int_equal(world_stats(world).turns, SAGAS * (1 + CALLS));
}

/* Each waits in its turn for the other's: one after the other they would never end. */
static void different_sagas_are_run_side_by_side(void **state)
{
    struct world *world = *state;

    script.meets = true;
    assert_result(tills_pay_out(world, "a", "1", "b", 1), JANGLE_OK);
    assert_result(tills_pay_out(world, "a", "2", "b", 1), JANGLE_OK);
    settle(world);
    assert_int_equal(script.met, 2);
    assert_int_equal(tills_content(world, "b"), 2);
}

static enum jangle_result look(void *context, const struct jangle_saga_info *info)
{
    (void)context;
    (void)info;
    return JANGLE_OK;
}

/* Threads leave the run, its page grows, and groups store ends of it. But its subscriber
 * moves only when the turn of saga 0 is over, and who waits for that is not woken before.
 * A look at a saga stores the ends that wait. */
static void a_run_that_goes_on_wakes_nobody(void **state)
{
    enum { OTHERS = 9 };
    struct world *world = *state;
    int64_t before = 0, after;
    char id[12];

    script.stays = true;
    assert_result(tills_pay_out(world, "a", "0", "b", 1), JANGLE_OK);
    while (!atomic_load(&script.inside[0]))
        sched_yield();
    for (int i = 1; i <= OTHERS; i++) {
        if (i == 2) /* by now the start of the run has been told, too */
            before = jn_overview_others(world->jangle->dispatch).changes;
        snprintf(id, sizeof id, "%d", i);
        assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
        while (world_stats(world).turns < i) {
            (void)jangle_saga_show(world->jangle, "crowd", id, look, NULL, NULL);
            sched_yield();
        }
    }
    after = jn_overview_others(world->jangle->dispatch).changes;
    meet();
    settle(world);
    assert_int_equal(after, before);
    assert_int_equal(world_stats(world).turns, 1 + OTHERS);
    assert_true(jn_overview_others(world->jangle->dispatch).changes > after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(each_saga_is_moved_once_and_by_one_thread_at_a_time),
        WORLD_TEST(different_sagas_are_run_side_by_side),
        WORLD_TEST(a_run_that_goes_on_wakes_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
