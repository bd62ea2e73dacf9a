/* naming_default.c - the names that the tables of publishers and consumers lead to. */
#include "messaging/endpoint/naming_default.h"

#include "support/test.h"

#include <string.h>

static struct jangle_names names;
static struct jangle_error error;

static enum jangle_result name(const struct jangle_named *named)
{
    static const struct jangle_naming naming = {.name = jn_naming_default};

    names = (struct jangle_names){0};
    error = (struct jangle_error){0};
    return naming.name(&naming, named, &names, &error);
}

static void assert_names(const char *topic,
                         const char *route,
                         const char *queue,
                         const char *retry,
                         const char *dead)
{
    assert_string_equal(names.topic, topic);
    assert_string_equal(names.route, route);
    assert_string_equal(names.queue, queue);
    assert_string_equal(names.retry, retry);
    assert_string_equal(names.dead, dead);
    assert_string_equal(names.retry_topic, "");
    assert_string_equal(names.dead_topic, "");
    assert_int_equal(names.retry_ms, 0);
    assert_int_equal(names.expire_ms, 0);
}

static void a_publisher_has_its_topic_and_the_types_name(void **state)
{
    struct jangle_named named = {.role = JANGLE_ROLE_EVENT,
                                 .type = "product_added",
                                 .version = 2,
                                 .topic = "shop"};

    (void)state;
    assert_result(name(&named), JANGLE_OK);
    assert_names("shop", "product_added", "", "", "");
}

static void a_publisher_to_a_queue_has_no_topic(void **state)
{
    struct jangle_named named = {
        .role = JANGLE_ROLE_COMMAND, .type = "add_points", .queue = "points"};

    (void)state;
    assert_result(name(&named), JANGLE_OK);
    assert_names("", "add_points", "points", "points.retry", "points.dead");
}

static void a_consumers_queue_has_the_consumers_name(void **state)
{
    struct jangle_named named = {.role = JANGLE_ROLE_EVENT,
                                 .type = "product_added",
                                 .topic = "shop",
                                 .consumer = "stock"};

    (void)state;
    assert_result(name(&named), JANGLE_OK);
    assert_names("shop", "product_added", "stock", "stock.retry", "stock.dead");
    named.topic = NULL;
    named.queue = "";
    assert_result(name(&named), JANGLE_OK);
    assert_names("", "product_added", "stock", "stock.retry", "stock.dead");
}

static void a_queue_that_a_table_names_has_that_name(void **state)
{
    struct jangle_named named = {.role = JANGLE_ROLE_EVENT,
                                 .type = "product_added",
                                 .topic = "shop",
                                 .queue = "inbox",
                                 .consumer = "stock"};

    (void)state;
    assert_result(name(&named), JANGLE_OK);
    assert_names("shop", "product_added", "inbox", "inbox.retry", "inbox.dead");
}

static void every_type_has_no_route(void **state)
{
    struct jangle_named named = {.type = "", .topic = "shop", .consumer = "stock"};

    (void)state;
    assert_result(name(&named), JANGLE_OK);
    assert_names("shop", "", "stock", "stock.retry", "stock.dead");
}

/* The longest text that makes no name too long passes, and one byte more is refused. */
static void na_01_a_name_that_is_too_long_is_named(void **state)
{
    char text[JANGLE_NAME_SIZE + 1] = "";
    const struct {
        struct jangle_named named;
        size_t longest;
        const char *what;
    } cases[] = {
        {{.type = "t", .topic = text}, 255, "the topic \"x"},
        {{.type = text, .topic = "shop"}, 255, "the route \"x"},
        {{.type = "t", .queue = text}, 249, "the retry queue \"x"},
        {{.type = "t", .consumer = text}, 249, "the retry queue \"x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memset(text, 0, sizeof text);
        memset(text, 'x', cases[i].longest);
        assert_result(name(&cases[i].named), JANGLE_OK);
        text[cases[i].longest] = 'x';
        assert_result(name(&cases[i].named), JANGLE_INVALID);
        assert_memory_equal(error.message, cases[i].what, strlen(cases[i].what));
        assert_non_null(strstr(error.message, "255 at most"));
    }
    memset(text, 'x', 256);
    assert_result(name(&cases[3].named), JANGLE_INVALID);
    assert_non_null(strstr(error.message, "the queue \"x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_publisher_has_its_topic_and_the_types_name),
        cmocka_unit_test(a_publisher_to_a_queue_has_no_topic),
        cmocka_unit_test(a_consumers_queue_has_the_consumers_name),
        cmocka_unit_test(a_queue_that_a_table_names_has_that_name),
        cmocka_unit_test(every_type_has_no_route),
        cmocka_unit_test(na_01_a_name_that_is_too_long_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
