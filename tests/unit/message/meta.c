/* meta.c - the meta of records, of events of this store and of messages that were
 * received: what is written goes the fast way, and says the same as by the plain one. */
#include "message/event.h"

#include "fuzz/spoil.h"
#include "message/canonical.h"
#include "message/decode.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/test.h"

#include <stdlib.h>

enum { ROUNDS = 400, SPOILT_EACH = 5 };

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena; /* emptied after each round */
    struct samples samples;
};

/* The members of a meta, for the plain reader. */
struct origin {
    jangle_optional_text correlation_id;
    jangle_optional_text causation_id;
    jangle_optional_text actor;
    jangle_optional_text trace;
    jangle_json received;
};

static JANGLE_STRUCT(origin, correlation_id, causation_id, actor, trace, received);

/* ---- how it was read ------------------------------------------------------------- */

static int taken, declined;

/* The linker calls these for each other. */
enum jn_canonical __real_jn_canonical_decode(struct jangle_arena *arena,
                                             const struct jangle_message *type,
                                             const char *json,
                                             size_t size,
                                             int version,
                                             const struct jn_limits *limits,
                                             void *data);

enum jn_canonical __wrap_jn_canonical_decode(struct jangle_arena *arena,
                                             const struct jangle_message *type,
                                             const char *json,
                                             size_t size,
                                             int version,
                                             const struct jn_limits *limits,
                                             void *data);

enum jn_canonical __wrap_jn_canonical_decode(struct jangle_arena *arena,
                                             const struct jangle_message *type,
                                             const char *json,
                                             size_t size,
                                             int version,
                                             const struct jn_limits *limits,
                                             void *data)
{
    enum jn_canonical read =
        __real_jn_canonical_decode(arena, type, json, size, version, limits, data);

    taken += read == JN_CANONICAL_TAKEN;
    declined += read == JN_CANONICAL_DECLINED;
    return read;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
    fixture->samples = (struct samples){.state = 1, .arena = &fixture->arena};
    taken = declined = 0;
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

/* ---- what is read ---------------------------------------------------------------- */

static const char *sometimes(struct samples *samples)
{
    return sample_below(samples, 2) ? sample_text(samples) : NULL;
}

static struct jangle_origin draw(struct samples *samples)
{
    return (struct jangle_origin){.correlation_id = sometimes(samples),
                                  .causation_id = sometimes(samples),
                                  .actor = sometimes(samples),
                                  .trace = sometimes(samples)};
}

static void expect_text(const char *text, const char *expected)
{
    if (text && expected)
        assert_string_equal(text, expected);
    else
        assert_true(text == expected);
}

static void expect_origin(const struct jangle_origin *read,
                          const struct jangle_origin *expected)
{
    expect_text(read->correlation_id, expected->correlation_id);
    expect_text(read->causation_id, expected->causation_id);
    expect_text(read->actor, expected->actor);
    expect_text(read->trace, expected->trace);
}

static void an_origin_is_read_at_once(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < ROUNDS; i++) {
        struct jangle_origin from = draw(&fixture->samples), to;
        const char *meta;

        assert_result(
            jn_meta_write(&fixture->arena, &from, &jn_limits_default, &meta, NULL),
            JANGLE_OK);
        assert_result(jn_meta_read(&fixture->arena, meta, &jn_limits_default, &to, NULL),
                      JANGLE_OK);
        expect_origin(&to, &from);
        jn_arena_reset(&fixture->arena);
    }
    assert_int_equal(taken, ROUNDS);
    assert_int_equal(declined, 0);
}

/* Its meta has one member more, and so has a description of its own. */
static void what_was_received_is_read_without_the_plain_reader(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < ROUNDS; i++) {
        struct jangle_origin from = draw(&fixture->samples), to;
        struct jn_received message = {.base = {.source = "s", .id = "i", .position = 3},
                                      .subject = sample_text(&fixture->samples),
                                      .version = sample_int(&fixture->samples)};
        struct jangle_record record = {.kind = "consumer"};
        const struct jn_received *received;

        assert_result(jn_meta_write_received(&fixture->arena, &from, &message,
                                             &jn_limits_default, &record.meta, NULL),
                      JANGLE_OK);
        assert_result(jn_meta_read_received(&fixture->arena, &record, &jn_limits_default,
                                            &to, &received, NULL),
                      JANGLE_OK);
        expect_origin(&to, &from);
        assert_string_equal(received->subject, message.subject);
        assert_true(received->version == message.version);
        jn_arena_reset(&fixture->arena);
    }
    assert_int_equal(taken, 2 * ROUNDS);
    assert_int_equal(declined, ROUNDS);
}

static void expect_as_plain(struct fixture *fixture, const char *meta)
{
    struct jangle_error error = {JANGLE_OK, ""}, plain_error = {JANGLE_OK, ""};
    struct jangle_origin to, expected;
    struct origin plain;
    enum jangle_result result =
        jn_decode_plain(&fixture->arena, &origin, meta, strlen(meta), 1,
                        &jn_limits_default, &plain, &plain_error);

    expected =
        (struct jangle_origin){plain.correlation_id.value, plain.causation_id.value,
                               plain.actor.value, plain.trace.value};
    assert_result(jn_meta_read(&fixture->arena, meta, &jn_limits_default, &to, &error),
                  result);
    assert_string_equal(error.message, plain_error.message);
    expect_origin(&to, &expected);
}

static void whatever_becomes_of_a_meta_it_says_the_same(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < ROUNDS; i++) {
        struct jangle_origin from = draw(&fixture->samples);
        const char *meta;

        assert_result(
            jn_meta_write(&fixture->arena, &from, &jn_limits_default, &meta, NULL),
            JANGLE_OK);
        for (int j = 0; j < SPOILT_EACH; j++) {
            char *text = jangle_alloc(&fixture->arena, 2 * strlen(meta) + 1);
            size_t size;

            assert_non_null(text);
            memcpy(text, meta, strlen(meta));
            size = spoil(&fixture->samples, (uint8_t *)text, strlen(text));
            text[size] = '\0';
            if (*text)
                expect_as_plain(fixture, text);
        }
        jn_arena_reset(&fixture->arena);
    }
    assert_in_range(taken, ROUNDS / 10, ROUNDS * SPOILT_EACH);
    assert_in_range(declined, ROUNDS, 2 * ROUNDS * SPOILT_EACH);
}

static void an_origin_without_memory_says_so(void **state)
{
    static const char meta[] = "{\"correlation_id\":\"%02000d\",\"actor\":\"%03000d\"}";
    struct fixture *fixture = *state;
    const char *text = jangle_text(&fixture->arena, meta, 1, 2);
    enum jangle_result result = JANGLE_NO_MEMORY;
    int64_t at;

    for (at = 1; result; at++) {
        struct jangle_error error = {JANGLE_OK, ""};
        struct jangle_origin to = {"x", "x", "x", "x"};
        struct jangle_arena arena;

        jn_arena_init(&arena, &fixture->memory.allocator);
        failing_allocator_arm(&fixture->memory, at);
        result = jn_meta_read(&arena, text, &jn_limits_default, &to, &error);
        assert_result(result, fixture->memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_result(error.result, result);
        if (result)
            assert_null(to.correlation_id);
        jn_arena_finish(&arena);
    }
    assert_int_equal(at - 2, 2);
    assert_int_equal(declined, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_origin_is_read_at_once),
        TEST(what_was_received_is_read_without_the_plain_reader),
        TEST(whatever_becomes_of_a_meta_it_says_the_same),
        TEST(an_origin_without_memory_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
