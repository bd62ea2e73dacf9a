/* request_saga.c - one account asks another for money, which has half an hour to agree.
 *
 *     created:   ask for approval; if that is refused, it has failed
 *     accepted:  debit, then credit; if the credit is refused, give the debit back
 *     rejected:  it has failed
 *     time out:  give back what was debited and not credited; it has failed
 *
 * A request that has failed is forgotten by the account that was asked, and the one that
 * asked is told why. */
#include "domain/messages.h"
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

    if (!is_given_back(result))
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
    if (was_refused(result))
        return fail_request(turn, request, last_reason(turn));
    return result;
}

static enum jangle_result react_to_acceptance(struct jangle_turn *turn,
                                              const void *state,
                                              const struct jangle_event *event)
{
    const struct request_state *request = state;

    (void)event;
    if (was_refused(jangle_turn_send(turn, debit_request, .account_id = request->from_id,
                                     .transaction_id = turn->id)))
        return close_and_fail(turn, request, last_reason(turn));
    if (was_refused(jangle_turn_send(turn, credit_request, .account_id = request->to_id,
                                     .transaction_id = turn->id)))
        return give_back_and_fail(turn, request, last_reason(turn));
    return jangle_turn_finish(turn);
}

static enum jangle_result react_to_rejection(struct jangle_turn *turn,
                                             const void *state,
                                             const struct jangle_event *event)
{
    (void)event;
    return fail_request(turn, state, "rejected");
}

/* A turn may have been under way, and was closed where it stood: what it had come to is
 * recalled. */
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
