/* codec_property.c - whatever is written is read back the same, in any locale, and means
 * the same to others. The seed is printed. */
#include "message/codec.h"

#include "message/copy.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/member.h"
#include "support/comma_locale.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena; /* emptied after each round */
    struct samples samples;
    struct jangle_error error;
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

static const char *write(struct fixture *fixture, const struct sample *value)
{
    const char *json = jangle_to_json(&fixture->arena, &sample, value, &fixture->error);

    assert_string_equal(fixture->error.message, "");
    return json;
}

static struct sample read(struct fixture *fixture, const char *json)
{
    struct sample value;

    jangle_from_json(&fixture->arena, &sample, json, &value, &fixture->error);
    assert_string_equal(fixture->error.message, "");
    return value;
}

static void expect_equal(const struct sample *value, const struct sample *other)
{
    struct jn_difference difference;

    if (!jn_type_equal(&sample, value, other, &difference))
        fail_msg("%s: %s, but %s", difference.path, difference.left, difference.right);
}

static void what_is_written_is_read_back_the_same(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < values; i++) {
        struct sample value, back;
        const char *json;

        sample_fill(&fixture->samples, &value);
        json = write(fixture, &value);
        back = read(fixture, json);
        expect_equal(&value, &back);
        assert_string_equal(write(fixture, &back), json);
        jn_arena_reset(&fixture->arena);
    }
}

/* ---- what jansson makes of it ------------------------------------------------ */

static void same_scalar(const json_t *json, enum jangle_kind kind, const void *value)
{
    switch (kind) {
    case JANGLE_KIND_BOOL:
        assert_true(json_is_boolean(json));
        assert_int_equal(json_is_true(json), *(const bool *)value);
        break;
    case JANGLE_KIND_INT:
    case JANGLE_KIND_TIME:
        assert_true(json_is_integer(json));
        assert_true(json_integer_value(json) == *(const int64_t *)value);
        break;
    case JANGLE_KIND_REAL: {
        double real = json_real_value(json);

        assert_true(json_is_real(json));
        assert_memory_equal(&real, value, sizeof real);
        break;
    }
    case JANGLE_KIND_TEXT:
        assert_true(json_is_string(json));
        assert_string_equal(json_string_value(json), *(const char *const *)value);
        break;
    default: {
        const char *text = ((const jangle_json *)value)->text;
        json_t *alone = json_loads(text ? text : "null", JSON_DECODE_ANY, NULL);

        assert_non_null(alone);
        assert_true(json_equal(json, alone));
        json_decref(alone);
    }
    }
}

static void
same_object(const json_t *json, const struct jangle_message *type, const void *data)
{
    size_t given = 0;

    assert_true(json_is_object(json));
    for (const struct jangle_field *field = type->fields; field->name; field++) {
        const json_t *member = json_object_get(json, field->name);
        enum jangle_kind kind;
        const void *value = jn_member_value(data, field, &kind);

        given += value != NULL;
        if (!value) {
            assert_null(member);
        } else if (kind == JANGLE_KIND_NESTED) {
            same_object(member, field->type, value);
        } else if (kind == JANGLE_KIND_LIST) {
            struct jangle_list list = jn_list_read(value);

            assert_int_equal(json_array_size(member), list.count);
            for (size_t i = 0; i < list.count; i++)
                same_object(json_array_get(member, i), field->type,
                            jn_list_item(&list, field->type, i));
        } else {
            same_scalar(member, kind, value);
        }
    }
    assert_int_equal(json_object_size(json), given);
}

static void what_is_written_means_the_same_to_jansson(void **state)
{
    struct fixture *fixture = *state;

    fixture->samples.plain_json = true;
    for (int i = 0; i < values; i++) {
        struct sample value;
        json_error_t error;
        json_t *json;

        sample_fill(&fixture->samples, &value);
        json = json_loads(write(fixture, &value), JSON_REJECT_DUPLICATES, &error);
        if (!json)
            fail_msg("%s", error.text);
        same_object(json, &sample, &value);
        json_decref(json);
        jn_arena_reset(&fixture->arena);
    }
}

/* jansson writes what it read its own way, in an order of its own. */
static void what_jansson_writes_is_read_the_same(void **state)
{
    static const size_t flags[] = {JSON_SORT_KEYS | JSON_INDENT(3),
                                   JSON_ENSURE_ASCII | JSON_ESCAPE_SLASH, JSON_COMPACT};
    struct fixture *fixture = *state;

    fixture->samples.plain_json = true;
    for (int i = 0; i < values; i++) {
        struct sample value, back;
        json_t *json;
        char *text;

        sample_fill(&fixture->samples, &value);
        value.json.text = NULL;
        for (size_t j = 0; j < value.boxes.count; j++)
            value.boxes.items[j].notes.text = NULL;
        json = json_loads(write(fixture, &value), 0, NULL);
        text = json_dumps(json, flags[i % 3] | JSON_REAL_PRECISION(17));
        assert_non_null(text);
        back = read(fixture, text);
        expect_equal(&value, &back);
        free(text);
        json_decref(json);
        jn_arena_reset(&fixture->arena);
    }
}

/* ---- damage and want --------------------------------------------------------- */

/* Whatever is stored: it is read, and then written and read the same each time, or
 * refused with a sentence that begins with the type. */
static void damaged_texts_are_refused_in_words_or_read(void **state)
{
    static const char alphabet[] = "{}[]\",:\\u019eE-.+tfn x\x01\xc3\xff";
    struct fixture *fixture = *state;
    int refused = 0;

    for (int i = 0; i < values * 4; i++) {
        struct sample value, back;
        char *json;
        size_t size;

        sample_fill(&fixture->samples, &value);
        json = jn_arena_copy_text(&fixture->arena, write(fixture, &value));
        size = strlen(json);
        for (uint64_t j = sample_below(&fixture->samples, 3); j < 3; j++)
            json[sample_below(&fixture->samples, size)] =
                alphabet[sample_below(&fixture->samples, sizeof alphabet - 1)];
        if (jangle_from_json(&fixture->arena, &sample, json, &value, &fixture->error)) {
            assert_result(fixture->error.result, JANGLE_INVALID);
            assert_memory_equal(fixture->error.message, "sample", 6);
            refused++;
        } else {
            back = read(fixture, write(fixture, &value));
            expect_equal(&value, &back);
        }
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(refused, values, values * 4 - 1);
}

static void spoil(struct fixture *fixture, struct sample *value)
{
    static const char *const texts[] = {NULL, "\xff", "a\xc3", "\xed\xa0\x80",
                                        "\n\"\x01"};
    static const char *const json[] = {"", "{", "1,2", "\"\xff\"", "[[[[[]]]]]", " 1 "};
    struct samples *samples = &fixture->samples;
    const char *text = texts[sample_below(samples, 5)];

    switch (sample_below(samples, 8)) {
    case 0:
        value->real = sample_below(samples, 2) ? NAN : -INFINITY;
        break;
    case 1:
        value->id = text;
        break;
    case 2:
        value->tag.name = text;
        break;
    case 3:
        value->maybe_text = (jangle_optional_text){true, text};
        break;
    case 4:
        value->json.text = json[sample_below(samples, 6)];
        break;
    case 5:
        value->boxes = (struct boxes){NULL, 1 + value->boxes.count};
        break;
    default:; /* it stays as it is */
    }
}

/* What is only checked is refused as if it were written, with the same words, and there
 * is no limit that only one of them holds. */
static void a_check_says_what_the_encoder_says(void **state)
{
    struct fixture *fixture = *state;
    int refused = 0, fitted = 0;

    for (int i = 0; i < values * 4; i++) {
        struct jn_limits limits = jn_limits_default;
        struct jangle_error written = {0}, checked = {0};
        struct sample value;
        const char *json;
        size_t size;

        sample_fill(&fixture->samples, &value);
        size = strlen(write(fixture, &value));
        if (sample_below(&fixture->samples, 2))
            limits.message_bytes =
                (int64_t)size + 1 - (int64_t)sample_below(&fixture->samples, 3);
        if (!sample_below(&fixture->samples, 4))
            limits.json_depth = 1 + (int64_t)sample_below(&fixture->samples, 6);
        spoil(fixture, &value);
        (void)jn_encode(&fixture->arena, &sample, &value, JN_NULLS_REFUSED, &limits,
                        &json, &size, &written);
        (void)jn_encode_check(&sample, &value, JN_NULLS_REFUSED, &limits, &checked);
        assert_result(checked.result, written.result);
        assert_string_equal(checked.message, written.message);
        refused += written.result == JANGLE_INVALID;
        fitted += !written.result && limits.message_bytes == (int64_t)size;
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(refused, values, values * 3);
    assert_in_range(fitted, values / 10, values * 4);
}

/* Each allocation fails in turn; the arenas are new, so that each has some to make. */
static bool survives(struct fixture *fixture, const struct sample *value, int64_t fail_at)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_error error = {JANGLE_OK, ""};
    struct sample back;
    const char *json;
    size_t size;
    enum jangle_result result;

    failing_allocator_init(&memory, fail_at);
    jn_arena_init(&arena, &memory.allocator);
    result = jn_encode(&arena, &sample, value, JN_NULLS_REFUSED, &jn_limits_default,
                       &json, &size, &error);
    if (!result) {
        char *copy = jn_arena_copy(&fixture->arena, json, size);

        jn_arena_finish(&arena);
        jn_arena_init(&arena, &memory.allocator);
        result =
            jn_decode(&arena, &sample, copy, size, 1, &jn_limits_default, &back, &error);
    }
    if (memory.failed) {
        assert_result(result, JANGLE_NO_MEMORY);
        assert_result(error.result, JANGLE_NO_MEMORY);
        assert_string_not_equal(error.message, "");
    } else {
        assert_result(result, JANGLE_OK);
        expect_equal(value, &back);
    }
    jn_arena_finish(&arena);
    assert_int_equal(memory.pieces, 0);
    return memory.failed == 0;
}

static void without_memory_nothing_is_called_invalid(void **state)
{
    struct fixture *fixture = *state;
    int64_t failures = 0;

    for (int i = 0; i < 50; i++) {
        struct sample value;
        int64_t at = 1;

        sample_fill(&fixture->samples, &value);
        while (!survives(fixture, &value, at))
            at++;
        failures += at - 1;
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(failures, 100, INT32_MAX);
}

/* ---- copies ------------------------------------------------------------------ */

static bool is_elsewhere(const struct jangle_arena *foreign, const void *memory)
{
    return !jn_arena_holds(foreign, memory);
}

static void a_copy_is_equal_and_as_heavy_as_said(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < values; i++) {
        struct jangle_arena other;
        struct sample value, copy;
        char path[JN_PATH_SIZE];

        jn_arena_init(&other, &fixture->memory.allocator);
        sample_fill(&fixture->samples, &value);
        assert_result(jn_type_copy(&other, &sample, &copy, &value), JANGLE_OK);
        assert_int_equal(other.used, jn_type_weight(&sample, &value));
        assert_true(jn_type_points(&sample, &copy, is_elsewhere, &fixture->arena, path));
        expect_equal(&value, &copy);
        /* poisons what the copy must not point to */
        jn_arena_reset(&fixture->arena);
        assert_non_null(jangle_to_json(&fixture->arena, &sample, &copy, NULL));
        jn_arena_finish(&other);
        jn_arena_reset(&fixture->arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const struct CMUnitTest tests[] = {
    TEST(what_is_written_is_read_back_the_same),
    TEST(a_check_says_what_the_encoder_says),
    TEST(damaged_texts_are_refused_in_words_or_read),
    TEST(without_memory_nothing_is_called_invalid),
    TEST(a_copy_is_equal_and_as_heavy_as_said),
};

static const struct CMUnitTest tests_with_jansson[] = {
    TEST(what_is_written_means_the_same_to_jansson),
    TEST(what_jansson_writes_is_read_the_same),
};

static int run(const char *locale)
{
    int failures = cmocka_run_group_tests_name(locale, tests, NULL, NULL);

    /* jansson 2.14 asserts that a point is one byte */
    if (strcmp(locale, "ps_AF") != 0)
        failures += cmocka_run_group_tests_name(locale, tests_with_jansson, NULL, NULL);
    return failures;
}

/* All of it once more wherever the point is no point. */
int main(void)
{
    static const char *const names[] = {"de_DE", "ps_AF"};
    int failures;

    seed = effort_seed();
    values = effort_count(EFFORT_CODEC_PROPERTY);
    failures = run("C");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct comma_locale locale;

        if (!comma_locale_enter(&locale, names[i]))
            continue;
        failures += run(names[i]);
        comma_locale_leave(&locale);
    }
    return failures;
}
