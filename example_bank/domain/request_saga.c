/* request_saga.c - one account asks another for money, which has 30 minutes to agree.
 *
 *     created:   ask for approval; if the account refuses, the request has failed
 *     accepted:  debit, then credit; if the credit is refused, give the debit back
 *     rejected:  the request has failed
 *     time out:  give back what was debited and not credited; the request has failed
 *
 * When a request has failed, the account that was asked forgets it, and the account that
 * asked learns why. */
#include "domain/request_messages.h"
#include "domain/sagas.h"

struct request_state {
    const char *from_id;
    const char *to_id;
    int64_t amount;
};

static JANGLE_STRUCT(request_state, from_id, to_id, amount);

static void apply_created(void *state, const struct jangle_event *event)
{
    struct request_state *request = state;
    const struct request_created *created = event->data;

    request->from_id = created->from_id;
    request->to_id = event->aggregate_id;
    request->amount = created->amount;
}

/* ---- how it can fail --------------------------------------------------------- */

/* Some commands below need no answer, because a refusal changes nothing. If such a
 * command gets no answer at all, the turn has failed: its later steps do nothing,
 * jangle_turn_finish finishes nothing, and the turn is run again. */

static enum jangle_result fail_request(struct jangle_turn *turn,
                                       const struct request_state *request,
                                       const char *reason)
{
    jangle_turn_send(turn, notify_request_failed, .account_id = request->to_id,
                     .transaction_id = turn->id, .reason = reason);
    return jangle_turn_finish(turn);
}

static enum jangle_result close_and_fail(struct jangle_turn *turn,
                                         const struct request_state *request,
                                         const char *reason)
{
    jangle_turn_send(turn, close_request, .account_id = request->from_id,
                     .transaction_id = turn->id);
    return fail_request(turn, request, reason);
}

static enum jangle_result give_back_and_fail(struct jangle_turn *turn,
                                             const struct request_state *request,
                                             const char *reason)
{
    enum jangle_result result =
        jangle_turn_send(turn, roll_back_request_debit, .account_id = request->from_id,
                         .transaction_id = turn->id);

    if (result && result != JANGLE_REJECTED) /* the money is still missing there */
        return jangle_turn_fail(turn, result, "%s", last_reason(turn));
    return fail_request(turn, request, reason);
}

/* ---- reactions: straight lines ----------------------------------------------- */

static enum jangle_result react_to_creation(struct jangle_turn *turn,
                                            const void *state,
                                            const struct jangle_event *event)
{
    const struct request_state *request = state;
    const struct request_created *created = event->data;
    enum jangle_result result;

    jangle_turn_timeout_at(turn, created->timeout_at);
    result =
        jangle_turn_send(turn, get_request_approval, .account_id = request->from_id,
                         .transaction_id = turn->id, .to_id = request->to_id,
                         .amount = request->amount, .timeout_at = created->timeout_at);
    if (result && jangle_result_final(result))
        return fail_request(turn, request, last_reason(turn));
    return result;
}

static enum jangle_result react_to_acceptance(struct jangle_turn *turn,
                                              const void *state,
                                              const struct jangle_event *event)
{
    const struct request_state *request = state;
    enum jangle_result result;

    (void)event;
    result = jangle_turn_send(turn, debit_request, .account_id = request->from_id,
                              .transaction_id = turn->id);
    if (result && jangle_result_final(result))
        return close_and_fail(turn, request, last_reason(turn));
    if (result)
        return result; /* no answer: the turn is run again */
    result = jangle_turn_send(turn, credit_request, .account_id = request->to_id,
                              .transaction_id = turn->id);
    if (!result)
        return jangle_turn_finish(turn);
    if (jangle_result_final(result))
        return give_back_and_fail(turn, request, last_reason(turn));
    return result;
}

static enum jangle_result react_to_rejection(struct jangle_turn *turn,
                                             const void *state,
                                             const struct jangle_event *event)
{
    (void)event;
    return fail_request(turn, state, "rejected");
}

/* Another turn of this saga may have been at work, and was closed where it stood. The
 * record says which commands it had sent, and so what there is to give back. */
static enum jangle_result react_to_timeout(struct jangle_turn *turn,
                                           const void *state,
                                           const struct jangle_event *event)
{
    static const char reason[] = "timed out";

    (void)event;
    if (jangle_turn_recall(turn, &credit_request) == JANGLE_OK)
        return jangle_turn_finish(turn);
    if (jangle_turn_recall(turn, &debit_request) == JANGLE_OK)
        return give_back_and_fail(turn, state, reason);
    if (jangle_turn_recall(turn, &get_request_approval) == JANGLE_OK)
        return close_and_fail(turn, state, reason);
    return fail_request(turn, state, reason);
}

/* ---- the tables -------------------------------------------------------------- */

const struct jangle_saga request_saga = {
    .name = "request",
    .state = &request_state,
    .begins_with = &request_created,
    .id_member = "transaction_id",
    .events = JANGLE_APPLIERS({&request_created, apply_created},
                              {&request_accepted, NULL},
                              {&request_rejected, NULL}),
    .reactions = JANGLE_REACTIONS({&request_created, react_to_creation},
                                  {&request_accepted, react_to_acceptance},
                                  {&request_rejected, react_to_rejection}),
    .on_timeout = react_to_timeout,
    .start = JANGLE_FROM_FIRST,
};
