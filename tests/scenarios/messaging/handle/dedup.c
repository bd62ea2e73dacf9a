/* dedup.c - two programs with stores of their own receive from one queue, and share a
 * dedup: each message is handled by one of them, and none is lost, whoever dies, is slow
 * or fails, and also if the dedup is away. */
#include "support/brokers/memory_dedup.h"
#include "support/domains/mailer.h"

#include "base/failpoint.h"

#include <jangle/testing.h>

#include <string.h>

#define QUEUE "watch"

enum { LEASE_MS = 60000 };

static struct memory_dedup memory, *memory_pointer = &memory;
static struct jangle_deduplication shared;

/* The mailer's, and the other program's, which only notes. */
static struct jangle_consumer first_watch, other_watch;

static struct world *first(void)
{
    return &mailer_neighbours.taker;
}

static struct world *other(void)
{
    return &mailer_neighbours.sender;
}

static struct jangle_endpoint_stats others_figures(void)
{
    return endpoint_of(other(), "watch");
}

static int64_t waiting(const char *queue)
{
    return stranger_count(&mailer_stranger, queue);
}

/* Sent again, and received by the other program. */
static void send_to_other(const char *id)
{
    mailer_send(id);
    world_poll(other());
}

static void open_other(void)
{
    other()->config.aggregates = (struct jangle_aggregates){0};
    consume_with(other(), &other_watch);
    world_open(other(), NULL);
    world_poll(other());
}

static int begin(void **state)
{
    static const struct jangle_route notes = {.type = &coins_put_in,
                                              .handle = mailer_note};

    (void)state;
    assert_true(memory_dedup_init(&memory));
    shared = memory_dedup_descriptor(&memory_pointer);
    first_watch = mailer_watch;
    first_watch.order = JANGLE_ANY_ORDER;
    first_watch.dedup = &shared;
    other_watch = first_watch;
    other_watch.routes = (struct jangle_routes){&notes, 1};
    mailer_begin(&first_watch);
    open_other();
    return 0;
}

static int end(void **state)
{
    (void)state;
    jn_failpoint_set(NULL, NULL);
    if (first()->jangle)
        world_close(first());
    if (other()->jangle)
        world_close(other());
    mailer_end();
    memory_dedup_finish(&memory);
    return 0;
}

/* ---- once ------------------------------------------------------------------------- */

static void what_one_program_has_handled_the_other_does_not_handle(void **state)
{
    (void)state;
    mailer_send_and_poll("a");
    send_to_other("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(others_figures().repeated, 1);
    assert_int_equal(others_figures().handled, 0);
    assert_int_equal(waiting(QUEUE), 0);
    send_to_other("b");
    assert_string_equal(mailer_tells(), "note b1 ");
}

/* A message that has the id of another is not taken for it, and lost. */
static void another_message_of_the_same_id_is_handled(void **state)
{
    (void)state;
    mailer_send_and_poll("a");
    stranger_send(
        &mailer_stranger, QUEUE,
        (struct stranger_says){.id = "a", .data = "{\"amount\":6,\"total\":6}"});
    world_poll(other());
    assert_string_equal(mailer_tells(), "mail a1 note a1 ");
}

/* The store of the program knows it: nobody else is asked. */
static void what_its_own_store_knows_needs_no_claim(void **state)
{
    (void)state;
    mailer_send_and_poll("a");
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(memory.begins, 1);
}

/* ---- begun, and dead ------------------------------------------------------------------
 */

/* A program that dies behind its claim cannot end it: the same is left by a dedup that
 * cannot be reached at that moment. */
static enum jangle_result lose_dedup(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    memory.away = true;
    return JANGLE_OK;
}

static void a_claim_that_nobody_ends_runs_out(void **state)
{
    (void)state;
    mailer.act = lose_dedup;
    mailer_send_and_poll("a");
    memory.away = false;
    world_close(first());
    send_to_other("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(others_figures().again, 1);
    neighbours_pass(&mailer_neighbours, LEASE_MS - 1);
    world_poll(other());
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(others_figures().again, 1); /* it has not come before that */
    neighbours_pass(&mailer_neighbours, 1);
    world_poll(other());
    assert_string_equal(mailer_tells(), "note a1 ");
    assert_int_equal(others_figures().failed, 0);
    assert_int_equal(waiting(QUEUE), 0);
}

/* ---- begun, and slow
 * -------------------------------------------------------------------- */

static enum jangle_result let_other_try(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    (void)delivery;
    send_to_other(event->id);
    return JANGLE_OK;
}

static void what_one_program_is_at_comes_to_the_other_later(void **state)
{
    (void)state;
    mailer.act = let_other_try;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(others_figures().again, 1);
    assert_int_equal(others_figures().dead, 0);
    neighbours_pass(&mailer_neighbours, LEASE_MS);
    world_poll(other());
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(others_figures().repeated, 1);
    assert_int_equal(waiting(QUEUE), 0);
}

/* In jangle_poll nobody prolongs a claim meanwhile. */
static enum jangle_result outlive_lease(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    neighbours_pass(&mailer_neighbours, LEASE_MS);
    return let_other_try(delivery, event);
}

static void alone_a_handler_may_not_take_longer_than_its_lease(void **state)
{
    (void)state;
    mailer.act = outlive_lease;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 note a1 ");
    assert_int_equal(mailer_figures().handled, 1);
    assert_int_equal(waiting(QUEUE), 0);
}

/* ---- a failure
 * ------------------------------------------------------------------------- */

static void what_failed_can_be_handled_by_the_other_at_once(void **state)
{
    (void)state;
    mailer.failures = 1;
    mailer_send_and_poll("a");
    assert_int_equal(memory.releases, 1);
    assert_int_equal(memory.dones, 0);
    send_to_other("a");
    assert_string_equal(mailer_tells(), "mail a1 note a1 ");
    mailer_pass(4000);
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(mailer_figures().repeated, 1);
}

static void a_dead_letter_can_be_put_back(void **state)
{
    (void)state;
    mailer.failures = 1;
    mailer.refuses = true;
    mailer_send_and_poll("a");
    assert_int_equal(memory.releases, 1);
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 mail a1 ");
}

/* ---- the order of things
 * ------------------------------------------------------------------ */

static struct {
    int at_handler, at_commit, at_settle;
} dones;

static void look_at_dones(void *context, const char *name)
{
    (void)context;
    if (!strcmp(name, "consumer.after_handlers"))
        dones.at_handler = memory.dones;
    if (!strcmp(name, "consumer.after_commit"))
        dones.at_commit = memory.dones;
    if (!strcmp(name, "consumer.before_settle"))
        dones.at_settle = memory.dones;
}

/* Set before the work, a death would lose the message; set before the commit, what its
 * handlers have posted. */
static void it_is_done_after_the_commit_and_before_the_broker_hears(void **state)
{
    (void)state;
    memset(&dones, -1, sizeof dones);
    jn_failpoint_set(look_at_dones, NULL);
    mailer_send_and_poll("a");
    jn_failpoint_set(NULL, NULL);
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(dones.at_handler, 0);
    assert_int_equal(dones.at_commit, 0);
    assert_int_equal(dones.at_settle, 1);
}

/* The store cannot remember it: whoever comes next may handle it. */
static struct jangle_flaky flaky;

static enum jangle_result break_store(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    (void)delivery, (void)event;
    flaky.fail_at = flaky.calls + 1;
    return JANGLE_OK;
}

static void what_is_not_remembered_is_not_done(void **state)
{
    (void)state;
    world_close(first());
    flaky = (struct jangle_flaky){.storage = first()->config.storage,
                                  .result = JANGLE_STORAGE};
    first()->config.storage = jangle_storage_flaky(&flaky);
    mailer_restart(&first_watch);
    mailer.act = break_store;
    mailer_send("a");
    jangle_poll(first()->jangle, NULL, NULL);
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(memory.dones, 0);
    assert_int_equal(memory.releases, 0);
    world_close(first());
    assert_int_equal(memory.releases, 1);
    assert_int_equal(memory.dones, 0);
    world_poll(other());
    assert_string_equal(mailer_tells(), "note a1 ");
    first()->config.storage = flaky.storage;
}

/* ---- a dedup that is away, or not fit
 * -------------------------------------------------------- */

static void assert_waits(const char *why)
{
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(waiting(QUEUE), 1);
    assert_string_equal(mailer_figures().reason, why);
}

static void assert_goes_on(void)
{
    neighbours_pass(&mailer_neighbours, 600000);
    world_poll(first());
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_string_equal(mailer_figures().reason, "");
    assert_int_equal(mailer_figures().unclaimed, 0);
    assert_int_equal(waiting(QUEUE), 0);
}

static void while_it_is_needed_and_away_messages_wait_at_the_broker(void **state)
{
    (void)state;
    world_close(first());
    memory.away = true;
    mailer_restart(&first_watch);
    assert_waits("the dedup is away: nobody is there");
    assert_int_equal(mailer_figures().received, 0);
    assert_result(jangle_declare(first()->jangle, "watch", NULL), JANGLE_BUSY);
    memory.away = false;
    assert_goes_on();
}

/* A program that has never been there before has a queue all the same. */
static void meanwhile_the_queue_is_declared(void **state)
{
    static struct jangle_consumer new_watch;

    (void)state;
    world_close(first());
    memory.away = true;
    new_watch = first_watch;
    new_watch.queue = "fresh";
    mailer_restart(&new_watch);
    assert_string_equal(mailer_figures().reason, "the dedup is away: nobody is there");
    stranger_send(&mailer_stranger, "fresh", (struct stranger_says){.id = "a"});
    assert_int_equal(waiting("fresh"), 1);
    memory.away = false;
    neighbours_pass(&mailer_neighbours, 600000);
    world_poll(first());
    assert_string_equal(mailer_tells(), "mail a1 ");
}

/* What was received then is given back, and waits at the broker. */
static void when_it_goes_away_messages_are_given_back(void **state)
{
    (void)state;
    memory.away = true;
    assert_waits("the dedup is away: nobody is there");
    for (int i = 0; i < 20; i++)
        mailer_pass(60000);
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(mailer_figures().again, 0);
    assert_int_equal(mailer_figures().failed, 0);
    memory.away = false;
    assert_goes_on();
}

static void if_it_is_not_needed_messages_are_handled_without_it(void **state)
{
    (void)state;
    shared.needed = false;
    memory.away = true;
    mailer_restart(&first_watch);
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(mailer_figures().unclaimed, 1);
    assert_string_equal(mailer_figures().reason, "");
    memory.away = false;
    neighbours_pass(&mailer_neighbours, 600000);
    mailer_send_and_poll("b");
    assert_int_equal(mailer_figures().unclaimed, 1);
    send_to_other("b");
    assert_string_equal(mailer_tells(), "mail b1 ");
}

/* It would be gone round without end, and nobody would notice. */
static void one_that_is_not_fit_is_waited_for_in_any_case(void **state)
{
    struct jangle_error error;

    (void)state;
    world_close(first());
    shared.needed = false;
    memory.unfit = true;
    mailer_restart(&first_watch);
    assert_waits("the dedup must not be used: it forgets what it likes");
    assert_result(jangle_declare(first()->jangle, "watch", &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "the dedup must not be used: it forgets what it likes");
    memory.unfit = false;
    assert_goes_on();
}

/* The claim was made, but nobody heard so: the message is handled, and it is done. */
static enum jangle_result hear_again(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    (void)delivery, (void)event;
    memory.mute = false;
    neighbours_pass(&mailer_neighbours, 30000);
    return JANGLE_OK;
}

static void a_claim_whose_answer_was_lost_is_ended(void **state)
{
    (void)state;
    shared.needed = false;
    mailer_restart(&first_watch);
    mailer.act = hear_again;
    memory.mute = true;
    mailer_send_and_poll("a");
    assert_string_equal(mailer_tells(), "mail a1 ");
    assert_int_equal(memory.dones, 1);
    send_to_other("a");
    assert_string_equal(mailer_tells(), "");
    assert_int_equal(others_figures().repeated, 1);
}

/* ---- another way
 * ------------------------------------------------------------------------ */

static const char body[] =
    "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"web\","
    "\"type\":\"coins_put_in\",\"subject\":\"7\","
    "\"data\":{\"amount\":5,\"total\":5}}";
static const struct jangle_parcel by_hand = {
    .content_type = "application/cloudevents+json",
    .body = body,
    .body_size = sizeof body - 1,
};

static enum jangle_result deliver(struct world *world)
{
    return jangle_deliver(world->jangle, "watch", &by_hand, &world->error);
}

static enum jangle_result deliver_to_other(struct jangle_delivery *delivery,
                                           const struct jangle_event *event)
{
    (void)delivery, (void)event;
    assert_result(deliver(other()), JANGLE_BUSY);
    assert_string_equal(other()->error.message,
                        "another program is handling the message");
    return JANGLE_OK;
}

static void what_is_delivered_is_claimed_too(void **state)
{
    (void)state;
    memory.away = true;
    assert_result(deliver(first()), JANGLE_BUSY);
    assert_string_equal(first()->error.message, "the dedup is away: nobody is there");
    memory.away = false;
    neighbours_pass(&mailer_neighbours, 600000);
    mailer.act = deliver_to_other;
    assert_result(deliver(first()), JANGLE_OK);
    assert_result(deliver(other()), JANGLE_OK);
    assert_string_equal(mailer_tells(), "mail a1 ");
}

/* ---- opening
 * --------------------------------------------------------------------------- */

static enum jangle_result open_nothing(const struct jangle_deduplication *deduplication,
                                       const struct jangle_host *host,
                                       struct jangle_dedup **dedup,
                                       struct jangle_error *error)
{
    (void)deduplication, (void)host, (void)dedup;
    return jangle_error_set(error, JANGLE_INVALID, "moons cannot be reached");
}

static void close_newer(struct jangle_dedup *dedup)
{
    (void)dedup;
    memory.open--;
}

/* Of a later version of the contract, whose operations nobody here knows. */
static enum jangle_result open_newer(const struct jangle_deduplication *deduplication,
                                     const struct jangle_host *host,
                                     struct jangle_dedup **dedup,
                                     struct jangle_error *error)
{
    static const struct jangle_dedup_ops ops = {.abi = 2, .close = close_newer};
    static struct jangle_dedup newer = {&ops};

    (void)deduplication, (void)host, (void)error;
    memory.open++;
    *dedup = &newer;
    return JANGLE_OK;
}

static const struct {
    const char *scope;
    int64_t lease_ms, keep_ms;
    const char *refused;
} wrong[] = {
    {"", 0, 0, "has a scope that is empty, or longer than 100 bytes"},
    {NULL, 999, 0, "has a lease_ms that is not between one second and one hour"},
    {NULL, 3600001, 0, "has a lease_ms that is not between one second and one hour"},
    {NULL, -1, 0, "has a lease_ms that is not between one second and one hour"},
    {NULL, 0, 59999, "has a keep_ms that is not between its lease_ms and 366 days"},
    {NULL, 0, -1, "has a keep_ms that is not between its lease_ms and 366 days"},
    {NULL, 0, INT64_C(31622400001),
     "has a keep_ms that is not between its lease_ms and 366 days"},
};

static void assert_refused(const char *sentence)
{
    consume_with(first(), &first_watch);
    assert_false(world_try_open(first(), NULL));
    assert_result(first()->error.result, JANGLE_INVALID);
    assert_non_null(strstr(first()->error.message, sentence));
}

static void what_makes_no_sense_is_refused(void **state)
{
    struct jangle_deduplication right = shared;

    (void)state;
    world_close(first());
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        shared = right;
        shared.scope = wrong[i].scope;
        shared.lease_ms = wrong[i].lease_ms;
        shared.keep_ms = wrong[i].keep_ms;
        assert_refused(wrong[i].refused);
    }
    shared = right;
    shared.open = NULL;
    assert_refused("has no `open`");
    shared.open = open_nothing;
    assert_refused("the dedup of \"watch\": moons cannot be reached");
    shared.open = open_newer;
    assert_refused("was made for version 2 of the contract");
    assert_int_equal(memory.open, 1); /* the other program's */
    shared = right;
    first_watch.routes = (struct jangle_routes)JANGLE_ROUTES({.type = &coins_put_in});
    first_watch.retry = (struct jangle_retry){0};
    assert_refused("has a dedup, and no row with a `handle`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(what_one_program_has_handled_the_other_does_not_handle),
        TEST(another_message_of_the_same_id_is_handled),
        TEST(what_its_own_store_knows_needs_no_claim),
        TEST(a_claim_that_nobody_ends_runs_out),
        TEST(what_one_program_is_at_comes_to_the_other_later),
        TEST(alone_a_handler_may_not_take_longer_than_its_lease),
        TEST(what_failed_can_be_handled_by_the_other_at_once),
        TEST(a_dead_letter_can_be_put_back),
        TEST(it_is_done_after_the_commit_and_before_the_broker_hears),
        TEST(what_is_not_remembered_is_not_done),
        TEST(while_it_is_needed_and_away_messages_wait_at_the_broker),
        TEST(meanwhile_the_queue_is_declared),
        TEST(when_it_goes_away_messages_are_given_back),
        TEST(if_it_is_not_needed_messages_are_handled_without_it),
        TEST(one_that_is_not_fit_is_waited_for_in_any_case),
        TEST(a_claim_whose_answer_was_lost_is_ended),
        TEST(what_is_delivered_is_claimed_too),
        TEST(what_makes_no_sense_is_refused),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
