/* accounts_view.c - the view of all accounts: who has how much and is asked for what, and
 * the figures of the whole bank.
 *
 * Each write here gives the same result in whatever order the events come: a newer
 * balance replaces an older one and never the other way round, flags and counts only
 * rise, and each transaction has one row. So the view says JANGLE_ANY_ORDER, and an event
 * that fails does not hold up the others. */
#include "views/accounts_view.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <jangle/query.h>
#include <jangle/view.h>

static const char schema[] =
    "CREATE TABLE accounts (account_id TEXT PRIMARY KEY, name TEXT, balance INTEGER,"
    "  balance_version INTEGER, entries INTEGER, deleted INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE TABLE requests (transaction_id TEXT PRIMARY KEY, from_id TEXT, to_id TEXT,"
    "  amount INTEGER, timeout_at INTEGER, answered INTEGER) STRICT, WITHOUT ROWID;"
    "CREATE INDEX pending_requests ON requests (from_id, timeout_at, transaction_id)"
    "  WHERE answered = 0;"
    "CREATE TABLE deposits (transaction_id TEXT PRIMARY KEY, amount INTEGER)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE withdrawals (transaction_id TEXT PRIMARY KEY, amount INTEGER)"
    "  STRICT, WITHOUT ROWID;"
    "CREATE TABLE debts_forgiven (transaction_id TEXT PRIMARY KEY, amount INTEGER)"
    "  STRICT, WITHOUT ROWID;";

/* ---- handlers: an event becomes rows ----------------------------------------- */

struct open_account {
    const char *account_id;
    const char *name;
    int64_t balance;
    int64_t balance_version;
    bool deleted;
};

struct set_balance {
    const char *account_id;
    int64_t balance;
    int64_t balance_version;
    int64_t entries; /* so many events have moved money of this account */
};

struct close_account {
    const char *account_id;
    bool deleted;
};

struct add_request {
    const char *transaction_id;
    const char *from_id;
    const char *to_id;
    int64_t amount;
    jangle_time timeout_at;
    bool answered;
};

struct answer_request {
    const char *transaction_id;
    bool answered; /* or closed without an answer */
};

static JANGLE_UPSERT(open_account,
                     "accounts",
                     key(account_id),
                     set(name),
                     if_newer(balance, balance_version),
                     if_greater(deleted));
static JANGLE_UPSERT(set_balance,
                     "accounts",
                     key(account_id),
                     if_newer(balance, balance_version),
                     if_greater(entries));
static JANGLE_UPSERT(close_account, "accounts", key(account_id), if_greater(deleted));
static JANGLE_UPSERT(add_request,
                     "requests",
                     key(transaction_id),
                     set(from_id),
                     set(to_id),
                     set(amount),
                     set(timeout_at),
                     if_greater(answered));
static JANGLE_UPSERT(answer_request,
                     "requests",
                     key(transaction_id),
                     if_greater(answered));

static enum jangle_result on_created(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    const struct account_created *created = event->data;

    return jangle_view_upsert(delivery->view, open_account,
                              .account_id = event->aggregate_id, .name = created->name,
                              .balance = 0, .balance_version = event->version,
                              .deleted = false);
}

static enum jangle_result on_deleted(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    return jangle_view_upsert(delivery->view, close_account,
                              .account_id = event->aggregate_id, .deleted = true);
}

static enum jangle_result set_balance_to(struct jangle_delivery *delivery,
                                         const struct jangle_event *event,
                                         int64_t balance,
                                         int64_t entry)
{
    return jangle_view_upsert(delivery->view, set_balance,
                              .account_id = event->aggregate_id, .balance = balance,
                              .balance_version = event->version, .entries = entry);
}

static enum jangle_result on_deposited(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct funds_deposited *deposited = event->data;

    set_balance_to(delivery, event, deposited->balance, deposited->entry);
    return jangle_view_run(delivery->view,
                           "INSERT INTO deposits (transaction_id, amount) VALUES (?, ?)"
                           " ON CONFLICT DO NOTHING",
                           deposited->transaction_id, deposited->amount);
}

static enum jangle_result on_withdrawn(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct funds_withdrawn *withdrawn = event->data;

    set_balance_to(delivery, event, withdrawn->balance, withdrawn->entry);
    return jangle_view_run(delivery->view,
                           "INSERT INTO withdrawals (transaction_id, amount)"
                           " VALUES (?, ?) ON CONFLICT DO NOTHING",
                           withdrawn->transaction_id, withdrawn->amount);
}

static enum jangle_result on_forgiven(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct debt_forgiven *forgiven = event->data;

    set_balance_to(delivery, event, forgiven->balance, forgiven->entry);
    return jangle_view_run(delivery->view,
                           "INSERT INTO debts_forgiven (transaction_id, amount)"
                           " VALUES (?, ?) ON CONFLICT DO NOTHING",
                           forgiven->transaction_id, forgiven->amount);
}

static enum jangle_result on_transfer_debited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct transfer_debited *debited = event->data;

    return set_balance_to(delivery, event, debited->balance, debited->entry);
}

static enum jangle_result on_transfer_credited(struct jangle_delivery *delivery,
                                               const struct jangle_event *event)
{
    const struct transfer_credited *credited = event->data;

    return set_balance_to(delivery, event, credited->balance, credited->entry);
}

static enum jangle_result on_transfer_rolled_back(struct jangle_delivery *delivery,
                                                  const struct jangle_event *event)
{
    const struct transfer_rolled_back *rolled_back = event->data;

    return set_balance_to(delivery, event, rolled_back->balance, rolled_back->entry);
}

static enum jangle_result on_request_debited(struct jangle_delivery *delivery,
                                             const struct jangle_event *event)
{
    const struct request_debited *debited = event->data;

    return set_balance_to(delivery, event, debited->balance, debited->entry);
}

static enum jangle_result on_request_credited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_credited *credited = event->data;

    return set_balance_to(delivery, event, credited->balance, credited->entry);
}

static enum jangle_result on_request_debit_rolled_back(struct jangle_delivery *delivery,
                                                       const struct jangle_event *event)
{
    const struct request_debit_rolled_back *rolled_back = event->data;

    return set_balance_to(delivery, event, rolled_back->balance, rolled_back->entry);
}

/* A request is pending from the moment it is received until it is answered, or closed
 * without an answer. All of these are events of the account that is asked. */
static enum jangle_result on_request_received(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_received *received = event->data;

    return jangle_view_upsert(delivery->view, add_request,
                              .transaction_id = received->transaction_id,
                              .from_id = event->aggregate_id, .to_id = received->to_id,
                              .amount = received->amount,
                              .timeout_at = received->timeout_at, .answered = false);
}

static enum jangle_result on_request_accepted(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_accepted *accepted = event->data;

    return jangle_view_upsert(delivery->view, answer_request,
                              .transaction_id = accepted->transaction_id,
                              .answered = true);
}

static enum jangle_result on_request_rejected(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_rejected *rejected = event->data;

    return jangle_view_upsert(delivery->view, answer_request,
                              .transaction_id = rejected->transaction_id,
                              .answered = true);
}

static enum jangle_result on_request_closed(struct jangle_delivery *delivery,
                                            const struct jangle_event *event)
{
    const struct request_closed *closed = event->data;

    return jangle_view_upsert(delivery->view, answer_request,
                              .transaction_id = closed->transaction_id, .answered = true);
}

/* ---- answerers: rows become an answer ---------------------------------------- */

JANGLE_QUERY(list_accounts, at_most, answer(account_list));
JANGLE_STRUCT(account_line, account_id, name, balance, pending_requests);
JANGLE_STRUCT(account_list, list(accounts, account_line));
JANGLE_QUERY(get_account, account_id, answer(account_summary));
JANGLE_STRUCT(pending_request, transaction_id, to_id, amount, timeout_at);
JANGLE_STRUCT(
    account_summary, account_id, name, balance, list(requests, pending_request));
JANGLE_QUERY(get_bank_stats, including_deleted, answer(bank_stats));
JANGLE_STRUCT(bank_stats,
              active_accounts,
              deleted_accounts,
              net_balance,
              transactions,
              average_deposit,
              average_withdrawal,
              debt_forgiven);

/* A row without a name or a balance belongs to an account whose first events have not
 * been handled yet. */
static enum jangle_result answer_accounts(struct jangle_answer *answer,
                                          const struct jangle_query *query)
{
    const struct list_accounts *list = query->data;
    struct account_lines accounts = {0};

    jangle_view_list(
        query->view, &accounts, account_line,
        "SELECT account_id, name, balance,"
        "  (SELECT count(*) FROM requests WHERE from_id = account_id"
        "    AND answered = 0) AS pending_requests"
        " FROM accounts WHERE name IS NOT NULL AND balance IS NOT NULL AND deleted = 0"
        " ORDER BY account_id LIMIT ?",
        list->at_most ? list->at_most : -1);
    return jangle_answer_with(answer, account_list, .accounts = accounts);
}

static enum jangle_result answer_account(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    const struct get_account *get = query->data;
    struct account_summary summary = {0};

    if (jangle_view_row(query->view, &summary, account_summary,
                        "SELECT account_id, name, balance FROM accounts"
                        " WHERE account_id = ? AND name IS NOT NULL"
                        " AND balance IS NOT NULL AND deleted = 0",
                        get->account_id) == JANGLE_NOT_FOUND)
        return jangle_error_set(&answer->error, JANGLE_NOT_FOUND, "no account %s",
                                get->account_id);
    jangle_view_list(query->view, &summary.requests, pending_request,
                     "SELECT transaction_id, to_id, amount, timeout_at FROM requests"
                     " WHERE from_id = ? AND answered = 0"
                     " ORDER BY timeout_at, transaction_id",
                     get->account_id);
    return jangle_answer_from(answer, account_summary, &summary);
}

static enum jangle_result answer_stats(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    const struct get_bank_stats *get = query->data;

    return jangle_answer_row(
        answer, query->view,
        "SELECT count(*) FILTER (WHERE deleted = 0) AS active_accounts,"
        "  count(*) FILTER (WHERE deleted = 1) AS deleted_accounts,"
        "  coalesce(sum(balance) FILTER (WHERE deleted = 0 OR ?), 0)"
        "    AS net_balance,"
        "  coalesce(sum(entries), 0) AS transactions,"
        "  (SELECT CAST(round(coalesce(avg(amount), 0)) AS INTEGER)"
        "    FROM deposits) AS average_deposit,"
        "  (SELECT CAST(round(coalesce(avg(amount), 0)) AS INTEGER)"
        "    FROM withdrawals) AS average_withdrawal,"
        "  (SELECT coalesce(sum(amount), 0) FROM debts_forgiven)"
        "    AS debt_forgiven"
        " FROM accounts",
        get->including_deleted);
}

/* ---- the table: what the view handles and answers ---------------------------- */

const struct jangle_subscriber accounts_view = {
    .name = "accounts",
    .handlers =
        JANGLE_HANDLERS({&account_created, on_created},
                        {&account_deleted, on_deleted},
                        {&funds_deposited, on_deposited},
                        {&funds_withdrawn, on_withdrawn},
                        {&debt_forgiven, on_forgiven},
                        {&transfer_debited, on_transfer_debited},
                        {&transfer_credited, on_transfer_credited},
                        {&transfer_rolled_back, on_transfer_rolled_back},
                        {&request_debited, on_request_debited},
                        {&request_credited, on_request_credited},
                        {&request_debit_rolled_back, on_request_debit_rolled_back},
                        {&request_received, on_request_received},
                        {&request_accepted, on_request_accepted},
                        {&request_rejected, on_request_rejected},
                        {&request_closed, on_request_closed}),
    .answerers = JANGLE_ANSWERERS({&list_accounts, answer_accounts},
                                  {&get_account, answer_account},
                                  {&get_bank_stats, answer_stats}),
    .upserts = JANGLE_UPSERTS(
        &open_account, &set_balance, &close_account, &add_request, &answer_request),
    .order = JANGLE_ANY_ORDER,
    .schema = schema,
    .schema_version = 2,
};
