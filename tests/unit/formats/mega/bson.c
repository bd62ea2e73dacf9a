/* bson.c - BSON as JSON and back: each type, the numbers at their limits, and documents
 * that are damaged. libbson is the judge of what is written. */
#include "common/base64.h"
#include "support/test.h"
#include "support/wire.h"

#include <jangle/mega.h>

#include <bson/bson.h>
#include <string.h>

static struct parcels parcels;

static int set_up(void **state)
{
    (void)state;
    parcels_init(&parcels);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    parcels_finish(&parcels);
    return 0;
}

#define IS "mega: the body: is BSON, and "

static struct jangle_parcel parcel_of_bytes(const void *bytes, size_t size)
{
    struct jangle_parcel parcel = parcel_of(&parcels, "application/bson", NULL, "");

    parcel.body = jn_arena_copy(&parcels.arena, bytes, size);
    parcel.body_size = size;
    return parcel;
}

static struct jangle_parcel parcel_of_bson(const bson_t *bson)
{
    return parcel_of_bytes(bson_get_data(bson), bson->len);
}

/* ---- reading --------------------------------------------------------------------- */

static void append_numbers(bson_t *bson)
{
    bson_append_int32(bson, "a", -1, INT32_MIN);
    bson_append_int32(bson, "b", -1, INT32_MAX);
    bson_append_int64(bson, "c", -1, INT64_MIN);
    bson_append_int64(bson, "d", -1, INT64_MAX);
    bson_append_double(bson, "e", -1, 0.1);
    bson_append_double(bson, "f", -1, -0.0);
    bson_append_double(bson, "g", -1, 5e-324);
    bson_append_double(bson, "h", -1, 1e300);
    bson_append_double(bson, "i", -1, 2);
}

static void append_decimal(bson_t *bson, const char *name, const char *digits)
{
    bson_decimal128_t decimal;

    assert_true(bson_decimal128_from_string(digits, &decimal));
    bson_append_decimal128(bson, name, -1, &decimal);
}

static void append_others(bson_t *bson)
{
    bson_oid_t oid;

    bson_oid_init_from_string(&oid, "0123456789abcdef01234567");
    bson_append_bool(bson, "a", -1, true);
    bson_append_bool(bson, "b", -1, false);
    bson_append_null(bson, "c", -1);
    bson_append_undefined(bson, "d", -1);
    bson_append_utf8(bson, "caf\xc3\xa9", -1, "\xf0\x9f\x98\x80\n\"", -1);
    bson_append_symbol(bson, "", -1, "s", -1);
    bson_append_date_time(bson, "e", -1, 1588607603123);
    bson_append_date_time(bson, "f", -1, -1);
    bson_append_binary(bson, "g", -1, BSON_SUBTYPE_BINARY, (const uint8_t *)"\x00\xff",
                       2);
    bson_append_binary(bson, "h", -1, BSON_SUBTYPE_UUID, NULL, 0);
    bson_append_oid(bson, "i", -1, &oid);
    append_decimal(bson, "j", "123456789012345678901234567890.1234");
    append_decimal(bson, "k", "-1E+10");
    append_decimal(bson, "l", "NaN");
}

static void append_nested(bson_t *bson)
{
    bson_t outer, inner;

    bson_append_document_begin(bson, "a", -1, &outer);
    bson_append_array_begin(&outer, "l", -1, &inner);
    bson_append_int32(&inner, "0", -1, 1);
    bson_append_null(&inner, "1", -1);
    bson_append_array_end(&outer, &inner);
    bson_append_document_begin(&outer, "e", -1, &inner);
    bson_append_document_end(&outer, &inner);
    bson_append_document_end(bson, &outer);
    bson_append_int32(bson, "after", -1, 2);
    bson_append_array_begin(bson, "n", -1, &inner);
    bson_append_array_end(bson, &inner);
}

static void every_type_that_json_can_say_is_read(void **state)
{
    static const struct {
        void (*append)(bson_t *bson);
        const char *data;
    } cases[] = {
        {append_numbers,
         "{\"a\":-2147483648,\"b\":2147483647,\"c\":-9223372036854775808,"
         "\"d\":9223372036854775807,\"e\":0.1,\"f\":-0.0,\"g\":5e-324,\"h\":1e+300,"
         "\"i\":2.0}"},
        {append_others,
         "{\"a\":true,\"b\":false,\"c\":null,\"d\":null,"
         "\"caf\xc3\xa9\":\"\xf0\x9f\x98\x80\\n\\\"\",\"\":\"s\","
         "\"e\":\"2020-05-04T15:53:23.123000Z\",\"f\":\"1969-12-31T23:59:59.999000Z\","
         "\"g\":\"AP8=\",\"h\":\"\",\"i\":\"0123456789abcdef01234567\","
         "\"j\":\"123456789012345678901234567890.1234\",\"k\":\"-1E+10\",\"l\":\"NaN\"}"},
        {append_nested, "{\"a\":{\"l\":[1,null],\"e\":{}},\"after\":2,\"n\":[]}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bson_t bson = BSON_INITIALIZER;
        struct jangle_parcel parcel;

        cases[i].append(&bson);
        parcel = parcel_of_bson(&bson);
        assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).data,
                            cases[i].data);
        bson_destroy(&bson);
    }
}

/* SQS can carry text only, and other brokers can carry the bytes themselves. */
static void bson_is_read_without_base64_too(void **state)
{
    static const struct {
        const char *content_type, *type, *extra;
        bool is_event;
    } cases[] = {
        {NULL, "a", "{\"payload\":\"mega\"}", true},
        {NULL, "", "{\"payload\":\"data\"}", false},
        {"application/octet-stream", "a", "{\"payload\":\"mega\"}", true},
        {"application/octet-stream", "",
         "{\"payload\":\"binary\",\"datacontenttype\":\"application/octet-stream\","
         "\"datacontentencoding\":\"base64\"}",
         false},
        {"image/png", "",
         "{\"payload\":\"binary\",\"datacontenttype\":\"image/png\","
         "\"datacontentencoding\":\"base64\"}",
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bson_t bson = BSON_INITIALIZER, event;
        struct jangle_parcel parcel;
        struct jangle_contents back;

        bson_append_utf8(&bson, "protocol", -1, "mega", -1);
        bson_append_int32(&bson, "version", -1, cases[i].is_event ? 1 : 2);
        bson_append_document_begin(&bson, "event", -1, &event);
        bson_append_utf8(&event, "name", -1, "a", -1);
        bson_append_date_time(&event, "timestamp", -1, 1588607603123);
        bson_append_document_end(&bson, &event);
        parcel = parcel_of_bson(&bson);
        parcel.content_type = cases[i].content_type;
        back = contents_read(&parcels, &jangle_mega, &parcel);
        assert_string_equal(back.type, cases[i].type);
        assert_string_equal(back.extra, cases[i].extra);
        assert_true(back.at.us == (*back.type ? 1588607603123000 : 0));
        bson_destroy(&bson);
    }
}

/* ---- what cannot be read --------------------------------------------------------- */

static void append_infinity(bson_t *bson)
{
    bson_append_double(bson, "a", -1, 1e308 * 10);
}

static void append_late_date(bson_t *bson)
{
    bson_append_date_time(bson, "a", -1, 253402300800000);
}

static void append_latest_date(bson_t *bson)
{
    bson_append_date_time(bson, "a", -1, INT64_MAX);
}

static void append_regex(bson_t *bson)
{
    bson_append_regex(bson, "a", -1, "x", "");
}

static void append_timestamp(bson_t *bson)
{
    bson_append_timestamp(bson, "a", -1, 1, 2);
}

static void append_zero(bson_t *bson)
{
    bson_append_utf8(bson, "a", -1, "x\0y", 3);
}

static void append_bad_text(bson_t *bson)
{
    bson_append_utf8(bson, "a", -1, "\xff", -1);
}

static void append_bad_name(bson_t *bson)
{
    bson_append_null(bson, "\xff", -1);
}

static void fo_02_what_json_has_no_counterpart_for_is_named(void **state)
{
    static const struct {
        void (*append)(bson_t *bson);
        const char *sentence;
    } cases[] = {
        {append_infinity, IS "has a number that is not finite"},
        {append_late_date, IS "has a date outside of the years 0 to 9999"},
        {append_latest_date, IS "has a date outside of the years 0 to 9999"},
        {append_regex,
         "mega: the body: is BSON, and has a value of type 0x0b, for which "
         "JSON has no counterpart"},
        {append_timestamp,
         "mega: the body: is BSON, and has a value of type 0x11, for "
         "which JSON has no counterpart"},
        {append_zero, IS "has a text that is not UTF-8, or that holds a zero"},
        {append_bad_text, IS "has a text that is not UTF-8, or that holds a zero"},
        {append_bad_name, IS "has a name that is not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bson_t bson = BSON_INITIALIZER;
        struct jangle_parcel parcel;

        cases[i].append(&bson);
        parcel = parcel_of_bson(&bson);
        expect_refused(&parcels, &jangle_mega, &parcel, cases[i].sentence);
        bson_destroy(&bson);
    }
}

static void fo_02_a_damaged_document_is_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"\x08\0\0\0\x10"
         "a\0\0",
         8}, /* ends in a number */
        {"\x08\0\0\0\x0a"
         "ab\0",
         8},                     /* a name without an end */
        {"\x07\0\0\0\0\0\0", 7}, /* an end before the end */
        {"\x0c\0\0\0\x02"
         "a\0\x09\0\0\0\0",
         12}, /* a text beyond the end */
        {"\x0c\0\0\0\x02"
         "a\0\0\0\0\0\0",
         12}, /* a text of no bytes */
        {"\x0d\0\0\0\x03"
         "a\0\x04\0\0\0\0\0",
         13}, /* too short a document */
        {"\x0d\0\0\0\x03"
         "a\0\x7f\0\0\0\0\0",
         13}, /* too long a document */
        {"\x0e\0\0\0\x05"
         "a\0\x09\0\0\0\0\0\0",
         14}, /* bytes beyond the end */
        {"\x09\0\0\0\x7e"
         "a\0\0\0",
         9}, /* no such type */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel = parcel_of_bytes(cases[i].bytes, cases[i].size);

        expect_refused(&parcels, &jangle_mega, &parcel, IS "is damaged");
    }
}

/* Each document has eight bytes besides what is in it: type, name, length and end. */
static void fo_02_documents_have_a_greatest_depth(void **state)
{
    enum { DEPTH = 1024, EACH = 8 };
    static uint8_t bytes[(DEPTH + 1) * EACH];
    const uint8_t *whole;

    (void)state;
    for (size_t i = 0; i <= DEPTH; i++) {
        size_t size = 5 + (DEPTH - i) * EACH, at = i * 7;

        for (size_t j = 0; j < 4; j++)
            bytes[at + j] = (uint8_t)(size >> 8 * j);
        if (i < DEPTH)
            memcpy(bytes + at + 4,
                   "\x03"
                   "a",
                   3);
    }
    whole = bytes;
    for (size_t levels = DEPTH; levels <= DEPTH + 1; levels++) {
        size_t skipped = (DEPTH + 1 - levels) * 7, size = 5 + (levels - 1) * EACH;
        struct jangle_parcel parcel = parcel_of_bytes(whole + skipped, size);

        if (levels > DEPTH)
            expect_refused(&parcels, &jangle_mega, &parcel, IS "is nested too deep");
        else
            assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).extra,
                                "{\"payload\":\"data\"}");
    }
}

/* What is kept for each level of a document is in proportion to its size, too. */
static void fo_02_a_small_document_takes_little_memory(void **state)
{
    enum { A_FEW_BLOCKS = 8 * 1024 };
    struct jangle_parcel parcel = parcel_of_bytes("\x05\0\0\0\0", 5);

    (void)state;
    assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).data, "{}");
    assert_true(parcels.memory.most_bytes < A_FEW_BLOCKS);
}

/* ---- writing --------------------------------------------------------------------- */

static struct jangle_contents data_of(const char *data)
{
    struct jangle_contents contents = contents_of("", data);

    contents.extra = "{\"payload\":\"data\"}";
    return contents;
}

/* What is written, as libbson shows it in canonical extended JSON. */
static void expect_bson(const char *data, const char *shown)
{
    struct jangle_contents contents = data_of(data);
    struct jangle_parcel parcel =
        parcel_written(&parcels, &jangle_mega_binary, &contents);
    struct jangle_contents back = contents_read(&parcels, &jangle_mega, &parcel);
    uint8_t *bytes = jangle_alloc(&parcels.arena, parcel.body_size);
    size_t size;
    bson_t bson;
    char *text;

    assert_true(jn_base64_read(parcel.body, parcel.body_size, bytes, &size));
    assert_true(bson_init_static(&bson, bytes, size));
    assert_true(bson_validate(&bson, BSON_VALIDATE_UTF8, NULL));
    text = bson_as_canonical_extended_json(&bson, NULL);
    assert_string_equal(text, shown);
    bson_free(text);
    assert_string_equal(back.extra, contents.extra);
}

static void numbers_have_the_smallest_type_that_holds_them(void **state)
{
    (void)state;
    expect_bson("{\"a\":-2147483648,\"b\":2147483647,\"c\":-2147483649,\"d\":2147483648}",
                "{ \"a\" : { \"$numberInt\" : \"-2147483648\" }, "
                "\"b\" : { \"$numberInt\" : \"2147483647\" }, "
                "\"c\" : { \"$numberLong\" : \"-2147483649\" }, "
                "\"d\" : { \"$numberLong\" : \"2147483648\" } }");
    expect_bson(
        "{\"a\":-9223372036854775808,\"b\":9223372036854775807,\"c\":-0,\"d\":0.5,"
        "\"e\":1e2,\"f\":-0.0}",
        "{ \"a\" : { \"$numberLong\" : \"-9223372036854775808\" }, "
        "\"b\" : { \"$numberLong\" : \"9223372036854775807\" }, "
        "\"c\" : { \"$numberInt\" : \"0\" }, "
        "\"d\" : { \"$numberDouble\" : \"0.5\" }, "
        "\"e\" : { \"$numberDouble\" : \"100.0\" }, "
        "\"f\" : { \"$numberDouble\" : \"-0.0\" } }");
}

static void members_are_in_order_and_items_are_counted(void **state)
{
    (void)state;
    expect_bson(
        "{\"b\":{\"d\":{},\"c\":\"\\u00e9\\/\"},\"a\":[true,false,null,[],5,6,7,8,9,10,"
        "{\"z\":1}]}",
        "{ \"a\" : [ true, false, null, [  ], { \"$numberInt\" : \"5\" }, "
        "{ \"$numberInt\" : \"6\" }, { \"$numberInt\" : \"7\" }, "
        "{ \"$numberInt\" : \"8\" }, { \"$numberInt\" : \"9\" }, "
        "{ \"$numberInt\" : \"10\" }, { \"z\" : { \"$numberInt\" : \"1\" } } ], "
        "\"b\" : { \"c\" : \"\xc3\xa9/\", \"d\" : {  } } }");
}

static void fo_01_what_bson_cannot_say_is_named(void **state)
{
    static const struct {
        const char *data, *sentence;
    } cases[] = {
        {"{\"a\":9223372036854775808}",
         "mega_binary: data: has a number that is too large for BSON"},
        {"{\"a\":-9223372036854775809}",
         "mega_binary: data: has a number that is too large for BSON"},
        {"{\"a\":1e999}", "mega_binary: data: has a number that is too large for BSON"},
        {"{\"a\":\"\\u0000\"}", "mega_binary: data: holds a NUL"},
        {"{\"a\":\"\\ud800\"}", "mega_binary: data: holds half a surrogate pair"},
        {"{\"\\u0000\":1}", "mega_binary: the name of a member: holds a NUL"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = data_of(cases[i].data);

        expect_unwritable(&parcels, &jangle_mega_binary, &contents, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(every_type_that_json_can_say_is_read),
        TEST(bson_is_read_without_base64_too),
        TEST(fo_02_what_json_has_no_counterpart_for_is_named),
        TEST(fo_02_a_damaged_document_is_named),
        TEST(fo_02_documents_have_a_greatest_depth),
        TEST(fo_02_a_small_document_takes_little_memory),
        TEST(numbers_have_the_smallest_type_that_holds_them),
        TEST(members_are_in_order_and_items_are_counted),
        TEST(fo_01_what_bson_cannot_say_is_named),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
