/* failpoint.c - the test's side of failpoints: a hook, and the names that were hit. */
#include "base/failpoint.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 100 };

static void append(void *context, const char *name)
{
    char *text = context;

    snprintf(text + strlen(text), TEXT_SIZE - strlen(text), "%s ", name);
}

static void pass_two_places(void)
{
    JN_FAILPOINT("commit.before");
    JN_FAILPOINT("commit.after");
}

static void the_hook_is_called_at_every_place_until_it_is_taken_away(void **state)
{
    char text[TEXT_SIZE] = "";

    (void)state;
    pass_two_places();
    jn_failpoint_set(append, text);
    pass_two_places();
    JN_FAILPOINT("commit.before");
    assert_string_equal(text, "commit.before commit.after commit.before ");
    jn_failpoint_set(NULL, NULL);
    pass_two_places();
    assert_string_equal(text, "commit.before commit.after commit.before ");
}

static void every_name_that_was_hit_is_listed_once(void **state)
{
    (void)state;
    jn_failpoint_forget();
    assert_null(jn_failpoint_name(0));
    pass_two_places();
    pass_two_places();
    assert_string_equal(jn_failpoint_name(0), "commit.before");
    assert_string_equal(jn_failpoint_name(1), "commit.after");
    assert_null(jn_failpoint_name(2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hook_is_called_at_every_place_until_it_is_taken_away),
        cmocka_unit_test(every_name_that_was_hit_is_listed_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
