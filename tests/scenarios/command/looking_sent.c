/* looking_sent.c - a handler and a saga send commands that look at other aggregates: such
 * a command is decided again, sent once and answered the same again, as any other. */
#include "support/domains/addresses.h"
#include "support/domains/follower.h"

#include <string.h>

static struct {
    int runs;
    enum jangle_result answers[4];
} script;

static enum jangle_result note_answer(enum jangle_result result)
{
    script.answers[script.runs++] = result;
    return result || script.runs > 1 ? result : JANGLE_RETRY;
}

/* ---- a handler --------------------------------------------------------------- */

static enum jangle_result claim_by_handler(struct jangle_delivery *delivery,
                                           const struct jangle_event *event)
{
    (void)event;
    return note_answer(jangle_delivery_send(delivery, claim_address, .person_id = "ben",
                                            .address = "a"));
}

static const struct jangle_subscriber claimer = {
    .name = "claimer",
    .handlers = JANGLE_HANDLERS({&lamp_on, claim_by_handler}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.first_delay_ms = 1, .max_delay_ms = 1}};

/* ---- a saga ------------------------------------------------------------------ */

static enum jangle_result claim_by_saga(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    (void)state;
    (void)event;
    return note_answer(
        jangle_turn_send(turn, claim_address, .person_id = "ben", .address = "a"));
}

static const char *lamp_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

static void apply_nothing(void *state, const struct jangle_event *event)
{
    (void)state;
    (void)event;
}

static const struct jangle_saga claim_saga = {
    .name = "claim",
    .state = &lamp_state,
    .id_of = lamp_of,
    .events = JANGLE_APPLIERS({&lamp_on, apply_nothing}),
    .reactions = JANGLE_REACTIONS({&lamp_on, claim_by_saga}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.first_delay_ms = 1, .max_delay_ms = 1}};

static const struct jangle_sagas sagas = JANGLE_SAGAS(&claim_saga);

/* ---- a world ----------------------------------------------------------------- */

static struct world world;

static int set_up(void **state)
{
    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    world.config.aggregates = address_aggregates;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static void release_by_ann(void)
{
    assert_result(jangle_send(world.jangle, NULL, release_address, .person_id = "ann",
                              .address = "a"),
                  JANGLE_OK);
}

/* Ann has the address when it is looked at first, and not when it is claimed. */
static void assert_claimed_once(void)
{
    struct jangle_outcome outcome;
    struct jangle_stats stats;

    assert_result(jangle_send(world.jangle, NULL, claim_address, .person_id = "ann",
                              .address = "a"),
                  JANGLE_OK);
    assert_result(
        jangle_send(world.jangle, NULL, turn_on, .lamp_id = "1", .other_id = "2"),
        JANGLE_OK);
    addresses_meanwhile = release_by_ann;
    for (int i = 0; i < 10; i++) {
        world_poll(&world);
        world_pass(&world, 1000);
    }
    assert_int_equal(script.runs, 2);
    assert_result(script.answers[0], JANGLE_OK);
    assert_result(script.answers[1], JANGLE_OK);
    jangle_measure(world.jangle, &stats);
    assert_int_equal(stats.position, 2 + 1 + 2 + 2);
    jangle_send(world.jangle, &outcome, whose_address, .person_id = "x", .address = "a");
    assert_string_equal(outcome.reply, "ben");
}

static void a_handler_sends_a_command_that_looks(void **state)
{
    (void)state;
    world_open(&world, &claimer, NULL);
    assert_claimed_once();
}

static void a_saga_sends_a_command_that_looks(void **state)
{
    (void)state;
    world.config.sagas = sagas;
    world_open(&world, NULL);
    assert_claimed_once();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_handler_sends_a_command_that_looks),
        WORLD_TEST(a_saga_sends_a_command_that_looks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
