/* chaos_env.c - faults as the environment variables of petisco describe them. */
#include "support/test.h"

#include <jangle/transport/chaos.h>

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
    "MESSAGE_CHAOS_PERCENTAGE_SIMULATE_NACK",
    "MESSAGE_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS",
    "MESSAGE_CHAOS_PERCENTAGE_SIMULATE_FAILURES",
    "MESSAGE_CHAOS_PROTECTED_ROUTING_KEYS",
    "EVENT_CHAOS_PERCENTAGE_SIMULATE_NACK",
    "EVENT_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS",
    "EVENT_CHAOS_PERCENTAGE_SIMULATE_FAILURES",
    "EVENT_CHAOS_PROTECTED_ROUTING_KEYS",
    "PETISCO_CHAOS_PERCENTAGE_INVALID_MESSAGE_PUBLICATION",
};

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

static char texts[JANGLE_CHAOS_NAMES_SIZE];
static const char *spared[JANGLE_CHAOS_NAMES_SIZE / 2];

static void check_invalid(const char *message)
{
    struct jangle_chaos chaos = {.refuse = 0.125, .delay_ms = 7};
    struct jangle_error error = {0};

    assert_result(jangle_chaos_from_env(&chaos, texts, spared, &error), JANGLE_INVALID);
    assert_string_equal(error.message, message);
    assert_true(chaos.refuse == 0.125);
    assert_true(chaos.give_back == 0);
    assert_int_equal(chaos.delay_ms, 7);
    assert_null(chaos.spared);
}

static void what_is_not_set_stays(void **state)
{
    struct jangle_chaos chaos = {
        .refuse = 0.125, .give_back = 0.25, .fail = 0.5, .delay_ms = 7, .repeat = 1};

    (void)state;
    setenv(names[0], "", 1);
    assert_result(jangle_chaos_from_env(&chaos, texts, spared, NULL), JANGLE_OK);
    assert_true(chaos.refuse == 0.125 && chaos.give_back == 0.25 && chaos.fail == 0.5);
    assert_true(chaos.repeat == 1);
    assert_int_equal(chaos.delay_ms, 7);
    assert_null(chaos.spared);
}

/* Both spellings, the second one in the second round. */
static void each_variable_fills_in_its_member(void **state)
{
    for (int second = 0; second < 2; second++) {
        struct jangle_chaos chaos = {0};
        int from = second * 4;

        clear(state);
        setenv(names[from + 0], "0.25", 1);
        setenv(names[from + 1], "1.5", 1);
        setenv(names[from + 2], "1", 1);
        setenv(names[from + 3], "dead_letter.store, dl-legacy ,,", 1);
        setenv(names[8], ".5", 1);
        assert_result(jangle_chaos_from_env(&chaos, texts, spared, NULL), JANGLE_OK);
        assert_true(chaos.give_back == 0.25);
        assert_int_equal(chaos.delay_ms, 1500);
        assert_true(chaos.fail == 1);
        assert_true(chaos.refuse == 0.5);
        assert_string_equal(chaos.spared[0], "dead_letter.store");
        assert_string_equal(chaos.spared[1], "dl-legacy");
        assert_null(chaos.spared[2]);
    }
}

static void values_that_are_none_are_invalid(void **state)
{
    static const char *const values[] = {"1.01", "-1", "x", ".", "0.1.2", "1e-2", "0,5"};

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char message[200] = "MESSAGE_CHAOS_PERCENTAGE_SIMULATE_NACK is \"";

        clear(state);
        setenv(names[0], values[i], 1);
        strncat(message, values[i], 20);
        strncat(message, "\", and must be a probability between 0 and 1", 100);
        check_invalid(message);
    }
    clear(state);
    setenv(names[5], "40000000", 1);
    check_invalid(
        "EVENT_CHAOS_DELAY_BEFORE_EVENT_HANDLER_SECONDS is \"40000000\", and "
        "must be a number of seconds, of a year at most");
}

static void two_that_differ_are_invalid(void **state)
{
    struct jangle_chaos chaos = {0};

    (void)state;
    setenv(names[0], "0.5", 1);
    setenv(names[4], "0.50", 1);
    setenv(names[3], "a,b", 1);
    setenv(names[7], "a,b", 1);
    assert_result(jangle_chaos_from_env(&chaos, texts, spared, NULL), JANGLE_OK);
    assert_true(chaos.give_back == 0.5);
    setenv(names[7], "a", 1);
    check_invalid(
        "MESSAGE_CHAOS_PROTECTED_ROUTING_KEYS and "
        "EVENT_CHAOS_PROTECTED_ROUTING_KEYS are both set, and differ: set one "
        "of them");
    setenv(names[4], "0.6", 1);
    check_invalid(
        "MESSAGE_CHAOS_PERCENTAGE_SIMULATE_NACK and "
        "EVENT_CHAOS_PERCENTAGE_SIMULATE_NACK are both set, and differ: set one "
        "of them");
}

/* The longest list has as many names as there are pointers, and NULL behind them. */
static void a_list_that_is_too_long_is_invalid(void **state)
{
    struct jangle_chaos chaos = {0};
    char list[JANGLE_CHAOS_NAMES_SIZE + 1] = "";

    (void)state;
    for (size_t i = 0; i < JANGLE_CHAOS_NAMES_SIZE - 2; i++)
        list[i] = i % 2 ? ',' : 'a';
    setenv(names[3], list, 1);
    assert_result(jangle_chaos_from_env(&chaos, texts, spared, NULL), JANGLE_OK);
    assert_string_equal(chaos.spared[JANGLE_CHAOS_NAMES_SIZE / 2 - 2], "a");
    assert_null(chaos.spared[JANGLE_CHAOS_NAMES_SIZE / 2 - 1]);
    list[JANGLE_CHAOS_NAMES_SIZE - 2] = 'a';
    setenv(names[3], list, 1);
    check_invalid(
        "MESSAGE_CHAOS_PROTECTED_ROUTING_KEYS has 1023 bytes, and may have 1022");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_not_set_stays, clear),
        cmocka_unit_test_setup(each_variable_fills_in_its_member, clear),
        cmocka_unit_test_setup(values_that_are_none_are_invalid, clear),
        cmocka_unit_test_setup(two_that_differ_are_invalid, clear),
        cmocka_unit_test_setup(a_list_that_is_too_long_is_invalid, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
