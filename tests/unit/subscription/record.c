/* record.c - a record is copied with all that it points to, in one piece. */
#include "subscription/record.h"

#include "support/test.h"

#include <stdlib.h>
#include <string.h>

static const struct jangle_record whole = {.position = 9,
                                           .kind = "purse",
                                           .id = "one",
                                           .version = 4,
                                           .type = "coins_put_in",
                                           .type_version = 2,
                                           .at = {5},
                                           .event_id = {7},
                                           .payload = "{\"coins\":3}",
                                           .payload_size = 11,
                                           .meta = "{\"actor\":\"me\"}"};

/* A copy in a piece of exactly that size, in which nothing was before. */
static char *copy_of(struct jangle_record *copy, const struct jangle_record *record)
{
    char *room = malloc(jn_record_size(record) + 1);

    assert_non_null(room);
    memset(room, 'X', jn_record_size(record) + 1);
    jn_record_copy(copy, record, room);
    assert_int_equal(room[jn_record_size(record)], 'X');
    return room;
}

static bool lies_in(const void *part, const char *room, size_t size)
{
    return (const char *)part >= room && (const char *)part < room + size;
}

static void a_copy_is_the_record_and_needs_it_no_more(void **state)
{
    struct jangle_record copy;
    char *room = copy_of(&copy, &whole);
    size_t size = jn_record_size(&whole);

    (void)state;
    assert_int_equal(copy.position, 9);
    assert_int_equal(copy.version, 4);
    assert_int_equal(copy.type_version, 2);
    assert_int_equal(copy.at.us, 5);
    assert_int_equal(copy.event_id[0], 7);
    assert_string_equal(copy.kind, whole.kind);
    assert_string_equal(copy.id, whole.id);
    assert_string_equal(copy.type, whole.type);
    assert_string_equal(copy.meta, whole.meta);
    assert_int_equal(copy.payload_size, whole.payload_size);
    assert_memory_equal(copy.payload, whole.payload, whole.payload_size);
    assert_true(lies_in(copy.kind, room, size) && lies_in(copy.id, room, size) &&
                lies_in(copy.type, room, size) && lies_in(copy.meta, room, size) &&
                lies_in(copy.payload, room, size));
    free(room);
}

/* So a reader that goes past its end is found by a sanitizer. */
static void nothing_lies_behind_the_payload(void **state)
{
    struct jangle_record copy;
    char *room = copy_of(&copy, &whole);

    (void)state;
    assert_ptr_equal((const char *)copy.payload + copy.payload_size,
                     room + jn_record_size(&whole));
    free(room);
}

static void what_is_not_there_stays_so(void **state)
{
    struct jangle_record record = whole, copy;
    char *room;

    (void)state;
    record.meta = NULL;
    record.payload = NULL;
    record.payload_size = 0;
    room = copy_of(&copy, &record);
    assert_null(copy.meta);
    assert_null(copy.payload);
    assert_string_equal(copy.type, whole.type);
    free(room);
}

static void an_empty_payload_is_one(void **state)
{
    struct jangle_record record = whole, copy;
    char *room;

    (void)state;
    record.payload_size = 0;
    room = copy_of(&copy, &record);
    assert_non_null(copy.payload);
    assert_int_equal(copy.payload_size, 0);
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_the_record_and_needs_it_no_more),
        cmocka_unit_test(nothing_lies_behind_the_payload),
        cmocka_unit_test(what_is_not_there_stays_so),
        cmocka_unit_test(an_empty_payload_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
