/* errand_told.c - a spec of an errand that does as it is told, and what it saw. */
#include "support/domains/errand_told.h"

#include <stddef.h>

const jangle_time noon = {INT64_C(1800000000000000)};
const jangle_time later = {INT64_C(1800000060000000)};

struct jangle_spec *spec;
struct seen seen;

void note_turn(const struct jangle_turn *turn, const void *state)
{
    const struct errand_state *errand = state;

    seen.runs++;
    seen.at = turn->at;
    seen.attempt = turn->attempt;
    seen.coins = errand->coins;
}

int open_spec(void **state)
{
    (void)state;
    told_agreed = told_timeout = NULL;
    seen = (struct seen){0};
    spec = jangle_spec_saga(&told_saga, "e1");
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7);
    return 0;
}

int close_spec(void **state)
{
    (void)state;
    return jangle_spec_close(spec);
}

static enum jangle_result take_and_hand(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    enum jangle_result result;

    (void)event;
    note_turn(turn, state);
    jangle_turn_timeout_at(turn, later);
    jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
    result = jangle_turn_send(turn, hand_coins, .purse_id = "ann", .errand_id = "e1",
                              .coins = 7);
    return result ? result : jangle_turn_finish(turn);
}

void fail_with(enum jangle_result result)
{
    told_agreed = take_and_hand;
    jangle_given_answer(spec, hand_coins, result, "later");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, result, "hand_coins: later");
}

enum jangle_result finish_then_send(struct jangle_turn *turn,
                                    const void *state,
                                    const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    jangle_turn_finish(turn);
    return jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
}

/* ---- for complaints ---------------------------------------------------------- */

bool told_changed;
const char *told_errand_id = "e1";

void begin_errand(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                 .until = noon);
}

void begin_told(jangle_react_fn *agreed)
{
    spec = jangle_spec_saga(&told_saga, "e1");
    told_agreed = agreed;
    told_timeout = NULL;
    jangle_given(spec, errand_asked, .errand_id = "e1");
}

enum jangle_result ask_for_another_run(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_retry_in(turn, 5000);
}

enum jangle_result change_its_mind(struct jangle_turn *turn,
                                   const void *state,
                                   const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, noon);
    if (told_changed)
        jangle_turn_send(turn, return_coins, .purse_id = "bob",
                         .errand_id = told_errand_id);
    else
        jangle_turn_send(turn, take_coins, .purse_id = "bob",
                         .errand_id = told_errand_id);
    return jangle_turn_send(turn, ask_payer, .purse_id = "bob",
                            .errand_id = told_errand_id);
}

void fail_and_change(void)
{
    told_changed = false;
    jangle_given_answer(spec, ask_payer, JANGLE_TIMEOUT, "no answer");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = told_errand_id);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = told_errand_id);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "no answer");
    told_changed = true;
    jangle_when_run_again(spec);
}

void decline_errand(void)
{
    begin_errand();
    jangle_when(spec, errand_declined, .errand_id = "e1");
}

void then_failure_is_told(void)
{
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "declined");
}
