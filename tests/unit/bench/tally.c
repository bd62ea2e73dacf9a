/* tally.c - the benchmark notices messages that are lost, and messages that came twice.
 */
#include "support/test.h"

#include "rows/tally.h"

#include <stdlib.h>
#include <string.h>

/* In place of those of bench/sample.c, which this program does not have. */
void *bench_new(size_t bytes)
{
    void *memory = calloc(1, bytes);

    assert_non_null(memory);
    return memory;
}

void bench_die(const char *what, const char *why)
{
    fail_msg("%s: %s", what, why);
    abort();
}

/* What is said of these messages, of which there should be three. */
static const char *fault_of(const char *const *ids)
{
    struct tally tally;
    const char *fault;

    tally_init(&tally, 3);
    for (; *ids; ids++)
        tally_add(&tally, *ids, strlen(*ids), "0123456789", 10);
    fault = tally_fault(&tally, 3);
    free(tally.ids);
    return fault;
}

#define FAULT_OF(...) fault_of((const char *const[]){__VA_ARGS__, NULL})

static void each_message_once_is_no_fault(void **state)
{
    (void)state;
    assert_null(FAULT_OF("one", "two", "three"));
    assert_null(FAULT_OF("three", "one", "two"));
}

static void a_lost_message_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(FAULT_OF("one", "three"), "some did not come");
}

static void a_message_more_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(FAULT_OF("one", "two", "three", "four"),
                        "more came than were sent");
}

static void a_message_that_came_twice_in_place_of_another_is_noticed(void **state)
{
    (void)state;
    assert_string_equal(FAULT_OF("one", "two", "one"), "one of them came twice");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_once_is_no_fault),
        cmocka_unit_test(a_lost_message_is_noticed),
        cmocka_unit_test(a_message_more_is_noticed),
        cmocka_unit_test(a_message_that_came_twice_in_place_of_another_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
