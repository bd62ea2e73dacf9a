/* partners.c - the bank and the loyalty program as neighbours. */
#include "support/domains/partners.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/talk.h"
#include "views/views.h"

#include <string.h>

static const struct jangle_aggregates of_bank =
    JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate);
static const struct jangle_aggregates of_loyalty = JANGLE_AGGREGATES(&member_aggregate);

static void describe(struct world *world,
                     const char *source,
                     const struct jangle_aggregates *aggregates,
                     const struct jangle_publisher *publisher,
                     const struct jangle_consumer *consumer)
{
    world->config.aggregates = *aggregates;
    world->config.source = source;
    publish_with(world, publisher);
    consume_with(world, consumer);
}

/* The loyalty program is opened first, because a topic keeps nothing. */
void partners_open(struct neighbours *partners)
{
    world_open(&partners->taker, &points_view, &bonus_payer, NULL);
    assert_result(jangle_declare(partners->taker.jangle, NULL, NULL), JANGLE_OK);
    world_open(&partners->sender, &ledger_view, NULL);
}

void partners_close(struct neighbours *partners)
{
    world_close(&partners->sender);
    world_close(&partners->taker);
}

void partners_init(struct neighbours *partners, bool in_files)
{
    neighbours_init(partners, in_files);
    describe(&partners->sender, "bank", &of_bank, &bank_news, &bank_counter);
    describe(&partners->taker, "loyalty", &of_loyalty, &to_bank, &from_bank);
}

void partners_begin(struct neighbours *partners, bool in_files, int accounts)
{
    partners_init(partners, in_files);
    partners_open(partners);
    for (int i = 0; i < accounts; i++)
        assert_result(PARTNERS_SEND(partners, create_account, .name = "Natalie"),
                      JANGLE_OK);
    neighbours_poll(partners);
}

void partners_end(struct neighbours *partners)
{
    neighbours_finish(partners);
}

/* ---- what can be seen ------------------------------------------------------------ */

int64_t partners_balance(struct neighbours *partners, const char *account_id)
{
    struct jangle_answer answer = {0};
    const struct account_ledger *ledger;
    int64_t balance;

    assert_result(jangle_ask(partners->sender.jangle, &answer, get_ledger,
                             .account_id = account_id),
                  JANGLE_OK);
    ledger = answer.data;
    balance = ledger->entries.items[ledger->entries.count - 1].balance;
    jangle_answer_free(&answer);
    return balance;
}

static struct member_line find_member(struct neighbours *partners, const char *member_id)
{
    struct jangle_answer answer = {0};
    struct member_line found = {0};
    const struct member_list *list;

    assert_result(
        jangle_ask(partners->taker.jangle, &answer, list_members, .at_least = 0),
        JANGLE_OK);
    list = answer.data;
    for (size_t i = 0; i < list->members.count; i++)
        if (strcmp(list->members.items[i].member_id, member_id) == 0)
            found = list->members.items[i];
    jangle_answer_free(&answer);
    found.member_id = NULL; /* it was freed with the answer */
    return found;
}

int64_t partners_points(struct neighbours *partners, const char *account_id)
{
    return find_member(partners, account_id).points;
}

int64_t partners_moved(struct neighbours *partners, const char *account_id)
{
    return find_member(partners, account_id).moved;
}
