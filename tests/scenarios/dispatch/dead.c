/* dead.c - dead letters: shown to a person, retried, skipped. */
#include "support/domains/follower.h"
#include "support/failing_allocator.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct follower seen, other;

static const struct jangle_subscriber it = {.name = "it",
                                            .context = &seen,
                                            .handlers = JANGLE_ARRAY(follower_handlers),
                                            .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber passing = {.name = "it",
                                                 .context = &seen,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST,
                                                 .dead = JANGLE_DEAD_PASSES};
static const struct jangle_subscriber another = {.name = "other",
                                                 .context = &other,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    seen = other = (struct follower){0};
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    follower_clear(&other);
    return 0;
}

/* 30 events to 3 purses; those of purse 1 die with event 2, those of purse 2 with 6. */
static void let_two_die(struct world *world, const struct jangle_subscriber *subscriber)
{
    world_open(world, subscriber, &another, NULL);
    seen.refuses = other.refuses = true;
    seen.failures = 1;
    seen.fails_at = 2;
    world_put_many(world, 5, 3);
    world_poll(world);
    world_pass(world, 1);
    seen.failures = -1;
    seen.fails_at = 6;
    world_put_many(world, 1, 3); /* purse 0 */
    world_poll(world);
    seen.fails_at = 0;
    for (int i = 0; i < 8; i++)
        world_put_many(world, 3, 3);
    world_poll(world);
}

/* ---- shown ------------------------------------------------------------------- */

static enum jangle_result show(void *context, const struct jangle_dead_letter *letter)
{
    char line[400];

    snprintf(line, sizeof line, "%s %lld %s %lld %s %s x%d held %lld: %s\n",
             letter->subscriber, (long long)letter->position, letter->stream,
             (long long)letter->version, letter->type, letter->payload, letter->attempts,
             (long long)letter->held_count, letter->reason);
    memcpy((char *)context + strlen(context), line, strlen(line) + 1);
    return JANGLE_OK;
}

static void they_are_shown_with_all_there_is_to_know(void **state)
{
    struct world *world = *state;
    char text[2000] = "";

    let_two_die(world, &it);
    assert_int_equal(world_measure(world, "it").dead, 2);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "it", show, text, &world->error),
        JANGLE_OK);
    assert_string_equal(
        text,
        "it 2 purse/1 1 coins_put_in {\"amount\":1,\"total\":1} x1 held 9: never of "
        "purse 1\n"
        "it 6 purse/0 3 coins_put_in {\"amount\":1,\"total\":3} x1 held 8: never of "
        "purse 0\n");
    text[0] = '\0';
    assert_result(
        jangle_dead_letter_visit(world->jangle, "other", show, text, &world->error),
        JANGLE_OK);
    assert_string_equal(text, "");
    assert_result(
        jangle_dead_letter_visit(world->jangle, "nobody", show, text, &world->error),
        JANGLE_NOT_FOUND);
}

static void those_of_all_come_in_order_of_position(void **state)
{
    struct world *world = *state;
    char text[2000] = "", *second, *third;

    other.fails_at = 4;
    other.failures = 1;
    let_two_die(world, &it);
    assert_result(
        jangle_dead_letter_visit(world->jangle, NULL, show, text, &world->error),
        JANGLE_OK);
    second = strchr(text, '\n') + 1;
    third = strchr(second, '\n') + 1;
    assert_int_equal(strncmp(text, "it 2 ", 5), 0);
    assert_int_equal(strncmp(second, "other 4 ", 8), 0);
    assert_int_equal(strncmp(third, "it 6 ", 5), 0);
}

/* Also when this program lacks the subscriber. */
static void those_of_a_subscriber_that_is_gone_are_shown(void **state)
{
    struct world *world = *state;
    char text[2000] = "", all[2000] = "";

    let_two_die(world, &it);
    world_close(world);
    world_open(world, &another, NULL);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "it", show, text, &world->error),
        JANGLE_OK);
    assert_int_equal(strncmp(text, "it 2 ", 5), 0);
    jangle_dead_letter_visit(world->jangle, NULL, show, all, &world->error);
    assert_string_equal(text, all);
}

static enum jangle_result stop(void *context, const struct jangle_dead_letter *letter)
{
    (void)letter;
    ++*(int *)context;
    return JANGLE_CANCELLED;
}

static void a_visit_can_be_stopped(void **state)
{
    struct world *world = *state;
    int calls = 0;

    let_two_die(world, &it);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "it", stop, &calls, &world->error),
        JANGLE_CANCELLED);
    assert_int_equal(calls, 1);
}

/* ---- retried and skipped ----------------------------------------------------- */

static void a_dead_letter_is_retried_and_its_stream_follows_in_order(void **state)
{
    struct world *world = *state;

    let_two_die(world, &it);
    assert_result(jangle_dead_letter_retry(world->jangle, "it", 2, &world->error),
                  JANGLE_OK);
    assert_result(jangle_dead_letter_retry(world->jangle, "it", 2, &world->error),
                  JANGLE_NOT_FOUND);
    seen.failures = 0;
    world_poll(world);
    assert_int_equal(seen.seen[seen.count - 10].position, 2);
    assert_int_equal(seen.seen[seen.count - 10].attempt, 1);
    assert_int_equal(world_measure(world, "it").dead, 1);
    assert_result(jangle_dead_letter_retry(world->jangle, "it", 6, &world->error),
                  JANGLE_OK);
    world_poll(world);
    follower_assert_all(&seen, 1, 30);
}

/* When the call returns it is written down. */
static void what_was_said_of_a_dead_letter_is_stored_at_once(void **state)
{
    struct world *world = *state;

    let_two_die(world, &passing);
    assert_int_equal(world_rows(world, "it"), 2);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 2, &world->error),
                  JANGLE_OK);
    assert_int_equal(world_stored_rows(world, "it"), 1);
}

static void a_dead_letter_is_skipped_and_its_stream_goes_on(void **state)
{
    struct world *world = *state;

    let_two_die(world, &it);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 2, &world->error),
                  JANGLE_OK);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 2, &world->error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 3, &world->error),
                  JANGLE_NOT_FOUND);
    assert_string_equal(world->error.message, "event 3 is no dead letter of \"it\"");
    world_poll(world);
    for (int64_t position = 1; position <= 30; position++) {
        bool held = position == 2 || position == 6 || (position > 6 && position % 3 == 1);

        assert_int_equal(follower_handled(&seen, position), !held);
    }
}

static void what_was_said_of_a_dead_letter_survives_a_restart(void **state)
{
    struct world *world = *state;

    let_two_die(world, &it);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 2, &world->error),
                  JANGLE_OK);
    assert_result(jangle_dead_letter_retry(world->jangle, "it", 6, &world->error),
                  JANGLE_OK);
    world_close(world);
    seen.failures = 0;
    world_open(world, &it, &another, NULL);
    world_poll(world);
    for (int64_t position = 1; position <= 30; position++)
        assert_int_equal(follower_handled(&seen, position), position != 2);
    assert_int_equal(world_rows(world, "it"), 0);
}

static void a_dead_letter_that_others_have_passed_is_retried_alone(void **state)
{
    struct world *world = *state;
    char text[2000] = "";

    let_two_die(world, &passing);
    assert_int_equal(follower_handled(&seen, 8), 1);
    jangle_dead_letter_visit(world->jangle, "it", show, text, &world->error);
    assert_non_null(strstr(text,
                           "it 2 purse/1 1 coins_put_in {\"amount\":1,\"total\":1} "
                           "x1 held 0"));
    seen.failures = 0;
    assert_result(jangle_dead_letter_retry(world->jangle, "it", 2, &world->error),
                  JANGLE_OK);
    assert_result(jangle_dead_letter_skip(world->jangle, "it", 6, &world->error),
                  JANGLE_OK);
    world_poll(world);
    for (int64_t position = 1; position <= 30; position++)
        assert_int_equal(follower_handled(&seen, position), position != 6);
    assert_int_equal(world_rows(world, "it"), 0);
}

static enum jangle_result skip_all(void *context, const struct jangle_dead_letter *letter)
{
    struct world *world = context;

    return jangle_dead_letter_skip(world->jangle, letter->subscriber, letter->position,
                                   &world->error);
}

static void a_visit_may_skip_what_it_is_shown(void **state)
{
    struct world *world = *state;

    let_two_die(world, &it);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "it", skip_all, world, &world->error),
        JANGLE_OK);
    assert_int_equal(world_measure(world, "it").dead, 0);
    world_poll(world);
    assert_int_equal(world_measure(world, "it").parked, 0);
}

static enum jangle_result skip_others(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    struct world *world = delivery->context;

    if (event->position == 30) {
        assert_result(jangle_dead_letter_skip(world->jangle, "it", 2, NULL), JANGLE_OK);
        assert_result(jangle_dead_letter_skip(world->jangle, "skipper", 2, NULL),
                      JANGLE_BUSY);
    }
    return JANGLE_OK;
}

static void a_handler_may_skip_what_is_not_its_own(void **state)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, skip_others}};
    struct world *world = *state;
    struct jangle_subscriber skipper = another;

    skipper.name = "skipper";
    skipper.context = world;
    skipper.handlers = (struct jangle_handlers)JANGLE_ARRAY(handlers);
    let_two_die(world, &it);
    world_close(world);
    world_open(world, &it, &skipper, NULL);
    world_poll(world);
    assert_int_equal(world_measure(world, "skipper").position, 30);
    assert_int_equal(world_measure(world, "it").dead, 1);
    world_close(world);
}

/* ---- where memory runs out ---------------------------------------------------- */

static struct jangle_dead_letter the_dead_letter;

static enum jangle_result keep_dead_letter(void *context,
                                           const struct jangle_dead_letter *letter)
{
    ++*(int *)context;
    the_dead_letter = *letter;
    return JANGLE_OK;
}

/* Poll with each allocation failing in turn, until the event has failed again. */
static void die_for_want_of_memory(struct world *world, struct failing_allocator *memory)
{
    enum jangle_result result = JANGLE_NO_MEMORY;

    for (int64_t at = 1; world_measure(world, "it").dead == 0; at++) {
        assert_true(result == JANGLE_NO_MEMORY || memory->failed);
        world_pass(world, 60000);
        failing_allocator_arm(memory, at);
        result = jangle_poll(world->jangle, NULL, NULL);
        memory->fail_at = 0;
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_int_equal(world_measure(world, "it").parked, 1);
            assert_int_equal(world_measure(world, "it").dead, 0);
        }
    }
}

/* The dead event is parked again, under a key that is made for it. The longer its payload
 * and the id of its stream, the less room there is in the memory that the key is made in:
 * with one of these the key is what finds none. */
static void a_dead_letter_whose_key_finds_no_memory_stays_as_it_was(void **state)
{
    static const char *const payloads[] = {
        "{\"amount\":1,\"total\":1}",
        "{\"amount\":1000000000000,\"total\":1000000000000}"};

    (void)state;
    for (int round = 0; round < 400; round++) {
        static struct world world;
        static struct failing_allocator memory;
        char purse[256] = "";
        int letters = 0;

        memset(purse, 'p', (size_t)(1 + round / 2));
        seen = (struct follower){.failures = -1, .fails_for = purse};
        world_init(&world, false);
        failing_allocator_init(&memory, 0);
        world.config.host.allocator = memory.allocator;
        world.config.retry.max_attempts = 2;
        world_open(&world, &passing, NULL);
        world_store(&world, purse, 1, payloads[round % 2]);
        world_poll(&world);
        assert_int_equal(world_measure(&world, "it").parked, 1);
        die_for_want_of_memory(&world, &memory);
        assert_result(jangle_dead_letter_visit(world.jangle, "it", keep_dead_letter,
                                               &letters, &world.error),
                      JANGLE_OK);
        assert_int_equal(letters, 1);
        assert_int_equal(the_dead_letter.kind, JANGLE_PARKED_EVENT);
        assert_int_equal(the_dead_letter.attempts, 2);
        world_finish(&world);
        follower_clear(&seen);
    }
}

/* ---- shown while they are parked ---------------------------------------------- */

enum { SHOWN_COUNT = 400 };

struct watch {
    struct world *world;
    atomic_bool over;
    atomic_int visits;
    int64_t last; /* position that this visit has shown */
};

static enum jangle_result show_once(void *context,
                                    const struct jangle_dead_letter *letter)
{
    struct watch *watch = context;

    assert_true(letter->position > watch->last);
    watch->last = letter->position;
    return JANGLE_OK;
}

static void *visit_again_and_again(void *context)
{
    struct watch *watch = context;

    while (!atomic_load(&watch->over)) {
        watch->last = 0;
        assert_result(
            jangle_parked_visit(watch->world->jangle, "it", show_once, watch, NULL),
            JANGLE_OK);
        atomic_fetch_add(&watch->visits, 1);
    }
    return NULL;
}

/* The event in the way is parked as soon as there is room for it: a visit shows it as the
 * one or as the other. */
static void an_event_that_is_parked_meanwhile_is_shown_once(void **state)
{
    struct world *world = *state;
    struct watch watch = {.world = world};
    pthread_t watcher;

    world->config.parked_limit = 1;
    seen.fails_for = "";
    seen.refuses = true;
    seen.failures = -1;
    world_open(world, &it, NULL);
    world_put_many(world, SHOWN_COUNT, SHOWN_COUNT);
    world_poll(world);
    assert_int_equal(pthread_create(&watcher, NULL, visit_again_and_again, &watch), 0);
    for (int64_t position = 1; position < SHOWN_COUNT; position++) {
        int visits = atomic_load(&watch.visits);

        while (atomic_load(&watch.visits) == visits)
            sched_yield(); /* so that a visit begins just now */
        assert_result(jangle_parked_skip(world->jangle, "it", position, &world->error),
                      JANGLE_OK);
        world_poll(world);
    }
    atomic_store(&watch.over, true);
    assert_int_equal(pthread_join(watcher, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(they_are_shown_with_all_there_is_to_know),
        WORLD_TEST(those_of_all_come_in_order_of_position),
        WORLD_TEST_IN_FILE(those_of_a_subscriber_that_is_gone_are_shown),
        WORLD_TEST(a_visit_can_be_stopped),
        WORLD_TEST(a_dead_letter_is_retried_and_its_stream_follows_in_order),
        WORLD_TEST(what_was_said_of_a_dead_letter_is_stored_at_once),
        WORLD_TEST(a_dead_letter_is_skipped_and_its_stream_goes_on),
        WORLD_TEST_IN_FILE(what_was_said_of_a_dead_letter_survives_a_restart),
        WORLD_TEST(a_dead_letter_that_others_have_passed_is_retried_alone),
        WORLD_TEST(a_visit_may_skip_what_it_is_shown),
        WORLD_TEST_IN_FILE(a_handler_may_skip_what_is_not_its_own),
        cmocka_unit_test(a_dead_letter_whose_key_finds_no_memory_stays_as_it_was),
        WORLD_TEST_IN_MEMORY(an_event_that_is_parked_meanwhile_is_shown_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
