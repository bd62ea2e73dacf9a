/* plain.c - any body at all, with its type in a header. */
#include "support/test.h"
#include "support/wire.h"

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

#define IS "plain: "

static void headers_and_body_are_written_and_read(void **state)
{
    struct jangle_contents contents = contents_of("a", "{\"b\":1}"), back;
    struct jangle_parcel parcel;

    (void)state;
    contents.key = "k";
    contents.at.us = 1695204597220432;
    contents.origin.trace = "00-1-2-03";
    parcel = parcel_written(&parcels, &jangle_plain, &contents);
    assert_string_equal(parcel_shown(&parcels, &parcel),
                        "content-type: application/json\n"
                        "id: 7\n"
                        "type: a\n"
                        "key: k\n"
                        "traceparent: 00-1-2-03\n"
                        "time: 2023-09-20T10:09:57.220432Z\n"
                        "\n"
                        "{\"b\":1}\n");
    back = contents_read(&parcels, &jangle_plain, &parcel);
    contents.source = "";
    expect_contents(&back, &contents);
}

/* JSON, text or bytes: nothing has another format. */
static void everything_is_read(void **state)
{
    static const struct {
        const char *type, *body, *data, *extra;
    } cases[] = {
        {NULL, "", "", ""},
        {NULL, "{\"a\": 1} ", "{\"a\": 1}", ""},
        {NULL, "hello", "\"hello\"", ""},
        {NULL, "\x01\xff", "\"Af8=\"", "{\"datacontentencoding\":\"base64\"}"},
        {"text/csv", "a;b\r\n", "\"a;b\\r\\n\"", "{\"datacontenttype\":\"text/csv\"}"},
        {"image/svg+xml", "<svg/>", "\"<svg/>\"",
         "{\"datacontenttype\":\"image/svg+xml\"}"},
        {"image/png", "png", "\"cG5n\"",
         "{\"datacontenttype\":\"image/png\",\"datacontentencoding\":\"base64\"}"},
        {"application/cloudevents+json", "{}", "{}",
         "{\"datacontenttype\":\"application/cloudevents+json\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, NULL, cases[i].body);
        struct jangle_contents expected = contents_of("", cases[i].data);
        struct jangle_contents back = contents_read(&parcels, &jangle_plain, &parcel);

        expected.id = expected.source = "";
        expected.extra = cases[i].extra;
        expect_contents(&back, &expected);
    }
}

static void headers_are_read_in_any_case_and_the_first_counts(void **state)
{
    static const char *const headers[] = {"ID",          "7",
                                          "Type",        "a",
                                          "KEY",         "k",
                                          "type",        "b",
                                          "Time",        "now",
                                          "time",        "1970-01-01T00:00:01Z",
                                          "TIME",        "1970-01-01T00:00:02Z",
                                          "TraceParent", "t",
                                          "x",           "\xff",
                                          NULL};
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, headers, "1");
    struct jangle_contents back = contents_read(&parcels, &jangle_plain, &parcel);

    (void)state;
    assert_string_equal(back.id, "7");
    assert_string_equal(back.type, "a");
    assert_string_equal(back.key, "k");
    assert_string_equal(back.origin.trace, "t");
    assert_true(back.at.us == 1000000);
}

static void fo_02_what_is_malformed_is_named(void **state)
{
    static const char *const headers[] = {"type", "\xff", NULL};
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, headers, "1");

    (void)state;
    expect_refused(&parcels, &jangle_plain, &parcel, IS "type: is not UTF-8");
    parcel = parcel_of(&parcels, "application/json", NULL, "{");
    expect_refused(&parcels, &jangle_plain, &parcel,
                   IS "data: is not JSON at byte 1: a member's name was expected");
    parcel = parcel_of(&parcels, "\xff", NULL, "{");
    expect_refused(&parcels, &jangle_plain, &parcel, IS "content type: is not UTF-8");
}

static void fo_01_what_cannot_be_written_is_named(void **state)
{
    struct jangle_contents contents = contents_of("a", "{");

    (void)state;
    expect_unwritable(&parcels, &jangle_plain, &contents,
                      IS "data: is not JSON at byte 1: a member's name was expected");
    contents.data = NULL;
    expect_unwritable(&parcels, &jangle_plain, &contents, IS "data: is NULL");
    contents.data = "1";
    contents.extra = NULL;
    expect_unwritable(&parcels, &jangle_plain, &contents, IS "extra: is NULL");
    contents.extra = "";
    contents.key = "\xff";
    expect_unwritable(&parcels, &jangle_plain, &contents, IS "key: is not UTF-8");
    contents.key = NULL;
    expect_unwritable(&parcels, &jangle_plain, &contents, IS "key: is NULL");
    contents.key = "";
    contents.at.us = INT64_MAX;
    expect_unwritable(&parcels, &jangle_plain, &contents,
                      IS "at: is outside of the years 0 to 9999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(headers_and_body_are_written_and_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(everything_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(headers_are_read_in_any_case_and_the_first_counts,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(fo_02_what_is_malformed_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_01_what_cannot_be_written_is_named, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
