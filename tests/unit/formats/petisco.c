/* petisco.c - the messages of petisco: its own bytes, and what it reads of older
 * versions. */
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

#define IS "petisco: "

static struct jangle_contents read_body(const char *body)
{
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, body);

    return contents_read(&parcels, &jangle_petisco, &parcel);
}

static void expect_body(const struct jangle_parcel *parcel, const char *body)
{
    assert_null(parcel->content_type);
    assert_int_equal(parcel->header_count, 0);
    if (parcel->body_size != strlen(body) ||
        memcmp(parcel->body, body, strlen(body)) != 0)
        fail_msg("\n%.*s is not\n%s", (int)parcel->body_size, (const char *)parcel->body,
                 body);
}

/* The bytes are those of Python's json.dumps. */
static void all_members_are_written_as_python_writes_them(void **state)
{
    struct jangle_contents full = {
        .id = "69d71598-4920-4a59-b006-e4caa3316932",
        .source = "",
        .type = "user_created",
        .type_version = 2,
        .role = JANGLE_ROLE_EVENT,
        .key = "",
        .subject = "",
        .at = {1695204597220432},
        .origin = {"c1", "c2", "u1", "00-1-2-03"},
        .data =
            "{\"name\":\"Jos\xc3\xa9 \\\"\\u0041\xf0\x9d\x84\x9e\",\"a\":[1,2.50,{}]}",
        .extra =
            "{\"meta\":{\"info_id\":{\"client_id\":\"x\"},\"more\":[1,2]},\"new\":1}",
    };
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_petisco, &full);
    struct jangle_contents back = contents_read(&parcels, &jangle_petisco, &parcel);

    (void)state;
    expect_body(
        &parcel,
        "{\"data\": {\"id\": \"69d71598-4920-4a59-b006-e4caa3316932\", "
        "\"type\": \"user.created\", \"type_message\": \"domain_event\", \"version\": 2, "
        "\"occurred_on\": \"2023-09-20 10:09:57.220432\", "
        "\"attributes\": {\"name\": \"Jos\\u00e9 \\\"A\\ud834\\udd1e\", "
        "\"a\": [1, 2.50, {}]}, "
        "\"meta\": {\"info_id\": {\"correlation_id\": \"c1\", \"user_id\": \"u1\", "
        "\"client_id\": \"x\"}, \"causation_id\": \"c2\", \"traceparent\": "
        "\"00-1-2-03\", "
        "\"more\": [1, 2]}, \"new\": 1}}");
    full.data = "{\"name\": \"Jos\\u00e9 \\\"A\\ud834\\udd1e\", \"a\": [1, 2.50, {}]}";
    full.extra =
        "{\"meta\":{\"info_id\":{\"client_id\":\"x\"},\"more\":[1, 2]},\"new\":1}";
    expect_contents(&back, &full);
}

static void a_command_is_written_and_read(void **state)
{
    struct jangle_contents contents = contents_of("create_user", "{}"), back;
    struct jangle_parcel parcel;

    (void)state;
    contents.role = JANGLE_ROLE_COMMAND;
    contents.source = "";
    parcel = parcel_written(&parcels, &jangle_petisco, &contents);
    expect_body(&parcel,
                "{\"data\": {\"id\": \"7\", \"type\": \"create.user\", "
                "\"type_message\": \"command\", \"version\": 1, "
                "\"attributes\": {}, \"meta\": {}}}");
    back = contents_read(&parcels, &jangle_petisco, &parcel);
    contents.type_version = 1;
    expect_contents(&back, &contents);
}

/* A message of an old petisco, which goes out as it came in. */
static void the_legacy_message_is_read_and_written(void **state)
{
    static const char compact[] =
        "{\"data\":{\"id\":\"69d71598-4920-4a59-b006-e4caa3316932\",\"type\":\"message\","
        "\"type_message\":\"message\",\"version\":1,"
        "\"occurred_on\":\"2023-09-20 10:09:57.220432\",\"attributes\":{},\"meta\":{}}}";
    struct jangle_contents contents = read_body(compact);
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_petisco, &contents);

    (void)state;
    assert_string_equal(contents.id, "69d71598-4920-4a59-b006-e4caa3316932");
    assert_string_equal(contents.type, "message");
    assert_int_equal(contents.type_version, 1);
    assert_int_equal(contents.role, JANGLE_ROLE_EVENT);
    assert_true(contents.at.us == 1695204597220432);
    assert_string_equal(contents.data, "{}");
    assert_string_equal(contents.extra, "{\"type_message\":\"message\"}");
    expect_body(&parcel,
                "{\"data\": {\"id\": \"69d71598-4920-4a59-b006-e4caa3316932\", "
                "\"type\": \"message\", \"type_message\": \"message\", \"version\": 1, "
                "\"occurred_on\": \"2023-09-20 10:09:57.220432\", \"attributes\": {}, "
                "\"meta\": {}}}");
}

static void nearly_everything_may_be_missing(void **state)
{
    struct jangle_contents expected = {.id = "",
                                       .source = "",
                                       .type = "user_created",
                                       .type_version = 1,
                                       .role = JANGLE_ROLE_EVENT,
                                       .key = "",
                                       .subject = "",
                                       .data = "{}",
                                       .extra = ""};
    struct jangle_contents contents = read_body("{\"data\":{\"type\":\"user.created\"}}");

    (void)state;
    expect_contents(&contents, &expected);
    contents = read_body(
        "{\"data\":{\"type\":\"user.created\",\"id\":null,"
        "\"version\":null,\"occurred_on\":null,\"attributes\":null,"
        "\"meta\":null,\"type_message\":null},\"other\":1}");
    expect_contents(&contents, &expected);
}

/* An attribute may have the name of a member of the envelope. */
static void attributes_do_not_touch_the_envelope(void **state)
{
    static const char body[] =
        "{\"data\":{\"type\":\"a\",\"version\":\"2\",\"attributes\":{\"version\":9,"
        "\"name\":\"n\",\"type\":\"t\",\"occurred_on\":1,\"id\":2,\"meta\":3,"
        "\"attributes\":4}}}";
    struct jangle_contents contents = read_body(body);

    (void)state;
    assert_string_equal(contents.type, "a");
    assert_string_equal(contents.id, "");
    assert_int_equal(contents.type_version, 2);
    assert_string_equal(contents.data,
                        "{\"version\":9,\"name\":\"n\",\"type\":\"t\","
                        "\"occurred_on\":1,\"id\":2,\"meta\":3,"
                        "\"attributes\":4}");
}

static void times_are_utc_if_they_do_not_say(void **state)
{
    static const char *const texts[] = {
        "2023-09-20 10:09:57.220432",       "2023-09-20T10:09:57.220432Z",
        "2023-09-20 12:09:57.220432+02:00", "2023-09-20 12:09:57.220432+0200",
        "2023-09-20 10:09:57.2204329",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct jangle_contents contents = read_body(
            jangle_text(&parcels.arena,
                        "{\"data\":{\"type\":\"a\",\"occurred_on\":\"%s\"}}", texts[i]));

        assert_true(contents.at.us == 1695204597220432);
    }
}

static void what_is_no_text_of_the_origin_stays_in_meta(void **state)
{
    struct jangle_contents contents = read_body(
        "{\"data\":{\"type\":\"a\",\"meta\":{\"info_id\":{\"correlation_id\":7,"
        "\"user_id\":\"\"},\"traceparent\":null}}}");

    (void)state;
    assert_null(contents.origin.correlation_id);
    assert_null(contents.origin.actor);
    assert_null(contents.origin.trace);
    assert_string_equal(contents.extra,
                        "{\"meta\":{\"info_id\":{\"correlation_id\":7,\"user_id\":\"\"},"
                        "\"traceparent\":null}}");
}

/* A dot in a name is read as an underscore, so both spellings go out alike. */
static void names_have_dots_outside(void **state)
{
    struct jangle_contents contents = contents_of("bank.user_created", "{}");
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_petisco, &contents);

    (void)state;
    assert_non_null(strstr(parcel.body, "\"type\": \"bank.user.created\""));
    contents = contents_read(&parcels, &jangle_petisco, &parcel);
    assert_string_equal(contents.type, "bank_user_created");
}

static void fo_02_what_is_malformed_is_named(void **state)
{
    static const struct {
        const char *members, *sentence;
    } cases[] = {
        {"\"type\":\"\"", IS "data.type: is missing or empty"},
        {"\"type\":null", IS "data.type: is missing or empty"},
        {"\"type_message\":\"command\"", IS "data.type: is missing or empty"},
        {"\"type\":1", IS "data.type: is no text"},
        {"\"type\":\"a\",\"type\":\"b\"", IS "type: is given twice"},
        {"\"type\":\"a\",\"id\":7", IS "data.id: is no text"},
        {"\"type\":\"a\",\"id\":\"\\u0000\"", IS "data.id: holds a NUL"},
        {"\"type\":\"a\",\"type_message\":\"query\"",
         IS "data.type_message: is none of \"domain_event\", \"command\" and "
            "\"message\""},
        {"\"type\":\"a\",\"version\":-1",
         IS "data.version: is no whole number of 0 to 2147483647"},
        {"\"type\":\"a\",\"version\":1.0",
         IS "data.version: is no whole number of 0 to 2147483647"},
        {"\"type\":\"a\",\"version\":\"\"",
         IS "data.version: is no whole number of 0 to 2147483647"},
        {"\"type\":\"a\",\"version\":[2]",
         IS "data.version: is no whole number of 0 to 2147483647"},
        {"\"type\":\"a\",\"version\":99999999999999999999",
         IS "data.version: is no whole number of 0 to 2147483647"},
        {"\"type\":\"a\",\"occurred_on\":1", IS "data.occurred_on: is no text"},
        {"\"type\":\"a\",\"occurred_on\":\"today\"",
         IS "data.occurred_on: is no time such as 2023-09-20 10:09:57.220432"},
        {"\"type\":\"a\",\"attributes\":[]", IS "data.attributes: is no object"},
        {"\"type\":\"a\",\"meta\":\"m\"", IS "data.meta: is no object"},
        {"\"type\":\"a\",\"meta\":{\"x\":1,\"x\":2}", IS "x: is given twice"},
        {"\"type\":\"a\"}} {", IS "the body: is not JSON at byte 22: there is more after "
                                  "the value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, NULL, NULL,
                      jangle_text(&parcels.arena, "{\"data\":{%s}}", cases[i].members));

        expect_refused(&parcels, &jangle_petisco, &parcel, cases[i].sentence);
    }
}

static void fo_02_messages_of_others_are_not_ours(void **state)
{
    static const struct {
        const char *type, *body;
    } cases[] = {
        {NULL, ""},
        {NULL, "{}"},
        {NULL, "{\"data\":1}"},
        {NULL, "{\"data\":{}}"},
        {NULL, "{\"data\":{\"a\":1}}"},
        {NULL, "{\"data\":{\"type\":\"a\""},
        {NULL, "{\"specversion\":\"1.0\",\"data\":{\"type\":\"a\"}}"},
        {"application/cloudevents+json", "{\"data\":{\"type\":\"a\"}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, NULL, cases[i].body);

        expect_foreign(&parcels, &jangle_petisco, &parcel);
    }
}

static void fo_01_what_cannot_be_written_is_named(void **state)
{
    static const struct {
        struct jangle_contents change;
        const char *sentence;
    } cases[] = {
        {{.type = ""}, IS "type: is empty"},
        {{.type = "\xff"}, IS "type: is not UTF-8"},
        {{.id = "\xff"}, IS "id: is not UTF-8"},
        {{.data = "[]"}, IS "data: is no JSON object"},
        {{.data = "{"}, IS "data: is not JSON at byte 1: a member's name was expected"},
        {{.type_version = -1}, IS "type_version: is below zero"},
        {{.at = {INT64_MIN}}, IS "at: is outside of the years 0 to 9999"},
        {{.role = JANGLE_ROLE_STRUCT + 3},
         IS "role: is neither that of an event nor of a command"},
        {{.origin.trace = "\xff"}, IS "traceparent: is not UTF-8"},
        {{.extra = "1"}, IS "extra: is no JSON object"},
        {{.extra = "{\"id\":1}"},
         IS "extra: has a member \"id\", which the contents have"},
        {{.extra = "{\"meta\":1}"}, IS "extra.meta: is no JSON object"},
        {{.extra = "{\"type_message\":\"x\"}"},
         IS "extra.type_message: is not \"message\", or this is a command"},
        {{.origin.actor = "a", .extra = "{\"meta\":{\"info_id\":{\"user_id\":1}}}"},
         IS "extra.meta: has meta.info_id.user_id, and so has the origin"},
        {{.origin.actor = "a", .extra = "{\"meta\":{\"info_id\":1}}"},
         IS "extra.meta: has an info_id that is no object"},
        {{.origin.trace = "a", .extra = "{\"meta\":{\"traceparent\":\"b\"}}"},
         IS "extra.meta: has meta.traceparent, and so has the origin"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct jangle_contents *change = &cases[i].change;
        struct jangle_contents contents = contents_of(change->type ? change->type : "a",
                                                      change->data ? change->data : "{}");

        contents.id = change->id ? change->id : "7";
        contents.extra = change->extra ? change->extra : "";
        contents.role = change->role ? change->role : JANGLE_ROLE_EVENT;
        contents.type_version = change->type_version;
        contents.at = change->at;
        contents.origin = change->origin;
        expect_unwritable(&parcels, &jangle_petisco, &contents, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_members_are_written_as_python_writes_them,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_command_is_written_and_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_legacy_message_is_read_and_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nearly_everything_may_be_missing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(attributes_do_not_touch_the_envelope, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(times_are_utc_if_they_do_not_say, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_text_of_the_origin_stays_in_meta,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_have_dots_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fo_02_what_is_malformed_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_02_messages_of_others_are_not_ours, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_01_what_cannot_be_written_is_named, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
