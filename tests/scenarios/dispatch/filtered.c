/* filtered.c - subscribers and views get the events that their filters want; all others
 * are passed as if they had been handled. */
#include "support/domains/follower.h"
#include "support/failing_allocator.h"
#include "support/small_filter.h"

#include <jangle/testing.h>

#include <string.h>

static struct follower seen;

/* A purse's first event has total 1, its second 2, and so on. */
static const struct jangle_subscriber firsts = {
    .name = "firsts",
    .context = &seen,
    .handlers = {follower_handlers, 2},
    .where = SMALL_FILTER("event.attributes.total = 1"),
    .start = JANGLE_FROM_FIRST,
};

/* Tables of a test, which live until its world is closed. */
static struct jangle_subscriber made[8];
static size_t made_count;

static int set_up(void **state)
{
    static struct world world;

    made_count = 0;
    small_filter_forget();
    seen = (struct follower){0};
    world_init(&world, *state == &world_in_file);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return small_filter_seen.open != 0;
}

static struct jangle_subscriber *with(const char *text)
{
    struct jangle_subscriber *subscriber = &made[made_count++];

    *subscriber = firsts;
    subscriber->where.text = text;
    return subscriber;
}

/* ---- what is wanted ------------------------------------------------------- */

static void what_the_filter_does_not_want_is_passed(void **state)
{
    struct world *world = *state;

    world_open(world, &firsts, NULL);
    world_put_many(world, 40, 4);
    world_poll(world);
    assert_int_equal(seen.count, 4);
    follower_assert_all(&seen, 1, 4);
    assert_int_equal(world_measure(world, "firsts").position, 40);
    assert_int_equal(world_measure(world, "firsts").mismatched, 0);
    assert_int_equal(world_stats(world).deliveries, 4);
}

static void a_filter_that_wants_nothing_lets_the_checkpoint_go_on(void **state)
{
    struct jangle_subscriber *never = with("none"), *always = with("all");
    struct world *world = *state;

    always->name = "always";
    world_open(world, never, always, NULL);
    world_put_many(world, 40, 4);
    world_poll(world);
    assert_int_equal(seen.count, 40);
    assert_int_equal(world_measure(world, "firsts").lag, 0);
    assert_int_equal(world_measure(world, "firsts").parked, 0);
    world_close(world);
    world_open(world, never, NULL);
    world_poll(world);
    assert_int_equal(seen.count, 40);
}

/* Also if the page is read more than once, and if some events lie behind a parked one. */
static void what_cannot_be_judged_is_passed_and_counted_once(void **state)
{
    struct jangle_subscriber *puzzled = with("event.attributes.total = \"1\"");
    struct world *world = *state;

    world->config.batch_count = 3;
    world_open(world, puzzled, NULL);
    world_put_many(world, 40, 4);
    world_poll(world);
    assert_int_equal(seen.count, 0);
    assert_int_equal(world_measure(world, "firsts").position, 40);
    assert_int_equal(world_measure(world, "firsts").mismatched, 40);
}

static void what_happened_elsewhere_is_asked_about_as_it_is_stored(void **state)
{
    struct jangle_subscriber *marked = with("event.attributes.marked = true");
    struct world *world = *state;

    world_open(world, marked, NULL);
    world_store(world, "0", 1, "{\"amount\":1,\"total\":1,\"marked\":true}");
    world_store(world, "1", 1, "{\"amount\":1,\"total\":1}");
    world_pass(world, 60000);
    world_poll(world);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.seen[0].position, 1);
}

static void an_event_that_is_too_new_is_not_judged(void **state)
{
    struct jangle_subscriber *never = with("none");
    struct world *world = *state;

    world_open(world, never, NULL);
    world_store(world, "0", 7, "{\"amount\":1,\"total\":1}");
    world_pass(world, 60000);
    world_poll(world);
    assert_int_equal(small_filter_seen.asked, 0);
    assert_true(world_measure(world, "firsts").suspended.us > 0);
    assert_int_equal(world_measure(world, "firsts").before, 1);
}

/* The sentence is the one that subscribers without a filter get. */
static void an_event_that_cannot_be_read_is_a_dead_letter(void **state)
{
    struct jangle_subscriber *never = with("none");
    struct world *world = *state;

    world_open(world, never, NULL);
    world_store(world, "0", 1, "{\"amount\":");
    world_pass(world, 60000);
    world_poll(world);
    assert_int_equal(small_filter_seen.asked, 0);
    assert_int_equal(world_measure(world, "firsts").dead, 1);
    assert_non_null(strstr(world_measure(world, "firsts").reason, "position 1"));
}

/* ---- what fails ----------------------------------------------------------- */

static enum jangle_result show_letter(void *context,
                                      const struct jangle_dead_letter *letter)
{
    *(int64_t *)context = letter->held_count;
    return JANGLE_OK;
}

/* Of purse 0 the events 1, 3, 5... are stored: totals 1, 2, 3. */
static void behind_a_parked_event_the_unwanted_are_passed_too(void **state)
{
    struct jangle_subscriber *ones = with("event.attributes.amount = 1");
    struct jangle_outcome outcome;
    struct world *world = *state;
    int64_t held = -1;

    seen = (struct follower){.fails_at = 1, .failures = 2};
    ones->retry.max_attempts = 2;
    world_open(world, ones, NULL);
    world_put(world, "0");
    world_poll(world);
    for (int i = 0; i < 10; i++) {
        assert_result(jangle_send(world->jangle, &outcome, put_in, .purse_id = "0",
                                  .amount = 1 + i % 2),
                      JANGLE_OK);
        world_poll(world);
    }
    world_pass(world, 60000);
    world_poll(world);
    assert_int_equal(world_measure(world, "firsts").dead, 1);
    assert_result(jangle_dead_letter_visit(world->jangle, "firsts", show_letter, &held,
                                           &world->error),
                  JANGLE_OK);
    assert_int_equal(held, 5);
    assert_result(jangle_dead_letter_retry(world->jangle, "firsts", 1, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "firsts").dead, 0);
    assert_int_equal(world_measure(world, "firsts").parked, 0);
    for (int64_t position = 1; position <= 11; position++)
        assert_int_equal(follower_handled(&seen, position),
                         position == 1 || position % 2 == 0);
}

/* The events 2, 4, 6... are not wanted. They are no success, so the failures around them
 * are a streak; and when they are tried, the outage goes on. */
static void what_is_not_wanted_neither_prevents_nor_ends_an_outage(void **state)
{
    struct jangle_subscriber *ones = with("event.attributes.amount = 1");
    struct world *world = *state;

    seen = (struct follower){.fails_for = "", .failures = -1};
    world_open(world, ones, NULL);
    for (int i = 0; i < 80; i++) {
        char purse[24];

        snprintf(purse, sizeof purse, "%d", i);
        assert_result(jangle_send(world->jangle, NULL, put_in, .purse_id = purse,
                                  .amount = 1 + i % 2),
                      JANGLE_OK);
    }
    for (int i = 0; i < 30; i++) {
        world_poll(world);
        assert_true(i == 0 || world_measure(world, "firsts").suspended.us > 0);
        world_pass(world, 1000);
    }
    for (int64_t position = 2; position <= 80; position += 2)
        assert_int_equal(follower_calls(&seen, position), 0);
    seen.failures = 0;
    world_settle(world, 100);
    assert_int_equal(world_measure(world, "firsts").suspended.us, 0);
    for (int64_t position = 1; position <= 80; position++)
        assert_int_equal(follower_handled(&seen, position), position % 2);
}

/* A parked event that the next program does not want any more is done. */
static void a_new_filter_holds_for_parked_events(void **state)
{
    struct jangle_subscriber *always = with("all"), *never = with("none");
    struct world *world = *state;

    if (!world->file[0])
        return;
    seen = (struct follower){.fails_for = "", .failures = -1};
    world_open(world, always, NULL);
    world_put_many(world, 4, 2);
    world_poll(world);
    assert_int_equal(world_measure(world, "firsts").parked, 2);
    world_close(world);
    seen.failures = 0;
    seen.count = 0;
    world_open(world, never, NULL);
    world_settle(world, 10);
    assert_int_equal(world_measure(world, "firsts").parked, 0);
    assert_int_equal(seen.count, 0);
}

/* ---- views ---------------------------------------------------------------- */

static enum jangle_result write_row(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO coins VALUES (?1)",
                           event->position);
}

struct count_coins {
    int64_t at_least;
};

struct coin_count {
    int64_t count;
};

static JANGLE_STRUCT(coin_count, count);
static JANGLE_QUERY(count_coins, at_least, answer(coin_count));

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct coin_count found = {0};

    jangle_view_row(query->view, &found, coin_count,
                    "SELECT count(*) AS count FROM coins");
    return jangle_answer_from(answer, coin_count, &found);
}

static struct jangle_subscriber *view_with(const char *text)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, write_row}};
    static const struct jangle_answerer answerers[] = {{&count_coins, answer_count}};

    made[made_count] = (struct jangle_subscriber){
        .name = "coins",
        .schema = "CREATE TABLE coins (position INTEGER PRIMARY KEY)",
        .handlers = {handlers, 1},
        .answerers = {answerers, 1},
        .where = {text, text ? &small_filter_ops : NULL},
    };
    return &made[made_count++];
}

static int64_t count_in(struct world *world)
{
    struct jangle_answer answer = {0};
    int64_t count;

    assert_result(jangle_ask(world->jangle, &answer, count_coins, .at_least = 0),
                  JANGLE_OK);
    count = ((const struct coin_count *)answer.data)->count;
    jangle_answer_free(&answer);
    return count;
}

static void a_view_has_what_its_filter_wants(void **state)
{
    struct jangle_subscriber *view = view_with("event.attributes.total = 2");
    struct world *world = *state;

    world_open(world, view, NULL);
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(count_in(world), 3);
    assert_int_equal(world_measure(world, "coins").lag, 0);
    assert_result(jangle_replay(world->jangle, "coins", NULL, &world->error), JANGLE_OK);
    assert_int_equal(count_in(world), 3);
    assert_int_equal(world_measure(world, "coins").lag, 0);
}

static void assert_waits_for_replay(struct world *world, int64_t before, int64_t after)
{
    world_put(world, "9");
    world_poll(world);
    assert_true(world_measure(world, "coins").suspended.us > 0);
    assert_non_null(strstr(world_measure(world, "coins").reason, "another filter"));
    assert_int_equal(count_in(world), before);
    assert_result(jangle_replay(world->jangle, "coins", NULL, &world->error), JANGLE_OK);
    assert_int_equal(world_measure(world, "coins").suspended.us, 0);
    assert_int_equal(count_in(world), after);
    world_close(world);
}

static void a_view_whose_filter_changed_waits_for_a_replay(void **state)
{
    struct jangle_subscriber *twos = view_with("event.attributes.total = 2");
    struct jangle_subscriber *ones = view_with("event.attributes.total = 1");
    struct jangle_subscriber *all = view_with(NULL);
    struct world *world = *state;

    if (!world->file[0])
        return;
    world_open(world, all, NULL);
    world_put_many(world, 30, 3);
    world_poll(world);
    assert_int_equal(count_in(world), 30);
    world_close(world);
    world_open(world, twos, NULL);
    assert_waits_for_replay(world, 30, 3);
    world_open(world, ones, NULL);
    assert_waits_for_replay(world, 3, 4);
    world_open(world, ones, NULL); /* the same as before */
    world_poll(world);
    assert_int_equal(world_measure(world, "coins").suspended.us, 0);
    world_close(world);
    world_open(world, all, NULL);
    assert_waits_for_replay(world, 4, 33);
}

/* ---- open ----------------------------------------------------------------- */

static void a_filter_that_is_wrong_is_refused_at_open(void **state)
{
    struct jangle_subscriber *wrong = with("what?"), *right = with("all");
    struct jangle_subscriber *lame = with("all"), *silent = with(NULL);
    struct jangle_filter_ops old = small_filter_ops;
    struct world *world = *state;

    right->name = "right";
    lame->where.ops = NULL;
    assert_false(world_try_open(world, right, wrong, NULL));
    assert_result(world->error.result, JANGLE_INVALID);
    assert_string_equal(world->error.message,
                        "firsts.where: at byte 5: there is no \" = \"");
    assert_int_equal(small_filter_seen.compiled, 2);
    assert_int_equal(small_filter_seen.open, 0);
    assert_false(world_try_open(world, lame, NULL));
    assert_string_equal(world->error.message,
                        "firsts.where has a text, and nothing that reads it");
    assert_false(world_try_open(world, silent, NULL));
    assert_string_equal(world->error.message, "firsts.where has no text");
    old.abi = 2;
    right->where.ops = &old;
    assert_false(world_try_open(world, right, NULL));
    assert_non_null(strstr(world->error.message, "version 2"));
    right->where.ops = &small_filter_ops;
    world_open(world, right, NULL);
    assert_int_equal(small_filter_seen.open, 1);
}

static void what_fails_later_at_open_closes_the_filters(void **state)
{
    struct world *world = *state;

    world->config.storage = jangle_sqlite("/no/such/directory/purses.db");
    assert_false(world_try_open(world, &firsts, NULL));
    assert_int_equal(small_filter_seen.compiled, 1);
    assert_int_equal(small_filter_seen.open, 0);
}

/* ---- memory, threads, specifications -------------------------------------- */

/* So long that its document does not fit into memory that is there already. */
static void store_long(struct world *world, const char *purse)
{
    char json[6000] = "{\"amount\":1,\"total\":9,\"note\":\"";
    size_t size = strlen(json);

    memset(json + size, 'x', 5000);
    memcpy(json + size + 5000, "\"}", 3);
    world_store(world, purse, 1, json);
}

/* False when nothing failed any more. What failed is tried again, as if by a worker. */
static bool runs_out(struct failing_allocator *memory, int64_t at)
{
    struct world world;
    int64_t done;
    bool failed;

    world_init(&world, false);
    world.config.host.allocator = memory->allocator;
    world_open(&world, &firsts, NULL);
    world_put_many(&world, 4, 2);
    store_long(&world, "2");
    store_long(&world, "3");
    failing_allocator_arm(memory, at);
    for (int i = 0; i < 40; i++) {
        (void)jangle_poll(world.jangle, &done, NULL);
        world_pass(&world, 6000);
    }
    failed = memory->failed > 0;
    failing_allocator_arm(memory, 0);
    assert_int_equal(world_measure(&world, "firsts").position, 6);
    world_finish(&world);
    follower_assert_all(&seen, 1, 2);
    assert_int_equal(memory->pieces, 0);
    follower_clear(&seen);
    return failed;
}

static void memory_may_run_out_at_every_allocation(void **state)
{
    struct failing_allocator memory;
    int64_t at = 1;

    (void)state;
    failing_allocator_init(&memory, 0);
    while (runs_out(&memory, at))
        at++;
    assert_true(at > 4);
}

static _Atomic int64_t handled, sum;

static enum jangle_result add_position(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery;
    handled++;
    sum += event->position;
    return JANGLE_OK;
}

static void several_threads_share_a_filter(void **state)
{
    static const struct jangle_handler handlers[] = {{&coins_put_in, add_position}};
    enum { PURSES = 20, EVENTS = 400 };
    struct jangle_subscriber *subscriber = with(firsts.where.text);
    struct world *world = *state;

    handled = sum = 0;
    subscriber->handlers = (struct jangle_handlers){handlers, 1};
    subscriber->threads = 4;
    world->config.workers = 4;
    world->config.host.clock = (struct jangle_clock){0};
    world_open(world, subscriber, NULL);
    world_put_many(world, EVENTS, PURSES);
    assert_result(jangle_wait(world->jangle, "firsts", EVENTS, 60000, &world->error),
                  JANGLE_OK);
    assert_int_equal(handled, PURSES);
    assert_int_equal(sum, PURSES * (PURSES + 1) / 2);
    assert_int_equal(world_measure(world, "firsts").position, EVENTS);
}

static void a_specification_asks_the_filter(void **state)
{
    struct jangle_spec *spec = jangle_spec_subscriber(&firsts);

    (void)state;
    jangle_when(spec, coins_put_in, .amount = 1, .total = 2);
    jangle_then_done(spec);
    assert_int_equal(seen.count, 0);
    jangle_when(spec, coins_put_in, .amount = 1, .total = 1);
    jangle_then_done(spec);
    assert_int_equal(seen.count, 1);
    assert_int_equal(jangle_spec_close(spec), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_the_filter_does_not_want_is_passed),
        WORLD_TEST(a_filter_that_wants_nothing_lets_the_checkpoint_go_on),
        WORLD_TEST(what_cannot_be_judged_is_passed_and_counted_once),
        WORLD_TEST(what_happened_elsewhere_is_asked_about_as_it_is_stored),
        WORLD_TEST(an_event_that_is_too_new_is_not_judged),
        WORLD_TEST(an_event_that_cannot_be_read_is_a_dead_letter),
        WORLD_TEST(behind_a_parked_event_the_unwanted_are_passed_too),
        WORLD_TEST(what_is_not_wanted_neither_prevents_nor_ends_an_outage),
        WORLD_TEST_IN_FILE(a_new_filter_holds_for_parked_events),
        WORLD_TEST(a_view_has_what_its_filter_wants),
        WORLD_TEST_IN_FILE(a_view_whose_filter_changed_waits_for_a_replay),
        WORLD_TEST(a_filter_that_is_wrong_is_refused_at_open),
        WORLD_TEST_IN_MEMORY(what_fails_later_at_open_closes_the_filters),
        WORLD_TEST_IN_MEMORY(memory_may_run_out_at_every_allocation),
        WORLD_TEST_IN_MEMORY(several_threads_share_a_filter),
        WORLD_TEST_IN_MEMORY(a_specification_asks_the_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
