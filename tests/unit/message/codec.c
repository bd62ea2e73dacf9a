/* codec.c - what is written, what is read, and what is refused, in words. */
#include "message/codec.h"
#include "message/describe.h"

#include "message/copy.h"
#include "message/decode.h"
#include "message/encode.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_error error;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
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

static void
expect_json(struct fixture *fixture, const struct sample *value, const char *expected)
{
    const char *json = jangle_to_json(&fixture->arena, &sample, value, &fixture->error);

    assert_string_equal(fixture->error.message, "");
    assert_string_equal(json, expected);
}

static void
expect_no_json(struct fixture *fixture, const struct sample *value, const char *sentence)
{
    struct jangle_error said = {0};

    assert_result(
        jn_encode_check(&sample, value, JN_NULLS_REFUSED, &jn_limits_default, &said),
        JANGLE_INVALID);
    assert_string_equal(said.message, sentence);
    assert_null(jangle_to_json(&fixture->arena, &sample, value, &fixture->error));
    assert_result(fixture->error.result, JANGLE_INVALID);
    assert_string_equal(fixture->error.message, sentence);
}

static struct sample expect_read(struct fixture *fixture, const char *json)
{
    struct sample value;
    enum jangle_result result =
        jangle_from_json(&fixture->arena, &sample, json, &value, &fixture->error);

    assert_string_equal(fixture->error.message, "");
    assert_result(result, JANGLE_OK);
    return value;
}

static void
expect_refused(struct fixture *fixture, const char *json, const char *sentence)
{
    static const struct sample nothing;
    struct sample value;

    memset(&value, 0xff, sizeof value);
    assert_result(
        jangle_from_json(&fixture->arena, &sample, json, &value, &fixture->error),
        JANGLE_INVALID);
    assert_result(fixture->error.result, JANGLE_INVALID);
    assert_string_equal(fixture->error.message, sentence);
    assert_memory_equal(&value, &nothing, sizeof value);
}

/* ---- writing ----------------------------------------------------------------- */

static void members_are_written_in_declared_order_without_spaces(void **state)
{
    struct tag tags[] = {{"t", {true, 0.5}}, {"u", {false, 7}}};
    struct box boxes[] = {{.number = 1, .tags = {tags, 2}}, {.notes = {"[ 1 ]"}}};
    struct sample value = {.id = "x",
                           .yes = true,
                           .whole = INT64_MIN,
                           .real = 500,
                           .at = {-1},
                           .json = {"\n{\"a\": 1} "},
                           .maybe = {true, false},
                           .maybe_whole = {true, INT64_MAX},
                           .maybe_real = {true, -0.0},
                           .maybe_text = {true, ""},
                           .maybe_at = {true, {0}},
                           .tag = {.name = "v"},
                           .boxes = {boxes, 2}};

    expect_json(
        *state, &value,
        "{\"id\":\"x\",\"yes\":true,\"whole\":-9223372036854775808,\"real\":500.0,"
        "\"at\":-1,\"json\":{\"a\": 1},\"maybe\":false,"
        "\"maybe_whole\":9223372036854775807,\"maybe_real\":-0.0,"
        "\"maybe_text\":\"\",\"maybe_at\":0,\"tag\":{\"name\":\"v\"},"
        "\"boxes\":[{\"number\":1,\"tags\":[{\"name\":\"t\",\"weight\":0.5},"
        "{\"name\":\"u\"}],\"notes\":null},{\"number\":0,\"tags\":[],"
        "\"notes\":[ 1 ]}]}");
}

static void what_is_absent_is_left_out(void **state)
{
    struct sample value = {.id = "", .tag.name = "", .maybe_whole = {false, 5}};

    expect_json(*state, &value,
                "{\"id\":\"\",\"yes\":false,\"whole\":0,\"real\":0.0,\"at\":0,"
                "\"json\":null,\"tag\":{\"name\":\"\"},\"boxes\":[]}");
}

struct one {
    const char *text;
};

static JANGLE_STRUCT(one, text);

static void only_what_must_be_is_escaped(void **state)
{
    struct fixture *fixture = *state;
    struct one value = {
        "\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80"};

    assert_string_equal(jangle_to_json(&fixture->arena, &one, &value, NULL),
                        "{\"text\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f"
                        "\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"}");
}

static void a_required_text_must_be_there(void **state)
{
    struct tag tags[] = {{.name = "a"}, {.name = NULL}};
    struct box boxes[] = {{.tags = {tags, 2}}};
    struct sample value = {.tag.name = "", .boxes = {boxes, 1}};

    expect_no_json(*state, &value, "sample.id: is NULL");
    value.id = "";
    expect_no_json(*state, &value, "sample.boxes[0].tags[1].name: is NULL");
    tags[1].name = "";
    value.maybe_text.given = true;
    expect_no_json(*state, &value, "sample.maybe_text: is NULL");
    value.maybe_text.value = "";
    boxes[0].tags.items = NULL;
    expect_no_json(*state, &value,
                   "sample.boxes[0].tags: its items are NULL, and its count is 2");
}

static void what_starts_zeroed_has_empty_texts(void **state)
{
    static const struct tag nothing;
    struct fixture *fixture = *state;
    struct tag value = {.name = NULL};
    const char *json;
    size_t size;

    assert_result(jn_encode(&fixture->arena, &tag, &nothing, JN_NULLS_EMPTY,
                            &jn_limits_default, &json, &size, &fixture->error),
                  JANGLE_OK);
    assert_string_equal(json, "{\"name\":\"\"}");
    value.name = "\xff";
    assert_result(jn_encode(&fixture->arena, &tag, &value, JN_NULLS_EMPTY,
                            &jn_limits_default, &json, &size, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "tag.name: is not UTF-8 at byte 0");
}

struct said_nothing {
    jangle_nothing nothing;
};

struct said_little {
    jangle_nothing nothing;
    int64_t words;
};

static JANGLE_EVENT(said_nothing, nothing);
static JANGLE_EVENT(said_little, nothing, words);

static void nothing_is_written_and_whatever_is_there_is_passed_over(void **state)
{
    static const struct said_nothing silence;
    static const char *const read[] = {"{}", "{\"nothing\":null}",
                                       "{\"nothing\":{\"a\":[1]}}"};
    struct said_little little = {.words = 2}, other = {.words = 3};
    struct fixture *fixture = *state;
    struct jn_difference difference;
    struct said_nothing heard;

    assert_string_equal(
        jangle_to_json(&fixture->arena, &said_nothing, &silence, &fixture->error), "{}");
    assert_string_equal(
        jangle_to_json(&fixture->arena, &said_little, &little, &fixture->error),
        "{\"words\":2}");
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        assert_result(jangle_from_json(&fixture->arena, &said_nothing, read[i], &heard,
                                       &fixture->error),
                      JANGLE_OK);
    assert_result(jangle_from_json(&fixture->arena, &said_nothing, "{\"nothing\":}",
                                   &heard, &fixture->error),
                  JANGLE_INVALID);
    little.nothing.unused = 1; /* which is nothing, too */
    assert_false(jn_type_equal(&said_little, &little, &other, &difference));
    assert_string_equal(difference.path, "words");
    other.words = 2;
    assert_true(jn_type_equal(&said_little, &little, &other, NULL));
    assert_result(jn_type_copy(&fixture->arena, &said_little, &other, &little),
                  JANGLE_OK);
    assert_int_equal(other.words, 2);
    assert_int_equal(other.nothing.unused, 0);
}

static void a_long_path_is_cut_and_the_reason_stays(void **state)
{
    char name[201];
    struct jangle_field fields[2] = {{name, 0, JANGLE_KIND_TEXT, NULL}, {0}};
    struct jangle_message type = {
        .name = "long", .size = sizeof(const char *), .fields = fields};
    struct fixture *fixture = *state;
    const char *text = NULL;

    memset(name, 'n', sizeof name - 1);
    name[200] = '\0';
    assert_null(jangle_to_json(&fixture->arena, &type, &text, &fixture->error));
    assert_string_equal(strstr(fixture->error.message, "n..."), "n...: is NULL");
    assert_int_equal(strlen(fixture->error.message), 119 + strlen(": is NULL"));
}

static void a_text_must_be_utf8(void **state)
{
    static const char *const bad[] = {"ab\xff",
                                      "ab\xc3",
                                      "ab\xc0\xaf",
                                      "ab\xed\xa0\x80",
                                      "ab\xf4\x90\x80\x80",
                                      "ab\x80",
                                      "ab\xe2\x82",
                                      "ab\xf0\x8f\xbf\xbf"};
    struct sample value = {.tag.name = ""};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        value.id = bad[i];
        expect_no_json(*state, &value, "sample.id: is not UTF-8 at byte 2");
    }
    value = (struct sample){.id = "", .tag.name = "\xff"};
    expect_no_json(*state, &value, "sample.tag.name: is not UTF-8 at byte 0");
}

static void a_real_must_be_finite(void **state)
{
    struct sample value = {.id = "", .tag.name = "", .real = NAN};

    expect_no_json(*state, &value, "sample.real: is nan, which JSON cannot say");
    value.real = 0;
    value.tag.weight = (jangle_optional_real){true, -INFINITY};
    expect_no_json(*state, &value, "sample.tag.weight: is -inf, which JSON cannot say");
}

static void raw_json_must_be_one_value(void **state)
{
    struct sample value = {.id = "", .tag.name = ""};

    value.json.text = "";
    expect_no_json(*state, &value,
                   "sample.json: is not JSON at byte 0: a value was expected");
    value.json.text = "{},\"whole\":1";
    expect_no_json(*state, &value,
                   "sample.json: is not JSON at byte 2: there is more after the value");
    value.json.text = "\"\xff\"";
    expect_no_json(*state, &value, "sample.json: is not JSON at byte 1: it is not UTF-8");
}

/* Some JSON of the given depth. */
static const char *nest(struct fixture *fixture, int depth)
{
    char *text = jangle_alloc(&fixture->arena, (size_t)depth * 2 + 1);

    memset(text, '[', (size_t)depth);
    memset(text + depth, ']', (size_t)depth);
    return text;
}

static void depth_is_bounded_both_ways(void **state)
{
    struct fixture *fixture = *state;
    struct box boxes[] = {{.notes = {nest(fixture, 61)}}};
    struct sample value = {.id = "", .tag.name = "", .boxes = {boxes, 1}};
    const char *json = jangle_to_json(&fixture->arena, &sample, &value, NULL);
    static const struct jn_limits shallow = {.message_bytes = 1000, .json_depth = 1};
    size_t size;

    assert_non_null(json);
    value = expect_read(fixture, json);
    assert_string_equal(value.boxes.items[0].notes.text, nest(fixture, 61));

    boxes[0].notes.text = nest(fixture, 62);
    value.boxes.items = boxes;
    expect_no_json(
        fixture, &value,
        "sample.boxes[0].notes: is not JSON at byte 61: it is nested too deep");
    json =
        jangle_text(&fixture->arena, "{\"boxes\":[{\"notes\":%s}]}", nest(fixture, 62));
    expect_refused(fixture, json,
                   "sample.boxes: malformed JSON at byte 80: it is nested too deep");
    json = jangle_text(&fixture->arena, "{\"new\":%s}", nest(fixture, 64));
    expect_refused(fixture, json,
                   "sample: malformed JSON at byte 70: it is nested too deep");

    value = (struct sample){.id = "", .tag.name = ""};
    fixture->error = (struct jangle_error){JANGLE_OK, ""};
    assert_result(jn_encode(&fixture->arena, &sample, &value, JN_NULLS_REFUSED, &shallow,
                            &json, &size, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "sample.tag: is nested too deep");
}

static enum jangle_result
write_box(struct fixture *fixture, const struct box *value, int64_t depth)
{
    struct jn_limits limits = {.message_bytes = 1000, .json_depth = depth};
    const char *json;
    size_t size;

    fixture->error = (struct jangle_error){JANGLE_OK, ""};
    return jn_encode(&fixture->arena, &box, value, JN_NULLS_REFUSED, &limits, &json,
                     &size, &fixture->error);
}

static void lists_and_their_items_count_as_depth(void **state)
{
    struct fixture *fixture = *state;
    struct tag tags[] = {{.name = ""}};
    struct box value = {.number = 1};

    assert_result(write_box(fixture, &value, 2), JANGLE_OK);
    assert_result(write_box(fixture, &value, 1), JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "box.tags: is nested too deep");
    value.tags = (struct tags){tags, 1};
    assert_result(write_box(fixture, &value, 3), JANGLE_OK);
    assert_result(write_box(fixture, &value, 2), JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "box.tags[0]: is nested too deep");
}

static void a_message_may_have_a_megabyte_and_not_a_byte_more(void **state)
{
    struct fixture *fixture = *state;
    size_t limit = 1024 * 1024, frame = strlen("{\"text\":\"\"}");
    char *text = malloc(limit + 1);
    struct one value = {text}, back;
    const char *json;

    assert_non_null(text);
    memset(text, 'a', limit);
    text[limit - frame] = '\0';
    json = jangle_to_json(&fixture->arena, &one, &value, &fixture->error);
    assert_non_null(json);
    assert_int_equal(strlen(json), limit);
    assert_result(jangle_from_json(&fixture->arena, &one, json, &back, NULL), JANGLE_OK);
    assert_string_equal(back.text, text);

    text[limit - frame] = 'a';
    text[limit - frame + 1] = '\0';
    assert_null(jangle_to_json(&fixture->arena, &one, &value, &fixture->error));
    assert_string_equal(fixture->error.message,
                        "one: is longer than 1048576 bytes of JSON (message_bytes)");
    json = jangle_text(&fixture->arena, "%s ", json);
    assert_result(jangle_from_json(&fixture->arena, &one, json, &back, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(
        fixture->error.message,
        "one: 1048577 bytes of JSON are more than 1048576 (message_bytes)");
    free(text);
}

static void raw_json_longer_than_a_message_is_too_long_not_malformed(void **state)
{
    static const struct jn_limits small = {.message_bytes = 150, .json_depth = 8};
    struct fixture *fixture = *state;
    struct sample value = {.id = "", .tag.name = ""};
    const char *json;
    char text[200];
    size_t size;

    memset(text, ' ', sizeof text);
    text[150] = '1';
    text[151] = '\0';
    value.json.text = text;
    assert_result(jn_encode(&fixture->arena, &sample, &value, JN_NULLS_REFUSED, &small,
                            &json, &size, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "sample: is longer than 150 bytes of JSON (message_bytes)");
}

/* ---- reading ----------------------------------------------------------------- */

static void order_space_and_escapes_do_not_matter(void **state)
{
    struct sample value = expect_read(
        *state,
        " {\"whole\" : 7 ,\n\"t\\u0061g\":{\"weight\":1,\"n\\u0061me\":\"\\u00e9\"},"
        "\"id\":\"\\ud83d\\ude00\\n\\/\\u0041\" } \t");

    assert_int_equal(value.whole, 7);
    assert_string_equal(value.tag.name, "\xc3\xa9");
    assert_true(value.tag.weight.given && value.tag.weight.value == 1);
    assert_string_equal(value.id, "\xf0\x9f\x98\x80\n/A");
}

static void what_json_lacks_is_zero_or_absent_and_texts_are_empty(void **state)
{
    struct sample value = expect_read(*state, "{\"boxes\":[{\"tags\":[{}]},{}]}");

    assert_string_equal(value.id, "");
    assert_string_equal(value.tag.name, "");
    assert_false(value.yes || value.maybe.given || value.maybe_text.given);
    assert_int_equal(value.whole, 0);
    assert_null(value.json.text);
    assert_int_equal(value.boxes.count, 2);
    assert_string_equal(value.boxes.items[0].tags.items[0].name, "");
    assert_null(value.boxes.items[1].tags.items);
}

static void what_it_has_too_much_is_passed_over(void **state)
{
    struct sample value =
        expect_read(*state,
                    "{\"x\":1e999,\"x\":[{\"id\":7}],\"y\":\"\\u0000\",\"z\":\"\\ud800\","
                    "\"whole\":3,\"\":null,\"tag\":{\"whole\":\"no\",\"name\":\"n\"}}");

    assert_int_equal(value.whole, 3);
    assert_string_equal(value.tag.name, "n");
    expect_refused(*state, "{\"x\":nope,\"whole\":3}",
                   "sample: malformed JSON at byte 5: a value was expected");
}

static void null_is_absent_for_what_may_be(void **state)
{
    struct sample value =
        expect_read(*state,
                    "{\"maybe\":null,\"maybe_whole\":null,\"maybe_real\":null,"
                    "\"maybe_text\":null,\"maybe_at\":null,\"json\": null}");

    assert_false(value.maybe.given || value.maybe_whole.given || value.maybe_real.given ||
                 value.maybe_text.given || value.maybe_at.given);
    assert_null(value.json.text);
}

static void raw_json_is_kept_as_it_is_written(void **state)
{
    struct sample value = expect_read(
        *state, "{\"json\": {\"a\":[1.10, 1e999 ],\"\\u0061\":\"\\u0000\"} }");

    assert_string_equal(value.json.text,
                        "{\"a\":[1.10, 1e999 ],\"\\u0061\":\"\\u0000\"}");
}

static void nothing_read_points_into_the_text(void **state)
{
    char json[] = "{\"id\":\"abc\",\"json\":[1],\"maybe_text\":\"def\"}";
    struct sample value = expect_read(*state, json);

    memset(json, 'X', sizeof json);
    assert_string_equal(value.id, "abc");
    assert_string_equal(value.json.text, "[1]");
    assert_string_equal(value.maybe_text.value, "def");
}

static void a_whole_number_will_do_for_a_real(void **state)
{
    assert_true(expect_read(*state, "{\"real\":1}").real == 1.0);
    assert_true(expect_read(*state, "{\"real\":-0}").real == 0);
    assert_true(signbit(expect_read(*state, "{\"real\":-0}").real));
    assert_true(expect_read(*state, "{\"real\":9223372036854775808}").real == 0x1p63);
    assert_true(expect_read(*state, "{\"real\":1.7976931348623157e308}").real == DBL_MAX);
    assert_true(expect_read(*state, "{\"real\":5e-324}").real == 5e-324);
    assert_true(expect_read(*state, "{\"real\":1e-999}").real == 0);
}

static void whole_numbers_go_to_their_extremes(void **state)
{
    struct sample value = expect_read(
        *state, "{\"whole\":9223372036854775807,\"at\":-9223372036854775808}");

    assert_true(value.whole == INT64_MAX && value.at.us == INT64_MIN);
    assert_int_equal(expect_read(*state, "{\"whole\":-0}").whole, 0);
    expect_refused(*state, "{\"whole\":9223372036854775808}",
                   "sample.whole: does not fit into 64 bits");
    expect_refused(*state, "{\"at\":-9223372036854775809}",
                   "sample.at: does not fit into 64 bits");
    expect_refused(*state, "{\"maybe_whole\":100000000000000000000000000000}",
                   "sample.maybe_whole: does not fit into 64 bits");
}

static void a_wrong_kind_is_refused_by_name(void **state)
{
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        {"{\"id\":7}", "sample.id: is a number, not a text"},
        {"{\"id\":null}", "sample.id: is null, not a text"},
        {"{\"yes\":1}", "sample.yes: is a number, not true or false"},
        {"{\"yes\":null}", "sample.yes: is null, not true or false"},
        {"{\"whole\":\"7\"}", "sample.whole: is a text, not a whole number"},
        {"{\"whole\":1.0}", "sample.whole: is 1.0, not a whole number"},
        {"{\"whole\":1e2}", "sample.whole: is 1e2, not a whole number"},
        {"{\"whole\":null}", "sample.whole: is null, not a whole number"},
        {"{\"real\":true}", "sample.real: is a bool, not a number"},
        {"{\"real\":null}", "sample.real: is null, not a number"},
        {"{\"at\":1.5}", "sample.at: is 1.5, not a time in whole microseconds"},
        {"{\"maybe\":0}", "sample.maybe: is a number, not true or false"},
        {"{\"maybe_whole\":0.5}", "sample.maybe_whole: is 0.5, not a whole number"},
        {"{\"maybe_real\":[]}", "sample.maybe_real: is a list, not a number"},
        {"{\"maybe_text\":{}}", "sample.maybe_text: is an object, not a text"},
        {"{\"tag\":null}", "sample.tag: is null, not an object"},
        {"{\"tag\":[]}", "sample.tag: is a list, not an object"},
        {"{\"boxes\":null}", "sample.boxes: is null, not a list"},
        {"{\"boxes\":{}}", "sample.boxes: is an object, not a list"},
        {"{\"boxes\":[{},null]}", "sample.boxes[1]: is null, not an object"},
        {"{\"boxes\":[{\"tags\":[{},{\"name\":1}]}]}",
         "sample.boxes[0].tags[1].name: is a number, not a text"},
        {"[]", "sample: is a list, not an object"},
        {"null", "sample: is null, not an object"},
        {"{\"real\":1e309}", "sample.real: does not fit into a double"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused(*state, cases[i].json, cases[i].sentence);
}

static void a_member_given_twice_is_refused(void **state)
{
    expect_refused(*state, "{\"whole\":1,\"whole\":1}", "sample.whole: is given twice");
    expect_refused(*state, "{\"maybe\":null,\"m\\u0061ybe\":true}",
                   "sample.maybe: is given twice");
    expect_refused(*state, "{\"boxes\":[{\"number\":1,\"number\":2}]}",
                   "sample.boxes[0].number: is given twice");
}

static void a_text_that_c_cannot_hold_is_refused_by_name(void **state)
{
    expect_refused(*state, "{\"id\":\"a\\u0000b\"}", "sample.id: holds a NUL");
    expect_refused(*state, "{\"tag\":{\"name\":\"\\ud800\"}}",
                   "sample.tag.name: holds half a surrogate pair");
    expect_refused(*state, "{\"id\":\"\\udc00\\udc00\"}",
                   "sample.id: holds half a surrogate pair");
    expect_refused(*state, "{\"id\":\"\\udc00\\ud800\"}",
                   "sample.id: holds half a surrogate pair");
    expect_refused(*state, "{\"id\":\"\\ud800\\u0041\"}",
                   "sample.id: holds half a surrogate pair");
    expect_refused(*state, "{\"id\":\"\\ud83d\\ud83d\"}",
                   "sample.id: holds half a surrogate pair");
}

static void what_is_malformed_is_refused_with_its_place(void **state)
{
    expect_refused(*state, "", "sample: malformed JSON at byte 0: a value was expected");
    expect_refused(*state, "{\"id\":\"x\"",
                   "sample: malformed JSON at byte 9: a comma or the object's end was "
                   "expected");
    expect_refused(*state, "{} {}",
                   "sample: malformed JSON at byte 3: there is more after the value");
    expect_refused(*state, "{\"id\":\"\xff\"}",
                   "sample: malformed JSON at byte 7: it is not UTF-8");
    expect_refused(
        *state, "{\"boxes\":[{},{}",
        "sample.boxes: malformed JSON at byte 15: a comma or the list's end was "
        "expected");
    expect_refused(*state, "{\"tag\":{\"name\":tru}}",
                   "sample.tag.name: malformed JSON at byte 15: a value was expected");
    expect_refused(*state, "{\"json\":[}",
                   "sample.json: malformed JSON at byte 9: a value was expected");
    expect_refused(*state, "{\"maybe\":nul}",
                   "sample.maybe: malformed JSON at byte 9: a value was expected");
}

static void a_nul_byte_in_the_store_is_refused(void **state)
{
    static const char json[] = "{\"whole\":\0001}";
    struct fixture *fixture = *state;
    struct sample value;

    assert_result(jn_decode(&fixture->arena, &sample, json, sizeof json - 1, 1,
                            &jn_limits_default, &value, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "sample: malformed JSON at byte 9: it is not UTF-8");
}

/* A megabyte of the smallest items there are takes their structs and no more. */
static void memory_is_bounded_by_the_text(void **state)
{
    struct fixture *fixture = *state;
    size_t size = 1024 * 1024 - 1, head = strlen("{\"boxes\":[");
    size_t count = (size - head) / 3;
    char *json = malloc(size + 1);
    struct sample value;

    assert_non_null(json);
    memset(json, ' ', size);
    memcpy(json, "{\"boxes\":[", head);
    for (size_t i = 0; i < count; i++)
        memcpy(json + head + i * 3, "{},", 3);
    memcpy(json + head + count * 3 - 1, "]}", 2);
    json[head + count * 3 + 1] = '\0';
    value = expect_read(fixture, json);
    assert_int_equal(value.boxes.count, count);
    assert_in_range(fixture->memory.most_bytes, 1, count * sizeof(struct box) + 8192);

    memcpy(json, "{\"other\":[", head);
    jn_arena_finish(&fixture->arena);
    fixture->memory.most_bytes = 0;
    expect_read(fixture, json);
    assert_in_range(fixture->memory.most_bytes, 0, 8192);
    free(json);
}

/* ---- versions ---------------------------------------------------------------- */

struct renamed {
    int64_t cents;
    const char *note;
};

static int upcasts;

/* 1: {"amount": whole units}; 2: {"cents"}; 3: with a note. */
static const char *
upcast_renamed(struct jangle_arena *arena, int version, const char *json)
{
    upcasts++;
    if (strstr(json, "hopeless"))
        return NULL;
    if (strstr(json, "broken"))
        return "{";
    if (strstr(json, "endless"))
        return jangle_text(arena, "\"%*s\"", 1024 * 1024, "");
    if (version == 2)
        return jangle_text(arena, "{\"note\":\"was 2\",%s", json + 1);
    assert_int_equal(version, 1);
    return jangle_text(arena, "{\"cents\":%d}",
                       (int)strtol(strchr(json, ':') + 1, NULL, 10) * 100);
}

static JANGLE_EVENT(renamed, cents, note, version(3), upcast(upcast_renamed));

static enum jangle_result read_renamed(struct fixture *fixture,
                                       const char *json,
                                       int version,
                                       struct renamed *value)
{
    fixture->error = (struct jangle_error){JANGLE_OK, ""};
    upcasts = 0;
    return jn_decode(&fixture->arena, &renamed, json, strlen(json), version,
                     &jn_limits_default, value, &fixture->error);
}

static void an_older_version_is_brought_to_date_step_by_step(void **state)
{
    struct renamed value;

    assert_result(read_renamed(*state, "{\"amount\":5}", 1, &value), JANGLE_OK);
    assert_int_equal(value.cents, 500);
    assert_string_equal(value.note, "was 2");
    assert_int_equal(upcasts, 2);

    assert_result(read_renamed(*state, "{\"cents\":7}", 2, &value), JANGLE_OK);
    assert_int_equal(value.cents, 7);
    assert_int_equal(upcasts, 1);

    assert_result(read_renamed(*state, "{\"cents\":8}", 3, &value), JANGLE_OK);
    assert_string_equal(value.note, "");
    assert_int_equal(upcasts, 0);
}

static void an_upcaster_that_fails_is_named_with_its_version(void **state)
{
    struct fixture *fixture = *state;
    struct renamed value;

    assert_result(read_renamed(fixture, "{\"hopeless\":1}", 2, &value), JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "renamed: version 2 cannot be brought to version 3");
    assert_result(read_renamed(fixture, "{\"broken\":1}", 1, &value), JANGLE_INVALID);
    assert_string_equal(
        fixture->error.message,
        "renamed: malformed JSON at byte 1: a member's name was expected");
    assert_result(read_renamed(fixture, "{\"endless\":1}", 2, &value), JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "renamed: 1048578 bytes of JSON are more "
                        "than 1048576 (message_bytes)");
}

static void an_upcaster_sees_sound_json_only(void **state)
{
    struct fixture *fixture = *state;
    struct renamed value;

    assert_result(read_renamed(fixture, "{\"amount\":", 1, &value), JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "renamed: malformed JSON at byte 10: a value was expected");
    assert_int_equal(upcasts, 0);
}

static void a_newer_version_is_refused_naming_both(void **state)
{
    struct fixture *fixture = *state;
    struct renamed value;

    assert_result(read_renamed(fixture, "{}", 4, &value), JANGLE_INVALID);
    assert_string_equal(
        fixture->error.message,
        "renamed: stored as version 4, and this program knows up to version 3");
    assert_result(read_renamed(fixture, "{}", 0, &value), JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "renamed: stored as version 0, which no type has");
}

static void an_older_version_without_an_upcaster_is_read_as_it_is(void **state)
{
    struct jangle_message type = one;
    struct fixture *fixture = *state;
    struct one value;

    type.version = 5;
    assert_result(jn_decode(&fixture->arena, &type, "{\"text\":\"a\",\"gone\":1}", 21, 2,
                            &jn_limits_default, &value, NULL),
                  JANGLE_OK);
    assert_string_equal(value.text, "a");
}

/* ---- want of memory ---------------------------------------------------------- */

/* Each allocation fails in turn; returns how many there were. */
static int64_t starve(struct fixture *fixture,
                      const struct jangle_message *type,
                      const char *json,
                      int version,
                      void *value)
{
    enum jangle_result result = JANGLE_NO_MEMORY;
    int64_t at;

    for (at = 1; result; at++) {
        fixture->error = (struct jangle_error){JANGLE_OK, ""};
        jn_arena_finish(&fixture->arena);
        jn_arena_init(&fixture->arena, &fixture->memory.allocator);
        failing_allocator_arm(&fixture->memory, at);
        result = jn_decode(&fixture->arena, type, json, strlen(json), version,
                           &jn_limits_default, value, &fixture->error);
        assert_result(result, fixture->memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_result(fixture->error.result, result);
    }
    return at - 2;
}

static void a_list_without_memory_says_so(void **state)
{
    char json[1200] = "{\"boxes\":[{}";
    struct sample value;

    for (size_t i = 0; i < 300; i++)
        memcpy(json + strlen("{\"boxes\":[{}") + 3 * i, ",{}", 3);
    memcpy(json + strlen("{\"boxes\":[{}") + 900, "]}", 3);
    assert_int_equal(starve(*state, &sample, json, 1, &value), 1);
    assert_int_equal(value.boxes.count, 301);
}

static void an_upcaster_without_memory_says_so(void **state)
{
    char json[3000];
    struct renamed value;

    memset(json, ' ', sizeof json);
    memcpy(json, "{\"cents\":1", 10);
    memcpy(json + sizeof json - 2, "}", 2);
    assert_in_range(starve(*state, &renamed, json, 2, &value), 2, 9);
    assert_string_equal(value.note, "was 2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(members_are_written_in_declared_order_without_spaces),
        TEST(what_is_absent_is_left_out),
        TEST(only_what_must_be_is_escaped),
        TEST(a_required_text_must_be_there),
        TEST(what_starts_zeroed_has_empty_texts),
        TEST(nothing_is_written_and_whatever_is_there_is_passed_over),
        TEST(a_long_path_is_cut_and_the_reason_stays),
        TEST(a_text_must_be_utf8),
        TEST(a_real_must_be_finite),
        TEST(raw_json_must_be_one_value),
        TEST(depth_is_bounded_both_ways),
        TEST(lists_and_their_items_count_as_depth),
        TEST(a_message_may_have_a_megabyte_and_not_a_byte_more),
        TEST(raw_json_longer_than_a_message_is_too_long_not_malformed),
        TEST(order_space_and_escapes_do_not_matter),
        TEST(what_json_lacks_is_zero_or_absent_and_texts_are_empty),
        TEST(what_it_has_too_much_is_passed_over),
        TEST(null_is_absent_for_what_may_be),
        TEST(raw_json_is_kept_as_it_is_written),
        TEST(nothing_read_points_into_the_text),
        TEST(a_whole_number_will_do_for_a_real),
        TEST(whole_numbers_go_to_their_extremes),
        TEST(a_wrong_kind_is_refused_by_name),
        TEST(a_member_given_twice_is_refused),
        TEST(a_text_that_c_cannot_hold_is_refused_by_name),
        TEST(what_is_malformed_is_refused_with_its_place),
        TEST(a_nul_byte_in_the_store_is_refused),
        TEST(memory_is_bounded_by_the_text),
        TEST(an_older_version_is_brought_to_date_step_by_step),
        TEST(an_upcaster_that_fails_is_named_with_its_version),
        TEST(an_upcaster_sees_sound_json_only),
        TEST(a_newer_version_is_refused_naming_both),
        TEST(a_list_without_memory_says_so),
        TEST(an_upcaster_without_memory_says_so),
        TEST(an_older_version_without_an_upcaster_is_read_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
