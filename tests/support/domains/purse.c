/* purse.c - a small domain for scenarios. */
#include "support/domains/purse.h"

#include <inttypes.h>
#include <string.h>

static void check_put_in(struct jangle_check *check, const void *message)
{
    const struct put_in *put = message;

    jangle_check_range(check, put, amount, 1, 1000000);
}

static void check_coins(struct jangle_check *check, const void *message)
{
    const struct coins_put_in *coins = message;

    jangle_check_range(check, coins, amount, 1, INT64_MAX);
}

JANGLE_COMMAND(put_in, purse_id, amount, check(check_put_in));
JANGLE_COMMAND(take_out, purse_id, amount);
JANGLE_COMMAND(look_in, purse_id);
JANGLE_COMMAND(name_purse, purse_id, name);
JANGLE_COMMAND(report_purse, purse_id);
JANGLE_COMMAND_TO(strike_coin, "royal", weight);
JANGLE_COMMAND(misbehave, purse_id, how);

JANGLE_EVENT(coins_put_in, amount, total, check(check_coins));
JANGLE_EVENT(coins_taken_out, amount, total);
JANGLE_EVENT(purse_named, name);
JANGLE_EVENT(name_taken, purse_id);
JANGLE_EVENT(purse_reported, purse_id, total);
JANGLE_EVENT(coin_struck, weight);

JANGLE_STRUCT(purse_state, total, name);

struct nothing_state {
    int64_t count;
};

static JANGLE_STRUCT(nothing_state, count);

static enum jangle_result decide_put_in(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct put_in *put = command->data;

    jangle_reply(decision, "%" PRId64, purse->total + put->amount);
    return jangle_emit(decision, coins_put_in, .amount = put->amount,
                       .total = purse->total + put->amount);
}

static enum jangle_result decide_take_out(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct take_out *take = command->data;

    if (take->amount > purse->total)
        return jangle_reject(decision, "there are only %" PRId64, purse->total);
    return jangle_emit(decision, coins_taken_out, .amount = take->amount,
                       .total = purse->total - take->amount);
}

static enum jangle_result decide_look_in(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct purse_state *purse = state;

    (void)command;
    return jangle_reply(decision, "%" PRId64, purse->total);
}

static enum jangle_result decide_name(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct name_purse *name = command->data;

    (void)state;
    jangle_emit_new(decision, &names_aggregate, name->name, name_taken,
                    .purse_id = name->purse_id);
    return jangle_emit(decision, purse_named, .name = name->name);
}

static enum jangle_result decide_report(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct purse_state *purse = state;

    return jangle_emit_to(decision, &guild_aggregate, "old", purse_reported,
                          .purse_id = command->aggregate_id, .total = purse->total);
}

static enum jangle_result decide_strike(struct jangle_decision *decision,
                                        const void *state,
                                        const struct jangle_command *command)
{
    const struct strike_coin *strike = command->data;

    (void)state;
    return jangle_emit(decision, coin_struck, .weight = strike->weight);
}

static enum jangle_result decide_misbehave(struct jangle_decision *decision,
                                           const void *state,
                                           const struct jangle_command *command)
{
    const char *how = ((const struct misbehave *)command->data)->how;

    (void)state;
    if (!strcmp(how, "hide an error")) {
        jangle_reject(decision, "first");
        jangle_reject(decision, "second");
        return jangle_emit(decision, coins_put_in, .amount = 1) ? JANGLE_OK : JANGLE_OK;
    }
    if (!strcmp(how, "bad event"))
        return jangle_emit(decision, coins_put_in, .amount = 0);
    if (!strcmp(how, "NULL text"))
        return jangle_emit(decision, purse_named, .name = NULL);
    if (!strcmp(how, "foreign event"))
        return jangle_emit(decision, coin_struck, .weight = 1);
    if (!strcmp(how, "odd result"))
        return JANGLE_TIMEOUT;
    if (!strcmp(how, "long reply"))
        return jangle_reply(decision, "%064d", 0);
    if (!strcmp(how, "no reason"))
        return JANGLE_REJECTED;
    if (!strcmp(how, "too many"))
        for (int i = 0; i < 1001; i++)
            jangle_emit(decision, purse_named, .name = "again");
    if (!strcmp(how, "twice new")) {
        jangle_emit_new(decision, &names_aggregate, "x", name_taken, .purse_id = "1");
        jangle_emit_new(decision, &names_aggregate, "x", name_taken, .purse_id = "1");
    }
    return JANGLE_OK;
}

static void apply_put_in(void *state, const struct jangle_event *event)
{
    ((struct purse_state *)state)->total =
        ((const struct coins_put_in *)event->data)->total;
}

static void apply_taken_out(void *state, const struct jangle_event *event)
{
    ((struct purse_state *)state)->total =
        ((const struct coins_taken_out *)event->data)->total;
}

static void apply_named(void *state, const struct jangle_event *event)
{
    ((struct purse_state *)state)->name = ((const struct purse_named *)event->data)->name;
}

const struct jangle_aggregate purse_aggregate = {
    .name = "purse",
    .state = &purse_state,
    .commands = JANGLE_DECIDERS({&put_in, decide_put_in},
                                {&take_out, decide_take_out},
                                {&look_in, decide_look_in},
                                {&name_purse, decide_name},
                                {&report_purse, decide_report},
                                {&misbehave, decide_misbehave}),
    .events = JANGLE_APPLIERS({&coins_put_in, apply_put_in},
                              {&coins_taken_out, apply_taken_out},
                              {&purse_named, apply_named}),
    .snapshot_every = 20,
};

const struct jangle_aggregate mint_aggregate = {
    .name = "mint",
    .state = &nothing_state,
    .commands = JANGLE_DECIDERS({&strike_coin, decide_strike}),
    .events = JANGLE_APPLIERS({&coin_struck, NULL})};
const struct jangle_aggregate guild_aggregate = {
    .name = "guild",
    .state = &nothing_state,
    .events = JANGLE_APPLIERS({&purse_reported, NULL})};
const struct jangle_aggregate names_aggregate = {
    .name = "names",
    .state = &nothing_state,
    .events = JANGLE_APPLIERS({&name_taken, NULL})};

const struct jangle_aggregates purse_aggregates = JANGLE_AGGREGATES(
    &purse_aggregate, &guild_aggregate, &names_aggregate, &mint_aggregate);
