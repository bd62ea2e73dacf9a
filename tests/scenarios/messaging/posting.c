/* posting.c - messages that a program posts: commands for the aggregates of another
 * program, from anywhere and from handlers. */
#include "support/domains/neighbours.h"
#include "support/stores/lying_store.h"

static const struct jangle_publisher to_counter = {
    .name = "to_counter",
    .queue = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}, {.type = &take_out}),
};

static const struct jangle_consumer counter = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &put_in}, {.type = &take_out}),
};

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

/* Who asked for the last event there, and for what. */
static struct {
    char correlation[32], causation[64], trace[64];
} asked;

static enum jangle_result note_origin(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct jangle_origin *origin = &event->origin;

    (void)delivery;
    snprintf(asked.correlation, sizeof asked.correlation, "%s", origin->correlation_id);
    snprintf(asked.causation, sizeof asked.causation, "%s", origin->causation_id);
    snprintf(asked.trace, sizeof asked.trace, "%s", origin->trace);
    return JANGLE_OK;
}

static const struct jangle_subscriber observer = {
    .name = "observer",
    .handlers = JANGLE_HANDLERS({&coins_put_in, note_origin}),
    .start = JANGLE_FROM_FIRST,
};

/* Each event of a purse here puts one coin into the purse of that name there, and fails
 * the first time. */
static int failures;

static enum jangle_result pass_on(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    enum jangle_result result = jangle_delivery_post(
        delivery, &to_counter, put_in, .purse_id = event->aggregate_id, .amount = 1);

    if (result || failures-- <= 0)
        return result;
    return jangle_delivery_fail(delivery, JANGLE_REJECTED, "not yet");
}

static const struct jangle_subscriber forwarder = {
    .name = "forwarder",
    .handlers = JANGLE_HANDLERS({&coins_put_in, pass_on}),
    .start = JANGLE_FROM_FIRST,
};

/* The next commit of the sender is done, and is UNKNOWN all the same. */
static bool in_doubt;

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    enum jangle_result result = honest->ops->commit(honest, group, error);
    bool is_unknown = in_doubt;

    in_doubt = false;
    return is_unknown ? jangle_error_set(error, JANGLE_UNKNOWN, "the disk is gone")
                      : result;
}

static const struct lie doubt = {.clause = "", .store = {.commit = commit}};

static int open_both(void **state)
{
    static struct neighbours neighbours;
    static struct lying lying;

    heard = (struct follower){0};
    failures = 0;
    neighbours_init(&neighbours, false);
    lying = (struct lying){.storage = neighbours.sender.config.storage, .lie = &doubt};
    neighbours.sender.config.storage = lying_storage(&lying);
    publish_with(&neighbours.sender, &to_counter);
    neighbours.taker.config.aggregates = purse_aggregates;
    consume_with(&neighbours.taker, &counter);
    world_open(&neighbours.taker, &listener, &observer, NULL);
    neighbours_poll(&neighbours);
    world_open(&neighbours.sender, &forwarder, NULL);
    *state = &neighbours;
    return 0;
}

static int close_both(void **state)
{
    neighbours_finish(*state);
    follower_clear(&heard);
    return 0;
}

static void a_posted_command_is_decided_in_the_other_program(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_outcome outcome;

    assert_result(jangle_post(neighbours->sender.jangle, &outcome, &to_counter, put_in,
                              .purse_id = "7", .amount = 5),
                  JANGLE_OK);
    assert_int_equal(outcome.position, 1);
    assert_int_equal(heard.count, 0);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.seen[0].id, "7");
}

/* The cause of what happens there is the message. */
static void the_origin_of_a_posted_command_goes_along(void **state)
{
    static const char trace[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    struct neighbours *neighbours = *state;
    struct jangle_outcome outcome;

    assert_result(jangle_post_in(neighbours->sender.jangle, &outcome,
                                 jangle_envelope(.command_id = "wish",
                                                 .origin = {.correlation_id = "c-1",
                                                            .causation_id = "c-2",
                                                            .trace = trace}),
                                 &to_counter, put_in, .purse_id = "7", .amount = 5),
                  JANGLE_OK);
    neighbours_poll(neighbours);
    assert_string_equal(asked.correlation, "c-1");
    assert_string_not_equal(asked.causation, "c-2");
    assert_string_equal(asked.trace, trace);
}

static void a_message_with_an_id_is_posted_once(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->sender.jangle;
    struct jangle_outcome outcome;

    for (int i = 0; i < 2; i++)
        assert_result(jangle_post_in(jangle, &outcome,
                                     jangle_envelope(.command_id = "once"), &to_counter,
                                     put_in, .purse_id = "7", .amount = 5),
                      JANGLE_OK);
    assert_true(outcome.repeated);
    assert_result(jangle_post_in(jangle, &outcome, jangle_envelope(.command_id = "once"),
                                 &to_counter, put_in, .purse_id = "7", .amount = 6),
                  JANGLE_INVALID);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 1);
}

/* "Nothing is stored of it" would have it posted again. */
static void what_came_of_a_message_in_doubt_can_be_asked(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->sender.jangle;
    char id[sizeof((struct jangle_outcome *)0)->command_id];
    struct jangle_outcome outcome;

    world_put(&neighbours->sender, "1");
    in_doubt = true;
    assert_result(
        jangle_post(jangle, &outcome, &to_counter, put_in, .purse_id = "7", .amount = 5),
        JANGLE_UNKNOWN);
    memcpy(id, outcome.command_id, sizeof id);
    assert_result(jangle_outcome_of(jangle, id, &outcome), JANGLE_OK);
    assert_int_equal(outcome.position, 2);
}

static void what_has_no_row_cannot_be_posted(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->sender.jangle;
    const struct jangle_publisher stranger = to_counter;
    struct jangle_outcome outcome;

    assert_result(jangle_post(jangle, &outcome, &to_counter, look_in, .purse_id = "7"),
                  JANGLE_INVALID);
    assert_string_equal(outcome.error.message,
                        "the publisher \"to_counter\" has no row for look_in");
    assert_result(
        jangle_post(jangle, &outcome, &stranger, put_in, .purse_id = "7", .amount = 5),
        JANGLE_INVALID);
    assert_string_equal(outcome.error.message,
                        "the publisher \"to_counter\" is not among config.publishers");
}

static void a_handler_that_runs_again_posts_once(void **state)
{
    struct neighbours *neighbours = *state;

    failures = 3;
    world_put_many(&neighbours->sender, 2, 2);
    for (int i = 0; i < 10; i++) {
        neighbours_poll(neighbours);
        neighbours_pass(neighbours, 400000);
    }
    assert_int_equal(endpoint_of(&neighbours->sender, "to_counter").published, 2);
    assert_int_equal(heard.count, 2);
}

/* A refusal is an answer: it is remembered, and not decided a second time. */
static void a_refused_command_is_done_and_remembered(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_outcome outcome;

    assert_result(jangle_post(neighbours->sender.jangle, &outcome, &to_counter, take_out,
                              .purse_id = "7", .amount = 5),
                  JANGLE_OK);
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->taker, "counter").taken, 1);
    assert_result(
        jangle_subscriber_reset(neighbours->sender.jangle, "to_counter", 0, NULL),
        JANGLE_OK);
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->taker, "counter").repeated, 1);
    assert_int_equal(heard.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOTH(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)
        BOTH(a_posted_command_is_decided_in_the_other_program),
        BOTH(the_origin_of_a_posted_command_goes_along),
        BOTH(a_message_with_an_id_is_posted_once),
        BOTH(what_came_of_a_message_in_doubt_can_be_asked),
        BOTH(what_has_no_row_cannot_be_posted),
        BOTH(a_handler_that_runs_again_posts_once),
        BOTH(a_refused_command_is_done_and_remembered),
#undef BOTH
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
