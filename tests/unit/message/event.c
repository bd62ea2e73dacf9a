/* event.c - a record becomes an event, or a sentence that names the record. */
#include "message/event.h"

#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdlib.h>

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_error error;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int64_t pieces;

    jn_arena_finish(&fixture->arena);
    pieces = fixture->memory.pieces;
    free(fixture);
    return pieces ? -1 : 0;
}

struct paid {
    int64_t amount;
    const char *note;
};

static JANGLE_EVENT(paid, amount, note, version(2));

static struct jangle_record record_of(const char *payload, const char *meta)
{
    return (struct jangle_record){
        .position = 70,
        .kind = "account",
        .id = "000001",
        .version = 3,
        .type = "paid",
        .type_version = 2,
        .at = {12345},
        .event_id = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0x7d, 0xef, 0x81, 0x23, 0x45,
                     0x67, 0x89, 0xab, 0xcd, 0xef},
        .payload = payload,
        .payload_size = strlen(payload),
        .meta = meta,
    };
}

static void an_event_holds_all_that_the_record_says(void **state)
{
    struct fixture *fixture = *state;
    char payload[] = "{\"amount\":5,\"note\":\"n\"}", id[] = "000001", kind[] = "account";
    char meta[] = "{\"correlation_id\":\"co\",\"actor\":\"me\"}";
    struct jangle_record record = record_of(payload, meta);
    struct jangle_event event;
    const struct paid *data;

    record.id = id;
    record.kind = kind;
    assert_result(jn_event_read(&event, &fixture->arena, &record, &paid,
                                &jn_limits_default, &fixture->error),
                  JANGLE_OK);
    memset(kind, 'X', sizeof kind);
    memset(payload, 'X', sizeof payload);
    memset(id, 'X', sizeof id);
    memset(meta, 'X', sizeof meta);
    data = event.data;
    assert_ptr_equal(event.type, &paid);
    assert_int_equal(data->amount, 5);
    assert_string_equal(data->note, "n");
    assert_string_equal(event.id, "01234567-89ab-7def-8123-456789abcdef");
    assert_string_equal(event.kind, "account");
    assert_string_equal(event.aggregate_id, "000001");
    assert_int_equal(event.version, 3);
    assert_int_equal(event.position, 70);
    assert_int_equal(event.at.us, 12345);
    assert_string_equal(event.origin.correlation_id, "co");
    assert_string_equal(event.origin.actor, "me");
    assert_null(event.origin.causation_id);
    assert_null(event.origin.trace);
    assert_ptr_equal(event.arena, &fixture->arena);
}

/* An event page has the record as long as a handler has the event. */
static void an_event_of_a_kept_record_shows_the_record_s_own_texts(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of("{\"amount\":5}", "{\"actor\":\"me\"}");
    struct jangle_event kept, copied;

    assert_result(jn_event_read_kept(&kept, &fixture->arena, &record, &paid,
                                     &jn_limits_default, &fixture->error),
                  JANGLE_OK);
    assert_ptr_equal(kept.kind, record.kind);
    assert_ptr_equal(kept.aggregate_id, record.id);
    assert_result(jn_event_read(&copied, &fixture->arena, &record, &paid,
                                &jn_limits_default, &fixture->error),
                  JANGLE_OK);
    assert_string_equal(copied.kind, kept.kind);
    assert_string_equal(copied.aggregate_id, kept.aggregate_id);
    assert_string_equal(copied.id, kept.id);
    assert_string_equal(copied.origin.actor, kept.origin.actor);
    assert_int_equal(((const struct paid *)copied.data)->amount, 5);
    assert_int_equal(((const struct paid *)kept.data)->amount, 5);
    assert_int_equal(copied.position, kept.position);
    assert_int_equal(copied.version, kept.version);
}

static void
expect_refused(struct fixture *fixture, struct jangle_record record, const char *sentence)
{
    struct jangle_event event;

    fixture->error = (struct jangle_error){JANGLE_OK, ""};
    assert_result(jn_event_read(&event, &fixture->arena, &record, &paid,
                                &jn_limits_default, &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message, sentence);
    assert_null(event.data);
}

static void a_record_that_cannot_be_read_is_named(void **state)
{
    struct jangle_record record = record_of("{\"amount\":\"5\"}", NULL);

    expect_refused(
        *state, record,
        "account/000001, version 3, position 70: paid.amount: is a text, not a "
        "whole number");
    record = record_of("{}", "{\"actor\":7}");
    expect_refused(
        *state, record,
        "account/000001, version 3, position 70: origin.actor: is a number, not "
        "a text");
    record = record_of("{}", "");
    record.type_version = 3;
    expect_refused(
        *state, record,
        "account/000001, version 3, position 70: paid: stored as version 3, and "
        "this program knows up to version 2");
}

static void a_long_stream_id_leaves_room_for_the_reason(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of("{\"amount\":\"5\"}", NULL);
    struct jangle_event event;
    char id[201];

    memset(id, 'i', sizeof id - 1);
    id[200] = '\0';
    record.id = id;
    assert_result(jn_event_read(&event, &fixture->arena, &record, &paid,
                                &jn_limits_default, &fixture->error),
                  JANGLE_INVALID);
    assert_non_null(
        strstr(fixture->error.message, "paid.amount: is a text, not a whole number"));
}

static void without_memory_it_says_so(void **state)
{
    struct fixture *fixture = *state;
    char payload[5000] = "{\"note\":\"";
    struct jangle_record record;
    enum jangle_result result = JANGLE_NO_MEMORY;
    int64_t at;

    memset(payload + strlen(payload), 'n', 4900);
    memcpy(payload + 4900, "\"}", 3);
    record = record_of(payload, "{\"actor\":\"me\"}");
    for (at = 1; result; at++) {
        struct jangle_event event;

        jn_arena_finish(&fixture->arena);
        jn_arena_init(&fixture->arena, &fixture->memory.allocator);
        failing_allocator_arm(&fixture->memory, at);
        result = jn_event_read(&event, &fixture->arena, &record, &paid,
                               &jn_limits_default, NULL);
        assert_result(result, fixture->memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        if (result)
            assert_null(event.data);
    }
    assert_true(at > 2);
}

/* ---- meta -------------------------------------------------------------------- */

static void an_origin_is_written_and_read_back(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_origin origin = {.correlation_id = "co",
                                   .causation_id = "ca\"\xc3\xa9",
                                   .actor = "",
                                   .trace = NULL};
    struct jangle_origin back;
    const char *meta;

    assert_result(jn_meta_write(&fixture->arena, &origin, &jn_limits_default, &meta,
                                &fixture->error),
                  JANGLE_OK);
    assert_string_equal(meta,
                        "{\"correlation_id\":\"co\",\"causation_id\":\"ca\\\"\xc3\xa9\","
                        "\"actor\":\"\"}");
    assert_result(
        jn_meta_read(&fixture->arena, meta, &jn_limits_default, &back, &fixture->error),
        JANGLE_OK);
    assert_string_equal(back.correlation_id, "co");
    assert_string_equal(back.causation_id, "ca\"\xc3\xa9");
    assert_string_equal(back.actor, "");
    assert_null(back.trace);

    origin = (struct jangle_origin){.trace = "00-0af7-b7ad-01"};
    assert_result(
        jn_meta_write(&fixture->arena, &origin, &jn_limits_default, &meta, NULL),
        JANGLE_OK);
    assert_result(jn_meta_read(&fixture->arena, meta, &jn_limits_default, &back, NULL),
                  JANGLE_OK);
    assert_string_equal(back.trace, "00-0af7-b7ad-01");
    assert_null(back.correlation_id);
}

static void no_meta_is_an_empty_origin(void **state)
{
    static const char *const none[] = {NULL, "", "{}", "{\"actor\":null,\"later\":[]}"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct jangle_origin origin = {"x", "x", "x", "x"};

        assert_result(jn_meta_read(&fixture->arena, none[i], &jn_limits_default, &origin,
                                   &fixture->error),
                      JANGLE_OK);
        assert_null(origin.correlation_id);
        assert_null(origin.causation_id);
        assert_null(origin.actor);
        assert_null(origin.trace);
    }
}

static void an_actor_that_is_not_utf8_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_origin origin = {.actor = "me\xff"};
    const char *meta;

    assert_result(jn_meta_write(&fixture->arena, &origin, &jn_limits_default, &meta,
                                &fixture->error),
                  JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "origin.actor: is not UTF-8 at byte 2");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_holds_all_that_the_record_says),
        TEST(an_event_of_a_kept_record_shows_the_record_s_own_texts),
        TEST(a_record_that_cannot_be_read_is_named),
        TEST(a_long_stream_id_leaves_room_for_the_reason),
        TEST(without_memory_it_says_so),
        TEST(an_origin_is_written_and_read_back),
        TEST(no_meta_is_an_empty_origin),
        TEST(an_actor_that_is_not_utf8_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
