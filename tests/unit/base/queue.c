/* queue.c - what comes first leaves first, and anything may leave early. */
#include "base/queue.h"

#include "base/pair.h"
#include "support/test.h"

struct item {
    struct jn_link link;
    int number;
};

enum { COUNT = 3 };

static struct jn_queue queue;
static struct item items[COUNT];

static int fill_queue(void **state)
{
    (void)state;
    queue = (struct jn_queue){0};
    for (int i = 0; i < COUNT; i++) {
        items[i].number = i;
        jn_queue_put(&queue, &items[i].link);
    }
    return 0;
}

static void expect_next(int number)
{
    const struct item *item = jn_queue_take(&queue);

    assert_non_null(item);
    assert_int_equal(item->number, number);
}

static void what_comes_first_leaves_first(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        expect_next(i);
    assert_null(jn_queue_take(&queue));
    assert_null(queue.first);
}

/* The one that left goes to the end, behind whatever is the last one now. */
static void each_can_leave_early_and_come_again(void **state)
{
    for (int gone = 0; gone < COUNT; gone++) {
        fill_queue(state);
        jn_queue_remove(&queue, &items[gone].link);
        jn_queue_put(&queue, &items[gone].link);
        for (int i = 0; i < COUNT; i++)
            if (i != gone)
                expect_next(i);
        expect_next(gone);
        assert_null(jn_queue_take(&queue));
    }
}

static void a_queue_that_was_emptied_can_be_filled_again(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        jn_queue_remove(&queue, &items[i].link);
    assert_null(jn_queue_take(&queue));
    jn_queue_put(&queue, &items[2].link);
    jn_queue_put(&queue, &items[0].link);
    expect_next(2);
    expect_next(0);
    assert_null(jn_queue_take(&queue));
}

/* ---- keys -------------------------------------------------------------------- */

static void a_key_is_owner_slash_name(void **state)
{
    char key[32];

    (void)state;
    assert_int_equal(jn_pair_size("account", "1"), sizeof "account/1");
    assert_string_equal(jn_pair_write(key, "account", "1"), "1");
    assert_string_equal(key, "account/1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, fill_queue)
        TEST(what_comes_first_leaves_first),
        TEST(each_can_leave_early_and_come_again),
        TEST(a_queue_that_was_emptied_can_be_filled_again),
        TEST(a_key_is_owner_slash_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
