/* moves.c - a tale of money that sagas move between tills, and how it must come out. */
#include "support/domains/moves.h"

#include <string.h>

/* ---- the saga ---------------------------------------------------------------- */

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;
    enum jangle_result result;

    (void)event;
    jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 3600000));
    jangle_turn_note(turn, call_counted, .count = 1);
    if (turn->id[0] == 't')
        return jangle_turn_fail(turn, JANGLE_RETRY, "it waits");
    result = jangle_turn_send(turn, pay_in, .till_id = move->to_id, .move_id = turn->id,
                              .amount = move->amount);
    if (result == JANGLE_REJECTED)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = move->amount);
    if (!result)
        result = jangle_turn_send(turn, call_move, .till_id = move->from_id,
                                  .move_id = turn->id, .word = "done");
    return result ? result : jangle_turn_finish(turn);
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct move_state *move = state;
    enum jangle_result result = JANGLE_OK;

    (void)event;
    if (jangle_turn_recall(turn, &pay_in) != JANGLE_OK &&
        jangle_turn_recall(turn, &give_back) != JANGLE_OK)
        result = jangle_turn_send(turn, give_back, .till_id = move->from_id,
                                  .move_id = turn->id, .amount = move->amount);
    if (!result && jangle_turn_recall(turn, &call_move) != JANGLE_OK)
        result = jangle_turn_send(turn, call_move, .till_id = move->from_id,
                                  .move_id = turn->id, .word = "late");
    return result ? result : jangle_turn_finish(turn);
}

const struct jangle_saga mover_saga = {
    .name = "mover",
    .state = &move_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events =
        JANGLE_APPLIERS({&paid_out, apply_paid_out}, {&call_counted, apply_call_counted}),
    .reactions = JANGLE_REACTIONS({&paid_out, react}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
};

/* ---- the tale ---------------------------------------------------------------- */

static const struct move {
    const char *id, *to;
    int64_t amount;
} moves[] = {{"m1", "b", 30}, {"m2", "c", 20}, {"t1", "b", 10}, {"m3", "b", 5}};

enum { MOVE_COUNT = sizeof moves / sizeof *moves };

bool moves_open(struct world *world)
{
    return tills_try_open(world, &mover_saga);
}

/* Whoever sends it, and however often: it is done once. */
#define ONCE(world, id, command, ...)                                                    \
    jangle_send_in((world)->jangle, NULL, jangle_envelope(.command_id = (id)), command,  \
                   __VA_ARGS__)

static enum jangle_result pay(struct world *world, const struct move *move)
{
    return ONCE(world, move->id, pay_out, .till_id = "a", .move_id = move->id,
                .to_id = move->to, .amount = move->amount);
}

static void drain(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    jangle_drain(world->jangle, -1, NULL, NULL);
}

void moves_tell(struct world *world)
{
    ONCE(world, "open-a", open_till, .till_id = "a", .amount = 100);
    ONCE(world, "open-b", open_till, .till_id = "b");
    for (size_t i = 0; i < 3; i++)
        pay(world, &moves[i]);
    drain(world, 1000);
    drain(world, 60000);
    ONCE(world, "close-b", close_till, .till_id = "b");
    ONCE(world, "open-c", open_till, .till_id = "c");
    pay(world, &moves[3]);
    drain(world, 60000);
    drain(world, 3600000);
    drain(world, 60000);
}

/* ---- how it must come out ---------------------------------------------------- */

/* Now the one till is closed and the other is open, as never before. */
static void change_tills(struct world *world)
{
    assert_result(ONCE(world, "open-a", open_till, .till_id = "a", .amount = 100),
                  JANGLE_OK);
    assert_result(ONCE(world, "open-b", open_till, .till_id = "b"), JANGLE_OK);
    assert_result(ONCE(world, "close-b", close_till, .till_id = "b"), JANGLE_OK);
    assert_result(ONCE(world, "open-c", open_till, .till_id = "c"), JANGLE_OK);
}

static void settle(struct world *world)
{
    struct jangle_left left = {.future = 1};

    for (int i = 0; i < 8 && (left.parked || left.future || left.suspended); i++) {
        assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
        world_pass(world, 3600000);
    }
    if (left.parked + left.dead + left.suspended + left.future)
        fail_msg("%lld parked, %lld dead, %lld suspended, %lld in the future",
                 (long long)left.parked, (long long)left.dead, (long long)left.suspended,
                 (long long)left.future);
}

static void check_move(struct world *world, const struct move *move, const char *first)
{
    int in = tills_count_of(world, &paid_in, move->id);
    int back = tills_count_of(world, &given_back, move->id);

    assert_int_equal(tills_count_of(world, &paid_out, move->id), 1);
    assert_int_equal(in + back, 1);
    assert_int_equal(tills_count_of(world, &move_called, move->id), 1);
    if (move->id[0] == 't')
        assert_int_equal(in, 0);
    if (!strcmp(first, "OK"))
        assert_int_equal(in, 1);
    if (!strcmp(first, "REJECTED"))
        assert_int_equal(in, 0);
    assert_memory_equal(tills_saga(world, "mover", move->id), "finished", 8);
}

void moves_check(struct world *world)
{
    const char *first[MOVE_COUNT];
    int64_t content = 0;

    for (size_t i = 0; i < MOVE_COUNT; i++)
        first[i] = tills_answer(world, "mover", moves[i].id, "pay_in");
    change_tills(world);
    for (size_t i = 0; i < MOVE_COUNT; i++)
        assert_result(pay(world, &moves[i]), JANGLE_OK);
    settle(world);
    for (size_t i = 0; i < MOVE_COUNT; i++)
        check_move(world, &moves[i], first[i]);
    content += tills_content(world, "a") + tills_content(world, "b");
    assert_int_equal(content + tills_content(world, "c"), 100);
}
