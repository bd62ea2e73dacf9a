/* payloads.c - what SQS MEGA sends besides events: data objects, text and bytes; and how
 * each is told from the others. */
#include "support/test.h"
#include "support/wire.h"

#include <jangle/mega.h>

#include <stdio.h>
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

#define IS   "mega: "
#define DATA "{\"payload\":\"data\"}"
#define TEXT "{\"payload\":\"plaintext\",\"datacontenttype\":\"text/plain\"}"
#define BYTES                                                                            \
    "{\"payload\":\"binary\",\"datacontenttype\":\"application/octet-stream\","          \
    "\"datacontentencoding\":\"base64\"}"
#define EVENT "{\"payload\":\"mega\"}"

/* A MEGA event, as JSON and as BSON in base64. */
#define AN_EVENT                                                                         \
    "{\"protocol\":\"mega\",\"version\":1,\"event\":{\"name\":\"a\",\"timestamp\":"      \
    "\"2020-01-01T00:00:00\"}}"
#define ITS_BSON                                                                         \
    "bQAAAANldmVudABBAAAAAm5hbWUAAgAAAGEAAnRpbWVzdGFtcAAUAAAAMjAyMC0wMS0wMVQwMDow"       \
    "MDowMAAQdmVyc2lvbgABAAAAAAJwcm90b2NvbAAFAAAAbWVnYQAQdmVyc2lvbgABAAAAAA=="

struct found {
    const char *content_type, *body, *data, *extra;
};

static void
expect_found(const struct found *cases, size_t count, const char *const *headers)
{
    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].content_type, headers, cases[i].body);
        struct jangle_contents back = contents_read(&parcels, &jangle_mega, &parcel);

        assert_string_equal(back.data, cases[i].data);
        assert_string_equal(back.extra, cases[i].extra);
        assert_string_equal(back.type, strcmp(cases[i].extra, EVENT) ? "" : "a");
        assert_string_equal(back.key, "");
    }
}

/* ---- without a content type ------------------------------------------------------ */

static void json_of_any_kind_is_data(void **state)
{
    static const struct found cases[] = {
        {NULL, "null", "null", DATA},
        {NULL, "[1, {\"protocol\":\"mega\",\"version\":1}]",
         "[1, {\"protocol\":\"mega\",\"version\":1}]", DATA},
        {NULL, "[]", "[]", DATA},
        {NULL, "1234", "1234", DATA},
        {NULL, "true", "true", DATA},
        {NULL, " {\"a\" : 1}\n", "{\"a\" : 1}", DATA},
        {"", "{}", "{}", DATA},
        {NULL, "{\"protocol\":\"mega\",\"version\":\"1\",\"event\":{}}",
         "{\"protocol\":\"mega\",\"version\":\"1\",\"event\":{}}", DATA},
        {NULL, "{\"protocol\":\"mega\",\"version\":0}",
         "{\"protocol\":\"mega\",\"version\":0}", DATA},
        {NULL, "{\"protocol\":\"mega\",\"version\":2}",
         "{\"protocol\":\"mega\",\"version\":2}", DATA},
        {NULL, "{\"protocol\":\"mega\",\"version\":null}",
         "{\"protocol\":\"mega\",\"version\":null}", DATA},
        {NULL, "{\"protocol\":\"MEGA\",\"version\":1}",
         "{\"protocol\":\"MEGA\",\"version\":1}", DATA},
        {NULL, "{\"protocol\":[],\"version\":1}", "{\"protocol\":[],\"version\":1}",
         DATA},
        {NULL, "{\"version\":1}", "{\"version\":1}", DATA},
        {NULL, "{\"protocol\":\"mega\"}", "{\"protocol\":\"mega\"}", DATA},
    };

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, NULL);
}

static void text_is_what_is_neither_json_nor_base64(void **state)
{
    static const struct found cases[] = {
        {NULL, "", "\"\"", TEXT},
        {NULL, "hello world!", "\"hello world!\"", TEXT},
        {NULL, "\"quoted\"", "\"quoted\"", TEXT},
        {NULL, "NaN", "\"NaN\"", TEXT},
        {NULL, "abcde", "\"abcde\"", TEXT},
        {NULL, "abcd\n", "\"abcd\\n\"", TEXT},
        {NULL, "ab=d", "\"ab=d\"", TEXT},
        {NULL, "a-_d", "\"a-_d\"", TEXT},
        {NULL, "====", "\"====\"", TEXT},
        {NULL, "{\"a\":", "\"{\\\"a\\\":\"", TEXT},
        {NULL, "{\"version\":1,", "\"{\\\"version\\\":1,\"", TEXT},
        {NULL, "<\xc3\xa1\xc3\xa9>", "\"<\xc3\xa1\xc3\xa9>\"", TEXT},
    };

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, NULL);
}

static void base64_is_bytes_or_bson(void **state)
{
    static const struct found cases[] = {
        {NULL, "abcd", "\"abcd\"", BYTES},
        {NULL, "AQIDBA==", "\"AQIDBA==\"", BYTES},
        {NULL, "BQAAAAA=", "{}", DATA},
        {NULL, "EAAAABBhAAEAAAAKYgAA", "\"EAAAABBhAAEAAAAKYgAA\"",
         BYTES}, /* its length */
        {NULL, "DwAAABBhAAEAAAAKYgAA", "{\"a\":1,\"b\":null}", DATA},
        {NULL, ITS_BSON, "{}", EVENT},
        {NULL, AN_EVENT, "{}", EVENT},
        {NULL, "\xff\xfe", "\"//4=\"",
         "{\"payload\":\"binary\",\"datacontenttype\":\"text/plain\","
         "\"datacontentencoding\":\"base64\"}"},
    };

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, NULL);
}

/* ---- with a content type --------------------------------------------------------- */

static void nothing_is_guessed_where_a_content_type_says_it(void **state)
{
    static const struct found cases[] = {
        {"text/plain", "abcd", "\"abcd\"", TEXT},
        {"text/plain", "BQAAAAA=", "\"BQAAAAA=\"", TEXT},
        {"text/plain", "1234", "\"1234\"", TEXT},
        {"text/plain", "{\"a\":1}", "\"{\\\"a\\\":1}\"", TEXT},
        {"application/json", "\"abcd\"", "\"abcd\"", TEXT},
        {"application/json; charset=utf-8", "[null]", "[null]", DATA},
        {"application/octet-stream", "abcd", "\"YWJjZA==\"", BYTES},
        {"image/png", "\x89PNG", "\"iVBORw==\"",
         "{\"payload\":\"binary\",\"datacontenttype\":\"image/png\","
         "\"datacontentencoding\":\"base64\"}"},
        {"text/html", AN_EVENT,
         "\"{\\\"protocol\\\":\\\"mega\\\",\\\"version\\\":1,\\\"event\\\":{\\\"name\\\":"
         "\\\"a\\\",\\\"timestamp\\\":\\\"2020-01-01T00:00:00\\\"}}\"",
         "{\"payload\":\"plaintext\",\"datacontenttype\":\"text/html\"}"},
        {"application/bson", "BQAAAAA=", "{}", DATA},
    };

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, NULL);
}

/* Many programs send one of these types whatever the body is. */
static void an_event_is_one_under_every_type_that_leaves_it_open(void **state)
{
    static const struct found cases[] = {
        {"application/json", AN_EVENT, "{}", EVENT},
        {"text/plain", " " AN_EVENT, "{}", EVENT},
        {"text/plain",
         "{\"version\" : 1 ,\"event\":{\"name\":\"a\",\"timestamp\":"
         "\"2020-01-01T00:00:00\"},\"protoco\\u006c\":\"m\\u0065ga\"}",
         "{}", EVENT},
        {"application/octet-stream", AN_EVENT, "{}", EVENT},
    };

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, NULL);
}

static void a_header_says_that_the_body_is_base64(void **state)
{
    static const char *const headers[] = {"Content-Transfer-Encoding", "BASE64", NULL};
    static const struct found cases[] = {
        {NULL, "abcd", "\"abcd\"", BYTES},
        {NULL, "MTIzNA==", "\"MTIzNA==\"", BYTES},
        {"application/json", "MTIzNA==", "1234", DATA},
        {"text/plain", "MTIzNA==", "\"1234\"", TEXT},
        {"application/octet-stream", "BQAAAAA=", "\"BQAAAAA=\"", BYTES},
        {"application/bson", "BQAAAAA=", "{}", DATA},
        {"application/bson", ITS_BSON, "{}", EVENT},
    };
    static const char *const others[] = {"content-transfer-encoding", "8bit", "x", NULL,
                                         NULL};
    static const struct found as_it_is[] = {{"text/plain", "MTIz", "\"MTIz\"", TEXT}};

    (void)state;
    expect_found(cases, sizeof cases / sizeof *cases, headers);
    expect_found(as_it_is, 1, others);
}

static void fo_02_what_breaks_its_promise_is_named(void **state)
{
    static const char *const encoded[] = {"content-transfer-encoding", "base64", NULL};
    static const struct {
        const char *content_type;
        const char *const *headers;
        const char *body, *sentence;
    } cases[] = {
        {"application/json", NULL, "abcd",
         IS "the body: is not JSON, as its content type says"},
        {"application/json", NULL, "",
         IS "the body: is not JSON, as its content type says"},
        {"application/bson", NULL, "{}",
         IS "the body: is not BSON, as its content type says"},
        {"application/bson", encoded,
         "AQIDBA==", IS "the body: is not BSON, as its content type says"},
        {NULL, encoded, "a",
         IS "the body: is no base64, as the header "
            "content-transfer-encoding says"},
        {NULL, encoded, "",
         IS "the body: is no base64, as the header "
            "content-transfer-encoding says"},
        {"\xff", NULL, "", IS "content type: is not UTF-8"},
        {NULL, NULL, "{\"a\":1,\"a\":1}", IS "a: is given twice"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].content_type, cases[i].headers, cases[i].body);

        expect_refused(&parcels, &jangle_mega, &parcel, cases[i].sentence);
    }
}

static void fo_02_cloud_events_are_not_ours(void **state)
{
    static const char *const types[] = {"application/cloudevents+json",
                                        "application/cloudevents-batch+json"};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct jangle_parcel parcel = parcel_of(&parcels, types[i], NULL, AN_EVENT);

        expect_foreign(&parcels, &jangle_mega, &parcel);
        expect_foreign(&parcels, &jangle_mega_binary, &parcel);
    }
}

/* ---- writing --------------------------------------------------------------------- */

struct written {
    const char *data, *extra, *shown;
};

#define IN_BASE64 "\ncontent-transfer-encoding: base64\n\n"

static void expect_written(const struct jangle_format *format,
                           const struct written *cases,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct jangle_contents contents = contents_of("", cases[i].data);
        struct jangle_parcel parcel;

        contents.extra = cases[i].extra;
        parcel = parcel_written(&parcels, format, &contents);
        assert_string_equal(
            parcel_shown(&parcels, &parcel),
            jangle_text(&parcels.arena, "content-type: %s\n", cases[i].shown));
    }
}

static void the_data_says_which_payload_it_is(void **state)
{
    static const struct written cases[] = {
        {"{\"b\":[2,{\"d\":1.50,\"c\":\"\xc3\xa9\"}],\"a\":null}", "",
         "application/json\n\n{\"a\": null, \"b\": [2, {\"c\": \"\\u00e9\", \"d\": "
         "1.50}]}"},
        {" null ", "{\"tenant\":null}", "application/json\n\nnull"},
        {"", "", "application/json\n\nnull"},
        {"[ ]", "{\"payload\":\"data\"}", "application/json\n\n[]"},
        {" \"abcd\"", "", "text/plain\n\nabcd"},
        {"\"<p>\"", "{\"datacontenttype\":\"text/html\"}", "text/html\n\n<p>"},
        {"\"AQI=\"", "{\"datacontentencoding\":\"base64\"}",
         "application/octet-stream" IN_BASE64 "AQI="},
        {"\"AQI=\"", "{\"payload\":\"binary\"}",
         "application/octet-stream" IN_BASE64 "AQI="},
        {"\"AQI=\"", "{\"payload\":\"plaintext\"}", "text/plain\n\nAQI="},
    };
    static const struct written binary[] = {
        {"{\"b\":1,\"a\":true}", "",
         "application/bson" IN_BASE64 "EAAAAAhhAAEQYgABAAAAAA=="},
        {"[1]", "", "application/json\n\n[1]"},
        {"\"abcd\"", "", "text/plain\n\nabcd"},
        {"\"AQI=\"", "{\"payload\":\"binary\"}",
         "application/octet-stream" IN_BASE64 "AQI="},
    };

    (void)state;
    expect_written(&jangle_mega, cases, sizeof cases / sizeof *cases);
    expect_written(&jangle_mega_binary, binary, sizeof binary / sizeof *binary);
}

static void fo_01_what_would_be_read_as_another_is_refused(void **state)
{
    static const struct {
        const char *data, *extra, *sentence;
    } cases[] = {
        {NULL, "", IS "data: is NULL"},
        {"\"x\"", "{\"payload\":\"data\"}",
         IS "data: would be read as another payload than \"data\""},
        {"{\"protocol\":\"mega\",\"version\":1}", "{\"payload\":\"data\"}",
         IS "data: would be read as another payload than \"data\""},
        {"\"{\\\"protocol\\\":\\\"mega\\\",\\\"version\\\":1}\"", "",
         IS "data: would be read as another payload than \"plaintext\""},
        {"{\"a\":1,\"a\":1}", "", IS "a: is given twice"},
        {"{}", "{\"domain\":\"d\"}",
         IS "extra: has a member \"domain\", for which this payload has no place"},
        {"1", "{\"payload\":\"plaintext\"}",
         IS "data: is no text, as its content type wants it"},
        {"\"a\"", "{\"payload\":\"binary\"}", IS "data: is no base64"},
        {"\"YQ==\"",
         "{\"datacontentencoding\":\"base64\",\"datacontenttype\":\"text/plain\"}",
         IS "data: would be read as another payload than \"binary\""},
        {"\"\"", "{\"payload\":\"binary\"}",
         IS "the body: is no base64, as the header content-transfer-encoding says"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = contents_of("", cases[i].data);

        contents.extra = cases[i].extra;
        expect_unwritable(&parcels, &jangle_mega, &contents, cases[i].sentence);
    }
}

/* ---- depth ----------------------------------------------------------------------- */

static const char *
nested(const char *open, const char *inside, const char *close, int depth)
{
    size_t size = (strlen(open) + strlen(close)) * (size_t)depth + strlen(inside) + 1;
    char *text = jangle_alloc(&parcels.arena, size), *at = text;

    assert_non_null(text);
    for (int i = 0; i < depth; i++)
        at += snprintf(at, size, "%s", open);
    at += snprintf(at, size, "%s", inside);
    for (int i = 0; i < depth; i++)
        at += snprintf(at, size, "%s", close);
    return text;
}

enum { WRITTEN_DEPTH = 1016, READ_DEPTH = 1024 };

static void data_has_a_greatest_depth(void **state)
{
    const struct jangle_format *const formats[] = {&jangle_mega, &jangle_mega_binary};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct jangle_contents contents =
            contents_of("a", nested("{\"a\":", "1", "}", WRITTEN_DEPTH));
        struct jangle_parcel parcel;

        contents.at.us = 1;
        parcel = parcel_written(&parcels, formats[i], &contents);
        assert_string_equal(contents_read(&parcels, formats[i], &parcel).type, "a");
        contents.data = nested("{\"a\":", "1", "}", WRITTEN_DEPTH + 1);
        assert_result(formats[i]->encode(formats[i], &parcels.arena, &contents, &parcel,
                                         &parcels.error),
                      JANGLE_INVALID);
    }
}

static void what_is_read_has_a_greatest_depth(void **state)
{
    struct jangle_parcel parcel =
        parcel_of(&parcels, NULL, NULL, nested("[", "", "]", READ_DEPTH));

    (void)state;
    assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).extra, DATA);
    parcel = parcel_of(&parcels, NULL, NULL, nested("[", "", "]", READ_DEPTH + 1));
    assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).extra, TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(json_of_any_kind_is_data),
        TEST(text_is_what_is_neither_json_nor_base64),
        TEST(base64_is_bytes_or_bson),
        TEST(nothing_is_guessed_where_a_content_type_says_it),
        TEST(an_event_is_one_under_every_type_that_leaves_it_open),
        TEST(a_header_says_that_the_body_is_base64),
        TEST(fo_02_what_breaks_its_promise_is_named),
        TEST(fo_02_cloud_events_are_not_ours),
        TEST(the_data_says_which_payload_it_is),
        TEST(fo_01_what_would_be_read_as_another_is_refused),
        TEST(data_has_a_greatest_depth),
        TEST(what_is_read_has_a_greatest_depth),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
