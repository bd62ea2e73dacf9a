/* spec.c - given, when, then for aggregates: what holds passes, and what does not hold is
 * counted. */
#include "support/domains/purse.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct jangle_spec *spec;

static int open_spec(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
    return 0;
}

/* How many complaints there were; they are not for the reader of this test. */
static void close_with(int failures)
{
    int counted, shown = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

    fflush(stderr);
    dup2(nowhere, STDERR_FILENO);
    counted = jangle_spec_close(spec);
    fflush(stderr);
    dup2(shown, STDERR_FILENO);
    close(shown);
    close(nowhere);
    assert_int_equal(counted, failures);
}

/* ---- what holds -------------------------------------------------------------- */

static void what_holds_passes(void **state)
{
    (void)state;
    jangle_given(spec, coins_put_in, .amount = 30, .total = 30);
    jangle_when(spec, take_out, .purse_id = "1", .amount = 10);
    jangle_then(spec, coins_taken_out, .amount = 10, .total = 20);
    jangle_then_nothing(spec);
    jangle_then_state(spec, purse_state, .total = 20);
    jangle_when(spec, look_in, .purse_id = "1");
    jangle_then_reply(spec, "20");
    jangle_then_nothing(spec);
    close_with(0);
}

static void refusals_are_expected_by_their_words(void **state)
{
    (void)state;
    jangle_when(spec, take_out, .purse_id = "1", .amount = 10);
    jangle_then_rejected(spec, "there are only 0");
    jangle_when(spec, put_in, .purse_id = "1", .amount = 0);
    jangle_then_invalid(spec, "amount");
    close_with(0);
}

static void events_for_others_are_expected_where_they_go(void **state)
{
    (void)state;
    jangle_when(spec, name_purse, .purse_id = "1", .name = "red");
    jangle_then_to(spec, &names_aggregate, "red", name_taken, .purse_id = "1");
    jangle_then(spec, purse_named, .name = "red");
    jangle_then_state(spec, purse_state, .name = "red");
    close_with(0);
}

/* ---- what does not ----------------------------------------------------------- */

static void an_event_that_nobody_named_is_counted(void **state)
{
    (void)state;
    jangle_when(spec, name_purse, .purse_id = "1", .name = "red");
    close_with(2);
}

static void a_refusal_that_nobody_expected_is_counted(void **state)
{
    (void)state;
    jangle_when(spec, take_out, .purse_id = "1", .amount = 10);
    close_with(1);
}

static int complaints(void (*say)(void))
{
    int shown = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY), counted;

    fflush(stderr);
    dup2(nowhere, STDERR_FILENO);
    spec = jangle_spec_aggregate(&purse_aggregate, "1");
    say();
    counted = jangle_spec_close(spec);
    fflush(stderr);
    dup2(shown, STDERR_FILENO);
    close(shown);
    close(nowhere);
    return counted;
}

static void another_member(void)
{
    jangle_when(spec, put_in, .purse_id = "1", .amount = 5);
    jangle_then(spec, coins_put_in, .amount = 5, .total = 6);
}

static void another_event(void)
{
    jangle_when(spec, put_in, .purse_id = "1", .amount = 5);
    jangle_then(spec, coins_taken_out, .amount = 5, .total = 5);
}

static void another_stream(void)
{
    jangle_when(spec, report_purse, .purse_id = "1");
    jangle_then_to(spec, &guild_aggregate, "new", purse_reported, .purse_id = "1");
}

static void one_event_too_many(void)
{
    jangle_when(spec, look_in, .purse_id = "1");
    jangle_then(spec, coins_put_in, .amount = 1);
}

static void nothing_where_there_is_something(void)
{
    jangle_when(spec, put_in, .purse_id = "1", .amount = 5);
    jangle_then_nothing(spec);
}

static void another_reason(void)
{
    jangle_when(spec, take_out, .purse_id = "1", .amount = 10);
    jangle_then_rejected(spec, "no");
}

static void no_refusal_at_all(void)
{
    jangle_when(spec, look_in, .purse_id = "1");
    jangle_then_rejected(spec, "there are only 0");
}

static void another_reply(void)
{
    jangle_when(spec, look_in, .purse_id = "1");
    jangle_then_reply(spec, "7");
}

static void another_state(void)
{
    jangle_given(spec, coins_put_in, .amount = 5, .total = 5);
    jangle_then_state(spec, purse_state, .total = 6);
}

static void an_event_it_does_not_apply(void)
{
    jangle_given(spec, coin_struck, .weight = 5);
}

static void a_command_it_does_not_decide(void)
{
    jangle_when(spec, strike_coin, .weight = 5);
}

static void a_command_for_another(void)
{
    jangle_when(spec, look_in, .purse_id = "2");
}

static void what_is_for_sagas(void)
{
    jangle_then_finished(spec);
}

static void each_thing_that_does_not_hold_is_counted(void **state)
{
    static void (*const wrong[])(void) = {another_member,
                                          another_event,
                                          another_stream,
                                          one_event_too_many,
                                          nothing_where_there_is_something,
                                          another_reason,
                                          no_refusal_at_all,
                                          another_reply,
                                          another_state,
                                          an_event_it_does_not_apply,
                                          a_command_it_does_not_decide,
                                          a_command_for_another,
                                          what_is_for_sagas};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (complaints(wrong[i]) != 1)
            fail_msg("case %zu did not fail once", i);
}

static void a_table_that_cannot_be_is_a_spec_that_fails(void **state)
{
    struct jangle_aggregate none = purse_aggregate;

    (void)state;
    none.events = (struct jangle_appliers){0};
    spec = jangle_spec_aggregate(&none, "1");
    assert_non_null(spec);
    jangle_when(spec, look_in, .purse_id = "1");
    assert_int_equal(jangle_spec_close(spec), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_holds_passes, open_spec),
        cmocka_unit_test_setup(refusals_are_expected_by_their_words, open_spec),
        cmocka_unit_test_setup(events_for_others_are_expected_where_they_go, open_spec),
        cmocka_unit_test_setup(an_event_that_nobody_named_is_counted, open_spec),
        cmocka_unit_test_setup(a_refusal_that_nobody_expected_is_counted, open_spec),
        cmocka_unit_test(each_thing_that_does_not_hold_is_counted),
        cmocka_unit_test(a_table_that_cannot_be_is_a_spec_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
