/* json_writer.c - what is written piece by piece is JSON, and always the same bytes. */
#include "base/arena.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <jangle/plugin/json.h>

#include <jansson.h>
#include <string.h>

static struct failing_allocator memory;
static struct jangle_arena arena;

static int set_up(void **state)
{
    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_arena_finish(&arena);
    return memory.pieces ? -1 : 0;
}

static void put(struct jn_json_writer *json, const char *text)
{
    jn_json_put_text(json, text, strlen(text));
}

static void write_all(struct jn_json_writer *json)
{
    static const char list[] = "[1,\t{\"\\u00e9\\/\" :null}]";

    jn_json_open(json, '{');
    jn_json_put_name(json, "text");
    put(json, "\"\\/\b\f\n\r\t\x01\x7f \xc3\xa9 \xf0\x9d\x84\x9e");
    jn_json_put_name(json, "list");
    jn_json_open(json, '[');
    jn_json_put_int(json, INT64_MIN);
    jn_json_put_int(json, INT64_MAX);
    jn_json_open(json, '{');
    jn_json_close(json, '}');
    jn_json_close(json, ']');
    jn_json_put_name(json, "value");
    jn_json_put_value(json, &(struct jn_json_span){list, strlen(list)});
    jn_json_close(json, '}');
}

/* Of any length, so that each of the pieces is the one for which the room is too small.
 */
static void there_is_room_for_the_end_behind_each_piece(void **state)
{
    char text[600];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t size = 0; size < sizeof text; size++) {
        struct jn_json_writer json = {.arena = &arena};

        jn_json_open(&json, '[');
        jn_json_put_text(&json, text, size);
        assert_true(json.size < json.capacity);
        jn_json_put_text(&json, "b", 1);
        assert_true(json.size < json.capacity);
        jn_json_put_name(&json, "c");
        assert_true(json.size < json.capacity);
        assert_int_equal(json.size, size + strlen("[\"\",\"b\",\"c\":"));
        assert_memory_equal(json.text + 2 + size, "\",\"b\",\"c\":", 10);
    }
}

static void members_and_items_have_commas_between_them(void **state)
{
    struct jn_json_writer json = {.arena = &arena};
    size_t size;

    (void)state;
    write_all(&json);
    assert_string_equal(
        jn_json_written(&json, &size),
        "{\"text\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f \xc3\xa9 \xf0\x9d\x84\x9e\","
        "\"list\":[-9223372036854775808,9223372036854775807,{}],"
        "\"value\":[1,\t{\"\\u00e9\\/\" :null}]}");
    assert_int_equal(size, strlen(jn_json_written(&json, NULL)));
}

/* The bytes are those of json.dumps of Python 3. */
static void python_puts_spaces_and_keeps_to_ascii(void **state)
{
    struct jn_json_writer json = {.arena = &arena, .as_python = true};

    (void)state;
    write_all(&json);
    assert_string_equal(
        jn_json_written(&json, NULL),
        "{\"text\": \"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f \\u00e9 \\ud834\\udd1e\", "
        "\"list\": [-9223372036854775808, 9223372036854775807, {}], "
        "\"value\": [1, {\"\\u00e9/\": null}]}");
}

static void escapes_that_were_read_are_written_as_python_writes_them(void **state)
{
    static const struct {
        const char *value, *expected;
    } cases[] = {
        {"\"\\u0041\\u0022\\u005C\\u000a\\u001F\"", "\"A\\\"\\\\\\n\\u001f\""},
        {"\"\\uD834\\uDD1E \\udead \\u0000\"", "\"\\ud834\\udd1e \\udead \\u0000\""},
        {"\"\x7f\\u007F: , [ ] \"", "\"\\u007f\\u007f: , [ ] \""},
        {"{ }", "{}"},
        {"[1e5 , -0.50]", "[1e5, -0.50]"},
        {"\"\"", "\"\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jn_json_writer json = {.arena = &arena, .as_python = true};

        jn_json_put_value(&json,
                          &(struct jn_json_span){cases[i].value, strlen(cases[i].value)});
        assert_string_equal(jn_json_written(&json, NULL), cases[i].expected);
    }
}

/* The bytes lie at the end of a piece of memory, so that ASan sees a look beyond it. */
static void a_text_need_not_end_with_a_zero(void **state)
{
    static const char text[] = {'a', '\xf0', '\x9d', '\x84', '\x9e', '"'};

    (void)state;
    for (int python = 0; python < 2; python++) {
        struct jn_json_writer json = {.arena = &arena, .as_python = python};
        char *bytes = jn_copy(&memory.allocator, text, sizeof text);

        jn_json_put_text(&json, bytes, sizeof text);
        jn_free(&memory.allocator, bytes);
        assert_string_equal(jn_json_written(&json, NULL),
                            python ? "\"a\\ud834\\udd1e\\\"\""
                                   : "\"a\xf0\x9d\x84\x9e\\\"\"");
    }
}

static void others_read_what_was_written(void **state)
{
    struct samples samples = {.state = 1, .plain_json = true, .arena = &arena};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct jn_json_writer json = {.arena = &arena, .as_python = i % 2};
        const char *text = sample_text(&samples), *value = sample_json(&samples);
        json_t *read, *same;

        jn_json_open(&json, '[');
        put(&json, text);
        jn_json_put_value(&json, &(struct jn_json_span){value, strlen(value)});
        jn_json_close(&json, ']');
        read = json_loads(jn_json_written(&json, NULL), 0, NULL);
        same = json_loads(value, JSON_DECODE_ANY, NULL);
        assert_non_null(read);
        assert_string_equal(json_string_value(json_array_get(read, 0)), text);
        assert_true(json_equal(json_array_get(read, 1), same));
        json_decref(read);
        json_decref(same);
    }
}

static void every_allocation_may_fail(void **state)
{
    static char long_text[3000];
    bool failed = true;

    (void)state;
    memset(long_text, 'a', sizeof long_text - 1);
    for (int64_t at = 1; failed; at++) {
        struct jn_json_writer json = {.arena = &arena};

        jn_arena_finish(&arena);
        jn_arena_init(&arena, &memory.allocator);
        failing_allocator_arm(&memory, at);
        write_all(&json);
        put(&json, long_text);
        failed = memory.failed > 0;
        assert_true(failed == !jn_json_written(&json, NULL));
        assert_true(at < 10);
    }
    failing_allocator_arm(&memory, 0);
}

static void nothing_written_is_an_empty_text(void **state)
{
    struct jn_json_writer json = {.arena = &arena};
    size_t size = 1;

    (void)state;
    assert_string_equal(jn_json_written(&json, &size), "");
    assert_int_equal(size, 0);
}

static void reals_have_the_fewest_digits_that_read_back_the_same(void **state)
{
    static const double reals[] = {0.1, -0.0, 2, 1e21, 5e-324, 1.0 / 3};
    struct jn_json_writer json = {.arena = &arena};
    struct jn_json reader;
    struct jn_json_span value;
    double back;

    (void)state;
    jn_json_open(&json, '[');
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        jn_json_put_real(&json, reals[i]);
    jn_json_close(&json, ']');
    assert_string_equal(jn_json_written(&json, NULL),
                        "[0.1,-0.0,2.0,1e+21,5e-324,0.3333333333333333]");
    jn_json_init(&reader, json.text, json.size, JN_JSON_DEPTH_MAX);
    assert_int_equal(jn_json_peek(&reader), JN_JSON_LIST);
    assert_true(jn_json_enter(&reader));
    for (size_t i = 0; jn_json_next_item(&reader, !i); i++) {
        assert_true(jn_json_skip(&reader, &value));
        assert_true(jn_json_read_real(&value, &back));
        assert_memory_equal(&back, &reals[i], sizeof back);
    }
    assert_false(jn_json_read_real(&(struct jn_json_span){"1e999", 5}, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_room_for_the_end_behind_each_piece),
        cmocka_unit_test(members_and_items_have_commas_between_them),
        cmocka_unit_test(python_puts_spaces_and_keeps_to_ascii),
        cmocka_unit_test(escapes_that_were_read_are_written_as_python_writes_them),
        cmocka_unit_test(a_text_need_not_end_with_a_zero),
        cmocka_unit_test(others_read_what_was_written),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(nothing_written_is_an_empty_text),
        cmocka_unit_test(reals_have_the_fewest_digits_that_read_back_the_same),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
