/* declare.c - the tests of TR-2: topics and queues are made sure of. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

static void tr_02_a_topic_is_declared_again(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare_topic(trial, line.receiver, line.queue.topic);
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

static void tr_02_a_queue_is_declared_again_and_keeps_what_it_has(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);

    jn_detach(trial, line.receiver, line.queue.name);
    jn_line_publish(trial, &line, NULL, 1, 3);
    jn_trial_declare(trial, line.receiver, &line.queue);
    jn_trial_declare(trial, line.sender, &line.queue);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take(trial, line.receiver, 3, "1 2 3");
    jn_line_publish(trial, &line, NULL, 4, 1);
    jn_take(trial, line.receiver, 1, "4");
    jn_expect_nothing(trial, line.receiver);
}

static void tr_02_what_belongs_to_a_queue_is_declared_with_it(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_transport *dead = jn_attached_to(trial, line.queue.dead);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "dead");

    jn_expect_nothing(trial, dead);
    parcel.topic = NULL;
    parcel.queue = line.queue.dead;
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_take(trial, dead, 1, "dead");
}

/* Of the routes of a topic a queue has those that it names, or all. */
static void tr_02_a_queue_has_its_routes(struct jn_trial *trial)
{
    static const char *const routes[] = {"thing.begun", "thing.done", NULL};
    static const char *const names[] = {"thing.begun", "thing.undone", "thing.done",
                                        "thing", "thing.done.twice"};
    static const char *const bodies[] = {"1", "2", "3", "4", "5"};
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_queue some = jn_trial_queue(trial);

    some.topic = line.queue.topic;
    some.routes = routes;
    jn_trial_declare(trial, line.receiver, &some);
    for (size_t i = 0; i < 5; i++) {
        struct jangle_parcel parcel = jn_line_parcel(&line, NULL, bodies[i]);

        parcel.route = names[i];
        jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    }
    jn_take_in_any_order(trial, line.receiver, 5, "1 2 3 4 5");
    line.receiver = jn_attached(trial, &some);
    jn_take_in_any_order(trial, line.receiver, 2, "1 3");
    jn_expect_nothing(trial, line.receiver);
}

/* Each queue of a topic has its own copy of what is published. */
static void tr_02_each_queue_of_a_topic_has_all(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue other = jn_trial_queue(trial);

    other.topic = line.queue.topic;
    other.in_order = true;
    jn_trial_declare(trial, line.sender, &other);
    jn_line_publish(trial, &line, "k", 1, 3);
    jn_take(trial, line.receiver, 3, "1 2 3");
    jn_take(trial, jn_attached(trial, &other), 3, "1 2 3");
}

static void tr_02_a_binding_of_others_stays(struct jn_trial *trial)
{
    static const char *const theirs[] = {"thing.theirs", NULL};
    static const char *const ours[] = {"thing.ours", NULL};
    struct jn_line line = {.queue = jn_trial_queue(trial)};
    struct jangle_parcel parcel;

    line.sender = jn_trial_open(trial);
    line.receiver = jn_trial_open(trial);
    line.queue.topic = jn_trial_topic(trial);
    line.queue.routes = theirs;
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare(trial, line.sender, &line.queue);
    line.queue.routes = ours;
    jn_trial_declare(trial, line.receiver, &line.queue);
    parcel = jn_line_parcel(&line, NULL, "1");
    parcel.route = "thing.theirs";
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    parcel = jn_line_parcel(&line, NULL, "2");
    parcel.route = "thing.ours";
    jn_publish_one(trial, line.sender, &parcel, JANGLE_OK);
    jn_attach(trial, line.receiver, &line.queue);
    jn_take_in_any_order(trial, line.receiver, 2, "1 2");
}

/* Declare a queue that differs from the one of the line, from another connection, because
 * a broker may end the one on which it refuses. The queue stays as it was. */
static void refuse_difference(struct jn_trial *trial,
                              const struct jn_line *line,
                              const struct jangle_queue *other)
{
    struct jangle_transport *stranger = jn_trial_open(trial);
    struct jangle_error error = {0};

    jn_detach(trial, line->receiver, line->queue.name);
    jn_line_publish(trial, line, "k", 1, 2);
    for (int round = 0; round < 2 && !trial->failed; round++) {
        error = (struct jangle_error){0};
        jn_trial_is(trial, "declaring a queue that is there and differs",
                    stranger->ops->declare_queue(stranger, other, &error), JANGLE_INVALID,
                    &error);
        jn_trial_check(trial, strstr(error.message, line->queue.name) != NULL,
                       "the error does not name the queue: %s", error.message);
    }
    jn_trial_declare(trial, stranger, &line->queue);
    jn_attach(trial, line->receiver, &line->queue);
    jn_line_publish(trial, line, "k", 3, 1);
    jn_take(trial, line->receiver, 3, "1 2 3");
}

static void tr_02_a_queue_with_another_order_is_refused(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue other = line.queue;

    other.in_order = false;
    refuse_difference(trial, &line, &other);
}

static void
tr_02_a_queue_with_another_dead_letter_queue_is_refused(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue other = line.queue;

    other.dead = jn_trial_queue(trial).dead;
    refuse_difference(trial, &line, &other);
}

static void tr_02_a_queue_with_another_expiry_is_refused(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_queue other = line.queue;

    other.expire_ms = 86400000;
    refuse_difference(trial, &line, &other);
}

static void tr_02_what_waits_too_long_is_dead(struct jn_trial *trial)
{
    struct jn_line line = {.sender = jn_trial_open(trial),
                           .queue = jn_trial_queue(trial)};

    line.queue.topic = jn_trial_topic(trial);
    line.queue.expire_ms = 1000;
    jn_trial_declare_topic(trial, line.sender, line.queue.topic);
    jn_trial_declare(trial, line.sender, &line.queue);
    jn_line_publish(trial, &line, "k", 1, 2);
    jn_take_in_any_order(trial, jn_attached_to(trial, line.queue.dead), 2, "1 2");
    jn_expect_nothing(trial, jn_attached(trial, &line.queue));
}

const struct jn_transport_test jn_transport_declare_tests[] = {
    JN_TRANSPORT_TEST(tr_02_a_topic_is_declared_again, 0),
    JN_TRANSPORT_TEST(tr_02_a_queue_is_declared_again_and_keeps_what_it_has,
                      JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_02_what_belongs_to_a_queue_is_declared_with_it, 0),
    JN_TRANSPORT_TEST(tr_02_a_queue_has_its_routes, 0),
    JN_TRANSPORT_TEST(tr_02_each_queue_of_a_topic_has_all, 0),
    JN_TRANSPORT_TEST(tr_02_a_binding_of_others_stays, 0),
    JN_TRANSPORT_TEST(tr_02_a_queue_with_another_order_is_refused, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_02_a_queue_with_another_dead_letter_queue_is_refused,
                      JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_02_a_queue_with_another_expiry_is_refused, JN_NEEDS_QUEUES),
    JN_TRANSPORT_TEST(tr_02_what_waits_too_long_is_dead, JN_NEEDS_QUEUES),
    {0}};
