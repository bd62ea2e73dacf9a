/* loyalty.c - the bank and the loyalty program, over a hub in one process: a deposit
 * becomes points, points become a bonus, and the bonus is paid in at the bank, once. */
#include "support/domains/partners.h"
#include "support/domains/stranger.h"

#include "domain/talk.h"

#include <jangle/transport/chaos.h>

static struct neighbours partners;

static void deposit(const char *account_id, int64_t amount)
{
    assert_result(PARTNERS_SEND(&partners, deposit_funds, .account_id = account_id,
                                .amount = amount),
                  JANGLE_OK);
    neighbours_poll(&partners);
}

/* What is published comes again, and so does what was posted. */
static void publish_again(void)
{
    assert_result(
        jangle_subscriber_reset(partners.sender.jangle, bank_news.name, 0, NULL),
        JANGLE_OK);
    assert_result(jangle_subscriber_reset(partners.taker.jangle, to_bank.name, 0, NULL),
                  JANGLE_OK);
    neighbours_poll(&partners);
}

static int64_t repeated(struct world *world, const char *consumer)
{
    return endpoint_of(world, consumer).repeated;
}

/* ---- from the bank and back ------------------------------------------------------ */

static void a_thousand_points_come_back_as_a_bonus(void **state)
{
    (void)state;
    partners_begin(&partners, false, 2);
    deposit("000001", 99999);
    assert_int_equal(partners_points(&partners, "000001"), 999);
    assert_int_equal(partners_balance(&partners, "000001"), 99999);

    /* The thousandth point; the bonus of 5.00 earns five more. */
    deposit("000001", 100);
    assert_int_equal(partners_balance(&partners, "000001"), 100599);
    assert_int_equal(partners_points(&partners, "000001"), 1005);
    assert_int_equal(partners_moved(&partners, "000001"), 100599);
    assert_int_equal(partners_balance(&partners, "000002"), 0);
    partners_end(&partners);
}

static void one_deposit_may_earn_several_bonuses(void **state)
{
    (void)state;
    partners_begin(&partners, false, 1);
    deposit("000001", 350000);
    assert_int_equal(partners_balance(&partners, "000001"), 351500);
    assert_int_equal(partners_points(&partners, "000001"), 3515);
    partners_end(&partners);
}

static void only_whole_euros_that_come_in_earn_points(void **state)
{
    (void)state;
    partners_begin(&partners, false, 1);
    deposit("000001", 99);
    assert_int_equal(partners_points(&partners, "000001"), 0);
    assert_int_equal(world_stats(&partners.taker).position, 1); /* no award of nothing */
    deposit("000001", 1299);
    assert_result(
        PARTNERS_SEND(&partners, withdraw_funds, .account_id = "000001", .amount = 500),
        JANGLE_OK);
    neighbours_poll(&partners);
    assert_int_equal(partners_points(&partners, "000001"), 12);
    assert_int_equal(partners_moved(&partners, "000001"), 99 + 1299 + 500);
    partners_end(&partners);
}

/* The bank may say more one day. */
static void money_of_another_kind_earns_nothing(void **state)
{
    struct stranger stranger;

    (void)state;
    partners_begin(&partners, false, 1);
    stranger_init(&stranger, &partners);
    stranger_send(
        &stranger, from_bank.queue,
        (struct stranger_says){.type = "money_moved",
                               .key = "account/000001",
                               .data = "{\"account_id\":\"000001\",\"kind\":\"interest\","
                                       "\"amount\":1000}"});
    neighbours_poll(&partners);
    assert_int_equal(partners_points(&partners, "000001"), 0);
    assert_int_equal(partners_moved(&partners, "000001"), 1000);
    stranger_finish(&stranger);
    partners_end(&partners);
}

/* A bank that has worked for years begins to talk. */
static void what_was_before_is_published_too(void **state)
{
    struct jangle_config talking;

    (void)state;
    partners_init(&partners, true);
    talking = partners.sender.config;
    partners.sender.config.publishers = (struct jangle_publishers){0};
    partners.sender.config.consumers = (struct jangle_consumers){0};
    world_open(&partners.sender, NULL);
    assert_result(PARTNERS_SEND(&partners, create_account, .name = "Natalie",
                                .initial_deposit = {true, 100000}),
                  JANGLE_OK);
    world_close(&partners.sender);
    partners.sender.config = talking;
    partners_open(&partners);
    neighbours_poll(&partners);
    assert_int_equal(partners_points(&partners, "000001"), 1005);
    assert_int_equal(partners_balance(&partners, "000001"), 100500);
    partners_end(&partners);
}

/* ---- again ----------------------------------------------------------------------- */

static void what_comes_again_changes_nothing(void **state)
{
    (void)state;
    partners_begin(&partners, false, 1);
    deposit("000001", 100000);
    for (int times = 1; times <= 3; times++) {
        publish_again();
        assert_int_equal(partners_balance(&partners, "000001"), 100500);
        assert_int_equal(partners_points(&partners, "000001"), 1005);
        assert_int_equal(partners_moved(&partners, "000001"), 100500);
        assert_int_equal(repeated(&partners.taker, from_bank.name), 2 * times);
        assert_int_equal(repeated(&partners.sender, bank_counter.name), times);
    }
    partners_end(&partners);
}

/* Each message is received twice, and many are given back, or their confirmation is lost.
 */
static void a_bad_broker_changes_nothing(void **state)
{
    static const struct jangle_chaos chaos = {
        .unconfirm = 0.2, .repeat = 0.5, .give_back = 0.2, .disconnect = 0.1, .seed = 5};
    struct jangle_broker hub;
    struct jangle_chaos_options options = {&hub, &chaos};

    (void)state;
    partners_begin(&partners, true, 3);
    partners_close(&partners);
    hub = jangle_hub_broker(partners.hub);
    partners.sender.config.broker = partners.taker.config.broker =
        jangle_chaos_broker(&options);
    partners_open(&partners);
    for (int i = 0; i < 30; i++)
        deposit((const char *[]){"000001", "000002", "000003"}[i % 3], 10000);
    for (int i = 0; i < 200; i++) {
        neighbours_pass(&partners, 1000);
        neighbours_poll(&partners);
    }
    for (int i = 0; i < 3; i++) {
        const char *id = (const char *[]){"000001", "000002", "000003"}[i];

        assert_int_equal(partners_balance(&partners, id), 100500);
        assert_int_equal(partners_points(&partners, id), 1005);
        assert_int_equal(partners_moved(&partners, id), 100500);
    }
    assert_true(repeated(&partners.taker, from_bank.name) > 0);
    assert_true(repeated(&partners.sender, bank_counter.name) > 0);
    partners_end(&partners);
}

static void the_broker_may_be_away_and_the_bank_serves(void **state)
{
    (void)state;
    partners_begin(&partners, false, 1);
    jangle_hub_stop(partners.hub);
    deposit("000001", 100000);
    assert_int_equal(partners_balance(&partners, "000001"), 100000);
    assert_int_equal(partners_points(&partners, "000001"), 0);
    jangle_hub_start(partners.hub);
    for (int i = 0; i < 60; i++) {
        neighbours_pass(&partners, 1000);
        neighbours_poll(&partners);
    }
    assert_int_equal(partners_balance(&partners, "000001"), 100500);
    assert_int_equal(partners_points(&partners, "000001"), 1005);
    partners_end(&partners);
}

/* ---- at the counter -------------------------------------------------------------- */

/* The refusal is remembered: when the bonus comes again, it is not decided again. */
static void a_bonus_for_a_deleted_account_is_refused_once(void **state)
{
    (void)state;
    partners_begin(&partners, false, 1);
    deposit("000001", 99900);
    jangle_hub_stop(partners.hub);
    deposit("000001", 100);
    assert_result(PARTNERS_SEND(&partners, withdraw_funds, .account_id = "000001",
                                .amount = 100000),
                  JANGLE_OK);
    assert_result(PARTNERS_SEND(&partners, delete_account, .account_id = "000001"),
                  JANGLE_OK);
    jangle_hub_start(partners.hub);
    for (int i = 0; i < 60; i++) {
        neighbours_pass(&partners, 1000);
        neighbours_poll(&partners);
    }
    assert_int_equal(partners_balance(&partners, "000001"), 0);
    assert_int_equal(endpoint_of(&partners.sender, bank_counter.name).taken, 1);
    publish_again();
    assert_int_equal(partners_balance(&partners, "000001"), 0);
    assert_int_equal(endpoint_of(&partners.sender, bank_counter.name).taken, 1);
    assert_int_equal(repeated(&partners.sender, bank_counter.name), 1);
    partners_end(&partners);
}

static void others_may_only_pay_in(void **state)
{
    struct stranger stranger;

    (void)state;
    partners_begin(&partners, false, 1);
    deposit("000001", 5000);
    stranger_init(&stranger, &partners);
    stranger_send(
        &stranger, bank_counter.queue,
        (struct stranger_says){.type = "withdraw_funds",
                               .data = "{\"account_id\":\"000001\",\"amount\":1000}"});
    stranger_send(
        &stranger, bank_counter.queue,
        (struct stranger_says){.type = "deposit_funds",
                               .data = "{\"account_id\":\"000001\",\"amount\":1000}"});
    neighbours_poll(&partners);
    assert_int_equal(partners_balance(&partners, "000001"), 6000);
    assert_int_equal(endpoint_of(&partners.sender, bank_counter.name).ignored, 1);
    stranger_finish(&stranger);
    partners_end(&partners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_points_come_back_as_a_bonus),
        cmocka_unit_test(one_deposit_may_earn_several_bonuses),
        cmocka_unit_test(only_whole_euros_that_come_in_earn_points),
        cmocka_unit_test(money_of_another_kind_earns_nothing),
        cmocka_unit_test(what_was_before_is_published_too),
        cmocka_unit_test(what_comes_again_changes_nothing),
        cmocka_unit_test(a_bad_broker_changes_nothing),
        cmocka_unit_test(the_broker_may_be_away_and_the_bank_serves),
        cmocka_unit_test(a_bonus_for_a_deleted_account_is_refused_once),
        cmocka_unit_test(others_may_only_pay_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
