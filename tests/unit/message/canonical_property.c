/* canonical_property.c - whatever is written is taken, and is what the plain reader makes
 * of it; whatever becomes of such a text, both readers say the same. The seed is
 * printed. */
#include "message/canonical.h"

#include "fuzz/spoil.h"
#include "message/describe.h"
#include "message/encode.h"
#include "support/both_readers.h"
#include "support/comma_locale.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <stdlib.h>

enum { SPOILT_EACH = 8, STARVED = 50 };

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena; /* emptied after each round */
    struct samples samples;
    struct both_readers both;
};

static uint64_t seed;
static int values; /* of each test */

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
    fixture->samples = (struct samples){.state = seed, .arena = &fixture->arena};
    fixture->both.allocator = &fixture->memory.allocator;
    fixture->both.limits = jn_limits_default;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int64_t pieces;

    jn_arena_finish(&fixture->arena);
    pieces = fixture->memory.pieces;
    free(fixture);
    return pieces ? -1 : 0;
}

/* The canonical text of a random value: of every other round with doubles, and without.
 */
static const char *write(struct fixture *fixture, int round, size_t *size)
{
    struct sample with;
    struct exact without;
    const char *json;

    sample_fill(&fixture->samples, &with);
    sample_fill_exact(&fixture->samples, &without);
    fixture->both.type = round % 2 ? &sample : &exact;
    assert_result(jn_encode(&fixture->arena, fixture->both.type,
                            round % 2 ? (const void *)&with : &without, JN_NULLS_REFUSED,
                            &jn_limits_default, &json, size, NULL),
                  JANGLE_OK);
    return json;
}

static enum jn_canonical
decode_both(struct fixture *fixture, const char *text, size_t size)
{
    if (!both_readers_agree(&fixture->both, text, size))
        fail_msg("%.*s: %s", (int)size, text, fixture->both.reason);
    return fixture->both.canonical;
}

static void whatever_is_written_is_taken(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < values; i++) {
        size_t size;
        const char *json = write(fixture, i, &size);

        assert_int_equal(decode_both(fixture, json, size), JN_CANONICAL_TAKEN);
        jn_arena_reset(&fixture->arena);
    }
}

/* Some remain canonical, some become another form, most are wrong. */
static void whatever_becomes_of_it_both_readers_agree(void **state)
{
    struct fixture *fixture = *state;
    int taken = 0, declined = 0, refused = 0;

    for (int i = 0; i < values; i++) {
        size_t size;
        const char *json = write(fixture, i, &size);
        uint8_t *bytes = malloc(2 * size);

        assert_non_null(bytes);
        for (int j = 0; j < SPOILT_EACH; j++) {
            memcpy(bytes, json, size);
            if (decode_both(fixture, (char *)bytes,
                            spoil(&fixture->samples, bytes, size)) == JN_CANONICAL_TAKEN)
                taken++;
            else if (fixture->both.result)
                refused++;
            else
                declined++;
        }
        free(bytes);
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(taken, values / 4, INT32_MAX);
    assert_in_range(declined, values / 200, INT32_MAX);
    assert_in_range(refused, values, INT32_MAX);
}

/* The list of members is as long as the text, and ends in the middle of all. */
static void a_text_that_is_cut_anywhere_is_declined(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < values / 20; i++) {
        size_t size;
        const char *json = write(fixture, i, &size);

        for (size_t cut = 0; cut < size; cut += TEST_STRIDE) {
            char *copy = malloc(cut + !cut); /* so that a sanitizer sees its end */

            assert_non_null(copy);
            memcpy(copy, json, cut);
            assert_int_equal(decode_both(fixture, copy, cut), JN_CANONICAL_DECLINED);
            free(copy);
        }
        jn_arena_reset(&fixture->arena);
    }
}

/* Each allocation fails in turn. Returns how many there were. */
static int64_t starve(struct fixture *fixture, const char *json, size_t size)
{
    static const unsigned char zero[sizeof(struct sample)];
    const struct jangle_message *type = fixture->both.type;
    enum jn_canonical read = JN_CANONICAL_NO_MEMORY;
    int64_t at;

    for (at = 1; read == JN_CANONICAL_NO_MEMORY; at++) {
        struct failing_allocator memory;
        struct jangle_arena arena;
        unsigned char data[sizeof(struct sample)];

        failing_allocator_init(&memory, at);
        jn_arena_init(&arena, &memory.allocator);
        read = jn_canonical_decode(&arena, type, json, size, 1, &jn_limits_default, data);
        assert_int_equal(read,
                         memory.failed ? JN_CANONICAL_NO_MEMORY : JN_CANONICAL_TAKEN);
        if (read)
            assert_memory_equal(data, zero, type->size);
        jn_arena_finish(&arena);
        assert_int_equal(memory.pieces, 0);
    }
    return at - 2;
}

static void without_memory_nothing_is_declined(void **state)
{
    struct fixture *fixture = *state;
    int64_t failures = 0;

    for (int i = 0; i < STARVED; i++) {
        size_t size;
        const char *json = write(fixture, i, &size);

        failures += starve(fixture, json, size);
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(failures, STARVED, INT32_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run(const char *locale)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_is_written_is_taken),
        TEST(whatever_becomes_of_it_both_readers_agree),
        TEST(a_text_that_is_cut_anywhere_is_declined),
        TEST(without_memory_nothing_is_declined),
    };

    return cmocka_run_group_tests_name(locale, tests, NULL, NULL);
}

/* Once more where the point of a double is no point. */
int main(void)
{
    struct comma_locale locale;
    int failures;

    seed = effort_seed();
    values = effort_count(EFFORT_CANONICAL);
    failures = run("C");
    if (comma_locale_enter(&locale, "de_DE")) {
        failures += run("de_DE");
        comma_locale_leave(&locale);
    }
    return failures;
}
