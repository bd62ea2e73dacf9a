/* life.c - a saga sends each command once, under the correlation of its event, and
 * the answer stays the same. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void money_is_moved(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(tills_content(world, "a"), 70);
    assert_int_equal(tills_content(world, "b"), 30);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 1");
}

static void what_is_refused_there_comes_back(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "nowhere", 30), JANGLE_OK);
    world_poll(world);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(tills_content(world, "nowhere"), 0);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 2");
    world_close(world);
}

/* ---- the first answer holds -------------------------------------------------- */

static bool stuck;
static enum jangle_result answered;
static bool repeated;

static enum jangle_result pay_and_wait(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    const struct move_state *move = state;
    enum jangle_result result;

    (void)event;
    result = answered = jangle_turn_send(turn, pay_in, .till_id = move->to_id,
                                         .move_id = turn->id, .amount = move->amount);
    repeated = turn->outcome.repeated;
    if (result == JANGLE_REJECTED)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = move->amount);
    if (!result && stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    return result ? result : jangle_turn_finish(turn);
}

static const struct jangle_saga *waiting(void)
{
    static const struct jangle_reaction pays[] = {{&paid_out, pay_and_wait}};
    static struct jangle_saga saga;

    saga = move_saga;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(pays);
    return &saga;
}

/* The turn is open, its steps are recorded; then the world changes, and it is
 * run again. */
static void run_again_after(struct world *world, const char *to, bool opens)
{
    tills_open(world, waiting());
    stuck = true;
    assert_result(tills_pay_out(world, "a", "m1", to, 30), JANGLE_OK);
    world_poll(world);
    assert_false(repeated);
    if (opens)
        assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = to),
                      JANGLE_OK);
    else
        assert_result(jangle_send(world->jangle, NULL, close_till, .till_id = to),
                      JANGLE_OK);
    if (world->file[0]) {
        world_close(world);
        tills_open(world, waiting());
    }
    stuck = false;
    world_pass(world, 60000);
    world_poll(world);
    assert_true(repeated);
}

static void a_till_that_appears_meanwhile_changes_nothing(void **state)
{
    struct world *world = *state;

    run_again_after(world, "c", true);
    assert_result(answered, JANGLE_REJECTED);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 2");
    assert_int_equal(tills_count(world, "c", &paid_in), 0);
    assert_int_equal(tills_count(world, "a", &given_back), 1);
    world_close(world);
}

static void a_till_that_disappears_meanwhile_changes_nothing(void **state)
{
    struct world *world = *state;

    run_again_after(world, "b", false);
    assert_result(answered, JANGLE_OK);
    assert_string_equal(tills_saga(world, "move", "m1"), "finished 1");
    assert_int_equal(tills_count(world, "b", &paid_in), 1);
    assert_int_equal(tills_count(world, "a", &given_back), 0);
    world_close(world);
}

/* Met again from the first event on: also what was given back stays so. */
static void a_move_that_is_met_again_is_not_made_again(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    assert_result(tills_pay_out(world, "a", "m2", "c", 20), JANGLE_OK);
    world_poll(world);
    assert_result(jangle_send(world->jangle, NULL, open_till, .till_id = "c"), JANGLE_OK);
    assert_result(jangle_subscriber_reset(world->jangle, "move", 0, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(tills_count_of(world, &paid_in, "m1"), 1);
    assert_int_equal(tills_count_of(world, &paid_in, "m2"), 0);
    assert_int_equal(tills_count_of(world, &given_back, "m2"), 1);
}

/* ---- the story --------------------------------------------------------------- */

static enum jangle_result read_meta(void *context, const struct jangle_record *record)
{
    if (!strcmp(record->type, "given_back"))
        snprintf(context, 400, "%s", record->meta);
    return JANGLE_OK;
}

static void assert_story(struct world *world)
{
    struct jangle_store *store = world->jangle->store;
    char meta[400] = "";

    assert_result(store->ops->read_stream(store, "till", "a", 0, read_meta, meta, NULL),
                  JANGLE_OK);
    assert_non_null(strstr(meta, "trip-1"));
    assert_non_null(strstr(meta, "ann"));
}

static void what_it_sends_belongs_to_the_story_of_its_event(void **state)
{
    struct world *world = *state;
    struct jangle_envelope trip = {
        .origin = {.correlation_id = "trip-1", .actor = "ann"}};

    tills_open(world, &move_saga);
    assert_result(jangle_send_in(world->jangle, NULL, &trip, pay_out, .till_id = "a",
                                 .move_id = "m1", .to_id = "c", .amount = 5),
                  JANGLE_OK);
    world_poll(world);
    assert_story(world);
}

static enum jangle_result wait_for_ever(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 1000));
}

/* A timeout has no event: its story is that of the one that began the saga. */
static void what_a_timeout_sends_belongs_to_the_story_of_its_saga(void **state)
{
    static const struct jangle_reaction waits[] = {{&paid_out, wait_for_ever}};
    struct world *world = *state;
    struct jangle_envelope trip = {
        .origin = {.correlation_id = "trip-1", .actor = "ann"}};
    struct jangle_saga saga = move_saga;

    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(waits);
    tills_open(world, &saga);
    assert_result(jangle_send_in(world->jangle, NULL, &trip, pay_out, .till_id = "a",
                                 .move_id = "m1", .to_id = "b", .amount = 5),
                  JANGLE_OK);
    world_poll(world);
    world_pass(world, 1000);
    world_poll(world);
    assert_story(world);
    assert_int_equal(world_stats(world).timeouts, 1);
    assert_int_equal(world_stats(world).turns, 2);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(money_is_moved),
        WORLD_TEST(what_is_refused_there_comes_back),
        WORLD_TEST(a_till_that_appears_meanwhile_changes_nothing),
        WORLD_TEST(a_till_that_disappears_meanwhile_changes_nothing),
        WORLD_TEST(a_move_that_is_met_again_is_not_made_again),
        WORLD_TEST(what_it_sends_belongs_to_the_story_of_its_event),
        WORLD_TEST(what_a_timeout_sends_belongs_to_the_story_of_its_saga),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
