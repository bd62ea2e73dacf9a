/* members.c - the members of an object have names of their own, however many there are.
 */
#include "support/test.h"
#include "support/wire.h"

#include <stdio.h>

enum { MOST = 100, SIZE = 4096 };

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

/* A message with so many members of its own: x0, x1... and then one more. */
static void write_body(char body[SIZE], int count, const char *last)
{
    int length = snprintf(body, SIZE,
                          "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"s\","
                          "\"type\":\"t\"");

    for (int i = 0; i < count; i++)
        length += snprintf(body + length, (size_t)(SIZE - length), ",\"x%d\":1", i);
    length += snprintf(body + length, (size_t)(SIZE - length), ",\"%s\":1}", last);
    assert_true(length < SIZE);
}

static void a_name_that_is_given_twice_is_found_among_any_number(void **state)
{
    (void)state;
    for (int count = 2; count < MOST; count++)
        for (int twice = 0; twice < count; twice += count / 2) {
            char body[SIZE], name[16], sentence[64];
            struct jangle_parcel parcel;

            snprintf(name, sizeof name, "x%d", twice);
            snprintf(sentence, sizeof sentence, "cloudevents: %s: is given twice", name);
            write_body(body, count, name);
            parcel = parcel_of(&parcels, NULL, NULL, body);
            expect_refused(&parcels, &jangle_cloudevents, &parcel, sentence);
        }
}

static void any_number_of_names_that_differ_is_read(void **state)
{
    (void)state;
    for (int count = 2; count < MOST; count++) {
        char body[SIZE];
        struct jangle_parcel parcel;

        write_body(body, count, "x");
        parcel = parcel_of(&parcels, NULL, NULL, body);
        assert_string_equal(contents_read(&parcels, &jangle_cloudevents, &parcel).type,
                            "t");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_name_that_is_given_twice_is_found_among_any_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_number_of_names_that_differ_is_read, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
