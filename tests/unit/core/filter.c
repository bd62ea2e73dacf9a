/* filter.c - the contract of plugin/filter.h: filters are compiled at open, asked with a
 * document of the message, and closed. */
#include "core/filter.h"

#include "core/engine.h"
#include "message/event.h"
#include "support/failing_allocator.h"
#include "support/small_filter.h"
#include "support/test.h"

#include <pthread.h>
#include <string.h>

struct paid {
    int64_t amount;
};

static JANGLE_EVENT(paid, amount);

/* ---- an instance of which only filters are open --------------------------- */

struct fixture {
    struct failing_allocator memory;
    struct jangle jangle;
    struct jangle_arena arena; /* of documents */
    struct jangle_subscriber subscriber;
    struct jangle_route routes[3];
    struct jangle_publisher publisher;
    struct jangle_consumer consumer;
    const struct jangle_subscriber *subscribers[1];
    const struct jangle_publisher *publishers[1];
    const struct jangle_consumer *consumers[1];
    struct jangle_error error;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct jangle *jangle = &fixture.jangle;

    fixture = (struct fixture){
        .subscriber = {.name = "mail"},
        .routes = {{.type = &paid}, {.type = &paid}, {.type = &paid}},
        .publisher = {.name = "news", .routes = {fixture.routes, 3}},
        .consumer = {.name = "shop", .routes = {fixture.routes + 2, 1}},
        .subscribers = {&fixture.subscriber},
        .publishers = {&fixture.publisher},
        .consumers = {&fixture.consumer},
    };
    small_filter_forget();
    failing_allocator_init(&fixture.memory, 0);
    jangle->backend_host.allocator = fixture.memory.allocator;
    jangle->limits = jn_limits_default;
    jangle->config.source = "jangle:here";
    jangle->config.subscribers = (struct jangle_subscribers){fixture.subscribers, 1};
    jangle->config.publishers = (struct jangle_publishers){fixture.publishers, 1};
    jn_arena_init(&jangle->arena, &fixture.memory.allocator);
    jn_arena_init(&fixture.arena, &fixture.memory.allocator);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    jn_filters_close(&fixture->jangle);
    jn_arena_finish(&fixture->jangle.arena);
    jn_arena_finish(&fixture->arena);
    return fixture->memory.pieces || small_filter_seen.open ? -1 : 0;
}

static void set_filter(struct jangle_filter *where, const char *text)
{
    *where = (struct jangle_filter){text, &small_filter_ops};
}

static void open_filters(struct fixture *fixture)
{
    assert_result(jn_filters_open(&fixture->jangle, &fixture->error), JANGLE_OK);
}

static bool ask(struct fixture *fixture,
                const struct jangle_filter *where,
                struct jn_candidate *candidate)
{
    bool wanted;

    assert_result(
        jn_filter_ask(&fixture->jangle, where, candidate, &wanted, &fixture->error),
        JANGLE_OK);
    return wanted;
}

/* ---- FI-1 ----------------------------------------------------------------- */

static void fi_01_each_filter_of_every_table_is_compiled_once(void **state)
{
    struct fixture *fixture = *state;

    fixture->jangle.config.consumers = (struct jangle_consumers){fixture->consumers, 1};
    fixture->consumer.routes.items = fixture->routes;
    fixture->publisher.routes = (struct jangle_routes){fixture->routes + 1, 2};
    set_filter(&fixture->subscriber.where, "all");
    set_filter(&fixture->routes[0].where, "none");
    set_filter(&fixture->routes[2].where, "all");
    open_filters(fixture);
    assert_int_equal(small_filter_seen.compiled, 3);
    assert_int_equal(small_filter_seen.open, 3);
    assert_int_equal(small_filter_seen.asked, 0);
}

/* A shared text is no shared program: each row has its own. */
static void fi_01_two_rows_may_have_the_same_filter(void **state)
{
    static const struct jangle_filter shared = SMALL_FILTER("event.name = \"paid\"");
    struct fixture *fixture = *state;
    struct jangle_record record = {
        .kind = "k", .id = "i", .type = "paid", .payload = "{}", .payload_size = 2};
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};

    fixture->routes[0].where = fixture->routes[2].where = shared;
    open_filters(fixture);
    assert_int_equal(small_filter_seen.compiled, 2);
    assert_true(ask(fixture, &fixture->routes[0].where, &candidate));
    assert_true(ask(fixture, &fixture->routes[2].where, &candidate));
}

static void fi_01_what_is_wrong_with_the_text_is_said_with_its_row(void **state)
{
    struct fixture *fixture = *state;

    set_filter(&fixture->subscriber.where, "all");
    set_filter(&fixture->routes[0].where, "none");
    set_filter(&fixture->routes[1].where, "amount < 5");
    set_filter(&fixture->routes[2].where, "all");
    assert_result(jn_filters_open(&fixture->jangle, &fixture->error), JANGLE_INVALID);
    assert_string_equal(fixture->error.message,
                        "news.routes[1].where: at byte 10: there is no \" = \"");
    assert_int_equal(small_filter_seen.compiled, 3);
    assert_int_equal(small_filter_seen.open, 0);
    fixture->error = (struct jangle_error){0};
    set_filter(&fixture->subscriber.where, "event = x");
    assert_result(jn_filters_open(&fixture->jangle, &fixture->error), JANGLE_INVALID);
    assert_string_equal(fixture->error.message, "mail.where: at byte 8: that is no JSON");
}

/* ---- FI-2 ----------------------------------------------------------------- */

static const char payload[] = "{\"amount\":5, \"note\":\"\\u00e9\"}";

static struct jangle_record record_of(const char *meta)
{
    return (struct jangle_record){
        .position = 70,
        .kind = "account",
        .id = "000001",
        .version = 3,
        .type = "paid",
        .type_version = 2,
        .at = {12345},
        .payload = payload,
        .payload_size = strlen(payload),
        .meta = meta,
    };
}

static void fi_02_the_document_of_an_event_is_what_the_store_has(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of("{\"actor\":\"me\"}");
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};

    set_filter(&fixture->subscriber.where, "event.attributes.amount = 5");
    open_filters(fixture);
    small_filter_seen.keeps = true;
    assert_true(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_string_equal(small_filter_seen.document,
                        "{\"event\":{\"name\":\"paid\",\"version\":2,\"timestamp\":12345,"
                        "\"subject\":\"000001\",\"publisher\":\"jangle:here\","
                        "\"attributes\":{\"amount\":5, \"note\":\"\\u00e9\"}},"
                        "\"extra\":{}}");
    assert_false(candidate.mismatched);
}

static const struct jn_received sent = {
    .base = {.source = "shop",
             .id = "77",
             .type = "Paid",
             .key = "k",
             .extra = "{\"reply_to\":\"q\"}"},
    .subject = "ann \"a\"",
    .at = {99},
};

static void fi_02_of_an_event_that_was_received_it_is_what_the_sender_said(void **state)
{
    struct fixture *fixture = *state;
    struct jn_candidate candidate = {.arena = &fixture->arena};
    struct jangle_origin nobody = {0};
    struct jangle_record record;
    const char *meta;

    assert_result(jn_meta_write_received(&fixture->arena, &nobody, &sent,
                                         &jn_limits_default, &meta, &fixture->error),
                  JANGLE_OK);
    record = record_of(meta);
    candidate.record = &record;
    set_filter(&fixture->subscriber.where, "event.publisher = \"shop\"");
    open_filters(fixture);
    small_filter_seen.keeps = true;
    assert_true(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_string_equal(small_filter_seen.document,
                        "{\"event\":{\"name\":\"paid\",\"version\":2,\"timestamp\":99,"
                        "\"subject\":\"ann \\\"a\\\"\",\"publisher\":\"shop\","
                        "\"attributes\":{\"amount\":5, \"note\":\"\\u00e9\"}},"
                        "\"extra\":{\"reply_to\":\"q\"}}");
}

static struct jangle_contents contents_of(const char *data, const char *extra)
{
    return (struct jangle_contents){.id = "77",
                                    .source = "shop",
                                    .type = "Paid",
                                    .type_version = 4,
                                    .subject = "ann",
                                    .at = {99},
                                    .data = data,
                                    .extra = extra};
}

static void fi_02_the_document_of_a_message_is_what_its_format_has(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_contents contents = contents_of("[1]", "{\"a\":{}}");
    struct jn_candidate candidate = {.arena = &fixture->arena, .contents = &contents};

    set_filter(&fixture->subscriber.where, "extra.a = {}");
    open_filters(fixture);
    small_filter_seen.keeps = true;
    assert_true(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_string_equal(small_filter_seen.document,
                        "{\"event\":{\"name\":\"Paid\",\"version\":4,\"timestamp\":99,"
                        "\"subject\":\"ann\",\"publisher\":\"shop\","
                        "\"attributes\":[1]},\"extra\":{\"a\":{}}}");
}

static void fi_02_what_is_not_said_has_no_members(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_contents contents = {
        .source = "", .type = "", .subject = "", .data = "", .extra = ""};
    struct jn_candidate candidate = {.arena = &fixture->arena, .contents = &contents};

    set_filter(&fixture->subscriber.where, "event.attributes = {}");
    open_filters(fixture);
    small_filter_seen.keeps = true;
    assert_true(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_string_equal(small_filter_seen.document,
                        "{\"event\":{\"name\":\"\",\"version\":0,\"timestamp\":0,"
                        "\"subject\":\"\",\"publisher\":\"\",\"attributes\":{}},"
                        "\"extra\":{}}");
}

static void fi_02_the_document_is_made_once_and_only_for_a_filter(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of(NULL);
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};
    const char *document;

    set_filter(&fixture->routes[1].where, "none");
    set_filter(&fixture->routes[2].where, "all");
    open_filters(fixture);
    assert_true(ask(fixture, &fixture->routes[0].where, &candidate));
    assert_int_equal(fixture->arena.used, 0);
    assert_false(ask(fixture, &fixture->routes[1].where, &candidate));
    document = candidate.document;
    assert_non_null(document);
    assert_true(ask(fixture, &fixture->routes[2].where, &candidate));
    assert_ptr_equal(candidate.document, document);
    assert_int_equal(small_filter_seen.asked, 2);
}

static void fi_02_what_a_filter_cannot_judge_is_not_wanted(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of(NULL);
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};

    set_filter(&fixture->routes[0].where, "event.attributes.amount = \"5\"");
    set_filter(&fixture->routes[1].where, "event.attributes.amount = 5");
    open_filters(fixture);
    assert_false(ask(fixture, &fixture->routes[0].where, &candidate));
    assert_true(candidate.mismatched);
    assert_true(ask(fixture, &fixture->routes[1].where, &candidate));
    assert_true(candidate.mismatched); /* by the first one */
}

static enum jangle_result compile_nothing(const struct jangle_filter *filter,
                                          const struct jangle_host *host,
                                          struct jangle_filter_program **program,
                                          struct jangle_error *error)
{
    (void)filter, (void)host, (void)program, (void)error;
    return JANGLE_OK;
}

static bool want_in_doubt(const struct jangle_filter_program *program,
                          const char *document,
                          size_t size,
                          bool *mismatch)
{
    (void)program, (void)document, (void)size;
    *mismatch = true;
    return true;
}

static int closed;

static void count_closed(struct jangle_filter_program *program)
{
    closed += program == NULL;
}

static const struct jangle_filter_ops doubtful = {.abi = 1,
                                                  .name = "doubtful",
                                                  .compile = compile_nothing,
                                                  .wants = want_in_doubt,
                                                  .close = count_closed};

static void fi_02_a_mismatch_is_not_wanted_whatever_the_filter_answers(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of(NULL);
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};

    fixture->subscriber.where = (struct jangle_filter){"?", &doubtful};
    open_filters(fixture);
    assert_false(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_true(candidate.mismatched);
}

static void
refuses(struct fixture *fixture, struct jn_candidate candidate, const char *why)
{
    bool wanted;

    fixture->error = (struct jangle_error){0};
    candidate.arena = &fixture->arena;
    assert_result(jn_filter_ask(&fixture->jangle, &fixture->subscriber.where, &candidate,
                                &wanted, &fixture->error),
                  JANGLE_INVALID);
    if (!strstr(fixture->error.message, why))
        fail_msg("\"%s\" does not name %s", fixture->error.message, why);
    assert_true(wanted); /* so that whoever reads it says what is wrong */
}

static void fi_02_what_is_not_json_is_never_shown_to_a_filter(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_contents contents = contents_of("{\"a\":1}}", "");
    struct jangle_record record = record_of("{\"actor\":7}");

    set_filter(&fixture->subscriber.where, "all");
    open_filters(fixture);
    refuses(fixture, (struct jn_candidate){.contents = &contents}, "attributes");
    contents = contents_of("{}", "{\"a\":");
    refuses(fixture, (struct jn_candidate){.contents = &contents}, "extra");
    refuses(fixture, (struct jn_candidate){.record = &record}, "actor");
    record = record_of(NULL);
    record.payload_size--;
    refuses(fixture, (struct jn_candidate){.record = &record}, "attributes");
    assert_int_equal(small_filter_seen.asked, 0);
}

enum { THREADS = 4, QUESTIONS = 500 };

static void *ask_often(void *context)
{
    struct fixture *fixture = context;
    struct jangle_record record = record_of(NULL);
    struct failing_allocator memory;
    struct jangle_arena arena;
    int64_t wrong = 0;

    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    for (int i = 0; i < QUESTIONS; i++) {
        struct jn_candidate candidate = {.arena = &arena, .record = &record};
        bool wanted = false;

        jn_arena_reset(&arena);
        record.payload = i % 2 ? "{\"amount\":5}" : "{\"amount\":6}";
        record.payload_size = 12;
        wrong += jn_filter_ask(&fixture->jangle, &fixture->subscriber.where, &candidate,
                               &wanted, NULL) ||
                 wanted != (i % 2 == 1);
    }
    jn_arena_finish(&arena);
    return wrong ? fixture : NULL;
}

static void fi_02_several_threads_ask_at_the_same_time(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[THREADS];
    void *wrong;

    set_filter(&fixture->subscriber.where, "event.attributes.amount = 5");
    open_filters(fixture);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_often, fixture), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_int_equal(small_filter_seen.asked, THREADS * QUESTIONS);
}

/* ---- FI-4 and FI-5 -------------------------------------------------------- */

static struct shown {
    char attributes[200];
    int documents, asked;
} shown;

static bool always(const struct jangle_filter_program *program)
{
    (void)program;
    return true;
}

static bool never(const struct jangle_filter_program *program)
{
    (void)program;
    return false;
}

static bool want_document(const struct jangle_filter_program *program,
                          const char *document,
                          size_t size,
                          bool *mismatch)
{
    (void)program, (void)document, (void)size;
    *mismatch = false;
    shown.documents++;
    return true;
}

/* Whatever has a member is wanted, but for a text, which cannot be judged. */
static bool want_attributes(const struct jangle_filter_program *program,
                            const char *attributes,
                            size_t size,
                            bool *mismatch)
{
    (void)program;
    assert_true(size < sizeof shown.attributes);
    memcpy(shown.attributes, attributes, size);
    shown.attributes[size] = '\0';
    shown.asked++;
    *mismatch = *attributes == '"';
    return size > 2;
}

static const struct jangle_filter_ops short_cut = {.abi = 1,
                                                   .name = "short cut",
                                                   .compile = compile_nothing,
                                                   .wants = want_document,
                                                   .close = count_closed,
                                                   .by_attributes = always,
                                                   .wants_attributes = want_attributes},
                                      long_way = {.abi = 1,
                                                  .name = "long way",
                                                  .compile = compile_nothing,
                                                  .wants = want_document,
                                                  .close = count_closed,
                                                  .by_attributes = never,
                                                  .wants_attributes = want_attributes};

/* The second row shows that a document that is there already changes nothing. */
static void fi_04_who_looks_at_members_alone_gets_no_document(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_record record = record_of("{\"actor\":7}");
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};

    shown = (struct shown){0};
    fixture->routes[0].where = (struct jangle_filter){"?", &short_cut};
    fixture->routes[1].where = (struct jangle_filter){"?", &long_way};
    open_filters(fixture);
    assert_true(ask(fixture, &fixture->routes[0].where, &candidate));
    assert_string_equal(shown.attributes, payload);
    assert_null(candidate.document);
    assert_int_equal(fixture->arena.used, 0);
    record.meta = NULL;
    assert_true(ask(fixture, &fixture->routes[1].where, &candidate));
    assert_non_null(candidate.document);
    assert_true(ask(fixture, &fixture->routes[0].where, &candidate));
    assert_int_equal(shown.documents, 1);
    assert_int_equal(shown.asked, 2);
}

static void fi_05_members_that_are_not_said_are_none(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_contents contents = contents_of("", "");
    struct jn_candidate candidate = {.arena = &fixture->arena, .contents = &contents};

    fixture->subscriber.where = (struct jangle_filter){"?", &short_cut};
    open_filters(fixture);
    assert_false(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_string_equal(shown.attributes, "{}");
    assert_false(candidate.mismatched);
    contents.data = "\"text\"";
    candidate = (struct jn_candidate){.arena = &fixture->arena, .contents = &contents};
    assert_false(ask(fixture, &fixture->subscriber.where, &candidate));
    assert_true(candidate.mismatched);
    contents.data = "{\"a\":1}}";
    refuses(fixture, (struct jn_candidate){.contents = &contents}, "attributes");
}

/* ---- FI-3 ----------------------------------------------------------------- */

static void fi_03_every_program_is_closed_also_one_that_is_null(void **state)
{
    struct fixture *fixture = *state;

    closed = 0;
    set_filter(&fixture->subscriber.where, "all");
    fixture->routes[0].where = (struct jangle_filter){"?", &doubtful};
    set_filter(&fixture->routes[1].where, "none");
    open_filters(fixture);
    jn_filters_close(&fixture->jangle);
    assert_int_equal(small_filter_seen.compiled, 2);
    assert_int_equal(small_filter_seen.open, 0);
    assert_int_equal(closed, 1);
    small_filter_ops.close(NULL);
    assert_int_equal(small_filter_seen.open, 0);
}

/* ---- memory --------------------------------------------------------------- */

/* False when nothing failed any more. */
static bool runs_out(struct fixture *fixture, int64_t at)
{
    struct jangle_record record = record_of(
        "{\"received\":{\"source\":\"shop\",\"id\":\"77\",\"type\":\"Paid\",\"key\":\"\","
        "\"subject\":\"ann\",\"version\":0,\"position\":0,\"at\":0,\"extra\":\"{}\"}}");
    struct jn_candidate candidate = {.arena = &fixture->arena, .record = &record};
    bool wanted;
    enum jangle_result result;

    failing_allocator_arm(&fixture->memory, at);
    result = jn_filters_open(&fixture->jangle, &fixture->error);
    if (result)
        assert_int_equal(small_filter_seen.open, 0);
    else
        result = jn_filter_ask(&fixture->jangle, &fixture->subscriber.where, &candidate,
                               &wanted, &fixture->error);
    if (fixture->memory.failed)
        assert_result(result, JANGLE_NO_MEMORY);
    else
        assert_result(result, JANGLE_OK);
    jn_filters_close(&fixture->jangle);
    return result != JANGLE_OK;
}

static void every_allocation_may_fail(void **state)
{
    struct fixture *fixture = *state;
    int64_t at = 1;

    set_filter(&fixture->subscriber.where, "event.name = \"paid\"");
    set_filter(&fixture->routes[1].where, "all");
    while (runs_out(fixture, at)) {
        at++;
        fixture->error = (struct jangle_error){0};
        fixture->jangle.filters = (struct jn_filters){0};
        jn_arena_finish(&fixture->jangle.arena);
        jn_arena_init(&fixture->jangle.arena, &fixture->memory.allocator);
        jn_arena_finish(&fixture->arena);
        jn_arena_init(&fixture->arena, &fixture->memory.allocator);
        assert_int_equal(fixture->memory.pieces, 0);
    }
    assert_true(at > 4);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fi_01_each_filter_of_every_table_is_compiled_once),
        TEST(fi_01_two_rows_may_have_the_same_filter),
        TEST(fi_01_what_is_wrong_with_the_text_is_said_with_its_row),
        TEST(fi_02_the_document_of_an_event_is_what_the_store_has),
        TEST(fi_02_of_an_event_that_was_received_it_is_what_the_sender_said),
        TEST(fi_02_the_document_of_a_message_is_what_its_format_has),
        TEST(fi_02_what_is_not_said_has_no_members),
        TEST(fi_02_the_document_is_made_once_and_only_for_a_filter),
        TEST(fi_02_what_a_filter_cannot_judge_is_not_wanted),
        TEST(fi_02_a_mismatch_is_not_wanted_whatever_the_filter_answers),
        TEST(fi_02_what_is_not_json_is_never_shown_to_a_filter),
        TEST(fi_02_several_threads_ask_at_the_same_time),
        TEST(fi_04_who_looks_at_members_alone_gets_no_document),
        TEST(fi_05_members_that_are_not_said_are_none),
        TEST(fi_03_every_program_is_closed_also_one_that_is_null),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
