/* random_block.c - random bytes, many at a time: nobody gets them twice, and a child gets
 * none of its parent's. */
#include "base/random_block.h"

#include "support/test.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAKEN = 10 };

/* Counts up, so that bytes which came before are known again. */
static uint64_t asked, filled;

static void fill(void *context, void *bytes, size_t size)
{
    unsigned char *at = bytes;

    (void)context;
    asked++;
    for (size_t i = 0; i < size; i += sizeof filled) {
        filled++;
        memcpy(at + i, &filled, size - i < sizeof filled ? size - i : sizeof filled);
    }
}

static const struct jangle_random source = {.fill = fill};

static int set_up(void **state)
{
    asked = filled = 0;
    *state = jn_random_block_open();
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    jn_random_block_close(*state);
    return 0;
}

/* Each number is taken once, or lies across two takings. */
static void no_byte_is_given_twice(void **state)
{
    uint64_t seen[2 * 4096 / sizeof(uint64_t)] = {0};

    for (int i = 0; i < 800; i++) {
        uint64_t number;

        jn_random_block_take(*state, &source, &number, sizeof number);
        assert_in_range(number, 1, sizeof seen / sizeof *seen - 1);
        assert_int_equal(seen[number]++, 0);
    }
    assert_int_equal(asked, 2);
}

static void the_source_is_asked_once_for_many(void **state)
{
    unsigned char bytes[TAKEN];

    for (int i = 0; i < 408; i++)
        jn_random_block_take(*state, &source, bytes, sizeof bytes);
    assert_int_equal(asked, 1);
    jn_random_block_take(*state, &source, bytes, sizeof bytes);
    assert_int_equal(asked, 2);
}

static void a_child_has_to_ask(void **state)
{
    unsigned char bytes[TAKEN];
    int status;
    pid_t child;

    jn_random_block_take(*state, &source, bytes, sizeof bytes);
    child = fork();
    if (child == 0) {
        jn_random_block_take(*state, &source, bytes, sizeof bytes);
        _exit(asked == 2 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    jn_random_block_take(*state, &source, bytes, sizeof bytes);
    assert_int_equal(asked, 1);
}

#define BLOCK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOCK_TEST(no_byte_is_given_twice),
        BLOCK_TEST(the_source_is_asked_once_for_many),
        BLOCK_TEST(a_child_has_to_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
