/* changing.c - a saga whose code is changed while a turn of it is open. */
#include "support/domains/changing.h"

#include <string.h>

struct changing changing;

static enum jangle_result pay(struct jangle_turn *turn, int64_t amount)
{
    return jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id,
                            .amount = amount);
}

static enum jangle_result tell(struct jangle_turn *turn, const char *word)
{
    return jangle_turn_send(turn, call_move, .till_id = "b", .move_id = turn->id,
                            .word = word);
}

static void note(struct jangle_turn *turn, int64_t count)
{
    jangle_turn_note(turn, call_counted, .count = count);
}

static void take_steps(struct jangle_turn *turn)
{
    switch (changing.code) {
    case VERSIONED:
        changing.version = jangle_turn_version(turn, "in halves", 1);
        note(turn, 1);
        if (changing.version < 1) {
            pay(turn, 30);
        } else {
            pay(turn, 15);
            pay(turn, 15);
        }
        tell(turn, "done");
        break;
    case REMOVED:
        note(turn, 1);
        tell(turn, "done");
        break;
    case REORDERED:
        note(turn, 1);
        tell(turn, "done");
        pay(turn, 30);
        break;
    case OTHER_NOTE:
        note(turn, 2);
        pay(turn, 30);
        tell(turn, "done");
        break;
    case SHORTER:
        note(turn, 1);
        pay(turn, 30);
        break;
    case NEVER_ENDS:
        for (int i = 0; i < 100; i++)
            pay(turn, 1);
        break;
    default:
        note(turn, 1);
        pay(turn, 30);
        tell(turn, "done");
    }
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    changing.runs++;
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    take_steps(turn);
    if (changing.stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    return jangle_turn_finish(turn);
}

const struct jangle_saga changing_saga = {
    .name = "changing",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events =
        JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}),
    .reactions = JANGLE_REACTIONS({&paid_out, react}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 4, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------- */

int changing_set_up(void **state)
{
    static struct world world;

    memset(&changing, 0, sizeof changing);
    world_init(&world, *state != NULL);
    tills_open(&world, &changing_saga);
    *state = &world;
    return 0;
}

int changing_tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

const char *changing_saga_of(struct world *world)
{
    return tills_saga(world, "changing", "m1");
}

struct jangle_left changing_left(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

void changing_to(struct world *world, enum code code)
{
    changing.stuck = true;
    assert_result(tills_pay_out(world, "a", "m1", "b", 30), JANGLE_OK);
    world_poll(world);
    assert_string_equal(changing_saga_of(world), "open 3");
    assert_int_equal(tills_content(world, "b"), 30);
    changing.stuck = false;
    changing.code = code;
    if (world->file[0]) {
        world_close(world);
        tills_open(world, &changing_saga);
    }
    world_pass(world, 1000);
    world_poll(world);
}
