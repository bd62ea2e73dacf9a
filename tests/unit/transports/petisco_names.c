/* petisco_names.c - each name that petisco gives to an exchange, a queue or a routing
 * key is the one that jangle_petisco_names gives. */
#include <jangle/transport/rabbitmq.h>

#include "support/test.h"

#include <stdio.h>
#include <string.h>

static struct jangle_names names;
static struct jangle_error error;

static enum jangle_result name_with(const struct jangle_naming *naming,
                                    const struct jangle_named *named)
{
    names = (struct jangle_names){0};
    error = (struct jangle_error){0};
    return naming->name(naming, named, &names, &error);
}

static enum jangle_result name(const struct jangle_petisco_options *options,
                               const struct jangle_named *named)
{
    struct jangle_naming naming = jangle_petisco_names("acme", "registration", options);

    return name_with(&naming, named);
}

/* What petisco itself does: no option departs from it. */
static const struct jangle_petisco_options as_petisco = {
    .retry_ms = 5000, .main_ms = 5000, .unscoped_store = true};

static const struct jangle_named send_mail = {.role = JANGLE_ROLE_EVENT,
                                              .type = "user_created",
                                              .version = 1,
                                              .consumer = "send_mail"};
static const struct jangle_named create_user = {.role = JANGLE_ROLE_COMMAND,
                                                .type = "create_user",
                                                .version = 2,
                                                .consumer = "creator"};
static const struct jangle_named all_events = {
    .role = JANGLE_ROLE_EVENT, .type = "", .consumer = "store_everything"};
static const struct jangle_named all_commands = {
    .role = JANGLE_ROLE_COMMAND, .type = "", .consumer = "store_everything"};

/* ---- petisco's tables, row by row --------------------------------------------- */

/* An exchange and a routing key by which parcels are published, or queues bound. */
struct address {
    const char *exchange;
    const char *key;
};

static void a_message_is_published_by_exchange_and_route(void **state)
{
    static const struct {
        struct jangle_named named;
        struct address address;
    } rows[] = {
        {{.role = JANGLE_ROLE_EVENT, .type = "user_created", .version = 1},
         {"acme.registration", "acme.registration.1.event.user_created"}},
        {{.role = JANGLE_ROLE_COMMAND, .type = "create_user", .version = 3},
         {"acme.registration", "acme.registration.3.command.create_user"}},
        {{.role = JANGLE_ROLE_EVENT, .type = "user.created"},
         {"acme.registration", "acme.registration.1.event.user_created"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_result(name(&as_petisco, &rows[i].named), JANGLE_OK);
        assert_string_equal(names.topic, rows[i].address.exchange);
        assert_string_equal(names.route, rows[i].address.key);
        assert_string_equal(names.queue, "");
        assert_string_equal(names.retry, "");
        assert_string_equal(names.dead, "");
        assert_string_equal(names.retry_topic, "");
        assert_string_equal(names.dead_topic, "");
        assert_int_equal(names.retry_ms, 0);
        assert_int_equal(names.expire_ms, 0);
    }
}

/* A row of the table of queues, as the names say it: a queue is its own dead-letter
 * queue's key, and its retry queue's key leads back to it. */
struct queue_row {
    const char *queue;
    const char *dead_letter_exchange;
    const char *dead_letter_key;
    int64_t ttl_ms;
};

static void assert_queue(const struct queue_row *row)
{
    assert_string_equal(names.queue, row->queue);
    assert_string_equal(names.dead_topic, row->dead_letter_exchange);
    assert_string_equal(names.dead, row->dead_letter_key);
    assert_int_equal(names.expire_ms, row->ttl_ms);
}

#define EVENT_QUEUE   "acme.registration.1.event.user_created.send_mail"
#define COMMAND_QUEUE "acme.registration.2.command.create_user.creator"

static void queues_and_where_their_dead_letters_go(void **state)
{
    static const struct {
        const struct jangle_named *named;
        struct queue_row row;
    } rows[] = {
        {&send_mail,
         {EVENT_QUEUE, "dead_letter.acme.registration", "dead_letter." EVENT_QUEUE,
          5000}},
        {&create_user,
         {COMMAND_QUEUE, "dead_letter.acme.registration", "dead_letter." COMMAND_QUEUE,
          5000}},
        {&all_events, {"store", "dead_letter.acme.store", "dead_letter.store", 5000}},
        {&all_commands, {"store", "dead_letter.acme.store", "dead_letter.store", 5000}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_result(name(&as_petisco, rows[i].named), JANGLE_OK);
        assert_queue(&rows[i].row);
    }
}

static void retry_queues_and_how_long_they_keep(void **state)
{
    static const struct {
        const struct jangle_named *named;
        const char *queue, *exchange;
    } rows[] = {
        {&send_mail, "retry." EVENT_QUEUE, "retry.acme.registration"},
        {&create_user, "retry." COMMAND_QUEUE, "retry.acme.registration"},
        {&all_events, "retry.store", "retry.acme.store"},
        {&all_commands, "retry.store", "retry.acme.store"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_result(name(&as_petisco, rows[i].named), JANGLE_OK);
        assert_string_equal(names.retry, rows[i].queue);
        assert_string_equal(names.retry_topic, rows[i].exchange);
        assert_int_equal(names.retry_ms, 5000);
    }
}

/* A consumer may take what is in a dead-letter queue, which has neither a dead-letter
 * exchange of its own nor a time: what it fails at goes where that of the queue goes. */
static void a_dead_letter_queue_has_no_time_and_no_topic(void **state)
{
    struct jangle_named named = send_mail;

    (void)state;
    named.queue = "dead_letter." EVENT_QUEUE;
    assert_result(name(&as_petisco, &named), JANGLE_OK);
    assert_queue(&(struct queue_row){"dead_letter." EVENT_QUEUE,
                                     "dead_letter.acme.registration",
                                     "dead_letter." EVENT_QUEUE, 0});
    assert_string_equal(names.topic, "");
    assert_string_equal(names.retry, "retry." EVENT_QUEUE);
    assert_string_equal(names.retry_topic, "retry.acme.registration");
    named.queue = "retry." EVENT_QUEUE;
    assert_result(name(&as_petisco, &named), JANGLE_OK);
    assert_string_equal(names.retry, "retry." EVENT_QUEUE);
    assert_int_equal(names.expire_ms, 0);
    named.queue = "dead_letter.store";
    assert_result(name(NULL, &named), JANGLE_OK);
    assert_queue(&(struct queue_row){"dead_letter.store", "dead_letter.acme.store",
                                     "dead_letter.store", 0});
}

/* What is bound to what, with the names of one row: the queue by its route, and by the
 * name of its retry queue, which brings back what waited there; its retry queue and its
 * dead-letter queue by their own names. */
static void assert_bound(const struct jangle_named *named,
                         struct address route,
                         struct address back,
                         struct address retry,
                         struct address dead)
{
    assert_result(name(&as_petisco, named), JANGLE_OK);
    assert_string_equal(names.topic, route.exchange);
    assert_string_equal(names.route, route.key);
    assert_string_equal(names.topic, back.exchange);
    assert_string_equal(names.retry, back.key);
    assert_string_equal(names.retry_topic, retry.exchange);
    assert_string_equal(names.retry, retry.key);
    assert_string_equal(names.dead_topic, dead.exchange);
    assert_string_equal(names.dead, dead.key);
}

static void bindings_of_a_queue(void **state)
{
    (void)state;
    assert_bound(
        &send_mail,
        (struct address){"acme.registration", "acme.registration.1.event.user_created"},
        (struct address){"acme.registration", "retry." EVENT_QUEUE},
        (struct address){"retry.acme.registration", "retry." EVENT_QUEUE},
        (struct address){"dead_letter.acme.registration", "dead_letter." EVENT_QUEUE});
}

static void bindings_of_the_store_queue(void **state)
{
    struct address back = {"acme.registration", "retry.store"},
                   retry = {"retry.acme.store", "retry.store"},
                   dead = {"dead_letter.acme.store", "dead_letter.store"};

    (void)state;
    assert_bound(&all_events, (struct address){"acme.registration", "*.*.*.event.*"},
                 back, retry, dead);
    assert_bound(&all_commands, (struct address){"acme.registration", "*.*.*.command.*"},
                 back, retry, dead);
}

/* ---- where jangle departs, and how to undo it ---------------------------------- */

static void by_default_nothing_expires_and_the_store_is_a_services_own(void **state)
{
    static const struct jangle_petisco_options empty = {0};
    const struct jangle_petisco_options *const both[] = {NULL, &empty};

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_result(name(both[i], &all_events), JANGLE_OK);
        assert_queue(&(struct queue_row){"acme.registration.store",
                                         "dead_letter.acme.store",
                                         "dead_letter.acme.registration.store", 0});
        assert_string_equal(names.retry, "retry.acme.registration.store");
        assert_string_equal(names.retry_topic, "retry.acme.store");
        assert_int_equal(names.retry_ms, 5000);
        assert_result(name(both[i], &send_mail), JANGLE_OK);
        assert_int_equal(names.expire_ms, 0);
        assert_int_equal(names.retry_ms, 5000);
    }
}

static void an_option_changes_a_time(void **state)
{
    struct jangle_petisco_options options = {.retry_ms = 70, .main_ms = 80};

    (void)state;
    assert_result(name(&options, &send_mail), JANGLE_OK);
    assert_int_equal(names.retry_ms, 70);
    assert_int_equal(names.expire_ms, 80);
    options.retry_ms = -1;
    assert_result(name(&options, &send_mail), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "retry_ms"));
    options = (struct jangle_petisco_options){.main_ms = -1};
    assert_result(name(&options, &send_mail), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "main_ms"));
}

/* ---- what a table says ---------------------------------------------------------- */

static void a_topic_is_that_of_a_service(void **state)
{
    struct jangle_named named = send_mail;

    (void)state;
    named.topic = "acme.billing";
    assert_result(name(NULL, &named), JANGLE_OK);
    assert_string_equal(names.topic, "acme.billing");
    assert_string_equal(names.route, "acme.billing.1.event.user_created");
    assert_string_equal(names.queue, "acme.billing.1.event.user_created.send_mail");
    assert_string_equal(names.retry_topic, "retry.acme.billing");
    assert_string_equal(names.dead_topic, "dead_letter.acme.billing");
    named.queue = "inbox";
    assert_result(name(NULL, &named), JANGLE_OK);
    assert_string_equal(names.topic, "acme.billing");
    assert_string_equal(names.queue, "inbox");
    assert_string_equal(names.dead, "dead_letter.inbox");
}

static void another_topic_is_refused(void **state)
{
    static const char *const topics[] = {"billing", "acmes.billing", "acme", "acm.e",
                                         "acma.billing"};
    struct jangle_named named = send_mail;

    (void)state;
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        named.topic = topics[i];
        assert_result(name(NULL, &named), JANGLE_INVALID);
        assert_non_null(strstr(error.message, topics[i]));
        assert_non_null(strstr(error.message, "acme.SERVICE"));
    }
    named.topic = "acme.";
    assert_result(name(NULL, &named), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "the service"));
}

static void a_publisher_to_a_queue_has_no_topic(void **state)
{
    struct jangle_named named = {
        .role = JANGLE_ROLE_COMMAND, .type = "create_user", .queue = COMMAND_QUEUE};

    (void)state;
    assert_result(name(NULL, &named), JANGLE_OK);
    assert_string_equal(names.topic, "");
    assert_string_equal(names.queue, COMMAND_QUEUE);
    assert_string_equal(names.route, "acme.registration.1.command.create_user");
}

static void a_publisher_of_every_type_has_a_topic_and_no_route(void **state)
{
    struct jangle_named named = {.role = JANGLE_ROLE_STRUCT, .type = ""};

    (void)state;
    assert_result(name(NULL, &named), JANGLE_OK);
    assert_string_equal(names.topic, "acme.registration");
    assert_string_equal(names.route, "");
    assert_string_equal(names.queue, "");
}

/* ---- what has no name ------------------------------------------------------------ */

static void a_message_of_another_role_has_no_name(void **state)
{
    static const enum jangle_role roles[] = {JANGLE_ROLE_STRUCT, JANGLE_ROLE_QUERY};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct jangle_named one = send_mail, every = all_events;

        one.role = every.role = roles[i];
        assert_result(name(NULL, &one), JANGLE_INVALID);
        assert_non_null(strstr(error.message, "user_created"));
        assert_result(name(NULL, &every), JANGLE_INVALID);
        assert_non_null(strstr(error.message, "a row for every type"));
    }
}

static void what_is_missing_or_a_pattern_is_named(void **state)
{
    static const struct {
        const char *organization, *service, *type, *consumer, *what;
    } rows[] = {
        {NULL, "s", "t", "c", "the organization, which is missing"},
        {"", "s", "t", "c", "the organization, which is missing"},
        {"o", NULL, "t", "c", "the service, which is missing"},
        {"o", "", "t", "c", "the service, which is missing"},
        {"o", "s", "t", "", "the name of the consumer, which is missing"},
        {"o*", "s", "t", "c", "the organization \"o*\""},
        {"o", "#", "t", "c", "the service \"#\""},
        {"o", "s", "a*b", "c", "the name of the type \"a*b\""},
        {"o", "s", "t", "c#", "the name of the consumer \"c#\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jangle_naming naming =
            jangle_petisco_names(rows[i].organization, rows[i].service, NULL);
        struct jangle_named named = {.role = JANGLE_ROLE_EVENT,
                                     .type = rows[i].type,
                                     .consumer = rows[i].consumer};

        assert_result(name_with(&naming, &named), JANGLE_INVALID);
        if (!strstr(error.message, rows[i].what))
            fail_msg("\"%s\" does not say: %s", error.message, rows[i].what);
    }
}

/* Names grow by one byte each time: the first that is too long is always the longest. */
static void a_name_that_is_too_long_is_named(void **state)
{
    char type[JANGLE_NAME_SIZE + 1] = "";
    struct jangle_named named = send_mail;
    size_t longest = 0;

    (void)state;
    named.type = type;
    for (size_t length = 1; length <= JANGLE_NAME_SIZE; length++) {
        type[length - 1] = 't';
        if (!name(NULL, &named)) {
            longest = length;
            assert_int_equal(strlen(names.dead),
                             strlen("dead_letter.acme.registration.1.event..send_mail") +
                                 length);
        } else {
            assert_result(error.result, JANGLE_INVALID);
            assert_non_null(strstr(error.message, "more than 255 bytes"));
        }
    }
    assert_int_equal(strlen("dead_letter.acme.registration.1.event..send_mail") + longest,
                     JANGLE_NAME_SIZE - 1);
    type[longest + 1] = 0;
    assert_result(name(NULL, &named), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "dead-letter queue has more"));
    memset(type, 't', JANGLE_NAME_SIZE);
    assert_result(name(NULL, &named), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "name of a type has more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_published_by_exchange_and_route),
        cmocka_unit_test(queues_and_where_their_dead_letters_go),
        cmocka_unit_test(retry_queues_and_how_long_they_keep),
        cmocka_unit_test(a_dead_letter_queue_has_no_time_and_no_topic),
        cmocka_unit_test(bindings_of_a_queue),
        cmocka_unit_test(bindings_of_the_store_queue),
        cmocka_unit_test(by_default_nothing_expires_and_the_store_is_a_services_own),
        cmocka_unit_test(an_option_changes_a_time),
        cmocka_unit_test(a_topic_is_that_of_a_service),
        cmocka_unit_test(another_topic_is_refused),
        cmocka_unit_test(a_publisher_to_a_queue_has_no_topic),
        cmocka_unit_test(a_publisher_of_every_type_has_a_topic_and_no_route),
        cmocka_unit_test(a_message_of_another_role_has_no_name),
        cmocka_unit_test(what_is_missing_or_a_pattern_is_named),
        cmocka_unit_test(a_name_that_is_too_long_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
