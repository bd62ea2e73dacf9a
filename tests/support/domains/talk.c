/* talk.c - a saga that listens to what is said to it. */
#include "support/domains/talk.h"

#include <stdio.h>
#include <string.h>

struct talk talk;

struct said_word {
    const char *text;
};

struct said_words {
    struct said_word *items;
    size_t count;
};

struct talk_state {
    const char *first;
    const char *last;
    int64_t count;
    struct said_words words;
};

static JANGLE_STRUCT(said_word, text);
static JANGLE_STRUCT(talk_state, first, last, count, list(words, said_word));

static void apply_called(void *state, const struct jangle_event *event)
{
    struct talk_state *talked = state;
    const struct move_called *called = event->data;

    if (!talked->count++)
        talked->first = called->word;
    talked->last = called->word;
    jangle_list_add(event->arena, &talked->words, said_word, .text = called->word);
}

static enum jangle_result fail_as_told(struct jangle_turn *turn)
{
    if (talk.retry_in_ms)
        return jangle_turn_retry_in(turn, talk.retry_in_ms);
    if (talk.result)
        return talk.result;
    return jangle_turn_fail(turn, JANGLE_REJECTED, "not \"%s\"", talk.fails_at);
}

static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct talk_state *talked = state;
    const struct move_called *called = event->data;
    size_t used = strlen(talk.heard);

    assert_string_equal(talked->last, called->word);
    talk.at_us[talk.runs] = turn->at.us;
    talk.attempts[talk.runs++] = turn->attempt;
    if (talk.fails_at && !strcmp(talk.fails_at, called->word))
        return fail_as_told(turn);
    snprintf(talk.heard + used, sizeof talk.heard - used, "%s%s:%s", used ? " " : "",
             turn->id, called->word);
    return strcmp(called->word, "bye") != 0 ? JANGLE_OK : jangle_turn_finish(turn);
}

static enum jangle_result
on_paid_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

const struct jangle_saga talk_saga = {
    .name = "talk",
    .state = &talk_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = JANGLE_APPLIERS({&move_called, apply_called}),
    .reactions = JANGLE_REACTIONS({&paid_out, on_paid_out}, {&move_called, on_call}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world ----------------------------------------------------------------- */

int talk_set_up(void **state)
{
    static struct world world;

    memset(&talk, 0, sizeof talk);
    world_init(&world, *state != NULL);
    tills_open(&world, &talk_saga);
    *state = &world;
    return 0;
}

int talk_tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

void talk_say(struct world *world, const char *till, const char *id, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = till,
                              .move_id = id, .word = word),
                  JANGLE_OK);
}

void talk_begin(struct world *world, const char *id)
{
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
}

struct jangle_left talk_left(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

void talk_pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

void talk_reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &talk_saga);
}
