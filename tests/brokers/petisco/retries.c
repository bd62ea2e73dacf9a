/* retries.c - petisco's consumers and ours at one broker: each retries what the
 * other one has failed at, N retries are N + 1 runs, and a message of ours at which a
 * consumer of petisco fails is retried and never lost. */
#include "brokers/petisco/consumer.h"
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/shared.h"
#include "support/domains/exchange.h"

static struct rabbitmq_server *server;
static amqp_connection_state_t plain;      /* petisco's connection */
static struct jangle_transport *transport; /* ours */
static struct world world;                 /* a program that publishes */
static struct jangle_naming naming;
static const struct jangle_clock system_clock;

/* ---- the queues ------------------------------------------------------------------ */

#define ROUTE "acme.sales.1.event.coins_put_in"

#define QUEUE_OF(handler)                                                                \
    {                                                                                    \
        .name = ROUTE "." handler, .topic = "acme.sales",                                \
        .routes = (const char *const[]){ROUTE, NULL},                                    \
        .retry = "retry." ROUTE "." handler, .retry_topic = "retry.acme.sales",          \
        .retry_ms = 50, .dead = "dead_letter." ROUTE "." handler,                        \
        .dead_topic = "dead_letter.acme.sales"                                           \
    }

static const struct jangle_queue mail = QUEUE_OF("mail"), bill = QUEUE_OF("bill");
static const struct jangle_queue store = {
    .name = "store",
    .topic = "acme.sales",
    .routes = (const char *const[]){"*.*.*.event.*", "*.*.*.command.*", NULL},
    .retry = "retry.store",
    .retry_topic = "retry.acme.store",
    .retry_ms = 50,
    .dead = "dead_letter.store",
    .dead_topic = "dead_letter.acme.store"};

static struct petisco_consumer
consumer_of(const struct jangle_queue *queue, int max_retries, int failures)
{
    bool is_store = queue == &store;

    return (struct petisco_consumer){.service = "acme.sales",
                                     .store = is_store ? "acme.store" : NULL,
                                     .queue = queue->name,
                                     .handler = queue == &bill ? "bill" : "mail",
                                     .max_retries = max_retries,
                                     .failures = failures};
}

static void declare(const struct jangle_queue *queue)
{
    assert_result(transport->ops->declare_queue(transport, queue, NULL), JANGLE_OK);
}

/* ---- messages of ours ------------------------------------------------------------ */

static const struct jangle_publisher news = {
    .name = "news",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .format = &jangle_petisco,
};

static void publish_one(void)
{
    world_put(&world, "7");
    world_poll(&world);
}

static int set_up(void **state)
{
    static const struct jangle_rabbitmq_options options = {.queues =
                                                               JANGLE_RABBITMQ_CLASSIC};

    (void)state;
    plain = plain_connect(server);
    transport = line_open_url(rabbitmq_server_url(server), &options);
    assert_result(transport->ops->declare_topic(transport, "acme.sales", NULL),
                  JANGLE_OK);
    naming = jangle_petisco_names("acme", "sales", NULL);
    world_init(&world, false);
    world.config.host.clock = system_clock;
    world.config.broker = jangle_rabbitmq(rabbitmq_server_url(server), &options);
    world.config.naming = &naming;
    publish_with(&world, &news);
    world_open(&world, NULL);
    return 0;
}

static int tear_down(void **state)
{
    static const struct jangle_queue *const all[] = {&mail, &bill, &store};

    (void)state;
    world_finish(&world);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_result(transport->ops->remove_queue(transport, all[i], NULL), JANGLE_OK);
    line_close(transport);
    plain_close(plain);
    return 0;
}

/* ---- petisco's own matrix -------------------------------------------------------- */

/* The dead letter is consumed by petisco, as its subscribers of dead letters do. */
static void assert_dead(const struct jangle_queue *queue, int redelivery_count)
{
    struct petisco_consumer reader = consumer_of(queue, 0, 0);

    assert_int_equal(plain_count(plain, queue->dead), 1);
    assert_int_equal(plain_count(plain, queue->name), 0);
    assert_int_equal(plain_count(plain, queue->retry), 0);
    reader.queue = queue->dead;
    petisco_consume(&reader, plain);
    assert_int_equal(reader.redelivery_count, redelivery_count);
}

static void a_message_of_ours_has_no_header_at_all(void **state)
{
    struct petisco_consumer consumer = consumer_of(&mail, 1, 0);

    (void)state;
    declare(&mail);
    publish_one();
    petisco_consume(&consumer, plain);
    assert_false(consumer.had_headers);
}

static void n_retries_are_n_plus_one_runs(void **state)
{
    (void)state;
    declare(&mail);
    for (int retries = 0; retries <= 5; retries++) {
        struct petisco_consumer consumer = consumer_of(&mail, retries, 1000);

        publish_one();
        while (consumer.runs <= retries)
            petisco_consume(&consumer, plain);
        assert_dead(&mail, retries + 1);
    }
}

static void it_ends_with_the_first_success(void **state)
{
    (void)state;
    declare(&mail);
    for (int failures = 0; failures <= 4; failures++) {
        struct petisco_consumer consumer = consumer_of(&mail, failures, failures);

        publish_one();
        while (consumer.runs <= failures)
            petisco_consume(&consumer, plain);
        assert_int_equal(consumer.redelivery_count, failures ? failures : -1);
        assert_int_equal(plain_count(plain, mail.name), 0);
        assert_int_equal(plain_count(plain, mail.retry), 0);
        assert_int_equal(plain_count(plain, mail.dead), 0);
    }
}

static void handlers_and_the_store_retry_on_their_own(void **state)
{
    struct petisco_consumer consumers[] = {
        consumer_of(&mail, 5, 1), consumer_of(&bill, 5, 2), consumer_of(&store, 5, 3)};

    (void)state;
    declare(&mail);
    declare(&bill);
    declare(&store);
    publish_one();
    for (int i = 0; i < 3; i++) {
        while (consumers[i].runs < i + 2)
            petisco_consume(&consumers[i], plain);
        assert_int_equal(consumers[i].redelivery_count, i + 1);
        assert_int_equal(plain_count(plain, consumers[i].queue), 0);
    }
}

/* petisco sends it to the dead letters of the service, and not to those of the store. */
static void what_petisco_gives_up_in_the_store_is_kept(void **state)
{
    struct petisco_consumer consumer = consumer_of(&store, 2, 1000);

    (void)state;
    declare(&store);
    publish_one();
    while (consumer.runs < 3)
        petisco_consume(&consumer, plain);
    assert_dead(&store, 3);
}

/* ---- both together --------------------------------------------------------------- */

static struct jangle_parcel receive_and_detach(const struct jangle_queue *queue)
{
    assert_result(transport->ops->attach(transport, queue, NULL, 0, NULL), JANGLE_OK);
    return line_receive(transport);
}

/* Then petisco can have the next one. */
static void settle_and_detach(const struct jangle_queue *queue,
                              const struct jangle_parcel *parcel,
                              enum jangle_disposition disposition)
{
    assert_result(line_settle(transport, parcel, disposition), JANGLE_OK);
    assert_result(transport->ops->detach(transport, queue->name, NULL), JANGLE_OK);
}

static void its_retry_is_a_retry_of_ours(void **state)
{
    static const struct jangle_queue *const queues[] = {&mail, &store};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct petisco_consumer consumer = consumer_of(queues[i], 5, 2);
        struct jangle_parcel parcel;

        declare(queues[i]);
        publish_one();
        petisco_consume(&consumer, plain);
        petisco_consume(&consumer, plain);
        parcel = receive_and_detach(queues[i]);
        assert_int_equal(parcel.attempt, 3);
        settle_and_detach(queues[i], &parcel, JANGLE_TAKEN);
        assert_int_equal(plain_count(plain, queues[i]->dead), 0);
    }
}

static void our_retry_is_a_retry_of_its(void **state)
{
    static const struct jangle_queue *const queues[] = {&mail, &store};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct petisco_consumer consumer = consumer_of(queues[i], 2, 1000);

        declare(queues[i]);
        publish_one();
        for (int attempt = 1; attempt <= 2; attempt++) {
            struct jangle_parcel parcel = receive_and_detach(queues[i]);

            assert_int_equal(parcel.attempt, attempt);
            assert_string_equal(parcel.route, ROUTE);
            settle_and_detach(queues[i], &parcel, JANGLE_AGAIN);
        }
        petisco_consume(&consumer, plain);
        assert_string_equal(consumer.queue_header, queues[i]->name);
        assert_int_equal(consumer.redelivery_count, 2);
        assert_dead(queues[i], 3);
    }
}

/* In turn: four runs of three retries, whoever did them. */
static void both_count_on(void **state)
{
    struct petisco_consumer consumer = consumer_of(&mail, 3, 1000);
    struct jangle_parcel parcel;

    (void)state;
    declare(&mail);
    publish_one();
    petisco_consume(&consumer, plain);
    parcel = receive_and_detach(&mail);
    assert_int_equal(parcel.attempt, 2);
    settle_and_detach(&mail, &parcel, JANGLE_AGAIN);
    petisco_consume(&consumer, plain);
    assert_int_equal(consumer.redelivery_count, 2);
    parcel = receive_and_detach(&mail);
    assert_int_equal(parcel.attempt, 4);
    settle_and_detach(&mail, &parcel, JANGLE_DEAD);
    assert_dead(&mail, 4);
}

/* ---- put back -------------------------------------------------------------------- */

static enum jangle_disposition put_back(void *context, const struct jangle_parcel *parcel)
{
    (void)context, (void)parcel;
    return JANGLE_AGAIN;
}

static const struct jangle_consumer reader = {
    .name = "mail",
    .topic = "acme.sales",
    .routes = JANGLE_ROUTES({.type = &coins_seen, .as = "coins_put_in"}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
};

/* A program whose consumer has the same queue, and does not run. */
static void redrive_mail(void)
{
    struct jangle_redriven redriven;
    struct world other;

    world_init(&other, false);
    other.config.host.clock = system_clock;
    other.config.aggregates = (struct jangle_aggregates){0};
    other.config.broker = world.config.broker;
    other.config.naming = &naming;
    consume_with(&other, &reader);
    world_open(&other, NULL);
    assert_result(
        jangle_redrive(other.jangle, "mail", 10, put_back, NULL, &redriven, NULL),
        JANGLE_OK);
    assert_int_equal(redriven.back, 1);
    world_finish(&other);
}

/* The count begins again, and petisco knows the queue, whoever had given it up. */
static void what_is_put_back_is_retried_by_petisco(void **state)
{
    (void)state;
    declare(&mail);
    for (int i = 0; i < 2; i++) {
        struct petisco_consumer last = consumer_of(&mail, 0, 1);
        struct petisco_consumer consumer = consumer_of(&mail, 1, 1);

        publish_one();
        if (i == 0) {
            petisco_consume(&last, plain);
        } else {
            struct jangle_parcel parcel = receive_and_detach(&mail);

            settle_and_detach(&mail, &parcel, JANGLE_DEAD);
        }
        redrive_mail();
        petisco_consume(&consumer, plain);
        assert_int_equal(consumer.redelivery_count, -1);
        assert_string_equal(consumer.queue_header, mail.name);
        petisco_consume(&consumer, plain);
        assert_int_equal(consumer.redelivery_count, 1);
        assert_int_equal(plain_count(plain, mail.name), 0);
        assert_int_equal(plain_count(plain, mail.dead), 0);
    }
}

#define RETRY_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RETRY_TEST(a_message_of_ours_has_no_header_at_all),
        RETRY_TEST(n_retries_are_n_plus_one_runs),
        RETRY_TEST(it_ends_with_the_first_success),
        RETRY_TEST(handlers_and_the_store_retry_on_their_own),
        RETRY_TEST(what_petisco_gives_up_in_the_store_is_kept),
        RETRY_TEST(its_retry_is_a_retry_of_ours),
        RETRY_TEST(our_retry_is_a_retry_of_its),
        RETRY_TEST(both_count_on),
        RETRY_TEST(what_is_put_back_is_retried_by_petisco)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
