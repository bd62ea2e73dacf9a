/* property.c - whatever a format writes, it reads; the same contents are the same bytes,
 * in any locale; and memory may run out at any moment. The seed is printed. */
#include "support/comma_locale.h"
#include "support/contents.h"
#include "support/effort.h"
#include "support/test.h"
#include "support/wire.h"

#include <jansson.h>
#include <string.h>

static uint64_t seed;
static int count;

/* Some formats write JSON in Python's way: it is the same value in other bytes. */
static void expect_same_value(const char *text, const char *expected)
{
    json_t *value, *expected_value;

    if (strcmp(text, expected) == 0)
        return;
    value = json_loads(text, JSON_DECODE_ANY, NULL);
    expected_value = json_loads(expected, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    if (!json_equal(value, expected_value))
        fail_msg("%s is not %s", text, expected);
    json_decref(value);
    json_decref(expected_value);
}

static void expect_equal_parcels(const struct jangle_parcel *parcel,
                                 const struct jangle_parcel *same)
{
    assert_true(!parcel->content_type == !same->content_type);
    if (parcel->content_type)
        assert_string_equal(parcel->content_type, same->content_type);
    assert_int_equal(parcel->header_count, same->header_count);
    for (size_t i = 0; i < parcel->header_count; i++) {
        assert_string_equal(parcel->headers[i].name, same->headers[i].name);
        assert_string_equal(parcel->headers[i].value, same->headers[i].value);
    }
    assert_int_equal(parcel->body_size, same->body_size);
    assert_memory_equal(parcel->body, same->body, parcel->body_size);
}

static void check_round_trip(struct parcels *parcels,
                             struct samples *samples,
                             const struct jangle_format *format)
{
    struct jangle_contents contents, expected, back;
    struct jangle_parcel parcel, again;

    contents_draw(samples, format, &contents, &expected);
    parcel = parcel_written(parcels, format, &contents);
    again = parcel_written(parcels, format, &contents);
    expect_equal_parcels(&parcel, &again);
    back = contents_read(parcels, format, &parcel);
    if (rewrites_json(format)) {
        expect_same_value(back.data, expected.data);
        if (*back.extra || *expected.extra)
            expect_same_value(back.extra, expected.extra);
        back.data = expected.data;
        back.extra = expected.extra;
    }
    expect_contents(&back, &expected);
}

static void draw_round_trips(int rounds)
{
    struct parcels parcels;
    struct samples samples = {.state = seed, .arena = &parcels.arena};

    parcels_init(&parcels);
    for (int i = 0; i < rounds; i++) {
        samples.plain_json = rewrites_json(every_format[i % EVERY_FORMAT]);
        check_round_trip(&parcels, &samples, every_format[i % EVERY_FORMAT]);
        jn_arena_reset(&parcels.arena);
    }
    parcels_finish(&parcels);
}

static void fo_01_the_same_contents_are_the_same_bytes(void **state)
{
    struct parcels first, second;
    struct samples samples = {.state = seed, .arena = &first.arena};

    (void)state;
    parcels_init(&first);
    parcels_init(&second);
    for (int i = 0; i < 20 * EVERY_FORMAT; i++) {
        const struct jangle_format *format = every_format[i % EVERY_FORMAT];
        struct jangle_contents contents, expected;
        struct jangle_parcel parcel, again;

        samples.plain_json = rewrites_json(format);
        contents_draw(&samples, format, &contents, &expected);
        parcel = parcel_written(&first, format, &contents);
        again = parcel_written(&second, format, &contents);
        expect_equal_parcels(&parcel, &again);
        jn_arena_reset(&second.arena);
        jn_arena_reset(&first.arena);
    }
    parcels_finish(&second);
    parcels_finish(&first);
}

static void fo_03_what_is_written_is_read_back_the_same(void **state)
{
    (void)state;
    draw_round_trips(count);
}

static void a_comma_locale_changes_nothing(void **state)
{
    struct comma_locale locale;

    (void)state;
    if (!comma_locale_enter(&locale, "de_DE"))
        skip();
    draw_round_trips(count / 10 + 5);
    comma_locale_leave(&locale);
}

/* Does the call fail as it should, or not at all? */
static bool ran_out(struct parcels *parcels, enum jangle_result result)
{
    if (!parcels->memory.failed) {
        assert_result(result, JANGLE_OK);
        return false;
    }
    assert_result(result, JANGLE_NO_MEMORY);
    assert_result(parcels->error.result, JANGLE_NO_MEMORY);
    return true;
}

/* A new arena each time, so that each call of the allocator comes at its turn. */
static void check_memory(const struct jangle_format *format,
                         const struct jangle_contents *contents,
                         const struct jangle_parcel *parcel)
{
    bool failed = true;

    for (int64_t at = 1; failed; at++) {
        struct jangle_contents back;
        struct jangle_parcel written;
        struct parcels parcels;

        parcels_init(&parcels);
        failing_allocator_arm(&parcels.memory, at);
        failed =
            ran_out(&parcels, contents ? format->encode(format, &parcels.arena, contents,
                                                        &written, &parcels.error)
                                       : format->decode(format, &parcels.arena, parcel,
                                                        &back, &parcels.error));
        parcels_finish(&parcels);
    }
}

/* An arena asks for blocks of a kilobyte and more, so the contents are long. */
static void memory_may_run_out_at_every_allocation(void **state)
{
    struct parcels parcels;
    struct samples samples = {.state = seed, .arena = &parcels.arena};

    (void)state;
    parcels_init(&parcels);
    for (int i = 0; i < 40 * EVERY_FORMAT; i++) {
        const struct jangle_format *format = every_format[i % EVERY_FORMAT];
        struct jangle_contents contents, expected;
        struct jangle_parcel parcel;

        samples.plain_json = rewrites_json(format);
        contents_draw(&samples, format, &contents, &expected);
        parcel = parcel_written(&parcels, format, &contents);
        check_memory(format, &contents, NULL);
        check_memory(format, NULL, &parcel);
        jn_arena_reset(&parcels.arena);
    }
    parcels_finish(&parcels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fo_01_the_same_contents_are_the_same_bytes),
        cmocka_unit_test(fo_03_what_is_written_is_read_back_the_same),
        cmocka_unit_test(a_comma_locale_changes_nothing),
        cmocka_unit_test(memory_may_run_out_at_every_allocation),
    };

    seed = effort_seed();
    count = effort_count(EFFORT_FORMATS);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
