/* context.c - two instances of one program: what handlers and answerers are handed is of
 * their own, and through it they ask and send. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/view.h>

#include <string.h>

/* ---- the program: its tables are shared -------------------------------------- */

/* What config.context is in each instance. */
struct shop {
    const char *name;
    int handled;                 /* events, by the subscriber that is no view */
    int64_t seen_by_handler;     /* of its own view, after its own event */
    int64_t seen_by_plain;       /* of that view, by the subscriber that is none */
    struct jangle_error refused; /* a command that the view's handler sent */
};

struct get_sum {
    jangle_nothing nothing;
};

struct sum {
    int64_t events;
};

struct get_shop {
    jangle_nothing nothing;
};

struct shop_sign {
    const char *name;
    int64_t events;
};

static JANGLE_STRUCT(sum, events);
static JANGLE_STRUCT(shop_sign, name, events);
static JANGLE_QUERY(get_sum, nothing, answer(sum));
static JANGLE_QUERY(get_shop, nothing, answer(shop_sign));

static char subscribers_own[] = "the view's own";

static enum jangle_result ask_sum(struct jangle *jangle, int64_t *events)
{
    struct jangle_answer answer = {0};
    enum jangle_result result = jangle_ask(jangle, &answer, get_sum, 0);

    *events = result ? -1 : ((const struct sum *)answer.data)->events;
    jangle_answer_free(&answer);
    return result;
}

static enum jangle_result count(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    struct shop *shop = delivery->program;
    struct jangle_outcome outcome = {0};

    (void)event;
    assert_ptr_equal(delivery->context, subscribers_own);
    jangle_view_run(delivery->view, "UPDATE sums SET events = events + 1");
    jangle_send(delivery->jangle, &outcome, report_purse, .purse_id = "2");
    shop->refused = outcome.error;
    return ask_sum(delivery->jangle, &shop->seen_by_handler);
}

static enum jangle_result answer_sum(struct jangle_answer *answer,
                                     const struct jangle_query *query)
{
    assert_ptr_equal(query->context, subscribers_own);
    return jangle_answer_row(answer, query->view, "SELECT events FROM sums");
}

/* Its shop is handed to it, the sum is the view's. */
static enum jangle_result answer_shop(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    const struct shop *shop = query->program;
    int64_t events;
    enum jangle_result result = ask_sum(query->jangle, &events);

    return result ? result
                  : jangle_answer_with(answer, shop_sign, .name = shop->name,
                                       .events = events);
}

/* Each coin that goes in is taken out again, once. The view is another subscriber: it may
 * come to the event later than the clerk, who then waits for it. */
static enum jangle_result take_back(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    struct shop *shop = delivery->program;

    assert_null(delivery->context);
    ask_sum(delivery->jangle, &shop->seen_by_plain);
    if (shop->seen_by_plain <= shop->handled)
        return jangle_delivery_retry_in(delivery, 1);
    shop->handled++;
    return jangle_send(delivery->jangle, NULL, take_out, .purse_id = event->aggregate_id,
                       .amount = 1);
}

static const struct jangle_subscriber sums = {
    .name = "sums",
    .context = subscribers_own,
    .handlers = JANGLE_HANDLERS({&coins_put_in, count}),
    .answerers = JANGLE_ANSWERERS({&get_sum, answer_sum}),
    .schema = "CREATE TABLE sums (events INTEGER); INSERT INTO sums VALUES (0)",
};

static const struct jangle_subscriber clerk = {
    .name = "clerk",
    .retry = {.max_attempts = -1},
    .handlers = JANGLE_HANDLERS({&coins_put_in, take_back}),
    .answerers = JANGLE_ANSWERERS({&get_shop, answer_shop}),
};

/* ---- the world: two of it ---------------------------------------------------- */

struct world {
    char directory[TEMP_PATH_SIZE];
    struct shop shops[2];
    struct jangle *jangles[2];
};

static struct jangle *open_shop(const struct world *world, struct shop *shop)
{
    char path[TEMP_PATH_SIZE];
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&sums, &clerk),
        .context = shop,
        .host.logger = jangle_logger_none(),
    };
    struct jangle *jangle;

    temp_directory_path(path, world->directory, shop->name);
    config.storage = jangle_sqlite(path);
    jangle = jangle_open(&config, &error);
    if (!jangle)
        fail_msg("%s", error.message);
    return jangle;
}

static int set_up(void **state)
{
    static struct world world;

    world = (struct world){.shops = {{.name = "baker"}, {.name = "butcher"}}};
    if (!temp_directory_make(world.directory))
        return -1;
    for (int i = 0; i < 2; i++)
        world.jangles[i] = open_shop(&world, &world.shops[i]);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    for (int i = 0; i < 2; i++)
        assert_result(jangle_close(world->jangles[i], -1), JANGLE_OK);
    temp_directory_remove(world->directory);
    return 0;
}

/* Two coins for the baker, three for the butcher; turn and turn about. */
static void trade(const struct world *world)
{
    for (int i = 0; i < 5; i++)
        assert_result(jangle_send(world->jangles[i % 2 == 0], NULL, put_in,
                                  .purse_id = "1", .amount = 2),
                      JANGLE_OK);
    for (int i = 0; i < 2; i++)
        assert_result(jangle_drain_parked(world->jangles[i], -1, NULL, NULL), JANGLE_OK);
}

/* ---- the tests --------------------------------------------------------------- */

static void each_instance_hands_out_its_own(void **state)
{
    const struct world *world = *state;

    trade(world);
    for (int i = 0; i < 2; i++) {
        const struct shop *shop = &world->shops[i];

        assert_int_equal(shop->handled, 2 + i);
        assert_int_equal(shop->seen_by_handler, 2 + i);
        assert_int_equal(shop->seen_by_plain, 2 + i);
    }
}

static void an_answerer_asks_by_its_own_instance(void **state)
{
    const struct world *world = *state;
    struct jangle_answer answer = {0};

    trade(world);
    for (int i = 0; i < 2; i++) {
        const struct shop_sign *sign;

        assert_result(jangle_ask(world->jangles[i], &answer, get_shop, 0), JANGLE_OK);
        sign = answer.data;
        assert_string_equal(sign->name, world->shops[i].name);
        assert_int_equal(sign->events, 2 + i);
    }
    jangle_answer_free(&answer);
}

static void a_views_handler_sends_nothing(void **state)
{
    const struct world *world = *state;
    struct jangle_outcome outcome = {0};

    trade(world);
    for (int i = 0; i < 2; i++) {
        assert_result(world->shops[i].refused.result, JANGLE_INVALID);
        assert_string_equal(world->shops[i].refused.message,
                            "report_purse: a view cannot send commands");
    }
    /* Who is in no handler of a view may send, as the clerk has done. */
    assert_result(
        jangle_send(world->jangles[0], &outcome, take_out, .purse_id = "1", .amount = 3),
        JANGLE_REJECTED);
    assert_result(
        jangle_send(world->jangles[0], &outcome, take_out, .purse_id = "1", .amount = 2),
        JANGLE_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(each_instance_hands_out_its_own),
        TEST(an_answerer_asks_by_its_own_instance),
        TEST(a_views_handler_sends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
