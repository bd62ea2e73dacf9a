/* cloudevents.c - CloudEvents in one JSON object: what is written, and what is read. */
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

static const struct jangle_contents full = {
    .id = "7f",
    .source = "/bank",
    .type = "funds_deposited",
    .type_version = 3,
    .role = JANGLE_ROLE_COMMAND,
    .key = "account/1",
    .subject = "1",
    .version = INT64_MAX,
    .position = 42,
    .at = {1522949460123456},
    .origin = {"a", "b", "c", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
    .data = "{\"amount\":9223372036854775807,\"name\":\"\xc3\xa9 \xf0\x9d\x84\x9e\"}",
    .extra =
        "{\"tenant\":\"t\\\"1\",\"shard\":-12,\"urgent\":true,"
        "\"dataschema\":\"http://x\"}",
};

#define FULL_HEAD                                                                        \
    "\"specversion\":\"1.0\",\"id\":\"7f\",\"source\":\"/bank\","                        \
    "\"type\":\"funds_deposited\","

static const char full_body[] =
    "{" FULL_HEAD
    "\"subject\":\"1\",\"time\":\"2018-04-05T17:31:00.123456Z\","
    "\"typeversion\":3,\"partitionkey\":\"account/1\","
    "\"streamversion\":\"9223372036854775807\",\"sequence\":\"0000000000000000042\","
    "\"correlationid\":\"a\",\"causationid\":\"b\",\"actor\":\"c\","
    "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
    "\"messagekind\":\"command\",\"tenant\":\"t\\\"1\",\"shard\":-12,\"urgent\":true,"
    "\"dataschema\":\"http://x\",\"datacontenttype\":\"application/json\","
    "\"data\":{\"amount\":9223372036854775807,\"name\":\"\xc3\xa9 \xf0\x9d\x84\x9e\"}}";

static struct jangle_contents read_body(const char *type, const char *body)
{
    struct jangle_parcel parcel = parcel_of(&parcels, type, NULL, body);

    return contents_read(&parcels, &jangle_cloudevents, &parcel);
}

static void all_members_are_written_and_read(void **state)
{
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_cloudevents, &full);
    struct jangle_contents back = contents_read(&parcels, &jangle_cloudevents, &parcel);

    (void)state;
    assert_string_equal(parcel.content_type, "application/cloudevents+json");
    assert_int_equal(parcel.header_count, 0);
    assert_int_equal(parcel.body_size, strlen(full_body));
    assert_memory_equal(parcel.body, full_body, parcel.body_size);
    expect_contents(&back, &full);
    back = read_body(NULL, full_body);
    expect_contents(&back, &full);
}

static void what_is_not_said_is_not_written(void **state)
{
    struct jangle_contents contents = contents_of("a", "");
    struct jangle_parcel parcel =
        parcel_written(&parcels, &jangle_cloudevents, &contents);
    struct jangle_contents back = contents_read(&parcels, &jangle_cloudevents, &parcel);

    (void)state;
    assert_string_equal(parcel_shown(&parcels, &parcel),
                        "content-type: application/cloudevents+json\n\n"
                        "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/bank\","
                        "\"type\":\"a\"}\n");
    expect_contents(&back, &contents);
}

/* Only the first bytes of each are the same. */
#define HEAD "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/bank\",\"type\":\"a\""

/* What CloudEvents allow, whoever sent it; and the data and the extras that it becomes.
 */
static void what_the_specification_allows_is_read(void **state)
{
    static const struct {
        const char *type, *rest, *data, *extra;
    } cases[] = {
        {NULL, "}", "", ""},
        {"", ",\"data\":null}", "null", ""},
        {"application/json", ",\"data\":[1, 2]}", "[1, 2]", ""},
        {"APPLICATION/CloudEvents+JSON; charset=utf-8", ",\"data\":1}", "1", ""},
        {"application/octet-stream", " , \"data\" : true } ", "true", ""},
        {"text/plain", ",\"data\":\"a\\n\"}", "\"a\\n\"", ""},
        {NULL, ",\"data\":\"<a/>\",\"datacontenttype\":\"application/xml\"}", "\"<a/>\"",
         "{\"datacontenttype\":\"application/xml\"}"},
        {NULL, ",\"data_base64\":\"AAEC\"}", "\"AAEC\"",
         "{\"datacontentencoding\":\"base64\"}"},
        {NULL, ",\"data_base64\":\"AAE=\",\"datacontenttype\":\"image/png\"}", "\"AAE=\"",
         "{\"datacontenttype\":\"image/png\",\"datacontentencoding\":\"base64\"}"},
        {NULL, ",\"data_base64\":\"eyJhIjoxfQ==\",\"datacontenttype\":\"text/json\"}",
         "{\"a\":1}", "{\"datacontenttype\":\"text/json\"}"},
        {NULL, ",\"data_base64\":\"SGkh\",\"datacontenttype\":\"text/plain\"}", "\"Hi!\"",
         "{\"datacontenttype\":\"text/plain\"}"},
        {NULL, ",\"data\":null,\"data_base64\":\"AAEC\"}", "\"AAEC\"",
         "{\"datacontentencoding\":\"base64\"}"},
        {NULL, ",\"data\":{},\"data_base64\":null}", "{}", ""},
        {NULL, ",\"data_base64\":null}", "", ""},
        {NULL, ",\"data\":\"AAEC\",\"datacontentencoding\":\"base64\"}", "\"AAEC\"",
         "{\"datacontentencoding\":\"base64\"}"},
        {NULL, ",\"subject\":null,\"time\":null,\"partitionkey\":null,\"x\":null}", "",
         ""},
        {NULL, ",\"subject\":\"\",\"datacontenttype\":\"application/json\"}", "", ""},
        {NULL, ",\"big\":123456789012345678901234567890,\"no\":false}", "",
         "{\"big\":123456789012345678901234567890,\"no\":false}"},
        {NULL, ",\"sequence\":\"49590338271490256608559692538361571095921575989136\"}",
         "", "{\"sequence\":\"49590338271490256608559692538361571095921575989136\"}"},
        {NULL, ",\"sequence\":\"a-1\",\"typeversion\":\"1.2.0\",\"streamversion\":true}",
         "", "{\"sequence\":\"a-1\",\"typeversion\":\"1.2.0\",\"streamversion\":true}"},
        {NULL, ",\"messagekind\":\"document\"}", "", "{\"messagekind\":\"document\"}"},
        {NULL, ",\"messagekind\":\"event\",\"typeversion\":\"0\"}", "", ""},
        {NULL, ",\"\\u0064ata\":\"\\u0064\"}", "\"\\u0064\"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents expected = contents_of("a", cases[i].data);
        struct jangle_contents contents = read_body(
            cases[i].type, jangle_text(&parcels.arena, HEAD "%s", cases[i].rest));

        expected.extra = cases[i].extra;
        expect_contents(&contents, &expected);
    }
}

static void extensions_may_be_numbers_and_booleans(void **state)
{
    struct jangle_contents contents =
        read_body(NULL, HEAD
                  ",\"typeversion\":2147483647,\"streamversion\":9223372036854775807,"
                  "\"sequence\":17,\"partitionkey\":42,\"actor\":false}");

    (void)state;
    assert_int_equal(contents.type_version, INT32_MAX);
    assert_true(contents.version == INT64_MAX);
    assert_int_equal(contents.position, 17);
    assert_string_equal(contents.key, "42");
    assert_string_equal(contents.origin.actor, "false");
}

static void times_have_an_offset_and_any_number_of_digits(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"2018-04-05T17:31:00Z", 1522949460000000},
        {"2018-04-05t19:01:00.1234567890+01:30", 1522949460123456},
        {"2018-04-05 17:31:00.5-00:00", 1522949460500000},
        {"2018-04-05T16:01:00-01:30", 1522949460000000},
        {"1969-12-31T23:59:59.999999z", -1},
        {"2016-12-31T23:59:60Z", 1483228800000000},
        {"0000-01-01T00:00:00Z", -62167219200000000},
        {"9999-12-31T23:59:59.999999Z", 253402300799999999},
        {"2000-02-29T00:00:00Z", 951782400000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = read_body(
            NULL, jangle_text(&parcels.arena, HEAD ",\"time\":\"%s\"}", cases[i].text));

        if (contents.at.us != cases[i].us)
            fail_msg("%s is %lld", cases[i].text, (long long)contents.at.us);
    }
}

#define IS "cloudevents: "

static void fo_02_what_is_malformed_is_named(void **state)
{
    static const struct {
        const char *body, *sentence;
    } cases[] = {
        {"{\"specversion\":\"0.3\",\"id\":\"7\",\"source\":\"s\",\"type\":\"t\"}",
         IS "specversion: is not 1.0, which is all that is read"},
        {"{\"specversion\":1.0,\"id\":\"7\",\"source\":\"s\",\"type\":\"t\"}",
         IS "specversion: is no text"},
        {"{\"specversion\":1,\"id\":\"7\",\"source\":\"s\",\"type\":\"t\"}",
         IS "specversion: is no text"},
        {"{\"specversion\":null,\"id\":\"7\",\"source\":\"s\",\"type\":\"t\"}",
         IS "specversion: is missing"},
        {"{\"specversion\":\"1.0\",\"source\":\"s\",\"type\":\"t\"}",
         IS "id: is missing"},
        {"{\"specversion\":\"1.0\",\"id\":\"7\",\"type\":\"t\"}",
         IS "source: is missing"},
        {"{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"s\"}",
         IS "type: is missing"},
        {"{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"s\",\"type\":\"t\"}",
         IS "id: is empty"},
        {"{\"specversion\":\"1.0\",\"id\":7,\"source\":\"s\",\"type\":\"t\"}",
         IS "id: is no text"},
        {"{\"specversion\":\"1.0\"",
         IS "the body: is not JSON at byte 20: a comma or the "
            "object's end was expected"},
        {HEAD "} {}",
         IS "the body: is not JSON at byte 59: there is more after the value"},
        {HEAD ",\"id\":\"8\"}", IS "id: is given twice"},
        {HEAD ",\"x\":1,\"\\u0078\":1}", IS "x: is given twice"},
        {HEAD ",\"data\":1,\"data\":1}", IS "data: is given twice"},
        {HEAD ",\"data\":1,\"data_base64\":\"AA==\"}",
         IS "data_base64: is given besides \"data\""},
        {HEAD ",\"data_base64\":\"A\"}", IS "data_base64: is no base64"},
        {HEAD ",\"data_base64\":[]}", IS "data_base64: is no text"},
        {HEAD ",\"data_base64\":\"e30!\"}", IS "data_base64: is no base64"},
        {HEAD ",\"data_base64\":\"eyI=\",\"datacontenttype\":\"application/json\"}",
         IS "data: is not JSON at byte 2: the text does not end"},
        {HEAD ",\"datacontentencoding\":\"gzip\"}",
         IS "datacontentencoding: is not base64"},
        {HEAD ",\"data\":1,\"datacontentencoding\":\"base64\"}", IS "data: is no text"},
        {HEAD ",\"datacontenttype\":1}", IS "datacontenttype: is no text"},
        {HEAD ",\"subject\":true}", IS "subject: is no text"},
        {HEAD ",\"subject\":\"\\u0000\"}", IS "subject: holds a NUL"},
        {HEAD ",\"subject\":\"\\ud800\"}", IS "subject: holds half a surrogate pair"},
        {HEAD ",\"time\":\"2018-02-29T00:00:00Z\"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":\"2018-04-05T17:31:00\"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":\"2018-04-05T17:31Z\"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":\"2018-04-05T24:00:00Z\"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":\"2018-04-05T17:31:00.Z\"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":\"2018-04-05T17:31:00Z \"}", IS "time: is no time of RFC 3339"},
        {HEAD ",\"time\":1522949460}", IS "time: is no text"},
        {HEAD ",\"typeversion\":2147483648}", IS "typeversion: is too large"},
        {HEAD ",\"streamversion\":\"9223372036854775808\"}",
         IS "streamversion: is too large"},
        {HEAD ",\"partitionkey\":{}}", IS "partitionkey: is an object or a list"},
        {HEAD ",\"x\":[]}", IS "x: is an object or a list"},
        {HEAD ",\"x\":1.5}", IS "x: is no whole number"},
        {HEAD ",\"x\":1e3}", IS "x: is no whole number"},
        {HEAD ",\"my_x\":1}", IS "my_x: is no name of CloudEvents, which has only "
                                 "lower-case letters and digits"},
        {HEAD ",\"Subject\":\"1\"}", IS "Subject: is no name of CloudEvents, which has "
                                        "only lower-case letters and digits"},
        {HEAD ",\"\":\"1\"}", IS ": is no name of CloudEvents, which has "
                                 "only lower-case letters and digits"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, cases[i].body);

        expect_refused(&parcels, &jangle_cloudevents, &parcel, cases[i].sentence);
    }
}

/* With the content type of CloudEvents, a body that is no event is a malformed one. */
static void the_content_type_decides(void **state)
{
    static const struct {
        const char *type, *body, *sentence; /* NULL: the message has another format */
    } cases[] = {
        {NULL, "", NULL},
        {NULL, "{}", NULL},
        {NULL, "[]", NULL},
        {NULL, "\"specversion\"", NULL},
        {NULL, "{\"a\":{\"specversion\":\"1.0\"}}", NULL},
        {NULL, "{\"a\" 1,\"specversion\":\"1.0\"}", NULL},
        {NULL, "\xff", NULL},
        {"image/png", HEAD "}", NULL},
        {"application/vnd.bank+json", HEAD "}", NULL},
        {"application/cloudevents+json", "", IS "the body: is no JSON object"},
        {"application/cloudevents+json", "{}", IS "specversion: is missing"},
        {"application/cloudevents+json", "\xff",
         IS "the body: is not JSON at byte 0: it is not UTF-8"},
        {"application/cloudevents-batch+json", "[]",
         IS "content type: is neither application/cloudevents+json nor that of data"},
        {"application/cloudevents+avro", "",
         IS "content type: is neither application/cloudevents+json nor that of data"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, NULL, cases[i].body);

        if (cases[i].sentence)
            expect_refused(&parcels, &jangle_cloudevents, &parcel, cases[i].sentence);
        else
            expect_foreign(&parcels, &jangle_cloudevents, &parcel);
    }
}

static void fo_01_what_cannot_be_written_is_named(void **state)
{
    static const struct {
        struct jangle_contents change; /* what is not zero is changed */
        const char *sentence;
    } cases[] = {
        {{.subject = "\xff"}, IS "subject: is not UTF-8"},
        {{.type_version = -1}, IS "type_version: is below zero"},
        {{.version = INT64_MIN}, IS "version: is below zero"},
        {{.position = -1}, IS "position: is below zero"},
        {{.at = {INT64_MAX}}, IS "at: is outside of the years 0 to 9999"},
        {{.at = {INT64_MIN}}, IS "at: is outside of the years 0 to 9999"},
        {{.at = {253402300800000000}}, IS "at: is outside of the years 0 to 9999"},
        {{.at = {-62167219200000001}}, IS "at: is outside of the years 0 to 9999"},
        {{.role = JANGLE_ROLE_QUERY},
         IS "role: is neither that of an event nor of a command"},
        {{.origin.actor = "\xc3"}, IS "origin.actor: is not UTF-8"},
        {{.data = "{"}, IS "data: is not JSON at byte 1: a member's name was expected"},
        {{.data = "1 2"},
         IS "data: is not JSON at byte 2: there is more after the value"},
        {{.extra = "[]"}, IS "extra: is no JSON object"},
        {{.extra = "{\"a_b\":1}"},
         IS "extra.a_b: is no name of CloudEvents, which has "
            "only lower-case letters and digits"},
        {{.extra = "{\"Ab\":1}"},
         IS "extra.Ab: is no name of CloudEvents, which has "
            "only lower-case letters and digits"},
        {{.extra = "{\"meta\":{}}"},
         IS "extra.meta: is an object or a list, which no attribute can be"},
        {{.extra = "{\"x\":0.5}"}, IS "extra.x: is no whole number"},
        {{.extra = "{\"id\":\"1\"}"}, IS "extra.id: is a member of the contents"},
        {{.extra = "{\"data\":\"1\"}"}, IS "extra.data: is a member of the contents"},
        {{.extra = "{\"time\":\"1\"}"}, IS "extra.time: is a member of the contents"},
        {{.key = "k", .extra = "{\"partitionkey\":\"1\"}"},
         IS "extra.partitionkey: is in the contents, too"},
        {{.extra = "{\"x\":1,\"x\":1}"}, IS "x: is given twice"},
        {{.extra = "{\"datacontentencoding\":\"gzip\"}"},
         IS "extra.datacontentencoding: is not \"base64\""},
        {{.extra = "{\"datacontenttype\":1}"}, IS "extra.datacontenttype: is no text"},
        {{.extra = "{\"datacontentencoding\":\"base64\"}"},
         IS "data: is no text in base64"},
        {{.data = "\"!\"", .extra = "{\"datacontentencoding\":\"base64\"}"},
         IS "data: is no base64"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jangle_contents *change = &cases[i].change;
        struct jangle_contents contents =
            contents_of("a", change->data ? change->data : "{}");

        contents.subject = change->subject ? change->subject : "";
        contents.key = change->key ? change->key : "";
        contents.extra = change->extra ? change->extra : "";
        contents.role = change->role ? change->role : JANGLE_ROLE_EVENT;
        contents.type_version = change->type_version;
        contents.version = change->version;
        contents.position = change->position;
        contents.at = change->at;
        contents.origin = change->origin;
        expect_unwritable(&parcels, &jangle_cloudevents, &contents, cases[i].sentence);
    }
}

static void what_must_be_said_is_asked_for(void **state)
{
    struct jangle_contents contents = contents_of("", "{}");

    (void)state;
    expect_unwritable(&parcels, &jangle_cloudevents, &contents,
                      IS "type: is empty, and CloudEvents need one");
    contents.type = "a";
    contents.source = "";
    expect_unwritable(&parcels, &jangle_cloudevents, &contents,
                      IS "source: is empty, and CloudEvents need one");
    contents.source = NULL;
    expect_unwritable(&parcels, &jangle_cloudevents, &contents, IS "source: is NULL");
    contents.source = "s";
    contents.id = "";
    expect_unwritable(&parcels, &jangle_cloudevents, &contents,
                      IS "id: is empty, and CloudEvents need one");
}

/* Text and bytes go out as they came in. */
static void data_that_is_no_json_is_written_again(void **state)
{
    static const char *const rests[] = {
        ",\"datacontenttype\":\"text/plain\",\"data\":\"a\"}",
        ",\"datacontenttype\":\"image/png\",\"data_base64\":\"AAE=\"}",
        ",\"data_base64\":\"AAEC\"}",
        ",\"x\":\"1\",\"datacontenttype\":\"application/xml\",\"data\":\"<a/>\"}",
        ",\"datacontenttype\":\"text/plain\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        const char *body = jangle_text(&parcels.arena, HEAD "%s", rests[i]);
        struct jangle_contents contents = read_body(NULL, body);
        struct jangle_parcel parcel =
            parcel_written(&parcels, &jangle_cloudevents, &contents);

        assert_int_equal(parcel.body_size, strlen(body));
        assert_memory_equal(parcel.body, body, parcel.body_size);
    }
}

/* As deep as JSON may be: no deeper than the reader's stack of 1024. */
static void depth_is_limited(void **state)
{
    char *body = jangle_alloc(&parcels.arena, 200000);
    struct jangle_parcel parcel;

    (void)state;
    memcpy(body, HEAD ",\"data\":", strlen(HEAD ",\"data\":"));
    memset(body + strlen(body), '[', 100000);
    parcel = parcel_of(&parcels, NULL, NULL, body);
    expect_refused(&parcels, &jangle_cloudevents, &parcel,
                   IS "the body: is not JSON at byte 1088: it is nested too deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_members_are_written_and_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_said_is_not_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_the_specification_allows_is_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(extensions_may_be_numbers_and_booleans, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(times_have_an_offset_and_any_number_of_digits,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(fo_02_what_is_malformed_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_content_type_decides, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fo_01_what_cannot_be_written_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_must_be_said_is_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(data_that_is_no_json_is_written_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(depth_is_limited, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
