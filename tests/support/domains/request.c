/* request.c - a saga that asks for money, and times out. */
#include "support/domains/request.h"

#include <string.h>

struct request request;

struct request_state {
    const char *till_id;
    const char *word;
    int64_t amount; /* that it knows to be taken */
    int64_t calls;
};

static JANGLE_STRUCT(request_state, till_id, word, amount, calls);

static void apply_called(void *state, const struct jangle_event *event)
{
    struct request_state *asked = state;
    const struct move_called *called = event->data;

    asked->till_id = event->aggregate_id;
    asked->word = called->word;
    asked->calls++;
}

static void apply_taken(void *state, const struct jangle_event *event)
{
    struct request_state *asked = state;

    asked->amount = ((const struct paid_out *)event->data)->amount;
}

static void set_timeout(struct jangle_turn *turn)
{
    int64_t ms = request.timeout_ms ? request.timeout_ms : HOUR_MS;

    jangle_turn_timeout_at(turn, request.never ? (jangle_time){0}
                                               : jangle_time_after_ms(turn->at, ms));
}

/* The step is on record; whatever comes of the turn after it is the world's fault. */
static enum jangle_result ask(struct jangle_turn *turn, const char *till_id)
{
    assert_result(jangle_turn_send(turn, pay_out, .till_id = till_id, .move_id = turn->id,
                                   .to_id = "b", .amount = 100000),
                  JANGLE_REJECTED);
    return request.busy ? jangle_turn_fail(turn, JANGLE_BUSY, "the bank is busy")
                        : JANGLE_OK;
}

/* "take" takes the money, whose event will wait behind this turn; all else is heard. */
static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct request_state *asked = state;
    enum jangle_result result;

    (void)event;
    request.calls++;
    set_timeout(turn);
    if (!strcmp(asked->word, "ask"))
        return ask(turn, asked->till_id);
    if (strcmp(asked->word, "take") != 0)
        return request.stuck ? jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck")
                             : JANGLE_OK;
    result = jangle_turn_send(turn, pay_out, .till_id = asked->till_id,
                              .move_id = turn->id, .to_id = "b", .amount = 30);
    if (request.stuck)
        return jangle_turn_fail(turn, JANGLE_RETRY, "it is stuck");
    if (!result)
        result = jangle_turn_send(turn, pay_in, .till_id = "b", .move_id = turn->id,
                                  .amount = 30);
    return result ? result : jangle_turn_finish(turn);
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct request_state *asked = state;
    enum jangle_result result = JANGLE_OK;

    request.timeouts++;
    request.at = turn->at;
    request.attempt = turn->attempt;
    assert_null(event);
    if (request.timeout_failures) {
        request.timeout_failures -= request.timeout_failures > 0;
        return jangle_turn_fail(turn, JANGLE_REJECTED, "no time for timeouts");
    }
    if (request.again) {
        request.again--;
        return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, HOUR_MS));
    }
    if (jangle_turn_recall(turn, &pay_out) == JANGLE_OK &&
        jangle_turn_recall(turn, &pay_in) != JANGLE_OK)
        result = jangle_turn_send(turn, give_back, .till_id = asked->till_id,
                                  .move_id = turn->id, .amount = 30);
    return result ? result : jangle_turn_finish(turn);
}

const struct jangle_saga till_request_saga = {
    .name = "request",
    .state = &request_state,
    .begins_with = &move_called,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&move_called, apply_called}, {&paid_out, apply_taken}),
    .reactions = JANGLE_REACTIONS({&move_called, on_call}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------- */

int request_set_up(void **state)
{
    static struct world world;

    memset(&request, 0, sizeof request);
    world_init(&world, *state != NULL);
    tills_open(&world, &till_request_saga);
    *state = &world;
    return 0;
}

int request_tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

void request_call(struct world *world, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = "r1", .word = word),
                  JANGLE_OK);
    world_poll(world);
}

const char *request_saga_of(struct world *world)
{
    return tills_saga(world, "request", "r1");
}

struct jangle_left request_left(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

void request_pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

void request_reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &till_request_saga);
}
