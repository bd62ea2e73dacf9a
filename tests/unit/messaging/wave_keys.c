/* wave_keys.c - the table of keys of a wave: each key has a slot of its own. */
#include "support/failing_allocator.h"
#include "support/test.h"

#include "base/arena.h"
#include "messaging/publisher/wave_keys.h"

enum { KEYS = 100 };

/* Their lowest bits are the same, so that all of them want the same slot. */
static uint64_t crowded(uint64_t number)
{
    return number << 32;
}

static void fill(struct jn_wave_keys *keys)
{
    for (uint64_t i = 0; i < KEYS; i++) {
        struct jn_wave_key *key = jn_wave_keys_find(keys, crowded(i));

        assert_false(key->used);
        key->used = true;
        key->closed = i % 2;
    }
}

static void each_key_is_found_again(void **state)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jn_wave_keys keys;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    jn_wave_keys_make(&keys, &arena, KEYS);
    jn_wave_keys_clear(&keys);
    fill(&keys);
    for (uint64_t i = 0; i < KEYS; i++) {
        const struct jn_wave_key *key = jn_wave_keys_find(&keys, crowded(i));

        assert_true(key->used && key->hash == crowded(i));
        assert_int_equal(key->closed, i % 2);
    }
    jn_arena_finish(&arena);
}

static void a_table_that_was_cleared_knows_none(void **state)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jn_wave_keys keys;

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    jn_wave_keys_make(&keys, &arena, KEYS);
    for (int round = 0; round < 2; round++) {
        jn_wave_keys_clear(&keys);
        fill(&keys);
    }
    jn_arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_is_found_again),
        cmocka_unit_test(a_table_that_was_cleared_knows_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
