/* bank.c - the border to the bank: what we take from it, and what we ask of it.
 *
 * No header is shared with the bank. What both programs know are the names of messages
 * and of their members. */
#include "loyalty.h"
#include "messages.h"

#include <string.h>

enum { CENTS_A_POINT = 100 };

/* ---- what the bank says ---------------------------------------------------------- */

/* The bank's event becomes a command of ours. It is sent once, however often the event is
 * delivered. What earns no point is ignored. */
static enum jangle_result to_points(struct jangle_translation *translation,
                                    const struct jangle_event *event)
{
    const struct money_moved *moved = event->data;

    if (strcmp(moved->kind, "deposit") != 0 || moved->amount < CENTS_A_POINT)
        return JANGLE_OK;
    return jangle_translate(translation, award_points, .member_id = moved->account_id,
                            .points = moved->amount / CENTS_A_POINT);
}

/* Each event is stored, for the view, and may earn points besides. */
const struct jangle_consumer from_bank = {
    .name = "from_bank",
    .topic = "bank.news",
    .queue = "loyalty.news",
    .routes = JANGLE_ROUTES({.type = &money_moved},
                            {.type = &money_moved, .translate = to_points}),
};

/* ---- what the bank is asked for -------------------------------------------------- */

struct deposit_funds {
    const char *account_id;
    int64_t amount;
};

static JANGLE_COMMAND(deposit_funds, account_id, amount);

const struct jangle_publisher to_bank = {
    .name = "to_bank",
    .queue = "bank.counter",
    .routes = JANGLE_ROUTES({.type = &deposit_funds}),
};

/* One message is stored for a bonus, however often this is called. */
static enum jangle_result pay_bonus(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    const struct bonus_earned *bonus = event->data;

    return jangle_delivery_post(delivery, &to_bank, deposit_funds,
                                .account_id = event->aggregate_id,
                                .amount = bonus->amount);
}

const struct jangle_subscriber bonus_payer = {
    .name = "bonus_payer",
    .handlers = JANGLE_HANDLERS({&bonus_earned, pay_bonus}),
    .start = JANGLE_FROM_FIRST,
};
