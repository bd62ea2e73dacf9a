/* spec_saga_misuse.c - given, when, then for sagas: a test that asks for what cannot be
 * gets a complaint, and does not crash. */
#include "support/domains/complaints.h"
#include "support/domains/errand_told.h"
#include "support/domains/purse.h"
#include "support/test.h"

/* ---- what cannot be ---------------------------------------------------------- */

static void an_event_given_before_the_beginning(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_given(spec, errand_agreed, .errand_id = "e1");
}

static void a_note_given_before_the_beginning(void)
{
    spec = jangle_spec_saga(&errand_saga, "e1");
    jangle_given(spec, try_counted, .count = 1);
}

static void a_note_that_would_begin(void)
{
    static struct jangle_saga any;

    any = told_saga;
    any.begins_with = NULL;
    spec = jangle_spec_saga(&any, "e1");
    jangle_given(spec, try_counted, .count = 1);
}

static void a_note_that_comes_as_an_event(void)
{
    begin_errand();
    jangle_when(spec, try_counted, .count = 1);
}

static void an_event_it_does_not_listen_to(void)
{
    begin_errand();
    jangle_when(spec, coins_put_in, .amount = 1);
}

static void an_event_for_another(void)
{
    begin_errand();
    jangle_when(spec, errand_declined, .errand_id = "e2");
}

static void an_event_for_nobody(void)
{
    begin_errand();
    jangle_given(spec, errand_declined, .errand_id = "");
}

static void an_event_behind_an_open_turn(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
}

static void an_event_given_behind_an_open_turn(void)
{
    begin_told(ask_for_another_run);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_retry_in(spec, 5000);
    jangle_given(spec, errand_agreed, .errand_id = "e1");
}

static void another_run_of_nothing(void)
{
    begin_errand();
    jangle_when_run_again(spec);
}

static void time_out_with_no_timeout(void)
{
    begin_errand();
    jangle_when_timed_out(spec);
}

static void time_out_after_the_end(void)
{
    decline_errand();
    then_failure_is_told();
    jangle_when_timed_out(spec);
}

static enum jangle_result
set_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    jangle_turn_timeout_at(turn, noon);
    return told_changed
               ? JANGLE_OK
               : jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1");
}

static void time_out_of_a_parked_saga(void)
{
    begin_told(change_its_mind);
    fail_and_change();
    jangle_then_invalid(spec, "take_coins");
    jangle_when_timed_out(spec);
}

static void time_out_of_a_turn_that_was_busy_at_once(void)
{
    begin_told(set_timeout);
    told_changed = false;
    jangle_given_answer(spec, take_coins, JANGLE_BUSY, "come again");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_failed(spec, JANGLE_BUSY, "come again");
    jangle_when_timed_out(spec);
}

static void time_out_in_the_middle_of_time_out(void)
{
    begin_told(set_timeout);
    told_changed = true;
    told_timeout = ask_for_another_run;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_when_timed_out(spec);
    jangle_then_retry_in(spec, 5000);
    jangle_when_timed_out(spec);
}

static void an_answer_to_what_is_no_command(void)
{
    begin_errand();
    jangle_given_answer(spec, errand_agreed, JANGLE_OK, "");
}

/* ---- words of the other kind ------------------------------------------------- */

static void begin_purse(void)
{
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
}

static void from_of_an_aggregate(void)
{
    begin_purse();
    jangle_spec_from(spec, "ann");
}

static void answer_of_an_aggregate(void)
{
    begin_purse();
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
}

static void time_out_of_an_aggregate(void)
{
    begin_purse();
    jangle_when_timed_out(spec);
}

static void another_run_of_an_aggregate(void)
{
    begin_purse();
    jangle_when_run_again(spec);
}

static void end_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_finished(spec);
}

static void retry_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_retry_in(spec, 5);
}

static void timeout_of_an_aggregate(void)
{
    begin_purse();
    jangle_then_timeout_at(spec, noon);
}

static void reply_of_a_saga(void)
{
    begin_errand();
    jangle_then_reply(spec, "no");
}

/* ---- all of them ------------------------------------------------------------- */

static void each_thing_that_cannot_be_is_one_complaint(void **state)
{
    static const struct complaint all[] = {
        {an_event_given_before_the_beginning,
         "errand_agreed comes before errand has begun"},
        {a_note_given_before_the_beginning, "try_counted comes before errand has begun"},
        {a_note_that_would_begin, "try_counted comes before told has begun"},
        {a_note_that_comes_as_an_event, "try_counted is a note: errand tells it itself"},
        {an_event_it_does_not_listen_to, "errand does not listen to coins_put_in"},
        {an_event_for_another, "errand_declined is for e2, and this is about e1"},
        {an_event_for_nobody, "errand_declined is for no saga: it has no id"},
        {an_event_behind_an_open_turn,
         "errand_agreed waits: the turn before it is still open"},
        {an_event_given_behind_an_open_turn,
         "errand_agreed waits: the turn before it is still open"},
        {another_run_of_nothing, "there was no turn that could be run again"},
        {time_out_with_no_timeout, "errand has no timeout"},
        {time_out_after_the_end, "errand has no timeout: it is over"},
        {time_out_of_a_parked_saga, "told is parked, and its timeout with it"},
        {time_out_of_a_turn_that_was_busy_at_once, "told has no timeout"},
        {time_out_in_the_middle_of_time_out,
         "told has timed out, and that turn is still open"},
        {an_answer_to_what_is_no_command, "errand_agreed is not a command"},
        {from_of_an_aggregate,
         "jangle_spec_from is for sagas and subscribers, and this is an aggregate"},
        {answer_of_an_aggregate, "jangle_given_answer is for sagas"},
        {time_out_of_an_aggregate, "jangle_when_timed_out is for sagas"},
        {another_run_of_an_aggregate, "jangle_when_run_again is for sagas"},
        {end_of_an_aggregate, "jangle_then_finished is for sagas"},
        {retry_of_an_aggregate, "jangle_then_retry_in is for sagas"},
        {timeout_of_an_aggregate, "jangle_then_timeout_at is for sagas"},
        {reply_of_a_saga, "jangle_then_reply is for aggregates, and this is a saga"},
    };

    (void)state;
    assert_complaints(&spec, all, sizeof all / sizeof *all);
}

/* ---- a spec that is none ----------------------------------------------------- */

static int say_everything_to_nobody(void)
{
    struct jangle_saga none = errand_saga;

    none.reactions = (struct jangle_reactions){0};
    spec = jangle_spec_saga(&none, "e1");
    jangle_spec_at(spec, noon);
    jangle_spec_from(spec, "ann");
    jangle_given(spec, errand_asked, .errand_id = "e1");
    jangle_given_answer(spec, take_coins, JANGLE_OK, "");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_when_run_again(spec);
    jangle_when_timed_out(spec);
    jangle_then(spec, take_coins, .purse_id = "bob");
    jangle_then_nothing(spec);
    jangle_then_rejected(spec, "no");
    jangle_then_reply(spec, "no");
    jangle_then_state(spec, errand_state, .coins = 5);
    jangle_then_finished(spec);
    jangle_then_retry_in(spec, 5);
    jangle_then_timeout_at(spec, noon);
    return jangle_spec_close(spec);
}

static void a_table_that_cannot_be_is_a_spec_that_fails(void **state)
{
    (void)state;
    assert_complaint(say_everything_to_nobody, "errand");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thing_that_cannot_be_is_one_complaint),
        cmocka_unit_test(a_table_that_cannot_be_is_a_spec_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
