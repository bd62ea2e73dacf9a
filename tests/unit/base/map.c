/* map.c - a map does what a plain list of pairs does, only faster. */
#include "base/map.h"

#include "base/hash.h"

#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { KEY_COUNT = 300 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void
check_against(const struct jn_map *map, char keys[KEY_COUNT][32], const bool *present)
{
    size_t count = 0, met = 0;
    bool seen[KEY_COUNT] = {false};
    char *value;

    for (int at = 0; at < KEY_COUNT; at++) {
        count += present[at];
        assert_ptr_equal(jn_map_find(map, keys[at]), present[at] ? keys[at] : NULL);
    }
    assert_int_equal(map->count, count);
    for (size_t at = 0; (value = jn_map_next(map, &at)); met++) {
        size_t key = (size_t)(value - keys[0]) / sizeof keys[0];

        assert_true(present[key] && !seen[key]);
        seen[key] = true;
    }
    assert_int_equal(met, count);
}

static void any_row_of_puts_and_removals_leaves_what_it_should(void **state)
{
    static char keys[KEY_COUNT][32];
    bool present[KEY_COUNT] = {false};
    struct failing_allocator memory;
    struct jn_map map;
    uint64_t random = effort_seed() | 1;
    int changes = effort_count(EFFORT_MAP);

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_map_init(&map, &memory.allocator);
    for (int at = 0; at < KEY_COUNT; at++)
        snprintf(keys[at], sizeof keys[at], "key %d", at);
    for (int step = 0; step < changes; step++) {
        size_t key = next_random(&random) % KEY_COUNT;

        if (present[key])
            assert_ptr_equal(jn_map_remove(&map, keys[key]), keys[key]);
        else if (next_random(&random) % 8)
            assert_result(jn_map_put(&map, keys[key], keys[key]), JANGLE_OK);
        else
            assert_null(jn_map_remove(&map, keys[key]));
        present[key] = jn_map_find(&map, keys[key]) != NULL;
        if (step % 500 == 0)
            check_against(&map, keys, present);
    }
    check_against(&map, keys, present);
    jn_map_finish(&map);
    assert_int_equal(memory.pieces, 0);
}

/* A removal in a run of keys that share a slot must leave none of them behind. */
static void a_table_that_is_as_full_as_it_gets_loses_nobody(void **state)
{
    static char keys[12][32];
    struct failing_allocator memory;
    struct jn_map map;

    (void)state;
    failing_allocator_init(&memory, 0);
    for (int round = 0; round < 2000; round++) {
        jn_map_init(&map, &memory.allocator);
        for (int at = 0; at < 12; at++) {
            snprintf(keys[at], sizeof keys[at], "%d/%d", round, at);
            assert_result(jn_map_put(&map, keys[at], keys[at]), JANGLE_OK);
        }
        assert_int_equal(map.capacity, 16);
        for (int gone = 0; gone < 12; gone++) {
            assert_ptr_equal(jn_map_remove(&map, keys[gone]), keys[gone]);
            for (int at = 0; at < 12; at++)
                assert_ptr_equal(jn_map_find(&map, keys[at]),
                                 at > gone ? keys[at] : NULL);
        }
        jn_map_finish(&map);
    }
}

static void equal_texts_are_one_key_wherever_they_stand(void **state)
{
    struct failing_allocator memory;
    struct jn_map map;
    char key[] = "ledger", other[] = "ledger";
    int value = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_map_init(&map, &memory.allocator);
    assert_result(jn_map_put(&map, key, &value), JANGLE_OK);
    assert_ptr_equal(jn_map_find(&map, other), &value);
    assert_null(jn_map_find(&map, "Ledger"));
    assert_null(jn_map_find(&map, ""));
    assert_result(jn_map_put(&map, "", &map), JANGLE_OK);
    assert_ptr_equal(jn_map_find(&map, ""), &map);
    assert_ptr_equal(jn_map_remove(&map, other), &value);
    jn_map_finish(&map);
}

/* The table is made by hand: nobody has ever met two such texts. */
static void texts_of_the_same_hash_are_still_two_keys(void **state)
{
    int value = 0;
    uint64_t hash = jn_hash_text("b");
    struct jn_map_slot slots[16] = {{0}};
    struct jn_map map = {.slots = slots, .capacity = 16, .count = 1};

    (void)state;
    slots[hash % 16] = (struct jn_map_slot){.key = "a", .value = &value, .hash = hash};
    assert_null(jn_map_find(&map, "b"));
    assert_null(jn_map_remove(&map, "b"));
    assert_result(jn_map_put(&map, "b", &map), JANGLE_OK);
    assert_ptr_equal(jn_map_find(&map, "b"), &map);
    assert_ptr_equal(slots[hash % 16].value, &value);
}

static void an_empty_map_finds_nothing_and_takes_no_memory(void **state)
{
    struct failing_allocator memory;
    struct jn_map map;
    size_t at = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_map_init(&map, &memory.allocator);
    assert_null(jn_map_find(&map, "x"));
    assert_null(jn_map_remove(&map, "x"));
    assert_null(jn_map_next(&map, &at));
    assert_int_equal(memory.calls, 0);
    jn_map_finish(&map);
    jn_map_finish(&map);
}

static void without_memory_the_map_is_as_it_was(void **state)
{
    static char keys[100][16];
    struct failing_allocator memory;
    int64_t fail_at = 1;
    bool whole = false;

    (void)state;
    failing_allocator_init(&memory, 0);
    for (; !whole; fail_at++) {
        struct jn_map map;
        int put = 0;

        failing_allocator_arm(&memory, fail_at);
        jn_map_init(&map, &memory.allocator);
        for (int at = 0; at < 100; at++) {
            snprintf(keys[at], sizeof keys[at], "%d", at);
            if (jn_map_put(&map, keys[at], keys[at]) == JANGLE_OK)
                put++;
            else
                assert_null(jn_map_find(&map, keys[at]));
        }
        whole = memory.failed == 0;
        assert_int_equal(put, whole ? 100 : 99);
        assert_int_equal(map.count, put);
        jn_map_finish(&map);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(fail_at > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_row_of_puts_and_removals_leaves_what_it_should),
        cmocka_unit_test(a_table_that_is_as_full_as_it_gets_loses_nobody),
        cmocka_unit_test(equal_texts_are_one_key_wherever_they_stand),
        cmocka_unit_test(texts_of_the_same_hash_are_still_two_keys),
        cmocka_unit_test(an_empty_map_finds_nothing_and_takes_no_memory),
        cmocka_unit_test(without_memory_the_map_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
