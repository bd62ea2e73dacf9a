/* payments_view.c - the view that shows how far each transfer and each request has come,
 * and why one failed.
 *
 * The events of a payment come from both of its accounts, and may arrive in any order. So
 * states are numbers that only rise, and each event sets only the columns that
 * it knows. */
#include "views/payments_view.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <jangle/query.h>
#include <jangle/view.h>

enum payment_state {
    REQUEST_SENT = 1,
    REQUEST_RECEIVED,
    REQUEST_REJECTED,
    REQUEST_ACCEPTED,
    REQUEST_FAILED,
    REQUEST_DEBITED,
    REQUEST_CREDITED,
    REQUEST_ROLLED_BACK,
    TRANSFER_DEBITED,
    TRANSFER_CREDITED,
    TRANSFER_ROLLED_BACK
};

static const char schema[] =
    "CREATE TABLE payments (transaction_id TEXT PRIMARY KEY, at INTEGER, from_id TEXT,"
    "  to_id TEXT, amount INTEGER, reason TEXT, state INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE INDEX payments_from ON payments (from_id);"
    "CREATE INDEX payments_to ON payments (to_id);"
    "CREATE TABLE states (state INTEGER PRIMARY KEY, kind TEXT, word TEXT) STRICT;"
    "INSERT INTO states (state, kind, word) VALUES"
    "  (1, 'request', 'sent'), (2, 'request', 'received'), (3, 'request', 'rejected'),"
    "  (4, 'request', 'accepted'), (5, 'request', 'failed'), (6, 'request', 'debited'),"
    "  (7, 'request', 'credited'), (8, 'request', 'rolled back'),"
    "  (9, 'transfer', 'debited'), (10, 'transfer', 'credited'),"
    "  (11, 'transfer', 'rolled back');";

/* ---- handlers: an event becomes rows ----------------------------------------- */

struct set_payment {
    const char *transaction_id;
    jangle_optional_time at; /* when the payment began */
    const char *from_id;
    const char *to_id;
    jangle_optional_int amount;
    const char *reason;
    int64_t state;
};

static JANGLE_UPSERT(set_payment,
                     "payments",
                     key(transaction_id),
                     set(at),
                     set(from_id),
                     set(to_id),
                     set(amount),
                     set(reason),
                     if_greater(state));

static enum jangle_result on_transfer_debited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct transfer_debited *debited = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = debited->transaction_id,
        .at = {true, event->at}, .from_id = event->aggregate_id, .to_id = debited->to_id,
        .amount = {true, debited->amount}, .state = TRANSFER_DEBITED);
}

static enum jangle_result on_transfer_credited(struct jangle_delivery *delivery,
                                               const struct jangle_event *event)
{
    const struct transfer_credited *credited = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = credited->transaction_id,
        .from_id = credited->from_id, .to_id = event->aggregate_id,
        .amount = {true, credited->amount}, .state = TRANSFER_CREDITED);
}

static enum jangle_result on_transfer_rolled_back(struct jangle_delivery *delivery,
                                                  const struct jangle_event *event)
{
    const struct transfer_rolled_back *rolled_back = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = rolled_back->transaction_id,
        .from_id = event->aggregate_id, .amount = {true, rolled_back->amount},
        .reason = rolled_back->reason, .state = TRANSFER_ROLLED_BACK);
}

static enum jangle_result on_request_created(struct jangle_delivery *delivery,
                                             const struct jangle_event *event)
{
    const struct request_created *created = event->data;

    return jangle_view_upsert(delivery->view, set_payment,
                              .transaction_id = created->transaction_id,
                              .at = {true, event->at}, .from_id = created->from_id,
                              .to_id = event->aggregate_id,
                              .amount = {true, created->amount}, .state = REQUEST_SENT);
}

static enum jangle_result on_request_received(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_received *received = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = received->transaction_id,
        .from_id = event->aggregate_id, .to_id = received->to_id,
        .amount = {true, received->amount}, .state = REQUEST_RECEIVED);
}

static enum jangle_result on_request_rejected(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_rejected *rejected = event->data;

    return jangle_view_upsert(delivery->view, set_payment,
                              .transaction_id = rejected->transaction_id,
                              .from_id = event->aggregate_id, .state = REQUEST_REJECTED);
}

static enum jangle_result on_request_accepted(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_accepted *accepted = event->data;

    return jangle_view_upsert(delivery->view, set_payment,
                              .transaction_id = accepted->transaction_id,
                              .from_id = event->aggregate_id, .state = REQUEST_ACCEPTED);
}

static enum jangle_result on_request_failed(struct jangle_delivery *delivery,
                                            const struct jangle_event *event)
{
    const struct request_failed *failed = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = failed->transaction_id,
        .to_id = event->aggregate_id, .reason = failed->reason, .state = REQUEST_FAILED);
}

static enum jangle_result on_request_debited(struct jangle_delivery *delivery,
                                             const struct jangle_event *event)
{
    const struct request_debited *debited = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = debited->transaction_id,
        .from_id = event->aggregate_id, .amount = {true, debited->amount},
        .state = REQUEST_DEBITED);
}

static enum jangle_result on_request_credited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_credited *credited = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = credited->transaction_id,
        .to_id = event->aggregate_id, .amount = {true, credited->amount},
        .state = REQUEST_CREDITED);
}

static enum jangle_result on_request_debit_rolled_back(struct jangle_delivery *delivery,
                                                       const struct jangle_event *event)
{
    const struct request_debit_rolled_back *rolled_back = event->data;

    return jangle_view_upsert(
        delivery->view, set_payment, .transaction_id = rolled_back->transaction_id,
        .from_id = event->aggregate_id, .amount = {true, rolled_back->amount},
        .state = REQUEST_ROLLED_BACK);
}

/* ---- answerers: rows become an answer ---------------------------------------- */

JANGLE_QUERY(get_payments, account_id, answer(account_payments));
JANGLE_STRUCT(payment_line, transaction_id, at, from_id, to_id, amount, state, reason);
JANGLE_STRUCT(account_payments,
              account_id,
              list(transfers, payment_line),
              list(requests, payment_line));

/* A payment whose first event has not been handled yet is not shown. */
static void list_payments(struct jangle_view *view,
                          const char *account_id,
                          const char *kind,
                          struct payment_lines *lines)
{
    jangle_view_list(view, lines, payment_line,
                     "SELECT transaction_id, at, from_id, to_id, amount, word AS state,"
                     "  coalesce(reason, '') AS reason"
                     " FROM payments JOIN states USING (state)"
                     " WHERE (from_id = ? OR to_id = ?) AND kind = ? AND at IS NOT NULL"
                     " ORDER BY at, transaction_id",
                     account_id, account_id, kind);
}

static enum jangle_result answer_payments(struct jangle_answer *answer,
                                          const struct jangle_query *query)
{
    const struct get_payments *get = query->data;
    struct payment_lines transfers = {0}, requests = {0};

    list_payments(query->view, get->account_id, "transfer", &transfers);
    list_payments(query->view, get->account_id, "request", &requests);
    return jangle_answer_with(answer, account_payments, .account_id = get->account_id,
                              .transfers = transfers, .requests = requests);
}

/* ---- the table: what the view handles and answers ---------------------------- */

const struct jangle_subscriber payments_view = {
    .name = "payments",
    .handlers =
        JANGLE_HANDLERS({&transfer_debited, on_transfer_debited},
                        {&transfer_credited, on_transfer_credited},
                        {&transfer_rolled_back, on_transfer_rolled_back},
                        {&request_created, on_request_created},
                        {&request_received, on_request_received},
                        {&request_rejected, on_request_rejected},
                        {&request_accepted, on_request_accepted},
                        {&request_failed, on_request_failed},
                        {&request_debited, on_request_debited},
                        {&request_credited, on_request_credited},
                        {&request_debit_rolled_back, on_request_debit_rolled_back}),
    .answerers = JANGLE_ANSWERERS({&get_payments, answer_payments}),
    .upserts = JANGLE_UPSERTS(&set_payment),
    .order = JANGLE_ANY_ORDER,
    .schema = schema,
    .schema_version = 1,
};
