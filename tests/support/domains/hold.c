/* hold.c - a saga that holds something for half an hour. */
#include "support/domains/hold.h"

#include <stdlib.h>
#include <string.h>

struct hold hold;

struct hold_state {
    const char *words;
    const char *last;
    jangle_time until;
};

static JANGLE_STRUCT(hold_state, words, last, until);

static bool sets_time(const char *word)
{
    return !strcmp(word, "hold") || !strcmp(word, "more");
}

static void apply_called(void *state, const struct jangle_event *event)
{
    struct hold_state *held = state;
    const struct move_called *called = event->data;

    held->words = jangle_text(event->arena, "%s%s%s", held->words,
                              *held->words ? " " : "", called->word);
    held->last = called->word;
    if (sets_time(called->word))
        held->until =
            jangle_time_after_ms(event->at, hold.held_ms ? hold.held_ms : HOLD_MS);
}

static void tell(const struct jangle_turn *turn, const char *what, const char *of)
{
    size_t saga = strtoul(turn->id + 1, NULL, 10);
    char *told = hold.told[saga];
    size_t used = strlen(told);

    assert_true(saga < HOLD_SAGAS);
    assert_true(snprintf(told + used, sizeof hold.told[saga] - used, "%s%s%s",
                         used ? ", " : "", what,
                         of) < (int)(sizeof hold.told[saga] - used));
}

static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct hold_state *held = state;

    (void)event;
    hold.tries++;
    if (hold.failures && hold.busy)
        return jangle_turn_fail(turn, JANGLE_BUSY, "not now");
    if (sets_time(held->last))
        jangle_turn_timeout_at(turn, held->until);
    if (hold.failures) {
        hold.failures -= hold.failures > 0;
        return jangle_turn_fail(turn, JANGLE_REJECTED, "not now");
    }
    if (strcmp(held->last, "hush") != 0)
        tell(turn, held->last, "");
    return strcmp(held->last, "pay") != 0 ? JANGLE_OK : jangle_turn_finish(turn);
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct hold_state *held = state;

    (void)event;
    hold.timeouts++;
    if (hold.timeout_failures) {
        hold.timeout_failures -= hold.timeout_failures > 0;
        return jangle_turn_fail(turn, JANGLE_REJECTED, "not now");
    }
    tell(turn, "timeout of ", held->words);
    return jangle_turn_finish(turn);
}

const struct jangle_saga hold_saga = {
    .name = "hold",
    .state = &hold_state,
    .begins_with = &move_called,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&move_called, apply_called}),
    .reactions = JANGLE_REACTIONS({&move_called, on_call}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------- */

int hold_set_up(void **state)
{
    static struct world world;

    memset(&hold, 0, sizeof hold);
    world_init(&world, *state != NULL);
    tills_open(&world, &hold_saga);
    *state = &world;
    return 0;
}

int hold_tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

void hold_say(struct world *world, int saga, const char *word)
{
    char id[16];

    snprintf(id, sizeof id, "h%d", saga);
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = "a",
                              .move_id = id, .word = word),
                  JANGLE_OK);
}

void hold_say_by(struct world *world, int saga, const char *word, int64_t wrong_ms)
{
    world->now_us += wrong_ms * 1000;
    hold_say(world, saga, word);
    world->now_us -= wrong_ms * 1000;
}

struct jangle_left hold_left(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

void hold_pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

const char *hold_status(struct world *world, int saga)
{
    static char status[32];
    char id[16];

    snprintf(id, sizeof id, "h%d", saga);
    snprintf(status, sizeof status, "%s", tills_saga(world, "hold", id));
    status[strcspn(status, " ")] = '\0';
    return status;
}

void hold_reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &hold_saga);
}
