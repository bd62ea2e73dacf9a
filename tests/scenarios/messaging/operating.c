/* operating.c - what an operator does with publishers and consumers: declare, measure,
 * put dead letters back, remove; and parcels that come another way. */
#include "support/domains/neighbours.h"
#include "support/parcels.h"
#include "support/test_host.h"

#include <string.h>

static struct follower heard;
static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &heard,
    .handlers = {follower_handlers, 1},
    .start = JANGLE_FROM_FIRST,
};

static int open_both(void **state)
{
    static struct neighbours neighbours;

    heard = (struct follower){0};
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    world_open(&neighbours.sender, NULL);
    world_open(&neighbours.taker, &listener, NULL);
    *state = &neighbours;
    return 0;
}

static int close_both(void **state)
{
    neighbours_finish(*state);
    follower_clear(&heard);
    return 0;
}

static struct test_host host;

static struct jangle_transport *visit_hub(struct neighbours *neighbours)
{
    test_host_init(&host);
    return open_transport(jangle_hub_broker(neighbours->hub), &host.host, "visitor");
}

/* A message that no format of the consumer can read. */
static void publish_nonsense(struct neighbours *neighbours, const char *body)
{
    struct jangle_transport *transport = visit_hub(neighbours);
    struct jangle_parcel parcel = {
        .queue = "watch",
        .content_type = "application/cloudevents+json",
        .body = body,
        .body_size = strlen(body),
    };

    assert_result(publish_one(transport, parcel), JANGLE_OK);
    transport->ops->close(transport);
}

static void declaring_makes_the_queue_before_anything_is_received(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_transport *transport = visit_hub(neighbours);
    int64_t count;

    assert_result(transport->ops->count(transport, "watch", &count, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_declare(neighbours->taker.jangle, NULL, NULL), JANGLE_OK);
    assert_int_equal(count_in(transport, "watch"), 0);
    assert_result(jangle_declare(neighbours->sender.jangle, "news", NULL), JANGLE_OK);
    transport->ops->close(transport);
}

struct decisions {
    enum jangle_disposition decide;
    int count;
    struct jangle_hub *stopped; /* the broker ends when a letter was decided; or NULL */
    char reason[200];
};

static enum jangle_disposition decide(void *context, const struct jangle_parcel *parcel)
{
    struct decisions *decisions = context;
    const char *reason = header_of(parcel, "jangle-reason");

    decisions->count++;
    if (decisions->stopped)
        jangle_hub_stop(decisions->stopped);
    snprintf(decisions->reason, sizeof decisions->reason, "%s", reason ? reason : "");
    return decisions->decide;
}

static void a_name_of_no_endpoint_is_not_found(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->taker.jangle;
    struct jangle_endpoint_stats stats;
    struct jangle_error error;

    assert_result(jangle_declare(jangle, "listener", &error), JANGLE_NOT_FOUND);
    assert_string_equal(error.message,
                        "no publisher and no consumer is called \"listener\"");
    assert_result(jangle_remove(jangle, "nobody", JANGLE_REMOVE_ALL, &error),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_measure_endpoint(jangle, "nobody", &stats, &error),
                  JANGLE_NOT_FOUND);
    assert_result(
        jangle_deliver(jangle, "nobody", &(struct jangle_parcel){.body = ""}, &error),
        JANGLE_NOT_FOUND);
    assert_string_equal(error.message, "no consumer is called \"nobody\"");
    assert_result(jangle_redrive(jangle, "nobody", 1, decide, NULL, NULL, &error),
                  JANGLE_NOT_FOUND);
}

static void a_broker_that_is_away_is_busy(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_error error;

    jangle_hub_stop(neighbours->hub);
    assert_result(jangle_declare(neighbours->taker.jangle, "watch", &error), JANGLE_BUSY);
    jangle_hub_start(neighbours->hub);
    assert_result(jangle_declare(neighbours->taker.jangle, "watch", &error), JANGLE_OK);
}

static void dead_letters_are_put_back_removed_or_left(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->taker.jangle;
    struct decisions decisions = {.decide = JANGLE_DEAD};
    struct jangle_redriven redriven;

    neighbours_poll(neighbours);
    for (int i = 0; i < 3; i++)
        publish_nonsense(neighbours, "{nonsense");
    neighbours_poll(neighbours);
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").dead, 3);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(decisions.count, 3);
    assert_int_equal(redriven.seen, 3);
    assert_int_equal(redriven.back, 0);
    assert_non_null(strstr(decisions.reason, "cloudevents"));
    decisions.decide = JANGLE_AGAIN;
    assert_result(jangle_redrive(jangle, "watch", 2, decide, &decisions, &redriven, NULL),
                  JANGLE_OK);
    assert_int_equal(redriven.back, 2);
    neighbours_poll(neighbours); /* they are dead once more */
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").dead, 5);
    decisions.decide = JANGLE_TAKEN;
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.removed, 3);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.seen, 0);
}

/* The consumer goes on taking what is put back. */
static struct neighbours *running;

static enum jangle_disposition decide_while_it_runs(void *context,
                                                    const struct jangle_parcel *parcel)
{
    (void)parcel;
    if (++*(int *)context > 10) /* there is no end */
        return JANGLE_TAKEN;
    neighbours_poll(running);
    return JANGLE_AGAIN;
}

static void what_is_dead_again_is_not_put_back_again(void **state)
{
    struct jangle_redriven redriven;
    int count = 0;

    running = *state;
    neighbours_poll(running);
    publish_nonsense(running, "{nonsense");
    publish_nonsense(running, "{nonsense");
    neighbours_poll(running);
    assert_result(jangle_redrive(running->taker.jangle, "watch", 100,
                                 decide_while_it_runs, &count, &redriven, NULL),
                  JANGLE_OK);
    neighbours_poll(running);
    assert_int_equal(count, 2);
    assert_int_equal(redriven.back, 2);
    assert_int_equal(endpoint_of(&running->taker, "watch").dead, 4);
}

/* The queue alone is removed, and its dead letters are where they were. */
static void remove_queue_of_watch(struct neighbours *neighbours)
{
    const struct jangle_queue queue = {.name = "watch"};
    struct jangle_transport *transport = visit_hub(neighbours);

    assert_result(transport->ops->remove_queue(transport, &queue, NULL), JANGLE_OK);
    transport->ops->close(transport);
}

static void a_letter_whose_queue_is_missing_stays_dead(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->taker.jangle;
    struct decisions decisions = {.decide = JANGLE_AGAIN};
    struct jangle_redriven redriven;
    struct jangle_error error;

    neighbours_poll(neighbours);
    publish_nonsense(neighbours, "{nonsense");
    neighbours_poll(neighbours);
    remove_queue_of_watch(neighbours);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, &error),
        JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "stays dead"));
    assert_non_null(strstr(error.message, "there is no such queue"));
    assert_int_equal(redriven.seen, 1);
    assert_int_equal(redriven.back, 0);
    assert_result(jangle_declare(jangle, "watch", NULL), JANGLE_OK);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.back, 1);
}

static void a_letter_counts_as_removed_when_the_broker_has_removed_it(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->taker.jangle;
    struct decisions decisions = {.decide = JANGLE_TAKEN, .stopped = neighbours->hub};
    struct jangle_redriven redriven;

    neighbours_poll(neighbours);
    publish_nonsense(neighbours, "{nonsense");
    neighbours_poll(neighbours);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_BUSY);
    assert_int_equal(redriven.seen, 1);
    assert_int_equal(redriven.removed, 0);
    jangle_hub_start(neighbours->hub);
    decisions.stopped = NULL;
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.removed, 1);
}

static void a_decision_that_is_no_disposition_is_invalid(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle *jangle = neighbours->taker.jangle;
    struct decisions decisions = {.decide = (enum jangle_disposition)99};
    struct jangle_redriven redriven;
    struct jangle_error error;

    neighbours_poll(neighbours);
    publish_nonsense(neighbours, "{nonsense");
    neighbours_poll(neighbours);
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, &error),
        JANGLE_INVALID);
    assert_non_null(strstr(error.message, "returned 99, which is no disposition"));
    decisions.decide = JANGLE_DEAD;
    assert_result(
        jangle_redrive(jangle, "watch", 100, decide, &decisions, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.seen, 1); /* it is dead as before */
}

static void what_was_declared_can_be_removed(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_transport *transport = visit_hub(neighbours);
    struct jangle_error error;
    int64_t count;

    neighbours_poll(neighbours);
    world_close(&neighbours->taker);
    assert_result(
        jangle_remove(neighbours->sender.jangle, "news", JANGLE_REMOVE_ALL, &error),
        JANGLE_BUSY); /* the other program's queue is bound to the topic */
    world_open(&neighbours->taker, &listener, NULL);
    assert_result(
        jangle_remove(neighbours->taker.jangle, "watch", JANGLE_REMOVE_ALL, &error),
        JANGLE_OK);
    assert_result(transport->ops->count(transport, "watch", &count, NULL),
                  JANGLE_NOT_FOUND);
    transport->ops->close(transport);
}

static void messages_can_be_removed_and_the_queue_stays(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_transport *transport = visit_hub(neighbours);

    assert_result(jangle_declare(neighbours->taker.jangle, "watch", NULL), JANGLE_OK);
    publish_nonsense(neighbours, "{nonsense");
    assert_int_equal(count_in(transport, "watch"), 1);
    assert_result(
        jangle_remove(neighbours->taker.jangle, "watch", JANGLE_REMOVE_MESSAGES, NULL),
        JANGLE_OK);
    assert_int_equal(count_in(transport, "watch"), 0);
    transport->ops->close(transport);
}

/* ---- another way ---------------------------------------------------------- */

static const char one_event[] =
    "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"elsewhere\","
    "\"type\":\"coins_put_in\",\"partitionkey\":\"purse/7\",\"subject\":\"7\","
    "\"data\":{\"amount\":5,\"total\":5}}";

static enum jangle_result
deliver(struct neighbours *neighbours, const char *body, struct jangle_error *error)
{
    struct jangle_parcel parcel = {
        .content_type = "application/cloudevents+json",
        .body = body,
        .body_size = strlen(body),
    };

    return jangle_deliver(neighbours->taker.jangle, "watch", &parcel, error);
}

static void a_parcel_that_came_another_way_is_taken_once(void **state)
{
    struct neighbours *neighbours = *state;
    struct jangle_error error;

    assert_result(deliver(neighbours, one_event, &error), JANGLE_OK);
    assert_result(deliver(neighbours, one_event, &error), JANGLE_OK);
    neighbours_poll(neighbours);
    assert_int_equal(heard.count, 1);
    assert_string_equal(heard.seen[0].id, "7");
    assert_int_equal(endpoint_of(&neighbours->taker, "watch").repeated, 1);
}

static void a_parcel_that_can_never_be_taken_is_invalid(void **state)
{
    struct jangle_error error;

    assert_result(deliver(*state, "{nonsense", &error), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "cloudevents"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define BOTH(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)
        BOTH(declaring_makes_the_queue_before_anything_is_received),
        BOTH(a_name_of_no_endpoint_is_not_found),
        BOTH(a_broker_that_is_away_is_busy),
        BOTH(dead_letters_are_put_back_removed_or_left),
        BOTH(what_is_dead_again_is_not_put_back_again),
        BOTH(a_letter_whose_queue_is_missing_stays_dead),
        BOTH(a_letter_counts_as_removed_when_the_broker_has_removed_it),
        BOTH(a_decision_that_is_no_disposition_is_invalid),
        BOTH(what_was_declared_can_be_removed),
        BOTH(messages_can_be_removed_and_the_queue_stays),
        BOTH(a_parcel_that_came_another_way_is_taken_once),
        BOTH(a_parcel_that_can_never_be_taken_is_invalid),
#undef BOTH
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
