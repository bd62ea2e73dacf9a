/* filter.c - the pattern language under the contract of plugin/filter.h, and in an
 * engine: of rows of publishers and consumers, and of subscribers. */
#include "filters/pattern/judge.h"
#include "support/domains/neighbours.h"
#include "support/failing_allocator.h"

#include <string.h>

/* ---- the contract -------------------------------------------------------------- */

static const struct jangle_filter wanted = JANGLE_PATTERN("amount: gt(5)");

static void fi_01_a_pattern_is_compiled_or_refused_with_its_column(void **state)
{
    const struct jangle_filter wrong = JANGLE_PATTERN("amount: gt('5')");
    struct failing_allocator memory;
    struct jangle_host host = {0};
    struct jangle_filter_program *program = NULL;
    struct jangle_error error = {0};

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    assert_result(wrong.ops->compile(&wrong, &host, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "column 12: gt() needs a number or a DateTime");
    assert_null(program);
    assert_result(wanted.ops->compile(&wanted, &host, &program, &error), JANGLE_OK);
    assert_true(memory.pieces > 0);
    wanted.ops->close(program);
    failing_allocator_arm(&memory, 1);
    assert_result(wanted.ops->compile(&wanted, &host, &program, &error),
                  JANGLE_NO_MEMORY);
    assert_int_equal(memory.pieces, 0);
}

/* The document is no longer than it says, and does not end with a zero. */
static bool wants(const char *document, bool *mismatch)
{
    struct jangle_host host = {0};
    struct failing_allocator memory;
    struct jangle_filter_program *program = NULL;
    size_t size = strlen(document);
    char *copy = test_malloc(size);
    bool answer;

    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    memcpy(copy, document, size);
    assert_result(wanted.ops->compile(&wanted, &host, &program, NULL), JANGLE_OK);
    answer = wanted.ops->wants(program, copy, size, mismatch);
    wanted.ops->close(program);
    test_free(copy);
    return answer;
}

static void fi_02_a_message_is_wanted_or_not_or_cannot_be_judged(void **state)
{
    bool mismatch = true;

    (void)state;
    assert_true(
        wants("{\"event\":{\"attributes\":{\"amount\":6}},\"extra\":{}}", &mismatch));
    assert_false(mismatch);
    assert_false(
        wants("{\"event\":{\"attributes\":{\"amount\":5}},\"extra\":{}}", &mismatch));
    assert_false(mismatch);
    assert_false(
        wants("{\"event\":{\"attributes\":{\"amount\":\"x\"}},\"extra\":{}}", &mismatch));
    assert_true(mismatch);
}

/* The engine writes none of these. Nothing behind the end is read. */
static void fi_02_an_event_that_is_cut_is_not_wanted(void **state)
{
    static const char document[] =
        "{\"event\":{\"attributes\":{\"amount\":6}},\"extra\":{}}";
    char part[sizeof document];
    bool mismatch;

    (void)state;
    for (size_t size = 0; size < strlen(document) - strlen("},\"extra\":{}}"); size++) {
        memcpy(part, document, size);
        part[size] = '\0';
        assert_false(wants(part, &mismatch));
    }
}

/* Words that MEGA knows are not members of the message. */
static void fi_04_a_pattern_of_members_alone_says_so(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } rows[] = {
        {"amount: gt(5)", true},
        {"{amount: gt(5), note: {name: 'x'}}", true},
        {"{}", true},
        {"amount: gt(5), name: 'paid'", false},
        {"attributes: {amount: 5}", false},
        {"subject: 'ann'", false},
        {"domain: 'd'", false},
        {"amount: 5, object: empty()", false},
        {"extra: {a: 1}", false},
    };
    struct jangle_host host = {0};
    struct failing_allocator memory;

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct jangle_filter filter = JANGLE_PATTERN(rows[i].text);
        struct jangle_filter_program *program = NULL;
        struct jangle_error error = {0};

        if (filter.ops->compile(&filter, &host, &program, &error))
            fail_msg("%s: %s", rows[i].text, error.message);
        if (filter.ops->by_attributes(program) != rows[i].expected)
            fail_msg("%s", rows[i].text);
        filter.ops->close(program);
    }
}

/* A document with these attributes is judged as they alone are: of all pairs. */
static void fi_05_members_alone_are_judged_as_their_document_is(void **state)
{
    static const char *const texts[] = {
        "{}",
        "amount: gt(5)",
        "amount: not_(gt(5)), note: any()",
        "note: empty(), amount: in([5, 6])",
        "note: {name: match('^a'), id: 7}",
        "event: 1",
        "note: empty()",
        "amount: or(null, gt(5))",
        "list: [1, gt(2)]",
    };
    static const char *const members[] = {
        "{}",
        "null",
        "[1]",
        "\"text\"",
        "{\"amount\":6}",
        "{\"amount\":[],\"note\":7}",
        "{\"amount\":5,\"amount\":6,\"note\":null}",
        " { \"amount\" : \"6\", \"note\":{\"name\":\"ab\",\"id\":7}}",
        "{\"event\":1,\"list\":[1,3],\"\\u0061mount\":9}",
    };
    struct jangle_host host = {0};
    struct failing_allocator memory;
    int wanted_count = 0, mismatch_count = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct jangle_filter filter = JANGLE_PATTERN(texts[i]);
        struct jangle_filter_program *program = NULL;
        struct jangle_error error = {0};

        if (filter.ops->compile(&filter, &host, &program, &error))
            fail_msg("%s: %s", texts[i], error.message);
        for (size_t j = 0; j < sizeof members / sizeof *members; j++) {
            bool mismatch, other_mismatch;
            char document[300];
            int size = snprintf(document, sizeof document,
                                "{\"event\":{\"name\":\"n\",\"attributes\":%s},"
                                "\"extra\":{\"note\":1}}",
                                members[j]);
            bool answer = filter.ops->wants(program, document, (size_t)size, &mismatch);

            if (filter.ops->wants_attributes(program, members[j], strlen(members[j]),
                                             &other_mismatch) != answer ||
                other_mismatch != mismatch)
                fail_msg("%s of %s", texts[i], members[j]);
            wanted_count += answer;
            mismatch_count += mismatch;
        }
        filter.ops->close(program);
    }
    assert_true(wanted_count > 10 && mismatch_count > 3);
}

static void fi_03_nothing_can_be_closed(void **state)
{
    (void)state;
    jangle_pattern_ops.close(NULL);
    jangle_pattern_free(NULL);
}

/* ---- two programs -------------------------------------------------------------- */

static struct follower heard;

static int set_up(void **state)
{
    static struct neighbours neighbours;

    heard = (struct follower){0};
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    *state = &neighbours;
    return 0;
}

static int tear_down(void **state)
{
    neighbours_finish(*state);
    follower_clear(&heard);
    return 0;
}

static void open_both(struct neighbours *neighbours,
                      const struct jangle_subscriber *there)
{
    world_open(&neighbours->taker, there, NULL);
    neighbours_poll(neighbours);
    world_open(&neighbours->sender, NULL);
}

static void put(struct neighbours *neighbours, const char *purse, int64_t amount)
{
    assert_result(jangle_send(neighbours->sender.jangle, NULL, put_in, .purse_id = purse,
                              .amount = amount),
                  JANGLE_OK);
}

static const struct jangle_publisher big_news = {
    .name = "news",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in,
         .where = JANGLE_PATTERN("name: match('coins_'), amount: gte(3), total: gt(0),"
                                 "timestamp: gt(DateTime('1970-01-01'))")}),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_consumer sevens_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES({.type = &coins_put_in,
                             .where = JANGLE_PATTERN("subject: one_of('7', '77'),"
                                                     "publisher: 'purses'")}),
};

static const struct jangle_subscriber fours = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .where = JANGLE_PATTERN("amount: or(4, gt(100))"),
    .start = JANGLE_FROM_FIRST,
};

/* Of twelve: three of each amount from 1 to 4, of purses 7 and 8 in turn. */
static void rows_and_subscribers_get_what_their_patterns_want(void **state)
{
    struct neighbours *neighbours = *state;

    publish_with(&neighbours->sender, &big_news);
    consume_with(&neighbours->taker, &sevens_watch);
    open_both(neighbours, &fours);
    for (int i = 0; i < 12; i++)
        put(neighbours, i / 4 % 2 ? "8" : "7", 1 + i % 4);
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->sender, "news").published, 6);
    assert_int_equal(endpoint_of(&neighbours->sender, "news").ignored, 6);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").received, 6);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").taken, 4);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").ignored, 2);
    assert_int_equal(heard.count, 2);
    assert_string_equal(heard.seen[0].id, "7");
    assert_int_equal(world_measure(&neighbours->taker, "listener").lag, 0);
}

static const struct jangle_consumer puzzled_watch = {
    .name = "watch",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_put_in, .where = JANGLE_PATTERN("amount: not(match('1'))")}),
};

static const struct jangle_subscriber puzzled = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .where = JANGLE_PATTERN("amount: not(['a', 'b'])"),
    .start = JANGLE_FROM_FIRST,
};

static void what_cannot_be_judged_is_not_wanted_and_counted(void **state)
{
    struct neighbours *neighbours = *state;

    consume_with(&neighbours->taker, &puzzled_watch);
    open_both(neighbours, NULL);
    for (int i = 1; i <= 5; i++)
        put(neighbours, "7", i);
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").taken, 0);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").ignored, 5);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").mismatched, 5);
}

static void a_wrong_pattern_keeps_the_program_from_opening(void **state)
{
    struct neighbours *neighbours = *state;

    assert_false(world_try_open(&neighbours->taker, &puzzled, NULL));
    assert_result(neighbours->taker.error.result, JANGLE_INVALID);
    assert_string_equal(neighbours->taker.error.message,
                        "listener.where: column 13: not() of a list is about lists only: "
                        "write not(in([...])) for none of these, or neq([...])");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fi_01_a_pattern_is_compiled_or_refused_with_its_column),
        cmocka_unit_test(fi_02_a_message_is_wanted_or_not_or_cannot_be_judged),
        cmocka_unit_test(fi_02_an_event_that_is_cut_is_not_wanted),
        cmocka_unit_test(fi_04_a_pattern_of_members_alone_says_so),
        cmocka_unit_test(fi_05_members_alone_are_judged_as_their_document_is),
        cmocka_unit_test(fi_03_nothing_can_be_closed),
        TEST(rows_and_subscribers_get_what_their_patterns_want),
        TEST(what_cannot_be_judged_is_not_wanted_and_counted),
        TEST(a_wrong_pattern_keeps_the_program_from_opening),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
