/* shard.c - the parts of a long test are the whole of it, and each case is in one. */
#include "support/shard.h"

#include <stdio.h>
#include <stdlib.h>

static void without_parts_a_program_does_all(void **state)
{
    (void)state;
    unsetenv("JANGLE_SHARD");
    assert_int_equal(shard_count(), 1);
    for (int number = 0; number < 10; number++)
        assert_true(shard_takes(number));
}

static void each_case_is_in_one_part(void **state)
{
    int taken[100] = {0};

    (void)state;
    for (int part = 1; part <= 7; part++) {
        char text[8];

        snprintf(text, sizeof text, "%d/7", part);
        assert_int_equal(setenv("JANGLE_SHARD", text, 1), 0);
        assert_int_equal(shard_index(), part - 1);
        for (int number = 0; number < 100; number++)
            taken[number] += shard_takes(number);
    }
    for (int number = 0; number < 100; number++)
        assert_int_equal(taken[number], 1);
    unsetenv("JANGLE_SHARD");
}

static int ran;

static void count(void **state)
{
    (void)state;
    ran++;
}

static void a_group_is_cut_too(void **state)
{
    const struct CMUnitTest cases[] = {cmocka_unit_test(count), cmocka_unit_test(count),
                                       cmocka_unit_test(count)};

    (void)state;
    assert_int_equal(setenv("JANGLE_SHARD", "2/2", 1), 0);
    assert_int_equal(SHARD_RUN(cases), 0);
    assert_int_equal(ran, 1);
    assert_int_equal(setenv("JANGLE_SHARD", "5/5", 1), 0);
    assert_int_not_equal(SHARD_RUN(cases),
                         0); /* a part with nothing in it is a mistake */
    unsetenv("JANGLE_SHARD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_parts_a_program_does_all),
        cmocka_unit_test(each_case_is_in_one_part),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    /* Not inside another group, for there is one at a time. */
    a_group_is_cut_too(NULL);
    return failed;
}
