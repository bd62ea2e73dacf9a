/* talk.c - what the bank says to other programs, and what it takes from them.
 *
 * What is said is a promise to others, and may only grow. What is stored is the bank's
 * own, and may change with any version. */
#include "domain/talk.h"
#include "domain/messages.h"

/* ---- news ------------------------------------------------------------------------ */

struct money_moved {
    const char *account_id;
    const char *kind; /* "deposit" or "withdrawal" */
    int64_t amount;   /* cents; negative if the money left the account */
    int64_t entry;    /* its number in the account's ledger */
};

static JANGLE_EVENT(money_moved, account_id, kind, amount, entry);

static enum jangle_result say_deposit(struct jangle_translation *translation,
                                      const struct jangle_event *event)
{
    const struct funds_deposited *deposited = event->data;

    return jangle_translate(translation, money_moved, .account_id = event->aggregate_id,
                            .kind = "deposit", .amount = deposited->amount,
                            .entry = deposited->entry);
}

static enum jangle_result say_withdrawal(struct jangle_translation *translation,
                                         const struct jangle_event *event)
{
    const struct funds_withdrawn *withdrawn = event->data;

    return jangle_translate(translation, money_moved, .account_id = event->aggregate_id,
                            .kind = "withdrawal", .amount = -withdrawn->amount,
                            .entry = withdrawn->entry);
}

const struct jangle_publisher bank_news = {
    .name = "news",
    .topic = "bank.news",
    .routes = JANGLE_ROUTES({.type = &funds_deposited, .translate = say_deposit},
                            {.type = &funds_withdrawn, .translate = say_withdrawal}),
    .start = JANGLE_FROM_FIRST,
};

/* ---- the counter ----------------------------------------------------------------- */

/* Others may pay in, and nothing else, because no other command has a row. */
const struct jangle_consumer bank_counter = {
    .name = "counter",
    .queue = "bank.counter",
    .routes = JANGLE_ROUTES({.type = &deposit_funds}),
    .actor = "another program, by the queue bank.counter",
};
