/* names.c - what a service declares under petisco's names is what petisco itself
 * declares: the broker's own lists of exchanges, queues and bindings are compared with
 * petisco's tables, line by line. */
#include "brokers/rabbitmq/server.h"
#include "brokers/rabbitmq/shared.h"
#include "support/domains/exchange.h"

#include <jangle/transport/rabbitmq.h>

#include <stdlib.h>
#include <string.h>

static struct rabbitmq_server *server;

/* ---- a service ------------------------------------------------------------------- */

static const struct jangle_rabbitmq_options classic = {.queues = JANGLE_RABBITMQ_CLASSIC};

static const struct jangle_publisher news = {
    .name = "news",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}, {.type = &put_in}),
    .format = &jangle_petisco,
};

/* petisco's queues have no argument for one receiver at a time. */
static const struct jangle_consumer counter = {
    .name = "counter",
    .topic = "acme.sales",
    .routes =
        JANGLE_ROUTES({.type = &coins_seen, .as = "coins_taken"}, {.type = &put_in}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
    .order = JANGLE_ANY_ORDER,
};
static const struct jangle_consumer keeper = {
    .name = "keeper",
    .topic = "acme.sales",
    .routes = JANGLE_ROUTES({.type = &jangle_any}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
    .order = JANGLE_ANY_ORDER,
};
/* A subscriber of dead letters. */
static const struct jangle_consumer undertaker = {
    .name = "undertaker",
    .queue = "dead_letter.acme.sales.1.event.coins_taken.counter",
    .routes = JANGLE_ROUTES({.type = &coins_seen, .as = "coins_taken"}),
    .formats = JANGLE_FORMATS(&jangle_petisco),
    .order = JANGLE_ANY_ORDER,
};
static const struct jangle_publishers publishers = JANGLE_PUBLISHERS(&news);
static const struct jangle_consumers consumers =
    JANGLE_CONSUMERS(&counter, &undertaker, &keeper);

static struct jangle_naming naming;

static void open_service(struct world *world,
                         const struct jangle_petisco_options *options)
{
    naming = jangle_petisco_names("acme", "sales", options);
    world_init(world, false);
    world->config.broker = jangle_rabbitmq(rabbitmq_server_url(server), &classic);
    world->config.naming = &naming;
    world->config.publishers = publishers;
    world->config.consumers = consumers;
    world_open(world, NULL);
}

static void declare_all(struct world *world)
{
    struct jangle_error error = {0};

    if (jangle_declare(world->jangle, NULL, &error))
        fail_msg("%s", error.message);
}

static void close_service(struct world *world)
{
    assert_result(jangle_remove(world->jangle, "counter", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    assert_result(jangle_remove(world->jangle, "keeper", JANGLE_REMOVE_ALL, NULL),
                  JANGLE_OK);
    world_finish(world);
}

/* ---- what the broker has --------------------------------------------------------- */

/* A line each, sorted:
 *     exchange NAME TYPE durable
 *     queue NAME durable ARGUMENT=VALUE...
 *     binding EXCHANGE QUEUE KEY
 * RabbitMQ's own exchanges, and the bindings of the default exchange, are left out. */
static const char broker_lists[] =
    "begin N = fun(R) -> element(4, R) end, "
    "D = fun(true) -> \"durable\"; (false) -> \"transient\" end, "
    "F = fun(V) when is_binary(V) -> V; (V) -> io_lib:format(\"~p\", [V]) end, "
    "Own = fun(<<\"amq.\", _/binary>>) -> true; (B) -> B =:= <<>> end, "
    "X = [io_lib:format(\"exchange ~s ~s ~s\", [N(element(2, E)), element(3, E), "
    "D(element(4, E))]) || E <- rabbit_exchange:list(<<\"tests\">>), "
    "not Own(N(element(2, E)))], "
    "Q = [[io_lib:format(\"queue ~s ~s\", [N(amqqueue:get_name(E)), "
    "D(amqqueue:is_durable(E))]), [io_lib:format(\" ~s=~s\", [K, F(V)]) || {K, _, V} "
    "<- lists:sort(amqqueue:get_arguments(E))]] || E <- "
    "rabbit_amqqueue:list(<<\"tests\">>)], "
    "B = [io_lib:format(\"binding ~s ~s ~s\", [N(element(2, E)), N(element(4, E)), "
    "element(3, E)]) || E <- rabbit_binding:list(<<\"tests\">>), "
    "N(element(2, E)) =/= <<>>], "
    "[[L, \"\\n\"] || L <- lists:usort([lists:flatten(Y) || Y <- X ++ Q ++ B])] end";

enum { LINES_MAX = 64 };

static int compare_lines(const void *left, const void *right)
{
    const char *const *one = left, *const *other = right;

    return strcmp(*one, *other);
}

static bool is_among(const char *const *lines, size_t count, const char *line)
{
    return bsearch(&line, lines, count, sizeof *lines, compare_lines) != NULL;
}

static void assert_broker_has(const char *const *wanted, size_t wanted_count)
{
    const char *sorted[LINES_MAX], *found[LINES_MAX];
    char *text = rabbitmq_server_ask(server, broker_lists);
    char *rest = NULL;
    size_t count = 0;
    int wrong = 0;

    assert_non_null(text);
    assert_true(wanted_count <= LINES_MAX);
    memcpy(sorted, wanted, wanted_count * sizeof *sorted);
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        assert_true(count < LINES_MAX);
        found[count++] = line;
    }
    qsort(sorted, wanted_count, sizeof *sorted, compare_lines);
    qsort(found, count, sizeof *found, compare_lines);
    for (size_t i = 0; i < count; i++)
        if (!is_among(sorted, wanted_count, found[i]))
            print_error("too much: %s\n", found[i]), wrong++;
    for (size_t i = 0; i < wanted_count; i++)
        if (!is_among(found, count, sorted[i]))
            print_error("missing: %s\n", sorted[i]), wrong++;
    assert_int_equal(wrong, 0);
    assert_int_equal(count, wanted_count);
    free(text);
}

#define ASSERT_BROKER_HAS(lines) assert_broker_has(lines, sizeof(lines) / sizeof *(lines))

/* ---- petisco's tables ------------------------------------------------------------ */

#define E "acme.sales.1.event.coins_taken"
#define C "acme.sales.1.command.put_in"

/* The exchanges, and the queues of a type, as they are whatever the options say. */
#define EXCHANGES                                                                        \
    "exchange acme.sales topic durable", "exchange retry.acme.sales topic durable",      \
        "exchange dead_letter.acme.sales topic durable",                                 \
        "exchange retry.acme.store topic durable",                                       \
        "exchange dead_letter.acme.store topic durable"

#define BINDINGS_OF(route, q)                                                            \
    "binding acme.sales " q " " route, "binding acme.sales " q " retry." q,              \
        "binding retry.acme.sales retry." q " retry." q,                                 \
        "binding dead_letter.acme.sales dead_letter." q " dead_letter." q

#define BINDINGS_OF_STORE(q)                                                             \
    "binding acme.sales " q " *.*.*.event.*",                                            \
        "binding acme.sales " q " *.*.*.command.*", "binding acme.sales " q " retry." q, \
        "binding acme.sales " q " " q, "binding retry.acme.store " q " *.*.*.event.*",   \
        "binding retry.acme.store " q " *.*.*.command.*",                                \
        "binding retry.acme.store " q " " q,                                             \
        "binding retry.acme.store retry." q " retry." q,                                 \
        "binding dead_letter.acme.sales dead_letter." q " dead_letter.*.*.*.event.*",    \
        "binding dead_letter.acme.sales dead_letter." q " dead_letter.*.*.*.command.*",  \
        "binding dead_letter.acme.sales dead_letter." q " dead_letter." q,               \
        "binding dead_letter.acme.store dead_letter." q " dead_letter." q

#define QUEUES_OF(q, exchange, ttl)                                                      \
    "queue " q " durable x-dead-letter-exchange=dead_letter.acme." exchange              \
    " x-dead-letter-routing-key=dead_letter." q ttl,                                     \
        "queue dead_letter." q " durable"

#define RETRY_OF(q, exchange, key, ttl)                                                  \
    "queue retry." q " durable x-dead-letter-exchange=" exchange                         \
    " x-dead-letter-routing-key=" key " x-message-ttl=" ttl

static void the_tables_are_those_of_petisco(void **state)
{
    static const struct jangle_petisco_options as_petisco = {
        .retry_ms = 5000, .main_ms = 5000, .unscoped_store = true};
    static const char *const tables[] = {
        EXCHANGES,
        QUEUES_OF(E ".counter", "sales", " x-message-ttl=5000"),
        RETRY_OF(E ".counter", "acme.sales", "retry." E ".counter", "5000"),
        QUEUES_OF(C ".counter", "sales", " x-message-ttl=5000"),
        RETRY_OF(C ".counter", "acme.sales", "retry." C ".counter", "5000"),
        QUEUES_OF("store", "store", " x-message-ttl=5000"),
        RETRY_OF("store", "retry.acme.store", "store", "5000"),
        BINDINGS_OF(E, E ".counter"),
        BINDINGS_OF(C, C ".counter"),
        BINDINGS_OF_STORE("store"),
    };
    struct world world;

    (void)state;
    open_service(&world, &as_petisco);
    declare_all(&world);
    ASSERT_BROKER_HAS(tables);
    declare_all(&world); /* which changes nothing */
    ASSERT_BROKER_HAS(tables);
    close_service(&world);
}

/* By default nothing expires, and the store queue is a service's own. */
static void by_default_two_things_differ(void **state)
{
    static const char *const tables[] = {
        EXCHANGES,
        QUEUES_OF(E ".counter", "sales", ""),
        RETRY_OF(E ".counter", "acme.sales", "retry." E ".counter", "5000"),
        QUEUES_OF(C ".counter", "sales", ""),
        RETRY_OF(C ".counter", "acme.sales", "retry." C ".counter", "5000"),
        QUEUES_OF("acme.sales.store", "store", ""),
        RETRY_OF("acme.sales.store", "retry.acme.store", "acme.sales.store", "5000"),
        BINDINGS_OF(E, E ".counter"),
        BINDINGS_OF(C, C ".counter"),
        BINDINGS_OF_STORE("acme.sales.store"),
    };
    struct world world;

    (void)state;
    open_service(&world, NULL);
    declare_all(&world);
    ASSERT_BROKER_HAS(tables);
    close_service(&world);
}

/* As petisco's `clear`, but exchanges that others use stay. */
static void what_was_declared_can_be_removed(void **state)
{
    struct world world;
    char *text;

    (void)state;
    open_service(&world, NULL);
    declare_all(&world);
    close_service(&world);
    text = rabbitmq_server_ask(server, broker_lists);
    if (text)
        fail_msg("still there:\n%s", text);
}

/* That one belongs to the queue from which the dead letters came. */
static void a_subscriber_of_dead_letters_removes_no_retry_queue(void **state)
{
    struct world world;
    char *text;

    (void)state;
    open_service(&world, NULL);
    declare_all(&world);
    assert_result(jangle_remove(world.jangle, "undertaker", JANGLE_REMOVE_QUEUES, NULL),
                  JANGLE_OK);
    text = rabbitmq_server_ask(server, broker_lists);
    assert_non_null(text);
    assert_null(strstr(text, "queue dead_letter." E ".counter"));
    assert_non_null(strstr(text, "queue retry." E ".counter"));
    assert_non_null(strstr(text, "queue " E ".counter"));
    free(text);
    close_service(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_are_those_of_petisco),
        cmocka_unit_test(by_default_two_things_differ),
        cmocka_unit_test(a_subscriber_of_dead_letters_removes_no_retry_queue),
        cmocka_unit_test(what_was_declared_can_be_removed)};
    int failed;

    server = rabbitmq_shared_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    rabbitmq_server_stop(server);
    return failed;
}
