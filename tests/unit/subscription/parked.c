/* parked.c - parked keys: found by name and by when they are due, and remembered until
 * they are stored. */
#include "subscription/parked.h"

#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

static struct failing_allocator memory;
static struct jn_parked_set set;

static int set_up(void **state)
{
    (void)state;
    failing_allocator_init(&memory, 0);
    jn_parked_init(&set, &memory.allocator, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_parked_finish(&set);
    assert_int_equal(memory.pieces, 0);
    return 0;
}

static void put(const char *key, int64_t position, int64_t due_us, bool stored)
{
    struct jn_row row = {.stored = {.key = key, .position = position}, .due_us = due_us};

    assert_int_equal(jn_parked_put(&set, &row, stored), JANGLE_OK);
}

static void change(const char *key, bool dead, bool released)
{
    struct jn_row row = jn_parked_find(&set, key)->row;

    row.stored.dead = dead;
    row.stored.released = released;
    assert_int_equal(jn_parked_put(&set, &row, false), JANGLE_OK);
}

static int changed_count(void)
{
    int count = 0;

    for (const struct jn_parked *at = set.changed; at; at = at->next_changed)
        count++;
    return count;
}

static void a_key_is_found_until_it_is_released(void **state)
{
    (void)state;
    assert_null(jn_parked_find(&set, "purse/1"));
    put("purse/1", 5, 100, false);
    assert_int_equal(jn_parked_find(&set, "purse/1")->row.stored.position, 5);
    assert_int_equal(set.waiting, 1);
    put("purse/1", 9, 50, false);
    assert_int_equal(jn_parked_find(&set, "purse/1")->row.stored.position, 9);
    assert_int_equal(set.waiting, 1);
    change("purse/1", false, true);
    assert_null(jn_parked_find(&set, "purse/1"));
    assert_null(jn_parked_first(&set));
    assert_int_equal(set.waiting, 0);
    put("purse/1", 11, 50, false);
    assert_int_equal(jn_parked_find(&set, "purse/1")->row.stored.position, 11);
}

static void the_dead_are_not_due(void **state)
{
    (void)state;
    put("purse/1", 5, 100, false);
    put("purse/2", 6, 200, false);
    change("purse/1", true, false);
    assert_int_equal(set.waiting, 1);
    assert_int_equal(set.dead, 1);
    assert_string_equal(jn_parked_first(&set)->row.stored.key, "purse/2");
    assert_string_equal(jn_parked_at(&set, 5, true)->row.stored.key, "purse/1");
    assert_null(jn_parked_at(&set, 6, true));
    change("purse/1", false, false);
    assert_int_equal(set.dead, 0);
    assert_string_equal(jn_parked_first(&set)->row.stored.key, "purse/1");
}

static void the_next_by_position_is_found(void **state)
{
    (void)state;
    put("purse/1", 5, 100, false);
    put("purse/2", 3, 200, false);
    put("purse/3", 9, 50, false);
    assert_int_equal(jn_parked_after(&set, 0)->row.stored.position, 3);
    assert_int_equal(jn_parked_after(&set, 3)->row.stored.position, 5);
    assert_int_equal(jn_parked_after(&set, 8)->row.stored.position, 9);
    assert_null(jn_parked_after(&set, 9));
}

static void a_change_is_remembered_until_it_is_stored(void **state)
{
    int64_t taken;

    (void)state;
    put("purse/1", 5, 100, true);
    assert_int_equal(changed_count(), 0);
    put("purse/1", 6, 100, false);
    put("purse/2", 7, 100, false);
    taken = set.changes;
    change("purse/1", false, true);
    put("purse/3", 8, 100, false);
    assert_int_equal(changed_count(), 3);
    jn_parked_settle(&set, taken);
    assert_int_equal(changed_count(), 2);
    assert_int_equal(set.map.count, 3);
    jn_parked_settle(&set, set.changes);
    assert_int_equal(changed_count(), 0);
    assert_int_equal(set.map.count, 2);
}

static void without_tracking_nothing_is_remembered(void **state)
{
    (void)state;
    jn_parked_finish(&set);
    jn_parked_init(&set, &memory.allocator, false);
    put("purse/1", 5, 100, false);
    assert_int_equal(changed_count(), 0);
    change("purse/1", false, true);
    assert_int_equal(set.map.count, 0);
}

/* Against a plain array, through some thousand random changes. */
enum { KEYS = 60 };

struct model {
    bool there[KEYS];
    int64_t due_us[KEYS];
};

static int64_t first_due(const struct model *model)
{
    int64_t first = INT64_MAX;

    for (int i = 0; i < KEYS; i++) {
        if (model->there[i] && model->due_us[i] < first)
            first = model->due_us[i];
    }
    return first;
}

/* (G. Marsaglia, "Xorshift RNGs", 2003.) */
static uint64_t drawn;

static int draw(int limit)
{
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    return (int)(drawn % (uint64_t)limit);
}

static void the_first_due_is_first_whatever_changes(void **state)
{
    struct model model = {0};

    (void)state;
    drawn = effort_seed() | 1;
    for (int i = effort_count(EFFORT_PARKED); i > 0; i--) {
        int key = draw(KEYS);
        struct jn_row row = {.stored = {.position = key + 1}, .due_us = draw(1000)};
        char name[24];

        snprintf(name, sizeof name, "purse/%d", key);
        row.stored.key = name;
        row.stored.released = model.there[key] && draw(3) == 0;
        assert_int_equal(jn_parked_put(&set, &row, false), JANGLE_OK);
        model.there[key] = !row.stored.released;
        model.due_us[key] = row.due_us;
        if (draw(50) == 0)
            jn_parked_settle(&set, set.changes);
        assert_int_equal(jn_parked_first(&set) ? jn_parked_first(&set)->row.due_us
                                               : INT64_MAX,
                         first_due(&model));
    }
}

static void when_memory_runs_out_nothing_changes(void **state)
{
    struct jn_row row = {.stored = {.key = "purse/1", .position = 1}};
    int failures = 0;

    (void)state;
    for (int64_t at = 1;; at++) {
        jn_parked_finish(&set);
        jn_parked_init(&set, &memory.allocator, true);
        failing_allocator_arm(&memory, at);
        if (!jn_parked_put(&set, &row, false))
            break;
        failures++;
        assert_null(jn_parked_find(&set, "purse/1"));
        assert_int_equal(set.waiting, 0);
        assert_int_equal(changed_count(), 0);
    }
    assert_true(failures >= 3);
    assert_non_null(jn_parked_find(&set, "purse/1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_found_until_it_is_released, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_dead_are_not_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_by_position_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_change_is_remembered_until_it_is_stored, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_tracking_nothing_is_remembered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_first_due_is_first_whatever_changes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(when_memory_runs_out_nothing_changes, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
