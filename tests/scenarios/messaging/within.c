/* within.c - a handler and an answerer call what would wait for other threads, which may
 * wait for them: each call is refused at once, and nothing of it is done. */
#include "support/domains/stranger.h"

#include <string.h>

#define WAITING " cannot wait here, because other work may wait for it"

static struct neighbours neighbours;
static struct stranger stranger;

/* ---- the calls ------------------------------------------------------------------- */

static enum jangle_disposition decide_never(void *context,
                                            const struct jangle_parcel *parcel)
{
    (void)context, (void)parcel;
    fail_msg("no dead letter may be looked at");
    return JANGLE_DEAD;
}

static enum jangle_result call_declare(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_declare(jangle, "watch", error);
}

static enum jangle_result call_remove(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_remove(jangle, "watch", JANGLE_REMOVE_ALL, error);
}

static enum jangle_result call_redrive(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_redriven redriven;

    return jangle_redrive(jangle, "watch", 1, decide_never, NULL, &redriven, error);
}

static enum jangle_result call_deliver(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_parcel parcel = {
        .content_type = "application/cloudevents+json", .body = "{}", .body_size = 2};

    return jangle_deliver(jangle, "watch", &parcel, error);
}

typedef enum jangle_result calling(struct jangle *jangle, struct jangle_error *error);

static calling *const calls[] = {call_declare, call_remove, call_redrive, call_deliver};

enum { CALLS = sizeof calls / sizeof *calls };

static struct jangle_error refusals[CALLS];
static int refused;

static void call_all(void)
{
    for (size_t i = 0; i < CALLS; i++) {
        calls[i](neighbours.taker.jangle, &refusals[i]);
        refused++;
    }
}

static void expect_all_refused(const char *message)
{
    assert_int_equal(refused, CALLS);
    for (size_t i = 0; i < CALLS; i++) {
        assert_result(refusals[i].result, JANGLE_BUSY);
        assert_string_equal(refusals[i].message, message);
    }
}

/* ---- who calls them -------------------------------------------------------------- */

struct get_nothing {
    jangle_nothing nothing;
};

struct nothing_got {
    jangle_nothing nothing;
};

static JANGLE_STRUCT(nothing_got, nothing);
static JANGLE_QUERY(get_nothing, nothing, answer(nothing_got));

static enum jangle_result handle_coins(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery, (void)event;
    call_all();
    return JANGLE_OK;
}

static enum jangle_result show_nothing(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static enum jangle_result answer_nothing(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    (void)query;
    call_all();
    return jangle_answer_with(answer, nothing_got, 0);
}

static const struct jangle_subscriber caller = {
    .name = "caller",
    .handlers = JANGLE_HANDLERS({&coins_put_in, handle_coins}),
};
static const struct jangle_subscriber answerer = {
    .name = "answerer",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show_nothing}),
    .answerers = JANGLE_ANSWERERS({&get_nothing, answer_nothing}),
    .schema = "CREATE TABLE empty (id INTEGER PRIMARY KEY) STRICT;",
    .schema_version = 1,
};

static int open_both(void **state)
{
    (void)state;
    refused = 0;
    neighbours_init(&neighbours, false);
    consume_with(&neighbours.taker, &purse_watch);
    world_open(&neighbours.taker, &caller, &answerer, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

static void a_handler_is_refused_each_call_that_waits(void **state)
{
    (void)state;
    stranger_send(&stranger, "watch", (struct stranger_says){.id = "1"});
    neighbours_poll(&neighbours);
    expect_all_refused("a handler" WAITING);
    assert_int_equal(stranger_count(&stranger, "watch"), 0);
}

static void an_answerer_is_refused_each_call_that_waits(void **state)
{
    struct jangle_answer got = {0};

    (void)state;
    assert_result(jangle_ask(neighbours.taker.jangle, &got, get_nothing, 0), JANGLE_OK);
    jangle_answer_free(&got);
    expect_all_refused("an answerer" WAITING);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_handler_is_refused_each_call_that_waits),
        TEST(an_answerer_is_refused_each_call_that_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
