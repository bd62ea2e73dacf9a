/* spec_saga_rules.c - given, when, then for sagas: what is given, what comes, and how
 * commands are answered. */
#include "support/domains/errand_told.h"
#include "support/test.h"

#include "testing/spec.h"

#include <string.h>

/* ---- given ------------------------------------------------------------------- */

static void what_is_given_is_applied_and_not_reacted_to(void **state)
{
    (void)state;
    jangle_then_nothing(spec);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
}

static void notes_can_be_given(void **state)
{
    (void)state;
    jangle_given(spec, try_counted, .count = 2);
    jangle_given(spec, try_counted, .count = 1);
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7, .calls = 3);
    assert_int_equal(spec->saga.record.position, 1);
}

static void remember_sender(void *state, const struct jangle_event *event)
{
    struct errand_state *errand = state;

    errand->asker_id = event->aggregate_id;
}

static void a_note_comes_from_the_saga(void **state)
{
    static const struct jangle_applier events[] = {{&errand_asked, NULL},
                                                   {&try_counted, remember_sender}};
    struct jangle_saga noting = told_saga;
    struct jangle_spec *noted;

    (void)state;
    noting.events = (struct jangle_appliers)JANGLE_ARRAY(events);
    noted = jangle_spec_saga(&noting, "e1");
    jangle_spec_from(noted, "ann");
    jangle_given(noted, errand_asked, .errand_id = "e1");
    jangle_given(noted, try_counted, .count = 1);
    jangle_then_state(noted, errand_state, .asker_id = "e1");
    assert_int_equal(jangle_spec_close(noted), 0);
}

static const char *find_anything(const struct jangle_event *event)
{
    return event->type == &try_counted ? NULL : "e1";
}

static void notes_of_a_saga_that_finds_its_id_can_be_given(void **state)
{
    struct jangle_saga finding = told_saga;
    struct jangle_spec *found;

    (void)state;
    finding.id_member = NULL;
    finding.id_of = find_anything;
    found = jangle_spec_saga(&finding, "e1");
    jangle_given(found, errand_asked, .coins = 7);
    jangle_given(found, try_counted, .count = 2);
    jangle_when(found, errand_agreed, .errand_id = NULL);
    jangle_then_state(found, errand_state, .coins = 7, .calls = 2);
    assert_int_equal(jangle_spec_close(found), 0);
}

static enum jangle_result
see_event(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    note_turn(turn, state);
    assert_ptr_equal(event->type, &errand_agreed);
    assert_int_equal(event->position, 2 * seen.runs);
    assert_int_equal(event->at.us, turn->at.us);
    assert_string_equal(turn->id, "e1");
    assert_string_equal(event->aggregate_id, seen.runs == 1 ? "ann" : "bob");
    return JANGLE_OK;
}

static void an_event_comes_from_where_and_when_it_is_said(void **state)
{
    (void)state;
    told_agreed = see_event;
    jangle_spec_at(spec, noon);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    assert_int_equal(seen.at.us, noon.us);
    jangle_given(spec, errand_agreed, .errand_id = "e1");
    jangle_spec_from(spec, "bob");
    jangle_spec_at(spec, later);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    assert_int_equal(seen.at.us, later.us);
    assert_int_equal(seen.runs, 2);
}

/* ---- answers ----------------------------------------------------------------- */

static enum jangle_result send_everything(struct jangle_turn *turn,
                                          const void *state,
                                          const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    assert_result(jangle_turn_send(turn, ask_payer, .purse_id = "bob", .errand_id = "e1"),
                  JANGLE_OK);
    assert_string_equal(turn->outcome.reply, "gladly");
    assert_int_equal(strlen(turn->outcome.command_id), 36);
    assert_result(
        jangle_turn_send(turn, take_coins, .purse_id = "bob", .errand_id = "e1"),
        JANGLE_NOT_FOUND);
    assert_string_equal(turn->outcome.error.message, "no such purse");
    assert_result(jangle_turn_send(turn, write_down, .line = "done"), JANGLE_OK);
    assert_string_equal(turn->outcome.reply, "");
    assert_result(jangle_turn_recall(turn, &take_coins), JANGLE_NOT_FOUND);
    assert_result(jangle_turn_recall(turn, &return_coins), JANGLE_RETRY);
    return JANGLE_OK;
}

static void commands_are_answered_as_was_said_last(void **state)
{
    (void)state;
    told_agreed = send_everything;
    jangle_given_answer(spec, ask_payer, JANGLE_REJECTED, "never");
    jangle_given_answer(spec, take_coins, JANGLE_NOT_FOUND, "no such purse");
    jangle_given_answer(spec, ask_payer, JANGLE_OK, "gladly");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_to(spec, &errand_purse_aggregate, "bob", ask_payer, .purse_id = "bob",
                   .errand_id = "e1");
    jangle_then_to(spec, NULL, "bob", take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_to(spec, NULL, "ledger", write_down, .line = "done");
    jangle_then_nothing(spec);
    assert_int_equal(seen.runs, 1);
}

static char long_id[202];

static enum jangle_result hand_nothing(struct jangle_turn *turn,
                                       const void *state,
                                       const struct jangle_event *event)
{
    (void)event;
    note_turn(turn, state);
    assert_result(
        jangle_turn_send(turn, hand_coins, .purse_id = "ann", .errand_id = "e1"),
        JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "hand_coins.coins"));
    assert_result(jangle_turn_send(turn, take_coins, .purse_id = "", .errand_id = "e1"),
                  JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "id is empty"));
    assert_result(
        jangle_turn_send(turn, ask_payer, .purse_id = long_id, .errand_id = "e1"),
        JANGLE_INVALID);
    assert_non_null(strstr(turn->outcome.error.message, "201 bytes"));
    return JANGLE_OK;
}

static void a_command_that_fails_its_check_is_answered_invalid(void **state)
{
    (void)state;
    told_agreed = hand_nothing;
    memset(long_id, 'x', sizeof long_id - 1);
    jangle_given_answer(spec, hand_coins, JANGLE_BUSY, "not asked");
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, hand_coins, .purse_id = "ann", .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "", .errand_id = "e1");
    jangle_then(spec, ask_payer, .purse_id = long_id, .errand_id = "e1");
    jangle_then_nothing(spec);
    assert_int_equal(seen.runs, 1);
}

/* ---- events that no saga gets ------------------------------------------------ */

static void an_event_that_comes_before_the_beginning_does_nothing(void **state)
{
    struct jangle_spec *early = jangle_spec_saga(&told_saga, "e1");

    (void)state;
    told_agreed = send_everything;
    jangle_when(early, errand_agreed, .errand_id = "e1");
    jangle_when_run_again(early);
    jangle_then_nothing(early);
    jangle_then_state(early, errand_state, .calls = 0);
    assert_int_equal(jangle_spec_close(early), 0);
    assert_int_equal(seen.runs, 0);
}

static void an_event_that_comes_after_the_end_does_nothing(void **state)
{
    (void)state;
    told_agreed = finish_then_send;
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then(spec, take_coins, .purse_id = "bob", .errand_id = "e1");
    jangle_then_finished(spec);
    jangle_when(spec, errand_agreed, .errand_id = "e1");
    jangle_then_nothing(spec);
    jangle_when(spec, errand_asked, .errand_id = "e1", .payer_id = "eve");
    jangle_given(spec, errand_asked, .errand_id = "e1", .payer_id = "eve");
    jangle_then_state(spec, errand_state, .asker_id = "ann", .payer_id = "bob",
                      .coins = 7);
    jangle_then_finished(spec);
    assert_int_equal(seen.runs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TOLD_TEST(what_is_given_is_applied_and_not_reacted_to),
        TOLD_TEST(notes_can_be_given),
        TOLD_TEST(a_note_comes_from_the_saga),
        TOLD_TEST(notes_of_a_saga_that_finds_its_id_can_be_given),
        TOLD_TEST(an_event_comes_from_where_and_when_it_is_said),
        TOLD_TEST(commands_are_answered_as_was_said_last),
        TOLD_TEST(a_command_that_fails_its_check_is_answered_invalid),
        TOLD_TEST(an_event_that_comes_before_the_beginning_does_nothing),
        TOLD_TEST(an_event_that_comes_after_the_end_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
