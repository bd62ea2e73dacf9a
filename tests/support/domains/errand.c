/* errand.c - a small saga to be tried alone: one asks another to pay for an errand. */
#include "support/domains/errand.h"

static void check_hand(struct jangle_check *check, const void *message)
{
    const struct hand_coins *hand = message;

    jangle_check_range(check, hand, coins, 1, 1000);
}

JANGLE_EVENT(errand_asked, errand_id, payer_id, coins, until);
JANGLE_EVENT(errand_agreed, errand_id);
JANGLE_EVENT(errand_declined, errand_id);
JANGLE_EVENT(try_counted, count);

JANGLE_COMMAND(ask_payer, purse_id, errand_id, coins);
JANGLE_COMMAND(take_coins, purse_id, errand_id);
JANGLE_COMMAND(hand_coins, purse_id, errand_id, coins, check(check_hand));
JANGLE_COMMAND(return_coins, purse_id, errand_id);
JANGLE_COMMAND(tell_failed, purse_id, errand_id, reason);
JANGLE_COMMAND_TO(write_down, "ledger", line);

JANGLE_STRUCT(errand_state, asker_id, payer_id, coins, calls);

/* ---- who decides some of it -------------------------------------------------- */

static enum jangle_result decide_nothing(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    (void)decision, (void)state, (void)command;
    return JANGLE_OK;
}

const struct jangle_aggregate errand_purse_aggregate = {
    .name = "purse",
    .state = &errand_state,
    .commands =
        JANGLE_DECIDERS({&ask_payer, decide_nothing}, {&take_coins, decide_nothing}),
    .events = JANGLE_APPLIERS({&errand_agreed, NULL})};

/* ---- what is remembered ------------------------------------------------------ */

static void apply_asked(void *state, const struct jangle_event *event)
{
    struct errand_state *errand = state;
    const struct errand_asked *asked = event->data;

    errand->asker_id = event->aggregate_id;
    errand->payer_id = asked->payer_id;
    errand->coins = asked->coins;
}

static void apply_counted(void *state, const struct jangle_event *event)
{
    struct errand_state *errand = state;
    const struct try_counted *counted = event->data;

    errand->calls += counted->count;
}

/* ---- reactions --------------------------------------------------------------- */

static enum jangle_result fail_errand(struct jangle_turn *turn,
                                      const struct errand_state *errand,
                                      const char *reason)
{
    jangle_turn_send(turn, tell_failed, .purse_id = errand->asker_id,
                     .errand_id = turn->id, .reason = reason);
    return jangle_turn_finish(turn);
}

static enum jangle_result
react_asked(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct errand_state *errand = state;
    const struct errand_asked *asked = event->data;
    enum jangle_result result;

    jangle_turn_timeout_at(turn, asked->until);
    result = jangle_turn_send(turn, ask_payer, .purse_id = errand->payer_id,
                              .errand_id = turn->id, .coins = errand->coins);
    return result == JANGLE_REJECTED
               ? fail_errand(turn, errand, turn->outcome.error.message)
               : result;
}

static enum jangle_result react_agreed(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    const struct errand_state *errand = state;
    enum jangle_result result;
    const char *reason;

    (void)event;
    if (jangle_turn_send(turn, take_coins, .purse_id = errand->payer_id,
                         .errand_id = turn->id) == JANGLE_REJECTED)
        return fail_errand(turn, errand, turn->outcome.error.message);
    result = jangle_turn_send(turn, hand_coins, .purse_id = errand->asker_id,
                              .errand_id = turn->id, .coins = errand->coins);
    if (!result)
        return jangle_turn_finish(turn);
    if (!jangle_result_final(result))
        return result; /* no answer: the turn is run again */
    reason = jangle_text(turn->arena, "%s", turn->outcome.error.message);
    jangle_turn_send(turn, return_coins, .purse_id = errand->payer_id,
                     .errand_id = turn->id);
    return fail_errand(turn, errand, reason);
}

static enum jangle_result react_declined(struct jangle_turn *turn,
                                         const void *state,
                                         const struct jangle_event *event)
{
    (void)event;
    return fail_errand(turn, state, "declined");
}

static enum jangle_result
time_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct errand_state *errand = state;

    (void)event;
    if (jangle_turn_recall(turn, &take_coins) == JANGLE_OK)
        jangle_turn_send(turn, return_coins, .purse_id = errand->payer_id,
                         .errand_id = turn->id);
    return fail_errand(turn, errand, "timed out");
}

static const struct jangle_applier events[] = {{&errand_asked, apply_asked},
                                               {&errand_agreed, NULL},
                                               {&errand_declined, NULL},
                                               {&try_counted, apply_counted}};

const struct jangle_saga errand_saga = {
    .name = "errand",
    .state = &errand_state,
    .begins_with = &errand_asked,
    .id_member = "errand_id",
    .events = JANGLE_ARRAY(events),
    .reactions = JANGLE_REACTIONS({&errand_asked, react_asked},
                                  {&errand_agreed, react_agreed},
                                  {&errand_declined, react_declined}),
    .on_timeout = time_out,
};

/* ---- the same, as it is told ------------------------------------------------- */

jangle_react_fn *told_agreed, *told_timeout;

static enum jangle_result react_as_told(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    return told_agreed ? told_agreed(turn, state, event) : JANGLE_OK;
}

static enum jangle_result time_out_as_told(struct jangle_turn *turn,
                                           const void *state,
                                           const struct jangle_event *event)
{
    return told_timeout ? told_timeout(turn, state, event) : JANGLE_OK;
}

const struct jangle_saga told_saga = {
    .name = "told",
    .state = &errand_state,
    .begins_with = &errand_asked,
    .id_member = "errand_id",
    .events = JANGLE_ARRAY(events),
    .reactions = JANGLE_REACTIONS({&errand_agreed, react_as_told}),
    .on_timeout = time_out_as_told,
};
