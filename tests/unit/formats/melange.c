/* melange.c - the events of Melange: what is written, and what is read. */
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

#define IS "melange: "

static void type_time_and_data_are_written_and_read(void **state)
{
    struct jangle_contents contents = contents_of(
        "ProductAdded", "{\"sku\":\"\xc3\xa9\",\"count\":9223372036854775807,\"a\":{}}");
    struct jangle_parcel parcel;
    struct jangle_contents back;

    (void)state;
    contents.at.us = 1695204597220432;
    parcel = parcel_written(&parcels, &jangle_melange, &contents);
    assert_string_equal(parcel_shown(&parcels, &parcel),
                        "content-type: application/json\n"
                        "event_type: ProductAdded\n"
                        "\n"
                        "{\"event_type_name\":\"ProductAdded\","
                        "\"occurred_on\":\"2023-09-20T10:09:57.220432+00:00\","
                        "\"sku\":\"\xc3\xa9\",\"count\":9223372036854775807,\"a\":{}}\n");
    back = contents_read(&parcels, &jangle_melange, &parcel);
    contents.id = contents.source = "";
    expect_contents(&back, &contents);
}

static void what_is_not_said_is_not_written(void **state)
{
    struct jangle_contents contents = contents_of("a", " {} "), back;
    struct jangle_parcel parcel = parcel_written(&parcels, &jangle_melange, &contents);

    (void)state;
    assert_string_equal(parcel_shown(&parcels, &parcel),
                        "content-type: application/json\nevent_type: a\n\n"
                        "{\"event_type_name\":\"a\"}\n");
    back = contents_read(&parcels, &jangle_melange, &parcel);
    contents.id = contents.source = "";
    contents.data = "{}";
    expect_contents(&back, &contents);
}

static void members_stand_anywhere(void **state)
{
    struct jangle_parcel parcel =
        parcel_of(&parcels, NULL, NULL,
                  "{ \"b\" : [1, 2], \"occurred_on\": \"2023-09-20 10:09:57.220432\","
                  "\"\\u0065vent_type_name\": \"B\", \"c\":null}");
    struct jangle_contents back = contents_read(&parcels, &jangle_melange, &parcel);

    (void)state;
    assert_string_equal(back.type, "B");
    assert_true(back.at.us == 1695204597220432);
    assert_string_equal(back.data, "{\"b\":[1, 2],\"c\":null}");
    assert_string_equal(back.extra, "");
}

static void fo_02_what_is_malformed_is_named(void **state)
{
    static const struct {
        const char *body, *sentence;
    } cases[] = {
        {"{\"event_type_name\":null}", IS "event_type_name: is empty"},
        {"{\"event_type_name\":\"\"}", IS "event_type_name: is empty"},
        {"{\"event_type_name\":1}", IS "event_type_name: is no text"},
        {"{\"event_type_name\":\"a\",\"occurred_on\":1}", IS "occurred_on: is no text"},
        {"{\"event_type_name\":\"a\",\"occurred_on\":\"x\"}",
         IS "occurred_on: is no time of ISO 8601"},
        {"{\"event_type_name\":\"a\",\"event_type_name\":\"a\"}",
         IS "event_type_name: is given twice"},
        {"{\"event_type_name\":\"a\",\"x\":1,\"x\":2}", IS "x: is given twice"},
        {"{\"event_type_name\":\"a\",}",
         IS "the body: is not JSON at byte 23: a member's name was expected"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel = parcel_of(&parcels, NULL, NULL, cases[i].body);

        expect_refused(&parcels, &jangle_melange, &parcel, cases[i].sentence);
    }
}

static void fo_02_messages_of_others_are_not_ours(void **state)
{
    static const struct {
        const char *type, *body;
    } cases[] = {
        {NULL, ""},
        {NULL, "[\"event_type_name\"]"},
        {NULL, "{\"a\":{\"event_type_name\":\"a\"}}"},
        {NULL, "{\"a\","},
        {"application/cloudevents+json", "{\"event_type_name\":\"a\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_parcel parcel =
            parcel_of(&parcels, cases[i].type, NULL, cases[i].body);

        expect_foreign(&parcels, &jangle_melange, &parcel);
    }
}

static void fo_01_what_cannot_be_written_is_named(void **state)
{
    static const struct {
        const char *type, *data;
        enum jangle_role role;
        int64_t us;
        const char *sentence;
    } cases[] = {
        {"", "{}", JANGLE_ROLE_EVENT, 0, IS "type: is empty"},
        {NULL, "{}", JANGLE_ROLE_EVENT, 0, IS "type: is NULL"},
        {"a", "{}", JANGLE_ROLE_COMMAND, 0,
         IS "role: is not that of an event, and Melange has no other"},
        {"a", "{}", JANGLE_ROLE_EVENT, INT64_MIN,
         IS "at: is outside of the years 0 to 9999"},
        {"a", "[]", JANGLE_ROLE_EVENT, 0, IS "data: is no JSON object"},
        {"a", "", JANGLE_ROLE_EVENT, 0,
         IS "data: is not JSON at byte 0: a value was "
            "expected"},
        {"a", "{\"occurred_on\":1}", JANGLE_ROLE_EVENT, 0,
         IS "occurred_on: is a member of the data, and one of Melange's"},
        {"a", "{\"event_type_name\":1}", JANGLE_ROLE_EVENT, 0,
         IS "event_type_name: is a member of the data, and one of Melange's"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_contents contents = contents_of(cases[i].type, cases[i].data);

        contents.role = cases[i].role;
        contents.at.us = cases[i].us;
        expect_unwritable(&parcels, &jangle_melange, &contents, cases[i].sentence);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(type_time_and_data_are_written_and_read, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_said_is_not_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(members_stand_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fo_02_what_is_malformed_is_named, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_02_messages_of_others_are_not_ours, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(fo_01_what_cannot_be_written_is_named, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
