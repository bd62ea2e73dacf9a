/* decision.c - what a decider may say, and how it comes out. */
#include "command/decision.h"

#include "base/error.h"
#include "support/long_text.h"
#include "support/test.h"

#include <string.h>

static void a_reason_is_cut_between_two_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 8; lead++) {
        char reason[400];
        struct jangle_error error = {0};
        struct jangle_decision decision = {.error = &error};

        long_text_fill(reason, sizeof reason, lead);
        assert_result(jangle_reject(&decision, "%s", reason), JANGLE_REJECTED);
        assert_cut_between_characters(error.message, reason);
    }
}

static void a_reason_that_just_fits_is_told_whole(void **state)
{
    struct jangle_error error = {0};
    struct jangle_decision decision = {.error = &error};
    char reason[sizeof error.message];

    (void)state;
    memset(reason, 'r', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    jangle_reject(&decision, "%s", reason);
    assert_string_equal(error.message, reason);
}

static void the_first_reason_sticks(void **state)
{
    struct jangle_error error = {0};
    struct jangle_decision decision = {.error = &error};

    (void)state;
    assert_result(jangle_reject(&decision, "first: %d", 1), JANGLE_REJECTED);
    assert_result(jangle_reject(&decision, "second: %d", 2), JANGLE_REJECTED);
    assert_result(error.result, JANGLE_REJECTED);
    assert_string_equal(error.message, "first: 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_cut_between_two_characters),
        cmocka_unit_test(a_reason_that_just_fits_is_told_whole),
        cmocka_unit_test(the_first_reason_sticks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
