/* as_tried.c - what a saga does in a spec (given, when, then) is what the saga does
 * in a store. */
#include "support/domains/tills.h"

#include "core/engine.h"
#include "testing/spec.h"

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

/* ---- what is compared -------------------------------------------------------- */

enum { TOLD_SIZE = 4000 };

static enum jangle_result tell(void *context, const struct jangle_saga_info *info)
{
    char *told = context;
    size_t used = (size_t)snprintf(
        told, TOLD_SIZE, "%d %s, event %lld, timeout %lld, turn %lld at %lld with %d\n",
        info->status, info->state, (long long)info->position,
        (long long)info->timeout_at.us, (long long)info->turn_position,
        (long long)info->turn_at.us, info->turn_step_count);

    for (size_t i = 0; i < info->step_count; i++)
        used += (size_t)snprintf(
            told + used, TOLD_SIZE - used, "%s: %s \"%s\"\n", info->steps[i].type,
            jangle_result_name(info->steps[i].result), info->steps[i].reply);
    return JANGLE_OK;
}

/* The positions of its events are those of the store: they are the spec's plus 2, for
 * two tills were opened before. */
static void tell_record(const struct jn_saga *record, char told[TOLD_SIZE])
{
    struct jangle_saga_step steps[10];
    struct jangle_saga_info info = {
        .status = record->status,
        .state = record->state_json ? record->state_json : "{}",
        .position = record->position ? record->position + 2 : 0,
        .timeout_at = record->timeout_at,
        .turn_at = record->turn_at,
        .turn_position = record->turn_position ? record->turn_position + 2 : 0,
        .turn_step_count = (int)(record->count - record->closed),
        .steps = steps,
        .step_count = record->count,
    };

    assert_in_range(record->count, 0, 10);
    for (size_t i = 0; i < record->count; i++)
        steps[i] = (struct jangle_saga_step){.type = record->steps[i].type,
                                             .result = record->steps[i].result,
                                             .reply = record->steps[i].reply};
    tell(told, &info);
}

static void compare(struct world *world, const struct jangle_spec *spec)
{
    char stored[TOLD_SIZE], tried[TOLD_SIZE];

    assert_result(
        jangle_saga_show(world->jangle, "move", "m1", tell, stored, &world->error),
        JANGLE_OK);
    tell_record(&spec->saga.record, tried);
    assert_string_equal(stored, tried);
}

/* ---- one saga, two worlds ---------------------------------------------------- */

static jangle_react_fn *told;

static enum jangle_result react_as_told(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    return told(turn, state, event);
}

/* Money goes from the till "a" to `to`, in both. */
static struct jangle_spec *
begin(struct world *world, jangle_react_fn *react, const char *to)
{
    static const struct jangle_reaction reactions[] = {{&paid_out, react_as_told}};
    static struct jangle_saga saga;
    struct jangle_spec *spec;

    saga = move_saga;
    saga.reactions = (struct jangle_reactions)JANGLE_ARRAY(reactions);
    saga.retry.first_delay_ms = saga.retry.max_delay_ms = 1000;
    told = react;
    tills_open(world, &saga);
    assert_result(tills_pay_out(world, "a", "m1", to, 30), JANGLE_OK);
    world_poll(world);

    spec = jangle_spec_saga(&saga, "m1");
    jangle_spec_from(spec, "a");
    jangle_spec_at(spec, (jangle_time){world->now_us});
    jangle_given_answer(spec, pay_in, strcmp(to, "b") != 0 ? JANGLE_REJECTED : JANGLE_OK,
                        strcmp(to, "b") != 0 ? "the till is closed" : "");
    jangle_when(spec, paid_out, .move_id = "m1", .to_id = to, .amount = 30);
    return spec;
}

static void then_pay_in(struct jangle_spec *spec, const char *to)
{
    jangle_then(spec, pay_in, .till_id = to, .move_id = "m1", .amount = 30);
}

static void run_again(struct world *world, struct jangle_spec *spec)
{
    world_pass(world, 2000);
    world_poll(world);
    jangle_spec_at(spec, (jangle_time){world->now_us});
    jangle_when_run_again(spec);
}

static void what_is_moved_is_moved_in_both(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, move_react_paid_out, "b");

    then_pay_in(spec, "b");
    jangle_then_finished(spec);
    compare(world, spec);
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void what_is_refused_comes_back_in_both(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, move_react_paid_out, "nowhere");

    then_pay_in(spec, "nowhere");
    jangle_then(spec, give_back, .till_id = "a", .move_id = "m1", .amount = 30);
    jangle_then_finished(spec);
    compare(world, spec);
    assert_int_equal(jangle_spec_close(spec), 0);
}

static enum jangle_result take_its_time(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    const struct move_state *move = state;

    (void)event;
    jangle_turn_version(turn, "slowly", 4);
    jangle_turn_timeout_at(turn, (jangle_time){turn->at.us + INT64_C(3600000000)});
    jangle_turn_note(turn, call_counted, .count = 1);
    jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                     .amount = move->amount);
    jangle_turn_note(turn, call_counted, .count = 2);
    return turn->attempt < 3 ? jangle_turn_retry_in(turn, 1000) : JANGLE_OK;
}

static void a_turn_stays_open_in_both(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, take_its_time, "b");

    then_pay_in(spec, "b");
    jangle_then_retry_in(spec, 1000);
    compare(world, spec);
    run_again(world, spec);
    jangle_then_retry_in(spec, 1000);
    compare(world, spec);
    run_again(world, spec);
    jangle_then_nothing(spec);
    compare(world, spec);
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void time_is_out_in_both(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, take_its_time, "nowhere");

    then_pay_in(spec, "nowhere");
    jangle_then_retry_in(spec, 1000);
    told = move_react_paid_out;
    world->now_us += INT64_C(3600000000);
    world_poll(world);
    jangle_when_timed_out(spec);
    jangle_then(spec, give_back, .till_id = "a", .move_id = "m1", .amount = 30);
    jangle_then_finished(spec);
    compare(world, spec);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_int_equal(jangle_spec_close(spec), 0);
}

static enum jangle_result change_its_mind(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)state, (void)event;
    if (turn->attempt == 1)
        jangle_turn_send(turn, call_move, .till_id = "b", .move_id = turn->id,
                         .word = "one");
    else
        jangle_turn_send(turn, give_back, .till_id = "b", .move_id = turn->id);
    return jangle_turn_retry_in(turn, 1000);
}

static void what_does_not_fit_is_parked_in_both(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, change_its_mind, "b");

    jangle_then(spec, call_move, .till_id = "b", .move_id = "m1", .word = "one");
    jangle_then_retry_in(spec, 1000);
    compare(world, spec);
    run_again(world, spec);
    jangle_then_invalid(spec, "call_move");
    jangle_then_invalid(spec, "give_back");
    compare(world, spec);
    assert_int_equal(jangle_spec_close(spec), 0);
}

/* ---- what the last command came to, in the next one -------------------------- */

static enum jangle_result
pass_it_on(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;

    (void)event;
    jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                     .amount = move->amount);
    return jangle_turn_send(turn, call_move, .till_id = "b", .move_id = turn->id,
                            .word = turn->outcome.error.message);
}

static enum jangle_result find_word(void *context, const struct jangle_record *record)
{
    snprintf(context, 200, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    return JANGLE_OK;
}

static void assert_last_of_b(struct world *world, const char *payload)
{
    struct jangle_store *store = world->jangle->store;
    char last[200] = "";

    assert_result(store->ops->read_stream(store, "till", "b", 1, find_word, last, NULL),
                  JANGLE_OK);
    assert_string_equal(last, payload);
}

static void a_reason_can_be_passed_on_as_it_is(void **state)
{
    struct world *world = *state;
    struct jangle_spec *spec = begin(world, pass_it_on, "nowhere");

    then_pay_in(spec, "nowhere");
    jangle_then(spec, call_move, .till_id = "b", .move_id = "m1",
                .word = "the till is closed");
    compare(world, spec);
    assert_last_of_b(world, "{\"move_id\":\"m1\",\"word\":\"the till is closed\"}");
    assert_int_equal(jangle_spec_close(spec), 0);
}

static enum jangle_result pass_on(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct paid_out *out = event->data;

    jangle_delivery_send(delivery, pay_in, .till_id = out->to_id, .move_id = out->move_id,
                         .amount = out->amount);
    return jangle_delivery_send(delivery, call_move, .till_id = "b",
                                .move_id = out->move_id,
                                .word = delivery->outcome.error.message);
}

static void a_handler_can_pass_on_a_reason_as_it_is(void **state)
{
    static const struct jangle_handler handlers[] = {{&paid_out, pass_on}};
    static const struct jangle_subscriber passing = {.name = "passing",
                                                     .handlers = JANGLE_ARRAY(handlers),
                                                     .start = JANGLE_FROM_FIRST};
    struct world *world = *state;

    tills_open(world, NULL);
    world_close(world);
    world_open(world, &passing, NULL);
    assert_result(tills_pay_out(world, "a", "m1", "nowhere", 30), JANGLE_OK);
    world_poll(world);
    assert_last_of_b(world, "{\"move_id\":\"m1\",\"word\":\"the till is closed\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_moved_is_moved_in_both),
        WORLD_TEST(what_is_refused_comes_back_in_both),
        WORLD_TEST(a_turn_stays_open_in_both),
        WORLD_TEST(time_is_out_in_both),
        WORLD_TEST(what_does_not_fit_is_parked_in_both),
        WORLD_TEST(a_reason_can_be_passed_on_as_it_is),
        WORLD_TEST_IN_FILE(a_handler_can_pass_on_a_reason_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
