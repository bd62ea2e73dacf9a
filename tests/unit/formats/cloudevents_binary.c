/* cloudevents_binary.c - CloudEvents in headers: what is written, and what is read. */
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

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define IS    "cloudevents_binary: "

static void all_members_are_written_and_read(void **state)
{
    struct jangle_contents full = {
        .id = "7f",
        .source = "/bank",
        .type = "funds_deposited",
        .type_version = 3,
        .role = JANGLE_ROLE_COMMAND,
        .key = "account/\xc3\xa9 \xf0\x9d\x84\x9e",
        .subject = "1",
        .version = INT64_MAX,
        .position = INT64_MAX,
        .at = {-62167219200000000},
        .origin = {"a", "b", "c", TRACE},
        .data = "{\"amount\":-9223372036854775808}",
        .extra = "{\"tenant\":\"t1\",\"shard\":\"-12\"}",
    };
    struct jangle_parcel parcel =
        parcel_written(&parcels, &jangle_cloudevents_binary, &full);
    struct jangle_contents back;

    (void)state;
    assert_string_equal(parcel_shown(&parcels, &parcel),
                        "content-type: application/json\n"
                        "ce-specversion: 1.0\n"
                        "ce-id: 7f\n"
                        "ce-source: /bank\n"
                        "ce-type: funds_deposited\n"
                        "ce-subject: 1\n"
                        "ce-time: 0000-01-01T00:00:00.000000Z\n"
                        "ce-typeversion: 3\n"
                        "ce-partitionkey: account/\xc3\xa9 \xf0\x9d\x84\x9e\n"
                        "ce-streamversion: 9223372036854775807\n"
                        "ce-sequence: 9223372036854775807\n"
                        "ce-correlationid: a\n"
                        "ce-causationid: b\n"
                        "ce-actor: c\n"
                        "ce-traceparent: " TRACE
                        "\n"
                        "traceparent: " TRACE
                        "\n"
                        "ce-messagekind: command\n"
                        "ce-tenant: t1\n"
                        "ce-shard: -12\n"
                        "\n"
                        "{\"amount\":-9223372036854775808}\n");
    back = contents_read(&parcels, &jangle_cloudevents_binary, &parcel);
    expect_contents(&back, &full);
    back = contents_read(&parcels, &jangle_cloudevents, &parcel);
    expect_contents(&back, &full);
}

static void each_reads_what_the_other_writes(void **state)
{
    struct jangle_contents contents = contents_of("a", "[]"), back;
    struct jangle_parcel parcel =
        parcel_written(&parcels, &jangle_cloudevents, &contents);

    (void)state;
    back = contents_read(&parcels, &jangle_cloudevents_binary, &parcel);
    expect_contents(&back, &contents);
}

/* A header has no types: a number of an extra comes back as a text. */
static void extras_are_texts(void **state)
{
    struct jangle_contents contents = contents_of("a", "1"), back;
    struct jangle_parcel parcel;

    (void)state;
    contents.extra = "{\"shard\":-12,\"urgent\":true,\"nothing\":null}";
    parcel = parcel_written(&parcels, &jangle_cloudevents_binary, &contents);
    back = contents_read(&parcels, &jangle_cloudevents_binary, &parcel);
    assert_string_equal(back.extra, "{\"shard\":\"-12\",\"urgent\":\"true\"}");
}

#define NEEDED(prefix)                                                                   \
    prefix "specversion", "1.0", prefix "id", "7", prefix "source", "/bank",             \
        prefix "type", "a"

static void prefixes_are_read_in_any_case(void **state)
{
    static const char *const headers[][14] = {
        {NEEDED("ce-"), "ce-subject", "s", "ce-x", "1", NULL},
        {NEEDED("CE_"), "cE_Subject", "s", "CE-X", "1", NULL},
        {NEEDED("cloudEvents_"), "CLOUDEVENTS_SUBJECT", "s", "ce_x", "1", NULL},
        {NEEDED("cloudEvents:"), "cloudevents:subJect", "s", "CloudEvents:x", "1", NULL},
        {NEEDED("Ce-"), "ce-subject", "s", "ce-x", "1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, "application/json", headers[i], "{}");
        struct jangle_contents expected = contents_of("a", "{}");
        struct jangle_contents back =
            contents_read(&parcels, &jangle_cloudevents_binary, &parcel);

        expected.subject = "s";
        expected.extra = "{\"x\":\"1\"}";
        expect_contents(&back, &expected);
    }
}

/* The data by its content type, and without one by what it is. */
static void the_body_is_data_of_any_type(void **state)
{
    static const char *const headers[] = {NEEDED("ce-"), NULL};
    static const struct {
        const char *type, *body, *data, *extra;
    } cases[] = {
        {"application/json", " {\"a\": 1}\n", "{\"a\": 1}", ""},
        {"application/json", "", "", ""},
        {"application/json ;a=b", "{}", "{}",
         "{\"datacontenttype\":\"application/json ;a=b\"}"},
        {"application/json", "null", "null", ""},
        {"Text/JSON; charset=utf-8", "1", "1",
         "{\"datacontenttype\":\"Text/JSON; charset=utf-8\"}"},
        {"application/vnd.bank+json", "1", "1",
         "{\"datacontenttype\":\"application/vnd.bank+json\"}"},
        {NULL, "{\"a\":1}", "{\"a\":1}", ""},
        {NULL, "{\"a\":1", "\"{\\\"a\\\":1\"", ""},
        {NULL, "", "", ""},
        {NULL, "\xff", "\"/w==\"", "{\"datacontentencoding\":\"base64\"}"},
        {"text/plain", "1\n", "\"1\\n\"", "{\"datacontenttype\":\"text/plain\"}"},
        {"text/plain", "", "\"\"", "{\"datacontenttype\":\"text/plain\"}"},
        {"text/plain; charset=latin1", "\xe9", "\"6Q==\"",
         "{\"datacontenttype\":\"text/plain; charset=latin1\","
         "\"datacontentencoding\":\"base64\"}"},
        {"application/xml", "<a/>", "\"<a/>\"",
         "{\"datacontenttype\":\"application/xml\"}"},
        {"image/png", "png", "\"cG5n\"",
         "{\"datacontenttype\":\"image/png\",\"datacontentencoding\":\"base64\"}"},
        {"application/octet-stream", "{}", "\"e30=\"",
         "{\"datacontenttype\":\"application/octet-stream\","
         "\"datacontentencoding\":\"base64\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, headers, cases[i].body);
        struct jangle_contents expected = contents_of("a", cases[i].data);
        struct jangle_contents back =
            contents_read(&parcels, &jangle_cloudevents_binary, &parcel);

        expected.extra = cases[i].extra;
        expect_contents(&back, &expected);
    }
}

/* Text and bytes go out with the type that they came in with. */
static void data_that_is_no_json_is_written_again(void **state)
{
    static const struct {
        const char *data, *extra, *type, *body;
    } cases[] = {
        {"\"a\\n\xc3\xa9\"", "{\"datacontenttype\":\"text/plain\"}", "text/plain",
         "a\n\xc3\xa9"},
        {"\"cG5n\"",
         "{\"datacontenttype\":\"image/png\",\"datacontentencoding\":\"base64\"}",
         "image/png", "png"},
        {"\"cG5n\"", "{\"datacontentencoding\":\"base64\"}", "application/octet-stream",
         "png"},
        {" [1] ", "{\"datacontenttype\":\"application/vnd.bank+json\"}",
         "application/vnd.bank+json", "[1]"},
        {"", "{\"datacontenttype\":\"image/png\"}", "image/png", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = contents_of("a", cases[i].data);
        struct jangle_parcel parcel;

        contents.extra = cases[i].extra;
        parcel = parcel_written(&parcels, &jangle_cloudevents_binary, &contents);
        assert_string_equal(parcel.content_type, cases[i].type);
        assert_int_equal(parcel.body_size, strlen(cases[i].body));
        assert_memory_equal(parcel.body, cases[i].body, parcel.body_size);
    }
}

static void a_bare_trace_counts_if_there_is_no_other(void **state)
{
    static const char *const both[] = {NEEDED("ce-"),    "TraceParent", "b",
                                       "ce-traceparent", "a",           NULL};
    static const char *const bare[] = {NEEDED("ce-"), "TraceParent", "b", NULL};
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, both, "1");
    struct jangle_contents back = contents_read(&parcels, &jangle_cloudevents, &parcel);

    (void)state;
    assert_string_equal(back.origin.trace, "a");
    parcel = parcel_of(&parcels, NULL, bare, "1");
    back = contents_read(&parcels, &jangle_cloudevents, &parcel);
    assert_string_equal(back.origin.trace, "b");
}

static void fo_02_what_is_malformed_is_named(void **state)
{
    static const struct {
        const char *type, *headers[14], *body, *sentence;
    } cases[] = {
        {NULL, {"ce-id", "7", NULL}, "1", IS "specversion: is missing"},
        {NULL, {"ce-type", "7", "ce-specversion", "1.0", NULL}, "1", IS "id: is missing"},
        {NULL, {NEEDED("ce-"), "CE_ID", "7", NULL}, "1", IS "id: is given twice"},
        {NULL,
         {NEEDED("ce-"), "ce-x", "7", "cloudEvents:x", "7", NULL},
         "1",
         IS "x: is given twice"},
        {NULL,
         {NEEDED("ce-"), "ce-time", "yesterday", NULL},
         "1",
         IS "time: is no time of RFC 3339"},
        {NULL, {NEEDED("ce-"), "ce-x", "\xff", NULL}, "1", IS "x: is not UTF-8"},
        {NULL,
         {NEEDED("ce-"), "traceparent", "\xff", NULL},
         "1",
         IS "traceparent: is not UTF-8"},
        {NULL,
         {NEEDED("ce-"), "ce-a-b", "1", NULL},
         "1",
         IS "a-b: is no name of CloudEvents, which has only lower-case letters and "
            "digits"},
        {NULL,
         {NEEDED("ce-"), "ce-typeversion", "2147483648", NULL},
         "1",
         IS "typeversion: is too large"},
        {"application/json",
         {NEEDED("ce-"), NULL},
         "{",
         IS "data: is not JSON at byte 1: a member's name was expected"},
        {"text/\xff", {NEEDED("ce-"), NULL}, "{", IS "content type: is not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, cases[i].headers, cases[i].body);

        expect_refused(&parcels, &jangle_cloudevents_binary, &parcel, cases[i].sentence);
    }
}

static void headers_of_others_are_no_event(void **state)
{
    static const char *const headers[] = {
        "ce-x",    "1", "id",          "7", "specversion", "1.0", "ce-ids",         "7",
        "x-ce-id", "7", "cloudevents", "1", "ce",          "id",  "cloudevents-id", "1",
        NULL};
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, headers, "{}");

    (void)state;
    expect_foreign(&parcels, &jangle_cloudevents_binary, &parcel);
}

static void data_that_is_no_text_cannot_be_one(void **state)
{
    struct jangle_contents contents = contents_of("a", "[1]");

    (void)state;
    contents.extra = "{\"datacontenttype\":\"text/plain\"}";
    expect_unwritable(&parcels, &jangle_cloudevents_binary, &contents,
                      IS "data: is no text, as its content type wants it");
    contents.data = "\"\\u0000\"";
    expect_unwritable(&parcels, &jangle_cloudevents_binary, &contents,
                      IS "data: holds a NUL");
    contents.data = "\"a\"";
    contents.extra = "{\"datacontentencoding\":\"base64\"}";
    expect_unwritable(&parcels, &jangle_cloudevents_binary, &contents,
                      IS "data: is no base64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_members_are_written_and_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_reads_what_the_other_writes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(extras_are_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(prefixes_are_read_in_any_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_body_is_data_of_any_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_that_is_no_json_is_written_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_bare_trace_counts_if_there_is_no_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_02_what_is_malformed_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(headers_of_others_are_no_event, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(data_that_is_no_text_cannot_be_one, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
