/* trouble.c - records that nobody can read, outages, and states that grow too large:
 * a person can still do what is needed, and money comes back. */
#include "support/domains/tills.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

static struct {
    bool fails;
    int heard;
} script;

struct word {
    const char *text;
};

struct words {
    struct word *items;
    size_t count;
};

struct hoarder_state {
    const char *from_id;
    int64_t amount;
    struct words words;
};

static JANGLE_STRUCT(word, text);
static JANGLE_STRUCT(hoarder_state, from_id, amount, list(words, word));

static void apply_begun(void *state, const struct jangle_event *event)
{
    struct hoarder_state *hoarder = state;

    hoarder->from_id = event->aggregate_id;
    hoarder->amount = ((const struct paid_out *)event->data)->amount;
}

static void apply_word(void *state, const struct jangle_event *event)
{
    struct hoarder_state *hoarder = state;

    jangle_list_add(event->arena, &hoarder->words, word,
                    .text = ((const struct move_called *)event->data)->word);
}

static enum jangle_result
begin(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    if (script.fails)
        return jangle_turn_fail(turn, JANGLE_RETRY, "not now");
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
}

static enum jangle_result
hear(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    script.heard++;
    return JANGLE_OK;
}

static enum jangle_result give_all_back(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    const struct hoarder_state *hoarder = state;
    enum jangle_result result =
        jangle_turn_send(turn, give_back, .till_id = hoarder->from_id,
                         .move_id = turn->id, .amount = hoarder->amount);

    (void)event;
    return result ? result : jangle_turn_finish(turn);
}

static const struct jangle_saga hoarder_saga = {
    .name = "hoarder",
    .state = &hoarder_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&paid_out, apply_begun}, {&move_called, apply_word}),
    .reactions = JANGLE_REACTIONS({&paid_out, begin}, {&move_called, hear}),
    .on_timeout = give_all_back,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3},
};

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    world.config.message_bytes = 2000;
    *state = &world;
    tills_open(&world, &hoarder_saga);
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void pay(struct world *world, const char *id)
{
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
}

/* ---- a record that nobody can read ------------------------------------------- */

static void spoil(struct world *world, const char *id)
{
    struct jangle_saga_record record = {.saga = "hoarder",
                                        .id = id,
                                        .version = 1,
                                        .state_version = 1,
                                        .state = "nonsense",
                                        .state_size = 8};
    struct jangle_group group = {.sagas = &record, .saga_count = 1};
    struct jangle_store *store = world->jangle->store;

    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
    assert_result(record.error.result, JANGLE_OK);
}

static enum jangle_result list(void *context, const struct jangle_saga_info *info)
{
    char *text = context;
    size_t length = strlen(text);

    snprintf(text + length, 100 - length, "%s%s ", info->id, info->reason ? "!" : "");
    return JANGLE_OK;
}

static void a_record_that_nobody_can_read_hides_no_other(void **state)
{
    struct world *world = *state;
    char text[100] = "";

    pay(world, "1");
    pay(world, "3");
    world_poll(world);
    spoil(world, "2");
    assert_result(
        jangle_saga_visit(world->jangle, "hoarder", JANGLE_SAGA_OPEN, list, text, NULL),
        JANGLE_OK);
    assert_string_equal(text, "1 2! 3 ");
}

static void it_can_be_ended_and_only_that(void **state)
{
    struct world *world = *state;

    spoil(world, "2");
    assert_result(jangle_saga_retry(world->jangle, "hoarder", "2", &world->error),
                  JANGLE_INVALID);
    assert_non_null(strstr(world->error.message, "hoarder/2"));
    assert_result(jangle_saga_finish(world->jangle, "hoarder", "2", "spoilt", NULL),
                  JANGLE_OK);
    assert_string_equal(tills_saga(world, "hoarder", "2"), "finished 1");
}

/* ---- an outage --------------------------------------------------------------- */

/* Twenty of them wait, and the saga is suspended: one is wanted now. */
static void what_a_person_wants_in_an_outage_is_tried_at_once(void **state)
{
    struct world *world = *state;
    char id[8];

    script.fails = true;
    for (int i = 0; i < 20; i++) {
        snprintf(id, sizeof id, "m%d", i);
        pay(world, id);
    }
    world_poll(world);
    assert_true(world_measure(world, "hoarder").suspended.us);
    script.fails = false;
    assert_result(jangle_saga_retry(world->jangle, "hoarder", "m5", NULL), JANGLE_OK);
    assert_result(jangle_poll(world->jangle, NULL, NULL), JANGLE_OK);
    assert_false(world_measure(world, "hoarder").suspended.us);
}

/* ---- a state that grows too large -------------------------------------------- */

static void money_comes_back_though_the_state_has_grown_too_large(void **state)
{
    struct world *world = *state;

    pay(world, "m");
    for (int i = 0; i < 200; i++)
        assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "b",
                                  .move_id = "m", .word = "another word"),
                      JANGLE_OK);
    for (int i = 0; i < 5; i++) {
        world_poll(world);
        world_pass(world, 60000);
    }
    assert_int_equal(world_measure(world, "hoarder").dead, 1);
    world_pass(world, 3600000);
    world_poll(world);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_string_equal(tills_saga(world, "hoarder", "m"), "finished 1");
    assert_int_equal(world_measure(world, "hoarder").dead, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_record_that_nobody_can_read_hides_no_other),
        WORLD_TEST(it_can_be_ended_and_only_that),
        WORLD_TEST(what_a_person_wants_in_an_outage_is_tried_at_once),
        WORLD_TEST(money_comes_back_though_the_state_has_grown_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
