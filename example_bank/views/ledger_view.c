/* ledger_view.c - the view of how a balance came to be: one row for each entry.
 *
 * jangle hands each event of the types in the table below to its handler, in the
 * background. The handlers of this view work in whatever order the events arrive, because
 * each writes a row of its own. So a row may be missing for a moment; the entry numbers
 * show the gap, and a ledger with a gap is refused. */
#include "views/ledger_view.h"
#include "domain/account_more.h"
#include "domain/messages.h"
#include "domain/request_messages.h"

#include <jangle/query.h>
#include <jangle/view.h>

#include <inttypes.h>

static const char schema[] =
    "CREATE TABLE entries (account_id TEXT, entry INTEGER, at INTEGER, kind TEXT,"
    "  amount INTEGER, balance INTEGER, PRIMARY KEY (account_id, entry))"
    "  STRICT, WITHOUT ROWID;";

/* ---- handlers: an event becomes rows ----------------------------------------- */

/* An upsert adds a row, or, if there is one with this key already, sets its columns. So
 * it does not matter whether the event of a row comes early, late, or again. */
struct add_entry {
    const char *account_id;
    int64_t entry;
    jangle_time at;
    const char *kind;
    int64_t amount;
    int64_t balance;
};

static JANGLE_UPSERT(add_entry,
                     "entries",
                     key(account_id),
                     key(entry),
                     set(at),
                     set(kind),
                     set(amount),
                     set(balance));

static enum jangle_result on_created(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    return jangle_view_upsert(delivery->view, add_entry,
                              .account_id = event->aggregate_id, .entry = 0,
                              .at = event->at, .kind = "account opened");
}

/* `amount` is negative if the money goes out. */
static enum jangle_result add_money_entry(struct jangle_delivery *delivery,
                                          const struct jangle_event *event,
                                          int64_t entry,
                                          const char *kind,
                                          int64_t amount,
                                          int64_t balance)
{
    return jangle_view_upsert(
        delivery->view, add_entry, .account_id = event->aggregate_id, .entry = entry,
        .at = event->at, .kind = kind, .amount = amount, .balance = balance);
}

static enum jangle_result on_deposited(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct funds_deposited *deposited = event->data;

    return add_money_entry(delivery, event, deposited->entry, "deposit",
                           deposited->amount, deposited->balance);
}

static enum jangle_result on_withdrawn(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    const struct funds_withdrawn *withdrawn = event->data;

    return add_money_entry(delivery, event, withdrawn->entry, "withdrawal",
                           -withdrawn->amount, withdrawn->balance);
}

static enum jangle_result on_forgiven(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct debt_forgiven *forgiven = event->data;

    return add_money_entry(delivery, event, forgiven->entry, "debt forgiven",
                           forgiven->amount, forgiven->balance);
}

static enum jangle_result on_transfer_debited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct transfer_debited *debited = event->data;

    return add_money_entry(delivery, event, debited->entry, "transfer sent",
                           -debited->amount, debited->balance);
}

static enum jangle_result on_transfer_credited(struct jangle_delivery *delivery,
                                               const struct jangle_event *event)
{
    const struct transfer_credited *credited = event->data;

    return add_money_entry(delivery, event, credited->entry, "transfer received",
                           credited->amount, credited->balance);
}

static enum jangle_result on_transfer_rolled_back(struct jangle_delivery *delivery,
                                                  const struct jangle_event *event)
{
    const struct transfer_rolled_back *rolled_back = event->data;

    return add_money_entry(delivery, event, rolled_back->entry, "transfer returned",
                           rolled_back->amount, rolled_back->balance);
}

static enum jangle_result on_request_debited(struct jangle_delivery *delivery,
                                             const struct jangle_event *event)
{
    const struct request_debited *debited = event->data;

    return add_money_entry(delivery, event, debited->entry, "request paid",
                           -debited->amount, debited->balance);
}

static enum jangle_result on_request_credited(struct jangle_delivery *delivery,
                                              const struct jangle_event *event)
{
    const struct request_credited *credited = event->data;

    return add_money_entry(delivery, event, credited->entry, "request funded",
                           credited->amount, credited->balance);
}

static enum jangle_result on_request_debit_rolled_back(struct jangle_delivery *delivery,
                                                       const struct jangle_event *event)
{
    const struct request_debit_rolled_back *rolled_back = event->data;

    return add_money_entry(delivery, event, rolled_back->entry, "request returned",
                           rolled_back->amount, rolled_back->balance);
}

/* ---- answerers: rows become an answer ---------------------------------------- */

JANGLE_QUERY(get_ledger, account_id, answer(account_ledger));
JANGLE_STRUCT(ledger_entry, entry, at, kind, amount, balance);
JANGLE_STRUCT(account_ledger, account_id, list(entries, ledger_entry));

/* Returns the number of the first entry that is missing, or -1. */
static int64_t find_gap(const struct ledger_entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].entry != (int64_t)i)
            return (int64_t)i;
    return -1;
}

static enum jangle_result answer_ledger(struct jangle_answer *answer,
                                        const struct jangle_query *query)
{
    const struct get_ledger *get = query->data;
    struct ledger_entries entries = {0};
    int64_t gap;

    if (jangle_view_list(query->view, &entries, ledger_entry,
                         "SELECT entry, at, kind, amount, balance FROM entries"
                         " WHERE account_id = ? ORDER BY entry",
                         get->account_id) == JANGLE_OK &&
        entries.count == 0)
        return jangle_error_set(&answer->error, JANGLE_NOT_FOUND, "no account %s",
                                get->account_id);
    gap = find_gap(&entries);
    if (gap >= 0)
        return jangle_error_set(&answer->error, JANGLE_PARKED,
                                "the ledger of %s lacks entry %" PRId64
                                ": its event has not been handled yet",
                                get->account_id, gap);
    return jangle_answer_with(answer, account_ledger, .account_id = get->account_id,
                              .entries = entries);
}

/* ---- the table: what the view handles and answers ---------------------------- */

const struct jangle_subscriber ledger_view = {
    .name = "ledger",
    .handlers =
        JANGLE_HANDLERS({&account_created, on_created},
                        {&funds_deposited, on_deposited},
                        {&funds_withdrawn, on_withdrawn},
                        {&debt_forgiven, on_forgiven},
                        {&transfer_debited, on_transfer_debited},
                        {&transfer_credited, on_transfer_credited},
                        {&transfer_rolled_back, on_transfer_rolled_back},
                        {&request_debited, on_request_debited},
                        {&request_credited, on_request_credited},
                        {&request_debit_rolled_back, on_request_debit_rolled_back}),
    .answerers = JANGLE_ANSWERERS({&get_ledger, answer_ledger}),
    .upserts = JANGLE_UPSERTS(&add_entry),
    .order = JANGLE_ANY_ORDER,
    .schema = schema,
    .schema_version = 2,
};
