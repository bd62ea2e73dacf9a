/* events.c - MEGA events: what is written, what is read, and what the sections must be.
 */
#include "support/test.h"
#include "support/wire.h"

#include <jangle/mega.h>

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

#define IS "mega: "

static const char lent[] =
    "{\"event\": {\"attributes\": {\"copies\": 2, \"due\": null, \"isbn\": "
    "\"caf\\u00e9\"}, "
    "\"domain\": \"library\", \"name\": \"book.lent\", \"publisher\": \"desk\", "
    "\"subject\": \"42\", \"timestamp\": \"2023-09-20T10:09:57.220432\", \"version\": "
    "2}, "
    "\"extra\": {\"a\": 1, \"z\": {\"b\": [], \"c\": {}}}, "
    "\"object\": {\"current\": {\"id\": 42, \"tags\": [{\"a\": 1, \"b\": 2}]}, \"id\": "
    "\"9\", "
    "\"previous\": {\"id\": 41}, \"type\": \"book\", \"version\": 3}, "
    "\"protocol\": \"mega\", \"version\": 1}";

/* The members come in any order, and go out in theirs. */
static struct jangle_contents lent_contents(void)
{
    struct jangle_contents contents =
        contents_of("book.lent", "{\"isbn\":\"caf\xc3\xa9\",\"copies\":2,\"due\":null}");

    contents.source = "desk";
    contents.type_version = 2;
    contents.subject = "42";
    contents.at.us = 1695204597220432;
    contents.extra =
        "{\"extra\":{\"z\":{\"c\":{},\"b\":[]},\"a\":1},\"domain\":\"library\","
        "\"object\":{\"version\":3,\"type\":\"book\",\"id\":\"9\","
        "\"previous\":{\"id\":41},"
        "\"current\":{\"tags\":[{\"b\":2,\"a\":1}],\"id\":42}}}";
    return contents;
}

static void an_event_is_written_with_its_keys_in_order(void **state)
{
    struct jangle_contents contents = lent_contents();
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_mega, &contents);

    (void)state;
    assert_string_equal(
        parcel_shown(&parcels, &parcel),
        jangle_text(&parcels.arena, "content-type: application/json\n\n%s\n", lent));
}

static void an_event_is_read_with_what_it_says_besides(void **state)
{
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, lent);
    struct jangle_contents back = contents_read(&parcels, &jangle_mega, &parcel);
    struct jangle_contents expected = lent_contents();

    (void)state;
    expected.id = "";
    expected.key = "42";
    expected.data = "{\"copies\":2,\"due\":null,\"isbn\":\"caf\\u00e9\"}";
    expected.extra =
        "{\"payload\":\"mega\",\"domain\":\"library\",\"object\":{"
        "\"current\":{\"id\": 42, \"tags\": [{\"a\": 1, \"b\": 2}]},\"id\":\"9\","
        "\"previous\":{\"id\": 41},\"type\":\"book\",\"version\":3},"
        "\"extra\":{\"a\": 1, \"z\": {\"b\": [], \"c\": {}}}}";
    expect_contents(&back, &expected);
    parcel = parcel_written(&parcels, &jangle_mega, &back);
    assert_int_equal(parcel.body_size, strlen(lent));
    assert_memory_equal(parcel.body, lent, strlen(lent));
}

/* The key at the broker is what its messages are kept in order by. */
static void the_subject_is_the_key_unless_the_broker_has_one(void **state)
{
    struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, lent);

    (void)state;
    parcel.key = "";
    assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).key, "42");
    parcel.key = "book/42";
    assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).key, "");
}

static void little_is_needed(void **state)
{
    static const char body[] =
        "{\"event\": {\"name\": \"a\", \"timestamp\": \"1970-01-01T00:00:01\", "
        "\"version\": 1}, \"protocol\": \"mega\", \"version\": 1}";
    struct jangle_contents contents = contents_of("a", ""), back;
    struct jangle_parcel parcel;

    (void)state;
    contents.source = "";
    contents.at.us = 1000000;
    parcel = parcel_written(&parcels, &jangle_mega, &contents);
    assert_memory_equal(parcel.body, body, strlen(body));
    back = contents_read(&parcels, &jangle_mega, &parcel);
    contents.id = "";
    contents.type_version = 1;
    contents.data = "{}";
    contents.extra = "{\"payload\":\"mega\"}";
    expect_contents(&back, &contents);
}

/* ---- the tables of the protocol -------------------------------------------------- */

#define HEAD  "{\"protocol\":\"mega\",\"version\":1,"
#define EVENT "\"name\":\"a\",\"timestamp\":\"2020-01-01T00:00:00\""
#define SOUND HEAD "\"event\":{" EVENT "}"

struct row {
    const char *body, *sentence;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, rows[i].body);
        struct jangle_parcel of_json =
            parcel_of(&parcels, "application/json", NULL, rows[i].body);

        expect_refused(&parcels, &jangle_mega, &parcel, rows[i].sentence);
        expect_refused(&parcels, &jangle_mega, &of_json, rows[i].sentence);
    }
}

static void each_member_of_the_event_is_what_it_must_be(void **state)
{
    static const struct row rows[] = {
        {HEAD "\"x\":1}", IS "event: is missing or null"},
        {HEAD "\"event\":null}", IS "event: is missing or null"},
        {HEAD "\"event\":[]}", IS "event: is no JSON object"},
        {HEAD "\"event\":\"a\"}", IS "event: is no JSON object"},
        {HEAD "\"event\":{}}", IS "event.name: is missing or empty"},
        {HEAD "\"event\":{\"timestamp\":\"2020-01-01T00:00:00\"}}",
         IS "event.name: is missing or empty"},
        {HEAD "\"event\":{\"name\":null,\"timestamp\":\"2020-01-01T00:00:00\"}}",
         IS "event.name: is missing or empty"},
        {HEAD "\"event\":{\"name\":\"\",\"timestamp\":\"2020-01-01T00:00:00\"}}",
         IS "event.name: is missing or empty"},
        {HEAD "\"event\":{\"name\":7,\"timestamp\":\"2020-01-01T00:00:00\"}}",
         IS "event.name: is no text"},
        {HEAD "\"event\":{\"name\":\"a\"}}", IS "event.timestamp: is missing or null"},
        {HEAD "\"event\":{\"name\":\"a\",\"timestamp\":null}}",
         IS "event.timestamp: is missing or null"},
        {HEAD "\"event\":{\"name\":\"a\",\"timestamp\":1588607607}}",
         IS "event.timestamp: is no text"},
        {HEAD "\"event\":{\"name\":\"a\",\"timestamp\":\"yesterday\"}}",
         IS "event.timestamp: is no time of ISO 8601"},
        {HEAD "\"event\":{" EVENT ",\"version\":\"foobar\"}}",
         IS "event.version: is no whole number of 0 to 2147483647"},
        {HEAD "\"event\":{" EVENT ",\"version\":-1}}",
         IS "event.version: is no whole number of 0 to 2147483647"},
        {HEAD "\"event\":{" EVENT ",\"version\":1.5}}",
         IS "event.version: is no whole number of 0 to 2147483647"},
        {HEAD "\"event\":{" EVENT ",\"version\":2147483648}}",
         IS "event.version: is no whole number of 0 to 2147483647"},
        {HEAD "\"event\":{" EVENT ",\"version\":[]}}",
         IS "event.version: is no whole number of 0 to 2147483647"},
        {HEAD "\"event\":{" EVENT ",\"domain\":1}}", IS "event.domain: is no text"},
        {HEAD "\"event\":{" EVENT ",\"subject\":1}}", IS "event.subject: is no text"},
        {HEAD "\"event\":{" EVENT ",\"publisher\":{}}}",
         IS "event.publisher: is no text"},
        {HEAD "\"event\":{" EVENT ",\"attributes\":[]}}",
         IS "event.attributes: is no JSON object"},
        {HEAD "\"event\":{" EVENT ",\"attributes\":\"x\"}}",
         IS "event.attributes: is no JSON object"},
        {HEAD "\"event\":{" EVENT ",\"attributes\":{\"a\":1,\"a\":2}}}",
         IS "a: is given twice"},
        {HEAD "\"event\":{" EVENT ",\"a\":1,\"attributes\":{\"a\":1}}}",
         IS "a: is given twice"},
        {HEAD "\"event\":{" EVENT ",\"name\":\"b\"}}", IS "name: is given twice"},
        {HEAD "\"event\":{" EVENT ",\"subject\":\"\\u0000\"}}",
         IS "event.subject: holds a NUL"},
    };

    (void)state;
    expect_rows(rows, sizeof rows / sizeof *rows);
}

static void each_member_of_the_other_sections_is_what_it_must_be(void **state)
{
    static const struct row rows[] = {
        {SOUND ",\"object\":[]}", IS "object: is no JSON object"},
        {SOUND ",\"object\":\"x\"}", IS "object: is no JSON object"},
        {SOUND ",\"object\":{\"current\":1}}", IS "object.current: is no JSON object"},
        {SOUND ",\"object\":{\"current\":[]}}", IS "object.current: is no JSON object"},
        {SOUND ",\"object\":{\"previous\":true}}",
         IS "object.previous: is no JSON object"},
        {SOUND ",\"object\":{\"id\":7}}", IS "object.id: is no text"},
        {SOUND ",\"object\":{\"type\":7}}", IS "object.type: is no text"},
        {SOUND ",\"object\":{\"version\":\"x\"}}",
         IS "object.version: is no whole number of 0 to 2147483647"},
        {SOUND ",\"object\":{\"id\":\"a\",\"id\":\"b\"}}", IS "id: is given twice"},
        {SOUND ",\"extra\":[1]}", IS "extra: is no JSON object"},
        {SOUND ",\"extra\":0}", IS "extra: is no JSON object"},
        {SOUND ",\"extra\":{\"a\":1,\"a\":1}}", IS "a: is given twice"},
        {SOUND ",\"extra\":{},\"extra\":{}}", IS "extra: is given twice"},
    };

    (void)state;
    expect_rows(rows, sizeof rows / sizeof *rows);
}

/* JSON that ends early said before that it is a MEGA event. */
static void a_torn_event_is_no_text(void **state)
{
    static const struct row rows[] = {
        {HEAD, IS "the body: is not JSON at byte 31: a member's name was expected"},
        {SOUND, IS "the body: is not JSON at byte 85: a comma or the object's end was "
                   "expected"},
        {SOUND "}}",
         IS "the body: is not JSON at byte 86: there is more after the value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, rows[i].body);

        expect_refused(&parcels, &jangle_mega, &parcel, rows[i].sentence);
    }
}

static void null_is_the_same_as_missing(void **state)
{
    struct jangle_parcel parcel = parcel_of(
        &parcels, NULL, NULL,
        HEAD "\"event\":{" EVENT
             ",\"version\":null,\"domain\":null,\"subject\":null,"
             "\"publisher\":null,\"attributes\":null},\"object\":null,\"extra\":null}");
    struct jangle_contents back = contents_read(&parcels, &jangle_mega, &parcel);

    (void)state;
    assert_int_equal(back.type_version, 1);
    assert_string_equal(back.subject, "");
    assert_string_equal(back.source, "");
    assert_string_equal(back.data, "{}");
    assert_string_equal(back.extra, "{\"payload\":\"mega\"}");
}

static void members_of_the_object_may_be_missing_or_null(void **state)
{
    static const char *const objects[] = {
        "{}",
        "{\"current\":null,\"previous\":null,\"id\":null,\"type\":null,\"version\":null}",
        "{\"current\":{},\"previous\":{}}", "{\"nobody\":\"knows\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, NULL, NULL,
                      jangle_text(&parcels.arena, SOUND ",\"object\":%s}", objects[i]));

        assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).extra,
                            "{\"payload\":\"mega\",\"object\":{\"version\":1}}");
    }
}

static void a_version_may_be_a_text(void **state)
{
    struct jangle_parcel parcel =
        parcel_of(&parcels, NULL, NULL,
                  HEAD "\"event\":{" EVENT
                       ",\"version\":\"2\"},"
                       "\"object\":{\"current\":{\"a\":1},\"version\":\"3\"}}");
    struct jangle_contents back = contents_read(&parcels, &jangle_mega, &parcel);

    (void)state;
    assert_int_equal(back.type_version, 2);
    assert_string_equal(back.extra,
                        "{\"payload\":\"mega\",\"object\":{\"current\":{\"a\":1}"
                        ",\"version\":3}}");
}

/* Members of the event that the protocol has no name for, on both sides of the others. */
static void stray_members_are_attributes(void **state)
{
    static const struct {
        const char *event, *data;
    } cases[] = {
        {"\"b\":2," EVENT ",\"c\":{\"x\" : null}", "{\"b\":2,\"c\":{\"x\" : null}}"},
        {"\"b\":2," EVENT ",\"attributes\":{\"a\":1},\"c\":null",
         "{\"a\":1,\"b\":2,\"c\":null}"},
        {EVENT ",\"attributes\":{},\"c\":3", "{\"c\":3}"},
        {EVENT ",\"attributes\":null,\"\":3", "{\"\":3}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel = parcel_of(
            &parcels, NULL, NULL,
            jangle_text(&parcels.arena, HEAD "\"event\":{%s}}", cases[i].event));

        assert_string_equal(contents_read(&parcels, &jangle_mega, &parcel).data,
                            cases[i].data);
    }
}

static void times_have_a_zone_or_are_utc(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        {"2020-05-04T15:53:23.123", 1588607603123000},
        {"2020-05-04 15:53:23", 1588607603000000},
        {"2020-05-04T15:53:23Z", 1588607603000000},
        {"2020-05-04T17:53:23.000001+02:00", 1588607603000001},
        {"1969-12-31T23:59:59.999999", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, NULL, NULL,
                      jangle_text(&parcels.arena,
                                  HEAD "\"event\":{\"name\":\"a\",\"timestamp\":\"%s\"}}",
                                  cases[i].text));

        assert_true(contents_read(&parcels, &jangle_mega, &parcel).at.us == cases[i].us);
    }
}

/* ---- what cannot be written ------------------------------------------------------ */

static void fo_01_what_an_event_cannot_say_is_named(void **state)
{
    static const struct {
        const char *data, *extra, *sentence;
    } cases[] = {
        {"[]", "", IS "data: is no JSON object"},
        {"{\"a\":1,\"a\":2}", "", IS "a: is given twice"},
        {"{\"a\":{\"\\u0000\":1}}", "", IS "the name of a member: holds a NUL"},
        {"{", "", IS "data: is not JSON at byte 1: a member's name was expected"},
        {"{}", "{\"tenant\":\"x\"}",
         IS "extra: has a member \"tenant\", for which this payload has no place"},
        {"{}", "{\"payload\":\"MEGA\"}",
         IS "extra.payload: is none of \"mega\", \"data\", \"plaintext\" and \"binary\""},
        {"{}", "{\"payload\":1}", IS "extra.payload: is no text"},
        {"{}", "{\"payload\":\"data\"}",
         IS "type: is given, and only a MEGA event has one"},
        {"{}", "{\"domain\":1}", IS "extra.domain: is no text"},
        {"{}", "{\"extra\":[]}", IS "extra.extra: is no JSON object"},
        {"{}", "{\"object\":[]}", IS "extra.object: is no JSON object"},
        {"{}", "{\"object\":{\"id\":\"1\"}}",
         IS "extra.object: has no member \"current\" that is an object with members, and "
            "SQS MEGA demands it"},
        {"{}", "{\"object\":{\"current\":{}}}",
         IS "extra.object: has no member \"current\" that is an object with members, and "
            "SQS MEGA demands it"},
        {"{}", "{\"object\":{\"current\":{\"a\":1},\"more\":1}}",
         IS
         "extra.object: has a member \"more\", which it does not have in a MEGA event"},
        {"{}", "{\"datacontenttype\":\"text/plain\"}",
         IS "extra.datacontenttype: is given, and this payload is JSON"},
        {"\"AA==\"", "{\"datacontentencoding\":\"base64\"}",
         IS "extra.datacontentencoding: is given, and this payload is JSON"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = contents_of("a", cases[i].data);

        contents.at.us = 1;
        contents.extra = cases[i].extra;
        expect_unwritable(&parcels, &jangle_mega, &contents, cases[i].sentence);
    }
}

static void fo_01_a_head_that_cannot_be_written_is_named(void **state)
{
    struct jangle_contents contents = contents_of("a", "{}");

    (void)state;
    expect_unwritable(&parcels, &jangle_mega, &contents,
                      IS "at: is missing, and a MEGA event has a time");
    contents.at.us = INT64_MAX;
    expect_unwritable(&parcels, &jangle_mega, &contents,
                      IS "at: is outside of the years 0 to 9999");
    contents.at.us = 1;
    contents.type_version = -1;
    expect_unwritable(&parcels, &jangle_mega, &contents,
                      IS "type_version: is below zero");
    contents.type_version = 1;
    contents.role = JANGLE_ROLE_COMMAND;
    expect_unwritable(&parcels, &jangle_mega, &contents,
                      IS "role: is not that of an event, and MEGA has no other");
    contents.role = JANGLE_ROLE_EVENT;
    contents.subject = NULL;
    expect_unwritable(&parcels, &jangle_mega, &contents, IS "subject: is NULL");
    contents.subject = "\xff";
    expect_unwritable(&parcels, &jangle_mega, &contents, IS "subject: is not UTF-8");
    contents.type = NULL;
    expect_unwritable(&parcels, &jangle_mega, &contents, IS "type: is NULL");
    contents.type = "";
    contents.extra = "{\"payload\":\"mega\"}";
    expect_unwritable(&parcels, &jangle_mega, &contents, IS "type: is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(an_event_is_written_with_its_keys_in_order),
        TEST(an_event_is_read_with_what_it_says_besides),
        TEST(the_subject_is_the_key_unless_the_broker_has_one),
        TEST(little_is_needed),
        TEST(each_member_of_the_event_is_what_it_must_be),
        TEST(each_member_of_the_other_sections_is_what_it_must_be),
        TEST(a_torn_event_is_no_text),
        TEST(null_is_the_same_as_missing),
        TEST(members_of_the_object_may_be_missing_or_null),
        TEST(a_version_may_be_a_text),
        TEST(stray_members_are_attributes),
        TEST(times_have_a_zone_or_are_utc),
        TEST(fo_01_what_an_event_cannot_say_is_named),
        TEST(fo_01_a_head_that_cannot_be_written_is_named),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
