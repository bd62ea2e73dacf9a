/* spec_saga.c - given, when, then for sagas: what a saga's tests look like. */
#include "support/domains/errand.h"
#include "support/test.h"

#include <jangle/testing.h>

static const jangle_time noon = {INT64_C(1800000000000000)};

static struct jangle_spec *spec;

static int open_spec(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_spec_from(spec, "ann");
    return 0;
}

/* Every test must hold to the last word. */
static int close_spec(void **state)
{
    (void)state;
    return jangle_spec_close(spec);
}

static void given_asked(void)
{
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                 .until = noon);
}

/* ---- what the saga is for ---------------------------------------------------- */

static void who_is_asked_for_money_is_asked(void **state)
{
    (void)state;
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                .until = noon);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1", .coins = 7);
    jangle_then_nothing(spec);
    jangle_then_timeout_at(spec, noon);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
}

static void a_payer_who_cannot_be_asked_ends_it(void **state)
{
    (void)state;
    jangle_given_answer(spec, ask_payer, JANGLE_REJECTED, "there is no such purse");
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                .until = noon);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1", .coins = 7);
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "there is no such purse");
    jangle_then_finished(spec);
    jangle_then_timeout_at(spec, (jangle_time){0});
}

static void coins_go_from_one_to_the_other(void **state)
{
    (void)state;
    given_asked();
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_nothing(spec);
    jangle_then_finished(spec);
}

static void coins_that_cannot_be_handed_over_are_given_back(void **state)
{
    (void)state;
    given_asked();
    jangle_given_answer(spec, hand_coins, JANGLE_REJECTED, "ann has left");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "ann has left");
    jangle_then_finished(spec);
}

static void a_refusal_is_passed_on(void **state)
{
    (void)state;
    given_asked();
    jangle_when(spec, errand_declined, .errand_id = "e1");
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "declined");
    jangle_then_finished(spec);
}

static void nobody_waits_for_ever(void **state)
{
    (void)state;
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                .until = noon);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1", .coins = 7);
    jangle_when_timed_out(spec);
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "timed out");
    jangle_then_finished(spec);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_nothing(spec);
}

static void coins_on_their_way_come_back_when_time_is_out(void **state)
{
    (void)state;
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "bob", .coins = 7,
                .until = noon);
    jangle_then(spec, ask_payer, .purse_id = "bob", .errand_id = "e1", .coins = 7);
    jangle_given_answer(spec, hand_coins, JANGLE_TIMEOUT, "no answer");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, JANGLE_TIMEOUT, "no answer");
    jangle_when_timed_out(spec);
    jangle_then(spec, return_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, tell_failed, .purse_id = "ann", .errand_id = "e1",
                .reason = "timed out");
    jangle_then_finished(spec);
}

static void a_turn_that_was_interrupted_goes_on_where_it_was(void **state)
{
    (void)state;
    given_asked();
    jangle_given_answer(spec, hand_coins, JANGLE_BUSY, "come again");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_failed(spec, JANGLE_BUSY, "come again");
    jangle_given_answer(spec, take_coins, JANGLE_REJECTED, "he has no more");
    jangle_given_answer(spec, hand_coins, JANGLE_OK, NULL);
    jangle_when_run_again(spec);
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1", .coins = 7);
    jangle_then_nothing(spec);
    jangle_then_finished(spec);
}

int main(void)
{
#define SAGA_TEST(test) cmocka_unit_test_setup_teardown(test, open_spec, close_spec)
    const struct CMUnitTest tests[] = {
        SAGA_TEST(who_is_asked_for_money_is_asked),
        SAGA_TEST(a_payer_who_cannot_be_asked_ends_it),
        SAGA_TEST(coins_go_from_one_to_the_other),
        SAGA_TEST(coins_that_cannot_be_handed_over_are_given_back),
        SAGA_TEST(a_refusal_is_passed_on),
        SAGA_TEST(nobody_waits_for_ever),
        SAGA_TEST(coins_on_their_way_come_back_when_time_is_out),
        SAGA_TEST(a_turn_that_was_interrupted_goes_on_where_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
