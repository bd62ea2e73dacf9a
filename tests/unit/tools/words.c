/* words.c - how times and things are typed, and what a mistyped word was to be. */
#include "support/test.h"

#include "admin/suggest.h"
#include "admin/thing.h"
#include "admin/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* 2026-11-30 02:00:00 UTC */
static const jangle_time now = {INT64_C(1796004000) * 1000000};

static const char *read_as(const char *typed, bool local)
{
    static char shown[64];
    struct jn_bytes text = {0};
    jangle_time time;

    if (!jn_when_read(typed, now, local, &time))
        return "no time";
    jn_when_put(&text, time, false);
    (void)snprintf(shown, sizeof shown, "%s", jn_bytes_string(&text));
    jn_bytes_free(&text);
    return shown;
}

static void a_time_is_read_in_each_of_its_forms(void **state)
{
    (void)state;
    assert_string_equal(read_as("01:30", false), "2026-11-30 01:30:00.000");
    assert_string_equal(read_as("03:00", false), "2026-11-29 03:00:00.000");
    assert_string_equal(read_as("02:00", false), "2026-11-30 02:00:00.000");
    assert_string_equal(read_as("-2h", false), "2026-11-30 00:00:00.000");
    assert_string_equal(read_as("-90s", false), "2026-11-30 01:58:30.000");
    assert_string_equal(read_as("-1w", false), "2026-11-23 02:00:00.000");
    assert_string_equal(read_as("2026-11-28", false), "2026-11-28 00:00:00.000");
    assert_string_equal(read_as("2026-11-28 21:59", false), "2026-11-28 21:59:00.000");
    assert_string_equal(read_as("2026-11-28T21:59:07.25Z", true),
                        "2026-11-28 21:59:07.250");
    assert_string_equal(read_as("2024-02-29", false), "2024-02-29 00:00:00.000");
    assert_string_equal(read_as("1969-12-31 23:59:59.5", false),
                        "1969-12-31 23:59:59.500");
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",           "3:00",        "24:00",      "03:60",      "2026-13-01",
        "2026-02-29", "2026-1-1",    "-h",         "-2x",        "2h",
        "-2hh",       "2026-11-28 ", "yesterday",  "03:00 ",     "2026-11-28 21",
        "21:59:61",   "21:59:07.",   "-99999999h", "2026-11-28x"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (strcmp(read_as(wrong[i], false), "no time") != 0)
            fail_msg("`%s` was read as %s", wrong[i], read_as(wrong[i], false));
}

static void local_time_is_that_of_the_zone(void **state)
{
    (void)state;
    assert_int_equal(setenv("TZ", "XYZ-3", 1), 0); /* three hours east */
    tzset();
    assert_string_equal(read_as("2026-11-28 21:59", true), "2026-11-28 18:59:00.000");
    assert_string_equal(read_as("04:30", true), "2026-11-30 01:30:00.000");
    assert_string_equal(read_as("05:30", true), "2026-11-29 02:30:00.000");
}

static void rfc_3339_has_all_digits(void **state)
{
    struct jn_bytes text = {0};

    (void)state;
    jn_when_put_rfc3339(&text, (jangle_time){now.us + 1234});
    assert_string_equal(jn_bytes_string(&text), "2026-11-30T02:00:00.001234Z");
    jn_bytes_clear(&text);
    jn_when_put_rfc3339(&text, (jangle_time){-1});
    assert_string_equal(jn_bytes_string(&text), "1969-12-31T23:59:59.999999Z");
    jn_bytes_free(&text);
}

static void a_time_beyond_all_calendars_is_a_number(void **state)
{
    struct jn_bytes text = {0};

    (void)state;
    jn_when_put(&text, (jangle_time){INT64_MAX}, false);
    assert_true(text.size > 0);
    jn_bytes_clear(&text);
    jn_when_put(&text, (jangle_time){INT64_MIN}, false);
    assert_true(text.size > 0);
    jn_bytes_free(&text);
}

static void a_thing_is_known_by_its_form(void **state)
{
    struct jn_thing thing;

    (void)state;
    assert_true(jn_thing_read(&thing, "1234"));
    assert_int_equal(thing.kind, JN_THING_POSITION);
    assert_int_equal(thing.position, 1234);
    assert_true(jn_thing_read(&thing, "34cbe591-338e-4a00-8000-00000000000F"));
    assert_int_equal(thing.kind, JN_THING_UUID);
    assert_true(jn_thing_read(&thing, "mail"));
    assert_int_equal(thing.kind, JN_THING_NAME);
    assert_true(jn_thing_read(&thing, "99999999999999999999"));
    assert_int_equal(thing.kind, JN_THING_NAME);
    assert_true(jn_thing_read(&thing, "/x"));
    assert_int_equal(thing.kind, JN_THING_NAME);
}

static void the_last_sign_with_digits_behind_it_is_a_version(void **state)
{
    struct jn_thing thing;

    (void)state;
    assert_true(jn_thing_read(&thing, "account/ann@home@12"));
    assert_int_equal(thing.kind, JN_THING_STREAM);
    assert_string_equal(thing.stream_kind, "account");
    assert_string_equal(thing.id, "ann@home@12");
    assert_string_equal(thing.id_before, "ann@home");
    assert_int_equal(thing.version, 12);
    jn_thing_free(&thing);
    assert_true(jn_thing_read(&thing, "account/ann@home/x"));
    assert_string_equal(thing.id, "ann@home/x");
    assert_null(thing.id_before);
    assert_int_equal(thing.version, 0);
    jn_thing_free(&thing);
    assert_true(jn_thing_read(&thing, "account/@1"));
    assert_null(thing.id_before);
    jn_thing_free(&thing);
}

static const char *meant(const char *typed)
{
    struct jn_suggestion suggestion = {.typed = typed};

    jn_suggest_offer(&suggestion, "events");
    jn_suggest_offer(&suggestion, "streams");
    jn_suggest_offer(&suggestion, "show");
    jn_suggest_offer(&suggestion, "info");
    return suggestion.best ? suggestion.best : "";
}

static void a_mistyped_word_was_the_closest_one(void **state)
{
    (void)state;
    assert_string_equal(meant("evnets"), "events");
    assert_string_equal(meant("strems"), "streams");
    assert_string_equal(meant("shwo"), "show");
    assert_string_equal(meant("str"), "streams");
    assert_string_equal(meant("inof"), "info");
    assert_string_equal(meant("frobnicate"), "");
    assert_string_equal(meant(""), "");
    assert_string_equal(meant("x"), "");
    assert_string_equal(meant("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_read_in_each_of_its_forms),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(local_time_is_that_of_the_zone),
        cmocka_unit_test(rfc_3339_has_all_digits),
        cmocka_unit_test(a_time_beyond_all_calendars_is_a_number),
        cmocka_unit_test(a_thing_is_known_by_its_form),
        cmocka_unit_test(the_last_sign_with_digits_behind_it_is_a_version),
        cmocka_unit_test(a_mistyped_word_was_the_closest_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
