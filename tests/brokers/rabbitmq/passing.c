/* passing.c - messages on their way through a RabbitMQ: one lone event, a
 * message that leads to another one, and a queue that is long at the start. */
#include "brokers/rabbitmq/line.h"
#include "brokers/rabbitmq/relay.h"
#include "brokers/rabbitmq/shared.h"
#include "support/brokers/watched_broker.h"
#include "support/domains/neighbours.h"
#include "support/effort.h"
#include "support/failing_allocator.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { URL_SIZE = 128 };

static struct rabbitmq_server *server;
static struct jangle_transport *line;
static struct relay relay; /* between the programs and the broker */
static char url[URL_SIZE];

static const struct jangle_clock system_clock;

static int set_up(void **state)
{
    (void)state;
    line = line_open(server);
    relay = relay_start(rabbitmq_server_port(server));
    snprintf(url, sizeof url, "amqp://jangle:%s@127.0.0.1:%d/tests",
             rabbitmq_server_password, relay.port);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    relay_cut(&relay);
    line_close(line);
    return 0;
}

/* In a file, and with a broker behind the relay. */
static void world_begin(struct world *world)
{
    world_init(world, true);
    world->config.host.clock = system_clock;
    world->config.broker = jangle_rabbitmq(url, NULL);
    world->config.reconnect =
        (struct jangle_retry){.first_delay_ms = 10, .max_delay_ms = 100};
}

static void fresh_queue(const char *name)
{
    const struct jangle_queue queue = {.name = name, .topic = "purses"};

    assert_result(line->ops->remove_queue(line, &queue, NULL), JANGLE_OK);
    assert_result(line->ops->declare_topic(line, "purses", NULL), JANGLE_OK);
    assert_result(line->ops->declare_queue(line, &queue, NULL), JANGLE_OK);
}

/* As the consumer declares it. */
static void declare_for(struct world *world)
{
    const struct jangle_queue queue = {.name = world->consumer->name};

    assert_result(line->ops->remove_queue(line, &queue, NULL), JANGLE_OK);
    world_open(world, NULL);
    assert_result(jangle_declare(world->jangle, queue.name, NULL), JANGLE_OK);
    world_close(world);
}

/* ---- one lone event --------------------------------------------------------------- */

/* The broker is away, and the publisher has found that out. */
static void publish_one_in_vain(struct world *world)
{
    world_put(world, "1");
    while (!*endpoint_of(world, "news").reason)
        neighbours_wait_a_moment();
    assert_int_equal(endpoint_of(world, "news").published, 0);
}

static void wait_for_the_event(struct world *world)
{
    while (!endpoint_of(world, "news").published)
        neighbours_wait_a_moment();
    assert_int_equal(endpoint_of(world, "news").published, 1);
    assert_int_equal(line_count(line, "lone"), 1);
}

/* It was never there when the program began, and comes back. Nothing else is published
 * that would wake anybody. */
static void a_lone_event_goes_out_when_the_broker_is_back(void **state)
{
    static struct world world;

    (void)state;
    fresh_queue("lone");
    relay_cut(&relay);
    world_begin(&world);
    world.config.workers = 1;
    publish_with(&world, &purse_news);
    world_open(&world, NULL);
    publish_one_in_vain(&world);
    relay_mend(&relay);
    wait_for_the_event(&world);
    world_finish(&world);
}

static void a_lone_event_goes_out_after_its_program_was_killed(void **state)
{
    static struct world world;
    pid_t child;
    int status;

    (void)state;
    fresh_queue("lone");
    relay_cut(&relay);
    world_begin(&world);
    world.config.workers = 1;
    publish_with(&world, &purse_news);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (!world_try_open(&world, NULL))
            _exit(1);
        publish_one_in_vain(&world);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    world_open(&world, NULL);
    while (!*endpoint_of(&world, "news").reason)
        neighbours_wait_a_moment();
    relay_mend(&relay);
    wait_for_the_event(&world);
    world_finish(&world);
}

/* ---- a message that leads to another one ------------------------------------------ */

enum { CUTS = 10 };

static int settled, cuts_left;

/* The connection ends before the broker hears of what was taken. */
static void cut_before_settling(void *context, const char *call)
{
    (void)context;
    if (strcmp(call, "settle") != 0)
        return;
    settled++;
    if (cuts_left == 0)
        return;
    cuts_left--;
    relay_cut(&relay);
    relay_mend(&relay);
}

static enum jangle_result translate_doubled(struct jangle_translation *translation,
                                            const struct jangle_event *event)
{
    const struct put_in *put = event->data;

    return jangle_translate(translation, put_in, .purse_id = put->purse_id,
                            .amount = 2 * put->amount);
}

static const struct jangle_publisher further = {
    .name = "further",
    .queue = "further",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_consumer teller = {
    .name = "teller",
    .routes = JANGLE_ROUTES({.type = &put_in}),
};
static const struct jangle_consumer later_teller = {
    .name = "teller",
    .routes = JANGLE_ROUTES({.type = &put_in, .translate = translate_doubled}),
};

static void send_command(void)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"elsewhere\",\"type\":"
        "\"put_in\",\"data\":{\"purse_id\":\"1\",\"amount\":5}}";
    struct jangle_parcel parcel = {.queue = "teller",
                                   .content_type = "application/cloudevents+json",
                                   .body = body,
                                   .body_size = sizeof body - 1,
                                   .must_be_queued = true};

    assert_result(line->ops->publish(line, &parcel, 1, LINE_WAIT_MS, NULL), JANGLE_OK);
}

/* Until so many acknowledgements were tried. */
static void poll_until_settled(struct world *world, int count)
{
    for (settled = 0; settled < count;)
        jangle_poll(world->jangle, NULL, NULL);
}

static void a_repeated_message_leads_to_one_further_down(void **state)
{
    static struct watched_broker watched;
    static struct world world;

    (void)state;
    fresh_queue("further");
    watched = (struct watched_broker){.inner = jangle_rabbitmq(url, NULL),
                                      .before = cut_before_settling};
    world_begin(&world);
    world.config.broker = watched_broker_make(&watched);
    publish_with(&world, &further);
    consume_with(&world, &teller);
    declare_for(&world);
    world_open(&world, NULL);
    send_command();
    cuts_left = CUTS + 1;
    poll_until_settled(&world, CUTS);
    world_close(&world);
    world_open(&world, NULL);
    poll_until_settled(&world, 1);
    world_close(&world);
    consume_with(&world, &later_teller);
    world_open(&world, NULL);
    poll_until_settled(&world, 1);
    assert_int_equal(endpoint_of(&world, "teller").repeated, 1);
    assert_result(jangle_drain(world.jangle, -1, NULL, NULL), JANGLE_OK);
    assert_int_equal(world_stats(&world).position, 1);
    world_finish(&world);
    assert_int_equal(line_count(line, "teller"), 0);
    assert_int_equal(line_count(line, "further"), 1);
}

/* ---- a long queue at the start ---------------------------------------------------- */

enum {
    FEW = 1000,
    AT_A_TIME = 500,
    PURSES = 100,
    MORE_BYTES = 256 * 1024,         /* of the allocator, that many may take... */
    MORE_RESIDENT = 16 * 1024 * 1024 /* ...and of all memory of the process */
};

/* What a program needed at most. */
struct need {
    int64_t bytes, resident;
};

static void fill_queue(int64_t count)
{
    static char bodies[AT_A_TIME][256];
    static struct jangle_parcel parcels[AT_A_TIME];

    for (int64_t number = 0; number < count; number += AT_A_TIME) {
        for (int i = 0; i < AT_A_TIME; i++) {
            int size = snprintf(bodies[i], sizeof bodies[i],
                                "{\"specversion\":\"1.0\",\"id\":\"%lld\",\"source\":"
                                "\"elsewhere\",\"type\":\"coins_put_in\","
                                "\"partitionkey\":\"%d\",\"data\":{\"amount\":5,"
                                "\"total\":5}}",
                                (long long)number + i, i % PURSES);

            parcels[i] =
                (struct jangle_parcel){.queue = "watch",
                                       .content_type = "application/cloudevents+json",
                                       .body = bodies[i],
                                       .body_size = (size_t)size};
        }
        assert_result(line->ops->publish(line, parcels, AT_A_TIME, LINE_WAIT_MS, NULL),
                      JANGLE_OK);
    }
}

/* The most memory that this process ever had. */
static int64_t most_resident(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char words[128];
    long long kilobytes = 0;

    while (file && fgets(words, sizeof words, file))
        sscanf(words, "VmHWM: %lld", &kilobytes);
    if (file)
        fclose(file);
    return kilobytes * 1024;
}

static void take_all(struct world *world, int64_t count, int tell)
{
    struct failing_allocator memory;
    struct need need;

    failing_allocator_init(&memory, 0);
    world->config.host.allocator = memory.allocator;
    if (!world_try_open(world, NULL))
        _exit(1);
    while (world_stats(world).position < count)
        jangle_poll(world->jangle, NULL, NULL);
    need = (struct need){memory.most_bytes, most_resident()};
    if (jangle_close(world->jangle, -1) || write(tell, &need, sizeof need) < 0)
        _exit(1);
    _exit(0);
}

/* A process of its own takes so many messages, which wait when it starts. */
static struct need measure_taking(int64_t count)
{
    static struct world world;
    struct need need = {0};
    int ends[2];
    pid_t child;

    world_begin(&world);
    world.config.aggregates = (struct jangle_aggregates){0};
    consume_with(&world, &purse_watch);
    declare_for(&world);
    fill_queue(count);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        take_all(&world, count, ends[1]);
    close(ends[1]);
    assert_int_equal(read(ends[0], &need, sizeof need), sizeof need);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    world_finish(&world);
    return need;
}

static void many_messages_that_wait_take_no_more_memory_than_few(void **state)
{
    int64_t count = effort_count(EFFORT_WAITING);
    struct need few = measure_taking(FEW), many = measure_taking(count);

    (void)state;
    print_message("%d messages: %lld bytes, %lld resident; %lld: %lld and %lld\n", FEW,
                  (long long)few.bytes, (long long)few.resident, (long long)count,
                  (long long)many.bytes, (long long)many.resident);
    assert_true(many.bytes - few.bytes < MORE_BYTES);
    assert_true(many.resident - few.resident < MORE_RESIDENT);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_lone_event_goes_out_when_the_broker_is_back),
        TEST(a_lone_event_goes_out_after_its_program_was_killed),
        TEST(a_repeated_message_leads_to_one_further_down),
        TEST(many_messages_that_wait_take_no_more_memory_than_few),
    };
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
