/* misuse.c - what a handler must not do: it is told so, and the instance lives on. */
#include "support/domains/follower.h"

#include <jangle/plugin/support.h>

#include <pthread.h>
#include <string.h>

/* ---- a handler that does as it is told --------------------------------------- */

static enum jangle_result (*act)(struct jangle_delivery *delivery);
static _Atomic int calls;

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    (void)event;
    calls++;
    return act(delivery);
}

static const struct jangle_subscriber it = {.name = "it",
                                            .handlers =
                                                JANGLE_HANDLERS({&coins_put_in, handle}),
                                            .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    calls = 0;
    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* The first event comes to a handler that does that. Why did it fail? */
static struct jangle_subscriber_stats
handle_one(struct world *world, enum jangle_result (*does)(struct jangle_delivery *))
{
    act = does;
    world_open(world, &it, NULL);
    world_put(world, "1");
    world_poll(world);
    assert_int_equal(calls, 1);
    return world_measure(world, "it");
}

/* ---- failures that are none -------------------------------------------------- */

static enum jangle_result fail_with_ok(struct jangle_delivery *delivery)
{
    assert_result(jangle_delivery_fail(delivery, JANGLE_OK, "the %s is down", "printer"),
                  JANGLE_INVALID);
    return JANGLE_OK;
}

static enum jangle_result succeed(struct jangle_delivery *delivery)
{
    (void)delivery;
    return JANGLE_OK;
}

/* It counted as done, and the event was passed for good. */
static void a_failure_with_ok_is_a_mistake_and_the_event_is_tried_again(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats = handle_one(world, fail_with_ok);

    assert_string_equal(stats.reason,
                        "jangle_delivery_fail was told of a failure with "
                        "OK: the printer is down");
    assert_int_equal(stats.parked, 1);
    act = succeed;
    world_settle(world, 5);
    assert_int_equal(calls, 2);
    assert_int_equal(world_measure(world, "it").parked, 0);
}

static enum jangle_result return_a_number(struct jangle_delivery *delivery)
{
    (void)delivery;
    return (enum jangle_result)99;
}

static void a_number_that_is_no_result_is_told(void **state)
{
    struct jangle_subscriber_stats stats = handle_one(*state, return_a_number);

    assert_string_equal(stats.reason,
                        "the handler of coins_put_in returned 99, which is "
                        "no result");
}

/* ---- calls that are not for callbacks ---------------------------------------- */

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* callback at a time */
static char said[400];                                  /* in the log */

static void listen(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    if (!strstr(entry->message, "cannot close"))
        return;
    assert_string_equal(entry->topic, "CLOSE_REFUSED");
    assert_int_equal(entry->level, JANGLE_LEVEL_WARNING);
    jn_text_copy(said, sizeof said, entry->message);
}

/* None of it waits, and none of it has an effect. */
static void try_what_is_forbidden(struct jangle *jangle, const char *who)
{
    struct jangle_error error = {0};

    pthread_mutex_lock(&one);
    said[0] = '\0';
    calls++;
    assert_result(jangle_close(jangle, -1), JANGLE_BUSY);
    assert_result(jangle_close(jangle, 0), JANGLE_BUSY);
    assert_non_null(strstr(said, who));
    assert_result(jangle_backup(jangle, "copy.db", NULL, NULL, &error), JANGLE_BUSY);
    assert_non_null(strstr(error.message, who));
    assert_non_null(strstr(error.message, "jangle_backup"));
    pthread_mutex_unlock(&one);
}

static enum jangle_result forbidden_in_handler(struct jangle_delivery *delivery)
{
    calls--; /* it was counted already */
    try_what_is_forbidden(delivery->jangle, "a handler");
    return JANGLE_OK;
}

static struct jangle *its_instance;

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    try_what_is_forbidden(its_instance, "a handler");
    return JANGLE_OK;
}

static const char *purse_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

struct nothing_kept {
    jangle_nothing nothing;
};

static JANGLE_STRUCT(nothing_kept, nothing);

static const struct jangle_saga saga = {.name = "saga",
                                        .state = &nothing_kept,
                                        .id_of = purse_of,
                                        .reactions =
                                            JANGLE_REACTIONS({&coins_put_in, react}),
                                        .start = JANGLE_FROM_FIRST};

struct ask_it {
    bool all;
};

static JANGLE_QUERY(ask_it, all, answer(nothing_kept));

static enum jangle_result answer_it(struct jangle_answer *answer,
                                    const struct jangle_query *query)
{
    try_what_is_forbidden(query->jangle, "an answerer");
    return jangle_answer_with(answer, nothing_kept, 0);
}

static const struct jangle_subscriber view = {
    .name = "view",
    .handlers = JANGLE_HANDLERS({&coins_put_in, handle}),
    .answerers = JANGLE_ANSWERERS({&ask_it, answer_it}),
    .schema = "CREATE TABLE purses (id INTEGER)"};

struct set_row {
    int64_t id;
    int64_t value;
};

static JANGLE_UPSERT(set_row, "purses", key(id), set(value));

static enum jangle_result upsert_into_null(struct jangle_delivery *delivery)
{
    struct jangle_view *none = NULL;

    (void)delivery;
    return jangle_view_upsert(none, set_row, .id = 1, .value = 1);
}

static void a_view_function_that_is_given_null_is_hinted_at(void **state)
{
    struct world *world = *state;

    act = upsert_into_null;
    world_open(world, &view, NULL);
    world_put(world, "1");
    world_poll(world);
    assert_string_equal(
        world_measure(world, "view").reason,
        "the handler of coins_put_in returned INVALID (was a jangle_view_ "
        "function given NULL, and not delivery->view?)");
}

static void open_listening(struct world *world, int workers)
{
    static const struct jangle_saga *const sagas[] = {&saga};

    calls = 0;
    act = forbidden_in_handler;
    world->config.host.logger = (struct jangle_logger){.write = listen};
    world->config.workers = workers;
    world->config.sagas = (struct jangle_sagas)JANGLE_ARRAY(sagas);
    world_open(world, &it, &view, NULL);
    its_instance = world->jangle;
}

/* The first freed the instance beneath the drain, which then waited without end; with
 * workers it waited for itself. */
static void a_callback_cannot_close_or_copy_what_called_it(void **state)
{
    struct world *world = *state;
    struct jangle_answer answer = {0};

    for (int workers = 0; workers <= 3; workers += 3) {
        open_listening(world, workers);
        world_put(world, "1");
        assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
        assert_int_equal(calls, 3);
        assert_result(jangle_ask(world->jangle, &answer, ask_it, .all = true), JANGLE_OK);
        assert_int_equal(calls, 4);
        jangle_answer_free(&answer);
        world_put(world, "1");
        assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
        assert_int_equal(calls, 7);
        world_close(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_failure_with_ok_is_a_mistake_and_the_event_is_tried_again),
        WORLD_TEST(a_number_that_is_no_result_is_told),
        WORLD_TEST(a_view_function_that_is_given_null_is_hinted_at),
        WORLD_TEST(a_callback_cannot_close_or_copy_what_called_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
