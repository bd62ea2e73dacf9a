/* transfer_saga.c - an account was debited: credit the other, or give the money back.
 *
 * The saga has one turn, which sends one command or two. jangle records each command with
 * its answer. After a crash the turn runs again from its first line; a command that is on
 * record is not sent again, and its recorded answer is returned. So a credit is sent
 * once, and a refusal stays a refusal, even if the missing account has been
 * opened since. */
#include "domain/messages.h"
#include "domain/sagas.h"

struct transfer_state {
    const char *from_id;
    const char *to_id;
    int64_t amount;
};

static JANGLE_STRUCT(transfer_state, from_id, to_id, amount);

static void apply_debited(void *state, const struct jangle_event *event)
{
    struct transfer_state *transfer = state;
    const struct transfer_debited *debited = event->data;

    transfer->from_id = event->aggregate_id;
    transfer->to_id = debited->to_id;
    transfer->amount = debited->amount;
}

/* The saga is not over while the money is in no account. So a rollback that fails makes
 * the turn fail: jangle tries the turn again, and shows it to an operator in the end.
 * REJECTED means that the account has got its money back already. */
static enum jangle_result give_back(struct jangle_turn *turn,
                                    const struct transfer_state *transfer,
                                    const char *reason)
{
    enum jangle_result result =
        jangle_turn_send(turn, roll_back_transfer, .account_id = transfer->from_id,
                         .transaction_id = turn->id, .reason = reason);

    if (result && result != JANGLE_REJECTED)
        return jangle_turn_fail(turn, result, "%s", last_reason(turn));
    return jangle_turn_finish(turn);
}

static enum jangle_result react_to_debit(struct jangle_turn *turn,
                                         const void *state,
                                         const struct jangle_event *event)
{
    const struct transfer_state *transfer = state;
    enum jangle_result result;

    (void)event;
    result = jangle_turn_send(turn, credit_transfer, .account_id = transfer->to_id,
                              .transaction_id = turn->id, .from_id = transfer->from_id,
                              .amount = transfer->amount);
    if (!result)
        return jangle_turn_finish(turn);
    if (jangle_result_final(result))
        return give_back(turn, transfer, last_reason(turn));
    return result; /* no answer: the turn is run again */
}

/* A debit begins a saga, and its transaction_id is the id of the saga. */
const struct jangle_saga transfer_saga = {
    .name = "transfer",
    .state = &transfer_state,
    .begins_with = &transfer_debited,
    .id_member = "transaction_id",
    .events = JANGLE_APPLIERS({&transfer_debited, apply_debited}),
    .reactions = JANGLE_REACTIONS({&transfer_debited, react_to_debit}),
    .start = JANGLE_FROM_FIRST,
};
