/* ring.c - the last events of this process: found at their position, or nowhere. */
#include "subscription/ring.h"

#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

static struct failing_allocator memory;
static struct jn_ring ring;

static int set_up(void **state)
{
    (void)state;
    failing_allocator_init(&memory, 0);
    assert_int_equal(jn_ring_init(&ring, 4, &memory.allocator), JANGLE_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_ring_finish(&ring);
    assert_int_equal(memory.pieces, 0);
    return 0;
}

static void keep(int64_t position, const char *payload)
{
    struct jangle_record record = {
        .position = position,
        .kind = "purse",
        .id = "1",
        .version = position,
        .type = "coins_put_in",
        .type_version = 3,
        .at = {5},
        .event_id = {(unsigned char)position},
        .payload = payload,
        .payload_size = strlen(payload),
        .meta = "{}",
    };

    jn_ring_keep(&ring, &record);
}

struct found {
    struct jangle_record record;
    char payload[40];
    bool wanted;
};

static bool visit(void *context, const struct jangle_record *record)
{
    struct found *found = context;

    found->record = *record;
    memcpy(found->payload, record->payload, record->payload_size);
    assert_string_equal(record->kind, "purse");
    assert_string_equal(record->id, "1");
    assert_string_equal(record->type, "coins_put_in");
    assert_string_equal(record->meta, "{}");
    return found->wanted;
}

static bool find(int64_t position, struct found *found)
{
    *found = (struct found){.wanted = true};
    return jn_ring_visit(&ring, position, visit, found);
}

static void an_event_is_found_as_it_was_kept(void **state)
{
    struct found found;

    (void)state;
    keep(7, "seven");
    assert_true(find(7, &found));
    assert_int_equal(found.record.position, 7);
    assert_int_equal(found.record.version, 7);
    assert_int_equal(found.record.type_version, 3);
    assert_int_equal(found.record.at.us, 5);
    assert_int_equal(found.record.event_id[0], 7);
    assert_string_equal(found.payload, "seven");
    assert_false(find(6, &found));
    assert_false(find(3, &found));
    assert_false(find(11, &found));
}

/* Slots of events that were never kept here: another process stored them. */
static void what_was_never_kept_is_not_found(void **state)
{
    struct found found;

    (void)state;
    assert_false(find(1, &found));
    keep(2, "two");
    keep(5, "five");
    assert_true(find(2, &found));
    assert_false(find(3, &found));
    assert_false(find(4, &found));
    assert_true(find(5, &found));
    assert_false(find(1, &found));
}

static void the_oldest_make_room(void **state)
{
    struct found found;

    (void)state;
    for (int64_t position = 1; position <= 10; position++) {
        char payload[40];

        snprintf(payload, sizeof payload, "%0*lld", (int)position, (long long)position);
        keep(position, payload);
    }
    for (int64_t position = 1; position <= 10; position++) {
        assert_int_equal(find(position, &found), position > 6);
        if (position > 6)
            assert_int_equal(atoll(found.payload), position);
    }
}

static void a_visit_that_does_not_want_it_says_so(void **state)
{
    struct found found = {.wanted = false};

    (void)state;
    keep(1, "one");
    assert_false(jn_ring_visit(&ring, 1, visit, &found));
    assert_int_equal(found.record.position, 1);
}

/* Nor is an older one found in its place. */
static void what_cannot_be_copied_is_not_kept(void **state)
{
    struct found found;

    (void)state;
    keep(1, "one");
    failing_allocator_arm(&memory, 1);
    keep(5, "a payload that is longer than the one before it");
    assert_int_equal(memory.failed, 1);
    assert_false(find(5, &found));
    assert_false(find(1, &found));
    keep(5, "five");
    assert_true(find(5, &found));
}

static void what_is_too_large_is_not_kept(void **state)
{
    char *large = calloc(1, 100001);
    struct found found;

    (void)state;
    assert_non_null(large);
    memset(large, 'x', 100000);
    keep(1, large);
    assert_false(find(1, &found));
    assert_true(memory.bytes < 10000);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_found_as_it_was_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_never_kept_is_not_found, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_visit_that_does_not_want_it_says_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_copied_is_not_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_not_kept, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
