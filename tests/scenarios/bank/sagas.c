/* sagas.c - transfers and requests from beginning to end, while accounts come and go. */
#include "support/domains/bank_world.h"

#include <string.h>

/* ---- what is done over and over ---------------------------------------------- */

/* 20.00 from Natalie; nobody has seen to it yet. */
static void transfer(struct bank_world *world, const char *id, const char *to_id)
{
    assert_result(BANK_SEND_AS(world, id, transfer_funds, .account_id = "000001",
                               .to_id = to_id, .amount = 2000),
                  JANGLE_OK);
}

/* Johann asks her for some. */
static void request(struct bank_world *world, const char *id, int64_t amount)
{
    assert_result(BANK_SEND_AS(world, id, request_funds, .account_id = "000002",
                               .from_id = "000001", .amount = amount),
                  JANGLE_OK);
}

static enum jangle_result accept(struct bank_world *world, const char *id)
{
    return BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = id);
}

static enum jangle_result reject(struct bank_world *world, const char *id)
{
    return BANK_SEND(world, reject_request, .account_id = "000001", .transaction_id = id);
}

static void remove_account(struct bank_world *world, const char *account_id)
{
    assert_result(BANK_SEND(world, delete_account, .account_id = account_id), JANGLE_OK);
}

static void expect_balances(struct bank_world *world, int64_t natalie, int64_t johann)
{
    assert_int_equal(bank_world_balance(world, "000001"), natalie);
    assert_int_equal(bank_world_balance(world, "000002"), johann);
}

static void expect_payment(struct bank_world *world, const char *id, const char *what)
{
    assert_string_equal(bank_world_payment(world, "000001", id), what);
}

/* Let both sagas meet everything again, as after a backup was restored: nothing
 * happens. */
static void meet_everything_again(struct bank_world *world)
{
    int64_t events = bank_world_events(world);

    assert_result(jangle_subscriber_reset(world->bank, "transfer", 0, NULL), JANGLE_OK);
    assert_result(jangle_subscriber_reset(world->bank, "request", 0, NULL), JANGLE_OK);
    bank_world_settle(world);
    assert_int_equal(bank_world_events(world), events);
}

/* ---- transfers --------------------------------------------------------------- */

static void a_transfer_is_credited(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    bank_world_settle(world);
    expect_balances(world, 8000, 2000);
    expect_payment(world, "t", "credited");
    meet_everything_again(world);
}

static void a_transfer_that_is_sent_again_is_debited_once(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    transfer(world, "t", "000002");
    assert_true(world->outcome.repeated);
    bank_world_settle(world);
    transfer(world, "t", "000002");
    bank_world_settle(world);
    expect_balances(world, 8000, 2000);
}

static void a_transfer_to_an_unknown_account_comes_back(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000003");
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "t", "rolled back: account 000003 does not exist");
    meet_everything_again(world);
}

static void a_transfer_to_a_deleted_account_comes_back(void **state)
{
    struct bank_world *world = *state;

    remove_account(world, "000002");
    transfer(world, "t", "000002");
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "t", "rolled back: account 000002 is deleted");
}

static void what_came_back_is_not_credited_when_its_account_appears(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000003");
    bank_world_settle(world);
    assert_result(BANK_SEND(world, create_account, .name = "Ursula"), JANGLE_OK);
    assert_string_equal(world->outcome.reply, "000003");
    meet_everything_again(world);
    assert_int_equal(bank_world_balance(world, "000003"), 0);
    expect_payment(world, "t", "rolled back: account 000003 does not exist");
}

static void what_was_credited_stays_so_when_its_account_is_deleted(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    bank_world_settle(world);
    remove_account(world, "000002");
    meet_everything_again(world);
    expect_balances(world, 8000, 2000);
}

static void an_account_that_appears_in_time_is_credited(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000003");
    assert_result(BANK_SEND(world, create_account, .name = "Ursula"), JANGLE_OK);
    bank_world_settle(world);
    assert_int_equal(bank_world_balance(world, "000003"), 2000);
    expect_payment(world, "t", "credited");
}

static void a_receiver_deleted_in_the_middle_gets_nothing(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    remove_account(world, "000002");
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "t", "rolled back: account 000002 is deleted");
}

static void what_a_deleted_sender_has_sent_arrives(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    remove_account(world, "000001");
    bank_world_settle(world);
    expect_balances(world, 8000, 2000);
    expect_payment(world, "t", "credited");
}

static void what_a_deleted_sender_has_sent_to_nobody_comes_back_to_it(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000003");
    remove_account(world, "000001");
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "t", "rolled back: account 000003 does not exist");
}

static void a_transfer_that_is_over_cannot_be_rolled_back_by_hand(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    transfer(world, "u", "000003");
    bank_world_settle(world);
    assert_result(BANK_SEND(world, roll_back_transfer, .account_id = "000001",
                            .transaction_id = "t", .reason = "by hand"),
                  JANGLE_REJECTED);
    assert_result(BANK_SEND(world, roll_back_transfer, .account_id = "000001",
                            .transaction_id = "u", .reason = "by hand"),
                  JANGLE_REJECTED);
    bank_world_settle(world);
    expect_balances(world, 8000, 2000);
}

static void a_transaction_has_a_short_name(void **state)
{
    static const char name[] = "012345678901234567890123456789012345678901234567890";
    struct bank_world *world = *state;
    int64_t events = bank_world_events(world);

    assert_result(BANK_SEND_AS(world, name, transfer_funds, .account_id = "000001",
                               .to_id = "000002", .amount = 2000),
                  JANGLE_INVALID);
    assert_non_null(strstr(world->outcome.error.message, "transaction_id"));
    assert_result(BANK_SEND_AS(world, name, request_funds, .account_id = "000002",
                               .from_id = "000001", .amount = 2000),
                  JANGLE_INVALID);
    assert_int_equal(bank_world_events(world), events);
}

/* ---- requests that are answered ---------------------------------------------- */

static void an_accepted_request_is_paid(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    expect_payment(world, "r", "received");
    assert_result(accept(world, "r"), JANGLE_OK);
    bank_world_settle(world);
    expect_balances(world, 10000 - 1543, 1543);
    expect_payment(world, "r", "credited");
    meet_everything_again(world);
}

static void a_request_that_has_not_arrived_cannot_be_accepted(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    assert_result(accept(world, "r"), JANGLE_REJECTED);
    assert_string_equal(world->outcome.error.message, "no open request r");
    bank_world_settle(world);
    assert_result(accept(world, "r"), JANGLE_OK);
    bank_world_settle(world);
    expect_payment(world, "r", "credited");
}

static void a_rejected_request_has_failed(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 100000);
    bank_world_settle(world);
    assert_result(reject(world, "r"), JANGLE_OK);
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "r", "failed: rejected");
    meet_everything_again(world);
}

static void an_answer_is_final(void **state)
{
    struct bank_world *world = *state;

    request(world, "yes", 100);
    request(world, "no", 100);
    bank_world_settle(world);
    assert_result(accept(world, "yes"), JANGLE_OK);
    assert_result(reject(world, "yes"), JANGLE_REJECTED);
    assert_result(reject(world, "no"), JANGLE_OK);
    assert_result(accept(world, "no"), JANGLE_REJECTED);
    bank_world_settle(world);
    assert_result(reject(world, "yes"), JANGLE_REJECTED);
    assert_result(accept(world, "no"), JANGLE_REJECTED);
    bank_world_settle(world);
    expect_balances(world, 9900, 100);
}

static void an_accepted_request_that_cannot_be_paid_has_failed(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 100000);
    bank_world_settle(world);
    assert_result(accept(world, "r"), JANGLE_OK);
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "r", "failed: insufficient funds");

    /* Though there is enough by now, it is over. */
    BANK_SEND(world, deposit_funds, .account_id = "000001", .amount = 1000000);
    assert_result(
        BANK_SEND(world, debit_request, .account_id = "000001", .transaction_id = "r"),
        JANGLE_REJECTED);
    meet_everything_again(world);
}

static void a_request_to_an_unknown_account_has_failed(void **state)
{
    struct bank_world *world = *state;

    assert_result(BANK_SEND_AS(world, "r", request_funds, .account_id = "000002",
                               .from_id = "000003", .amount = 1),
                  JANGLE_OK);
    bank_world_settle(world);
    assert_string_equal(bank_world_payment(world, "000002", "r"),
                        "failed: account 000003 does not exist");
    meet_everything_again(world);
}

static void a_request_to_a_deleted_account_has_failed(void **state)
{
    struct bank_world *world = *state;

    remove_account(world, "000001");
    request(world, "r", 1);
    bank_world_settle(world);
    expect_payment(world, "r", "failed: account 000001 is deleted");
}

/* ---- requests, and accounts deleted in the middle ---------------------------- */

static void who_asked_and_was_deleted_gets_nothing(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    remove_account(world, "000002");
    assert_result(accept(world, "r"), JANGLE_OK);
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "r", "rolled back: account 000002 is deleted");
    meet_everything_again(world);
}

static void who_agreed_and_was_deleted_pays_nothing(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    assert_result(accept(world, "r"), JANGLE_OK);
    remove_account(world, "000001");
    bank_world_settle(world);
    expect_balances(world, 10000, 0);
    expect_payment(world, "r", "failed: account 000001 is deleted");
}

static void who_was_asked_and_deleted_lets_the_time_run_out(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    remove_account(world, "000001");
    assert_result(accept(world, "r"), JANGLE_REJECTED);
    bank_world_pass_minutes(world, 30);
    bank_world_settle(world);
    expect_payment(world, "r", "failed: timed out");
}

static void both_may_be_deleted(void **state)
{
    struct bank_world *world = *state;

    transfer(world, "t", "000002");
    request(world, "r", 1543);
    bank_world_settle(world);
    transfer(world, "u", "000002");
    assert_result(accept(world, "r"), JANGLE_OK);
    remove_account(world, "000001");
    remove_account(world, "000002");
    bank_world_settle(world);
    expect_balances(world, 8000, 2000);
    expect_payment(world, "u", "rolled back: account 000002 is deleted");
    expect_payment(world, "r", "failed: account 000001 is deleted");
    meet_everything_again(world);
}

/* ---- requests, and time ------------------------------------------------------ */

static void a_request_that_nobody_answers_times_out(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    bank_world_pass_minutes(world, 29);
    bank_world_settle(world);
    expect_payment(world, "r", "received");
    bank_world_pass_minutes(world, 1);
    assert_result(accept(world, "r"), JANGLE_REJECTED);
    assert_string_equal(world->outcome.error.message, "the request has timed out");
    bank_world_settle(world);
    expect_payment(world, "r", "failed: timed out");
    assert_result(accept(world, "r"), JANGLE_REJECTED);
    assert_string_equal(world->outcome.error.message, "no open request r");
    meet_everything_again(world);
}

static void a_request_that_was_answered_does_not_time_out(void **state)
{
    struct bank_world *world = *state;
    int64_t events;

    request(world, "yes", 100);
    request(world, "no", 100);
    bank_world_settle(world);
    accept(world, "yes");
    reject(world, "no");
    bank_world_settle(world);
    events = bank_world_events(world);
    bank_world_pass_minutes(world, 31);
    bank_world_settle(world);
    assert_int_equal(bank_world_events(world), events);
    expect_payment(world, "yes", "credited");
    expect_payment(world, "no", "failed: rejected");
}

static void who_accepted_in_time_is_paid_however_late_the_saga_is(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    bank_world_pass_minutes(world, 29);
    assert_result(accept(world, "r"), JANGLE_OK);
    bank_world_pass_minutes(world, 60);
    bank_world_settle(world);
    expect_balances(world, 8457, 1543);
    expect_payment(world, "r", "credited");
    meet_everything_again(world);
}

static void a_request_times_out_after_the_bank_was_closed(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    bank_world_reopen(world);
    bank_world_pass_minutes(world, 30);
    bank_world_reopen(world);
    bank_world_settle(world);
    expect_payment(world, "r", "failed: timed out");
}

static void what_was_sent_before_the_bank_was_closed_arrives_after(void **state)
{
    struct bank_world *world = *state;

    request(world, "r", 1543);
    bank_world_settle(world);
    accept(world, "r");
    transfer(world, "t", "000002");
    bank_world_reopen(world);
    bank_world_settle(world);
    expect_balances(world, 10000 - 2000 - 1543, 2000 + 1543);
}

/* ---- many -------------------------------------------------------------------- */

static void many_payments_at_once_lose_no_cent(void **state)
{
    struct bank_world *world = *state;

    for (int i = 0; i < 20; i++) {
        assert_result(BANK_SEND(world, transfer_funds, .account_id = "000001",
                                .to_id = i % 3 ? "000002" : "000003", .amount = 100 + i),
                      JANGLE_OK);
        assert_result(BANK_SEND(world, request_funds, .account_id = "000001",
                                .from_id = "000002", .amount = 10 + i),
                      JANGLE_OK);
    }
    bank_world_settle(world);
    assert_int_equal(
        bank_world_balance(world, "000001") + bank_world_balance(world, "000002"), 10000);
    bank_world_pass_minutes(world, 30);
    bank_world_settle(world);
    assert_int_equal(
        bank_world_balance(world, "000001") + bank_world_balance(world, "000002"), 10000);
    meet_everything_again(world);
}

#define IN_FILE(test)                                                                    \
    {                                                                                    \
#test " (sqlite)", test, bank_world_in_file, bank_world_close, NULL              \
    }
#define BOTH(test)                                                                       \
    {#test " (memory)", test, bank_world_in_memory, bank_world_close, NULL},             \
    {                                                                                    \
#test " (sqlite)", test, bank_world_in_file, bank_world_close, NULL              \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(a_transfer_is_credited),
        BOTH(a_transfer_that_is_sent_again_is_debited_once),
        BOTH(a_transfer_to_an_unknown_account_comes_back),
        BOTH(a_transfer_to_a_deleted_account_comes_back),
        BOTH(what_came_back_is_not_credited_when_its_account_appears),
        BOTH(what_was_credited_stays_so_when_its_account_is_deleted),
        BOTH(an_account_that_appears_in_time_is_credited),
        BOTH(a_receiver_deleted_in_the_middle_gets_nothing),
        BOTH(what_a_deleted_sender_has_sent_arrives),
        BOTH(what_a_deleted_sender_has_sent_to_nobody_comes_back_to_it),
        BOTH(a_transfer_that_is_over_cannot_be_rolled_back_by_hand),
        BOTH(a_transaction_has_a_short_name),
        BOTH(an_accepted_request_is_paid),
        BOTH(a_request_that_has_not_arrived_cannot_be_accepted),
        BOTH(a_rejected_request_has_failed),
        BOTH(an_answer_is_final),
        BOTH(an_accepted_request_that_cannot_be_paid_has_failed),
        BOTH(a_request_to_an_unknown_account_has_failed),
        BOTH(a_request_to_a_deleted_account_has_failed),
        BOTH(who_asked_and_was_deleted_gets_nothing),
        BOTH(who_agreed_and_was_deleted_pays_nothing),
        BOTH(who_was_asked_and_deleted_lets_the_time_run_out),
        BOTH(both_may_be_deleted),
        BOTH(a_request_that_nobody_answers_times_out),
        BOTH(a_request_that_was_answered_does_not_time_out),
        BOTH(who_accepted_in_time_is_paid_however_late_the_saga_is),
        IN_FILE(a_request_times_out_after_the_bank_was_closed),
        IN_FILE(what_was_sent_before_the_bank_was_closed_arrives_after),
        BOTH(many_payments_at_once_lose_no_cent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
