/* delivery_sends.c - handlers that send commands: each is sent once, and answered the
 * same again when the event comes again. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

enum { ID_SIZE = sizeof((struct jangle_outcome *)NULL)->command_id };

/* ---- a handler that moves money ---------------------------------------------- */

static struct {
    int failures;   /* after sending, that are left */
    bool otherwise; /* it sends another command */
    int times;      /* that it pays in */
    int runs;
    enum jangle_result first, last; /* answers of the last run */
    struct jangle_outcome outcome;  /* of the first command, of the last run */
    char ids[8][ID_SIZE];           /* of what the last run sent */
} script;

static enum jangle_result
pay(struct jangle_delivery *delivery, const struct paid_out *out, int nth)
{
    enum jangle_result result =
        jangle_delivery_send(delivery, pay_in, .till_id = out->to_id,
                             .move_id = out->move_id, .amount = out->amount);

    snprintf(script.ids[nth], sizeof script.ids[nth], "%s", delivery->outcome.command_id);
    if (!nth) {
        script.first = result;
        script.outcome = delivery->outcome;
    }
    return script.last = result;
}

static enum jangle_result carry(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    const struct paid_out *out = event->data;
    enum jangle_result result = JANGLE_OK;

    script.runs++;
    if (script.otherwise)
        result = script.first =
            jangle_delivery_send(delivery, call_move, .till_id = event->aggregate_id,
                                 .move_id = out->move_id, .word = "otherwise");
    for (int i = 0; !script.otherwise && i < script.times; i++)
        result = pay(delivery, out, i);
    if (result == JANGLE_REJECTED)
        result = jangle_delivery_send(delivery, give_back, .till_id = event->aggregate_id,
                                      .move_id = out->move_id, .amount = out->amount);
    if (!result && script.failures-- > 0)
        return jangle_delivery_fail(delivery, JANGLE_RETRY, "the road is closed");
    return result;
}

static const struct jangle_handler handlers[] = {{&paid_out, carry}};

static const struct jangle_subscriber courier = {
    .name = "courier", .handlers = JANGLE_ARRAY(handlers), .start = JANGLE_FROM_FIRST};

static const struct jangle_subscriber messenger = {.name = "messenger",
                                                   .formerly = "courier",
                                                   .handlers = JANGLE_ARRAY(handlers),
                                                   .start = JANGLE_FROM_FIRST};

static const struct jangle_subscriber screen = {
    .name = "screen",
    .handlers = JANGLE_ARRAY(handlers),
    .schema = "CREATE TABLE moves (move_id TEXT) STRICT",
};

/* ---- a world ----------------------------------------------------------------- */

static const struct jangle_aggregates aggregates = JANGLE_AGGREGATES(&till_aggregate);

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    script.times = 1;
    world_init(&world, *state != NULL);
    world.config.aggregates = aggregates;
    world.config.retry =
        (struct jangle_retry){.first_delay_ms = 1000, .max_delay_ms = 1000};
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void open_with(struct world *world, const struct jangle_subscriber *subscriber)
{
    world_open(world, subscriber, NULL);
    jangle_send_in(world->jangle, NULL, jangle_envelope(.command_id = "a"), open_till,
                   .till_id = "a", .amount = 100);
    jangle_send_in(world->jangle, NULL, jangle_envelope(.command_id = "b"), open_till,
                   .till_id = "b");
}

static void reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    open_with(world, &courier);
}

static void pass(struct world *world)
{
    world_pass(world, 1000);
    world_poll(world);
}

static void move(struct world *world, const char *to)
{
    assert_result(tills_pay_out(world, "a", "m1", to, 30), JANGLE_OK);
    world_poll(world);
}

static enum jangle_result count_step(void *context,
                                     const struct jangle_delivery_step *step)
{
    (void)step;
    ++*(int *)context;
    return JANGLE_OK;
}

static int steps_of(struct world *world, const char *subscriber, int64_t position)
{
    struct jangle_store *store = world->jangle->store;
    int count = 0;

    assert_result(
        store->ops->read_delivery(store, subscriber, position, count_step, &count, NULL),
        JANGLE_OK);
    return count;
}

/* ---- once -------------------------------------------------------------------- */

static void what_a_handler_sends_is_sent_once_however_often_it_is_called(void **state)
{
    struct world *world = *state;

    open_with(world, &courier);
    script.failures = 5;
    move(world, "b");
    for (int i = 0; i < 5; i++) {
        pass(world);
        reopen(world);
    }
    assert_int_equal(script.runs, 6);
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_content(world, "b"), 30);
    pass(world);
    assert_int_equal(script.runs, 6);
}

static void the_nth_command_of_a_delivery_has_an_id_of_its_own(void **state)
{
    struct world *world = *state;
    char ids[8][ID_SIZE];

    open_with(world, &courier);
    script.times = 3;
    script.failures = 1;
    move(world, "b");
    assert_int_equal(tills_count(world, "b", &paid_in), 3);
    memcpy(ids, script.ids, sizeof ids);
    for (int i = 0; i < 3; i++)
        assert_string_not_equal(ids[i], ids[(i + 1) % 3]);
    reopen(world);
    pass(world);
    assert_int_equal(script.runs, 2);
    assert_memory_equal(ids, script.ids, sizeof ids);
    assert_int_equal(tills_count(world, "b", &paid_in), 3);
}

static void another_event_has_other_ids(void **state)
{
    struct world *world = *state;
    char id[ID_SIZE];

    open_with(world, &courier);
    move(world, "b");
    memcpy(id, script.ids[0], sizeof id);
    move(world, "b");
    assert_string_not_equal(script.ids[0], id);
    assert_int_equal(tills_count(world, "b", &paid_in), 2);
}

/* ---- the same answer --------------------------------------------------------- */

static void a_refusal_stays_a_refusal(void **state)
{
    struct world *world = *state;

    open_with(world, &courier);
    script.failures = 2;
    move(world, "c");
    assert_int_equal(tills_count(world, "a", &given_back), 1);
    assert_string_equal(script.outcome.error.message, "the till is closed");
    assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = "c"), JANGLE_OK);
    reopen(world);
    pass(world);
    assert_result(script.first, JANGLE_REJECTED);
    assert_string_equal(script.outcome.error.message, "the till is closed");
    assert_true(script.outcome.repeated);
    pass(world);
    assert_int_equal(script.runs, 3);
    assert_int_equal(tills_count(world, "a", &given_back), 1);
    assert_int_equal(tills_count(world, "c", &paid_in), 0);
}

static void an_ok_stays_an_ok_with_all_that_it_said(void **state)
{
    struct world *world = *state;
    struct jangle_outcome first;

    open_with(world, &courier);
    script.failures = 1;
    move(world, "b");
    first = script.outcome;
    assert_false(first.repeated);
    assert_result(jangle_send(world->jangle, NULL, close_till, .till_id = "b"),
                  JANGLE_OK);
    reopen(world);
    pass(world);
    assert_int_equal(script.runs, 2);
    assert_result(script.first, JANGLE_OK);
    assert_true(script.outcome.repeated);
    assert_int_equal(script.outcome.position, first.position);
    assert_int_equal(script.outcome.version, first.version);
    assert_string_equal(script.outcome.reply, first.reply);
    assert_string_equal(script.outcome.command_id, first.command_id);
    assert_int_equal(tills_count(world, "a", &given_back), 0);
}

/* Its first command is recorded as another: it must not get that one's answer. */
static void another_command_does_not_get_the_answer_of_the_first(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber_stats stats;

    open_with(world, &courier);
    script.failures = 1;
    move(world, "b");
    script.otherwise = true;
    reopen(world);
    pass(world);
    assert_result(script.first, JANGLE_INVALID);
    stats = world_measure(world, "courier");
    assert_int_equal(stats.parked, 1);
    assert_string_equal(stats.reason,
                        "command 1 of this delivery is recorded as pay_in, "
                        "and now the handler sends call_move");
    script.otherwise = false;
    pass(world);
    assert_int_equal(world_measure(world, "courier").parked, 0);
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "a", &move_called), 0);
}

static void a_renamed_subscriber_does_not_send_again(void **state)
{
    struct world *world = *state;

    open_with(world, &courier);
    script.failures = 1;
    move(world, "b");
    world_close(world);
    open_with(world, &messenger);
    pass(world);
    assert_int_equal(script.runs, 2);
    assert_true(script.outcome.repeated);
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
}

/* ---- how long it is kept ----------------------------------------------------- */

static void answers_are_kept_until_the_event_is_handled(void **state)
{
    struct world *world = *state;

    open_with(world, &courier);
    script.failures = 2;
    script.times = 2;
    move(world, "c");
    world_rows(world, "courier");
    assert_int_equal(steps_of(world, "courier", 3), 3);
    pass(world);
    world_rows(world, "courier");
    assert_int_equal(steps_of(world, "courier", 3), 3);
    pass(world);
    world_rows(world, "courier");
    assert_int_equal(script.runs, 3);
    assert_int_equal(steps_of(world, "courier", 3), 0);
}

/* Met again, and on purpose: what was stored is known by its id. */
static void a_reset_does_not_pay_again(void **state)
{
    struct world *world = *state;

    open_with(world, &courier);
    move(world, "b");
    assert_result(jangle_subscriber_reset(world->jangle, "courier", 0, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(script.runs, 2);
    assert_true(script.outcome.repeated);
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
}

/* ---- who may, and where it comes from ---------------------------------------- */

static void a_view_cannot_send(void **state)
{
    struct world *world = *state;

    open_with(world, &screen);
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_result(script.first, JANGLE_INVALID);
    assert_string_equal(script.outcome.error.message,
                        "pay_in: a view cannot send commands");
    assert_int_equal(tills_count(world, "b", &paid_in), 0);
    assert_int_equal(world_measure(world, "screen").parked, 1);
}

static enum jangle_result read_meta(void *context, const struct jangle_record *record)
{
    if (!strcmp(record->type, "paid_in"))
        snprintf(context, 400, "%s", record->meta);
    return JANGLE_OK;
}

static void what_it_sends_belongs_to_the_story_of_the_event(void **state)
{
    struct world *world = *state;
    struct jangle_envelope trip = {
        .origin = {.correlation_id = "trip-1", .actor = "ann", .trace = "t-7"}};
    struct jangle_store *store;
    char meta[400] = "";

    open_with(world, &courier);
    assert_result(jangle_send_in(world->jangle, NULL, &trip, pay_out, .till_id = "a",
                                 .move_id = "m1", .to_id = "b", .amount = 5),
                  JANGLE_OK);
    world_poll(world);
    store = world->jangle->store;
    assert_result(store->ops->read_stream(store, "till", "b", 0, read_meta, meta, NULL),
                  JANGLE_OK);
    assert_non_null(strstr(meta, "trip-1"));
    assert_non_null(strstr(meta, "ann"));
    assert_non_null(strstr(meta, "t-7"));
    assert_non_null(strstr(meta, script.ids[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_a_handler_sends_is_sent_once_however_often_it_is_called),
        WORLD_TEST(the_nth_command_of_a_delivery_has_an_id_of_its_own),
        WORLD_TEST(another_event_has_other_ids),
        WORLD_TEST(a_refusal_stays_a_refusal),
        WORLD_TEST(an_ok_stays_an_ok_with_all_that_it_said),
        WORLD_TEST(another_command_does_not_get_the_answer_of_the_first),
        WORLD_TEST_IN_FILE(a_renamed_subscriber_does_not_send_again),
        WORLD_TEST(answers_are_kept_until_the_event_is_handled),
        WORLD_TEST(a_reset_does_not_pay_again),
        WORLD_TEST(a_view_cannot_send),
        WORLD_TEST(what_it_sends_belongs_to_the_story_of_the_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
