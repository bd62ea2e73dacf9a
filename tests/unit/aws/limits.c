/* limits.c - what is malformed or too large is refused, with a sentence that holds
 * nothing of the message. */
#include "support/test.h"

#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 1000000 };

struct seen {
    size_t count;
    size_t body_size;
    size_t header_count;
    char first_header[16]; /* its name */
};

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    struct seen *seen = context;

    seen->count++;
    seen->body_size = parcel->body_size;
    seen->header_count = parcel->header_count;
    if (parcel->header_count)
        snprintf(seen->first_header, sizeof seen->first_header, "%s",
                 parcel->headers[0].name);
    return JANGLE_OK;
}

/* A text that grows. */
struct text {
    FILE *file;
    char *bytes;
    size_t size;
};

static void begin(struct text *text, const char *start)
{
    text->file = open_memstream(&text->bytes, &text->size);
    assert_non_null(text->file);
    fputs(start, text->file);
}

static void repeat(struct text *text, const char *part, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fputs(part, text->file);
}

/* What a visit says of it; "" if nothing is wrong. */
static const char *visit(struct text *text,
                         const char *end,
                         const struct jangle_aws_visit_options *options,
                         struct seen *seen)
{
    static struct jangle_error error;
    enum jangle_result result;

    fputs(end, text->file);
    fclose(text->file);
    *seen = (struct seen){0};
    result = jangle_aws_visit(text->bytes, options, take, seen, &error);
    free(text->bytes);
    assert_result(error.result, result);
    assert_true(result == JANGLE_OK || result == JANGLE_INVALID);
    assert_null(strstr(error.message, "secret"));
    return error.message;
}

static const char *visit_record(const char *json)
{
    struct text text;
    struct seen seen;

    begin(&text, "{\"Records\":[{");
    repeat(&text, json, 1);
    return visit(&text, "}]}", NULL, &seen);
}

/* ---- sizes
 * ----------------------------------------------------------------------------- */

static const char *visit_body(size_t size, size_t message_bytes, struct seen *seen)
{
    const struct jangle_aws_visit_options options = {.message_bytes = message_bytes};
    struct text text;

    begin(&text, "{\"Records\":[{\"body\":\"");
    repeat(&text, "\\u0041", size);
    return visit(&text, "\"}]}", &options, seen);
}

static void a_body_has_message_bytes_and_not_one_more(void **state)
{
    struct seen seen;

    (void)state;
    assert_string_equal(visit_body(64, 64, &seen), "");
    assert_int_equal(seen.body_size, 64);
    assert_string_equal(visit_body(65, 64, &seen),
                        "record 1: its body has 65 bytes, and `message_bytes` is 64");
    assert_int_equal(seen.count, 0);
    assert_string_equal(visit_body(1 << 20, 0, &seen), "");
    assert_string_equal(
        visit_body((1 << 20) + 1, 0, &seen),
        "record 1: its body has 1048577 bytes, and `message_bytes` is 1048576");
}

static const char *visit_attributes(size_t count, size_t size, struct seen *seen)
{
    struct text text;

    begin(&text, "{\"Records\":[{\"body\":\"b\",\"messageAttributes\":{");
    for (size_t i = 0; i < count; i++) {
        fprintf(text.file, "%s\"a%02zu\":{\"stringValue\":\"", i ? "," : "", i);
        repeat(&text, "x", size);
        repeat(&text, "\",\"dataType\":\"String\"}", 1);
    }
    return visit(&text, "}}]}", NULL, seen);
}

static void there_are_64_headers_and_not_one_more(void **state)
{
    struct seen seen;

    (void)state;
    assert_string_equal(visit_attributes(64, 1, &seen), "");
    assert_int_equal(seen.header_count, 64);
    assert_string_equal(visit_attributes(65, 1, &seen),
                        "record 1: it has more than 64 headers");
    assert_string_equal(visit_attributes(1, 8189, &seen), "");
    assert_string_equal(visit_attributes(1, 8190, &seen),
                        "record 1: its header \"a00\" is longer than 8192 bytes");
    assert_string_equal(visit_attributes(8, 8189, &seen), "");
    assert_string_equal(visit_attributes(9, 8189, &seen),
                        "record 1: its headers are longer than 65536 bytes together");
}

static const char *visit_named(const char *member, size_t size)
{
    struct text text;
    struct seen seen;

    begin(&text, "{\"Records\":[{\"body\":\"b\",");
    repeat(&text, member, 1);
    repeat(&text, "i", size);
    return visit(&text, strchr(member, ':') != strrchr(member, ':') ? "\"}}]}" : "\"}]}",
                 NULL, &seen);
}

static const char *visit_sns_id(size_t size)
{
    struct text text;
    struct seen seen;

    begin(&text,
          "{\"Records\":[{\"Sns\":{\"Type\":\"Notification\",\"Message\":\"m\","
          "\"TopicArn\":\"t\",\"MessageId\":\"");
    repeat(&text, "i", size);
    return visit(&text, "\"}}]}", NULL, &seen);
}

static void an_id_and_a_key_have_200_bytes_and_not_one_more(void **state)
{
    static const char group[] = "\"attributes\":{\"MessageGroupId\":\"";

    (void)state;
    assert_string_equal(visit_named("\"messageId\":\"", 200), "");
    assert_string_equal(visit_named("\"messageId\":\"", 201),
                        "record 1: `messageId` is longer than 200 bytes");
    assert_string_equal(visit_sns_id(200), "");
    assert_string_equal(visit_sns_id(201),
                        "record 1: the `MessageId` of `Sns` is longer than 200 bytes");
    assert_string_equal(visit_named(group, 200), "");
    assert_string_equal(visit_named(group, 201),
                        "record 1: `MessageGroupId` is longer than 200 bytes");
}

static void an_attribute_of_ours_has_its_limit_too(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } all[] = {{"id", 200}, {"key", 200}, {"type", 8192 - 4}, {"content-type", 8192}};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t more = 0; more < 2; more++) {
            struct text text;
            struct seen seen;
            const char *sentence;

            begin(&text, "{\"Records\":[{\"body\":\"b\",\"messageAttributes\":{\"");
            fprintf(text.file, "%s\":{\"stringValue\":\"", all[i].name);
            repeat(&text, "i", all[i].most + more);
            sentence = visit(&text, "\"}}}]}", NULL, &seen);
            assert_int_equal(!*sentence, !more);
            assert_int_equal(seen.count, !more);
        }
}

static void a_deep_event_is_refused(void **state)
{
    struct text text;
    struct seen seen;

    (void)state;
    begin(&text, "{\"Records\":[{\"body\":\"b\",\"x\":");
    repeat(&text, "[", 61);
    repeat(&text, "]", 61);
    assert_string_equal(visit(&text, "}]}", NULL, &seen), "");
    begin(&text, "{\"Records\":[{\"body\":\"b\",\"x\":");
    repeat(&text, "[", MANY);
    assert_string_equal(visit(&text, "", NULL, &seen),
                        "the event is no JSON: it is nested too deep at byte 89");
}

/* ---- malformed attributes
 * --------------------------------------------------------------- */

/* One header more: the attribute itself, as it is. */
static void headers_that_jangle_has_not_written_are_one_header(void **state)
{
    static const char *const values[] = {
        "[7]",
        "[[]]",
        "[[\\\"a\\\"]]",
        "[[\\\"a\\\",7]]",
        "[[\\\"a\\\",\\\"b\\\",65]]",
        "[[\\\"a\\\",\\\"YQ==\\\",640]]",
        "[[\\\"a\\\",\\\"b\\\",64]]",
        "[[\\\"a\\\",\\\"AAAA\\\",64]]",
        "[[\\\"a\\\",\\\"YQ==\\\",64,1]]",
        "[[\\\"a\\\",\\\"b\\\"]",
        "[[\\\"a\\\",\\\"b\\\"]]x",
        "[[\\\"a\\\",\\\"b\\\"],7]",
        "[[\\\"a\\\",\\\"\\\\u0000\\\"]]",
        "text",
    };

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct text text;
        struct seen seen;

        begin(&text,
              "{\"Records\":[{\"body\":\"b\",\"messageAttributes\":{\"headers\":"
              "{\"stringValue\":\"");
        repeat(&text, values[i], 1);
        assert_string_equal(visit(&text, "\"}}}]}", NULL, &seen), "");
        assert_int_equal(seen.header_count, 1);
        assert_string_equal(seen.first_header, "headers");
    }
}

static void a_body_that_is_no_base64_stays_what_it_is(void **state)
{
    static const char *const bodies[] = {
        "A", "AA", "AAA", "AA=A", "A===", "====", "AB==", "AAB=", "AA-_", "AA A"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct text text;
        struct seen seen;

        begin(&text,
              "{\"Records\":[{\"messageAttributes\":{\"encoding\":"
              "{\"stringValue\":\"base64\"}},\"body\":\"");
        repeat(&text, bodies[i], 1);
        assert_string_equal(visit(&text, "\"}]}", NULL, &seen), "");
        assert_int_equal(seen.body_size, strlen(bodies[i]));
        assert_int_equal(seen.header_count, 1);
    }
}

static const char *visit_hidden(size_t size, struct seen *seen)
{
    struct text text;

    begin(&text,
          "{\"Records\":[{\"body\":\"b\",\"messageAttributes\":{\"headers\":"
          "{\"stringValue\":\"[[\\\":id\\\",\\\"");
    repeat(&text, "i", size);
    return visit(&text, "\\\"],[\\\":other\\\",\\\"\\\"]]\"}}}]}", NULL, seen);
}

static void a_text_that_is_hidden_among_the_headers_is_none_of_them(void **state)
{
    struct seen seen;

    (void)state;
    assert_string_equal(visit_hidden(200, &seen), "");
    assert_int_equal(seen.header_count, 1);
    assert_string_equal(visit_hidden(201, &seen),
                        "record 1: its attribute `id` is longer than 200 bytes");
}

static void attributes_that_are_malformed_are_refused(void **state)
{
    (void)state;
    assert_string_equal(visit_record("\"body\":\"b\",\"messageAttributes\":{\"a\":7}"),
                        "record 1: its attribute \"a\" is no JSON object");
    assert_string_equal(
        visit_record("\"body\":\"b\",\"messageAttributes\":{\"a\":{\"stringValue\":7}}"),
        "record 1: `stringValue` of its attribute \"a\" is not a text");
    assert_string_equal(visit_record("\"body\":\"b\",\"messageAttributes\":[]"),
                        "record 1: `messageAttributes` of the record is not an object");
    assert_string_equal(visit_record("\"body\":\"secret\\u0000\""),
                        "record 1: `body` holds a NUL");
    assert_string_equal(visit_record("\"body\":\"secret\\ud800\""),
                        "record 1: `body` holds half a surrogate pair");
    assert_string_equal(visit_record("\"body\":\"secret\xff\""),
                        "the event is no JSON: it is not UTF-8 at byte 27");
}

/* ---- programs that use our names for something else
 * -------------------------------------- */

static enum jangle_result check_foreign(void *context,
                                        const struct jangle_parcel *parcel,
                                        struct jangle_error *error)
{
    (void)error;
    (void)context;
    assert_int_equal(parcel->attempt, 1);
    assert_int_equal(parcel->body_size, 4);
    assert_int_equal(parcel->header_count, 3);
    for (size_t i = 0; i < parcel->header_count; i++)
        assert_string_equal(parcel->headers[i].value, "theirs");
    return JANGLE_OK;
}

static void what_others_mean_by_our_names_is_a_header(void **state)
{
    static const char json[] =
        "{\"Records\":[{\"body\":\"text\",\"attributes\":{\"ApproximateReceiveCount\":"
        "\"1\"},\"messageAttributes\":{\"headers\":{\"stringValue\":\"theirs\"},"
        "\"attempt\":{\"stringValue\":\"theirs\"},"
        "\"encoding\":{\"stringValue\":\"theirs\"}}}]}";

    (void)state;
    assert_result(jangle_aws_visit(json, NULL, check_foreign, NULL, NULL), JANGLE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_has_message_bytes_and_not_one_more),
        cmocka_unit_test(there_are_64_headers_and_not_one_more),
        cmocka_unit_test(an_id_and_a_key_have_200_bytes_and_not_one_more),
        cmocka_unit_test(an_attribute_of_ours_has_its_limit_too),
        cmocka_unit_test(a_deep_event_is_refused),
        cmocka_unit_test(headers_that_jangle_has_not_written_are_one_header),
        cmocka_unit_test(a_body_that_is_no_base64_stays_what_it_is),
        cmocka_unit_test(a_text_that_is_hidden_among_the_headers_is_none_of_them),
        cmocka_unit_test(attributes_that_are_malformed_are_refused),
        cmocka_unit_test(what_others_mean_by_our_names_is_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
