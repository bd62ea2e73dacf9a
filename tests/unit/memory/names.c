/* names.c - the hash table of the store in memory: it finds, grows, and loses
 * nothing when it cannot. */
#include "memory/names.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdio.h>

enum { COUNT = 3000 };

static struct jn_name things[COUNT];
static char texts[COUNT][16];

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        snprintf(texts[i], sizeof texts[i], "%d", i / 2);
        things[i] = (struct jn_name){.first = texts[i], .second = i % 2 ? "b" : ""};
    }
    return 0;
}

static void count(void *context, struct jn_name *name)
{
    (void)name;
    ++*(int *)context;
}

static void what_was_added_is_found_until_it_is_removed(void **state)
{
    struct failing_allocator memory;
    struct jn_names names;
    int discarded = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_names_init(&names, &memory.allocator);
    assert_null(jn_names_find(&names, "0", ""));
    for (int i = 0; i < COUNT; i++)
        assert_result(jn_names_add(&names, &things[i]), JANGLE_OK);
    for (int i = 0; i < COUNT; i += 3)
        jn_names_remove(&names, &things[i]);
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(jn_names_find(&names, texts[i], things[i].second),
                         i % 3 ? &things[i] : NULL);
    assert_null(jn_names_find(&names, "0", "c"));
    jn_names_finish(&names, count, &discarded);
    assert_int_equal(discarded, COUNT - COUNT / 3);
    assert_int_equal(memory.pieces, 0);
}

static void it_grows_with_what_is_in_it(void **state)
{
    struct failing_allocator memory;
    struct jn_names names;
    int discarded = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_names_init(&names, &memory.allocator);
    for (int i = 0; i < COUNT; i++) {
        assert_result(jn_names_add(&names, &things[i]), JANGLE_OK);
        assert_true(names.bucket_count >= names.count);
    }
    assert_true(names.bucket_count < 4 * COUNT);
    jn_names_finish(&names, count, &discarded);
}

static void a_table_that_cannot_grow_stays_as_it_is(void **state)
{
    struct failing_allocator memory;
    struct jn_names names;
    int added = 0, discarded = 0;

    (void)state;
    failing_allocator_init(&memory, 2);
    jn_names_init(&names, &memory.allocator);
    while (jn_names_add(&names, &things[added]) == JANGLE_OK)
        added++;
    assert_true(added > 0);
    for (int i = 0; i <= added; i++)
        assert_ptr_equal(jn_names_find(&names, texts[i], things[i].second),
                         i < added ? &things[i] : NULL);
    assert_result(jn_names_add(&names, &things[added]), JANGLE_OK);
    jn_names_finish(&names, count, &discarded);
    assert_int_equal(discarded, added + 1);
    assert_int_equal(memory.pieces, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found_until_it_is_removed),
        cmocka_unit_test(it_grows_with_what_is_in_it),
        cmocka_unit_test(a_table_that_cannot_grow_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
