/* inbox.c - the queues of a consumer, and the routes by which they are bound. */
#include "messaging/consumer/inbox.h"

#include "messaging/endpoint/naming_default.h"
#include "support/domains/exchange.h"
#include "support/test_host.h"

static struct test_host host;
static struct jangle_arena arena;
static struct jn_inboxes inboxes;
static struct jangle_error error;

static int begin(void **state)
{
    (void)state;
    test_host_init(&host);
    jn_arena_init(&arena, &host.host.allocator);
    error = (struct jangle_error){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    jn_arena_finish(&arena);
    return host.memory.pieces ? 1 : 0;
}

static const struct jangle_consumer taker = {
    .name = "taker",
    .topic = "purses",
    .routes = JANGLE_ROUTES(
        {.type = &coins_seen, .as = "coins"}, {.type = &put_in}, {.type = &jangle_any}),
};

/* A route for each role of what has no type of its own, and a queue for each type. */
static enum jangle_result name_by_role(const struct jangle_naming *naming,
                                       const struct jangle_named *named,
                                       struct jangle_names *names,
                                       struct jangle_error *why)
{
    bool command = named->role == JANGLE_ROLE_COMMAND;

    if (naming->options)
        return jangle_error_set(why, JANGLE_INVALID, "has no name for it");
    snprintf(names->queue, JANGLE_NAME_SIZE, "q.%s", named->type);
    snprintf(names->route, JANGLE_NAME_SIZE, "%s",
             *named->type ? named->type
             : command    ? "commands"
                          : "events");
    return JANGLE_OK;
}

static void assert_inbox(size_t index, const char *name, const char *const *routes)
{
    const struct jangle_queue *queue = &inboxes.items[index].queue;
    size_t count = 0;

    assert_string_equal(queue->name, name);
    for (; routes[count]; count++)
        assert_string_equal(queue->routes[count], routes[count]);
    assert_null(queue->routes[count]);
}

static void a_row_of_every_type_is_for_events_and_for_commands(void **state)
{
    static const struct jangle_naming naming = {.name = name_by_role};

    (void)state;
    assert_result(jn_inboxes_make(&inboxes, &taker, &arena, &naming, &error), JANGLE_OK);
    assert_int_equal(inboxes.count, 3);
    assert_inbox(0, "q.coins", (const char *const[]){"coins", NULL});
    assert_inbox(1, "q.put_in", (const char *const[]){"put_in", NULL});
    assert_inbox(2, "q.", (const char *const[]){"events", "commands", NULL});
}

static void a_queue_with_a_row_without_a_route_gets_everything(void **state)
{
    (void)state;
    assert_result(
        jn_inboxes_make(&inboxes, &taker, &arena, &jn_naming_by_default, &error),
        JANGLE_OK);
    assert_int_equal(inboxes.count, 1);
    assert_string_equal(inboxes.items->queue.name, "taker");
    assert_null(inboxes.items->queue.routes);
}

static void a_row_without_a_name_is_named(void **state)
{
    static const struct jangle_naming naming = {.name = name_by_role, .options = "none"};

    (void)state;
    assert_result(jn_inboxes_make(&inboxes, &taker, &arena, &naming, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message, "taker.routes[0]: has no name for it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_row_of_every_type_is_for_events_and_for_commands, begin, end),
        cmocka_unit_test_setup_teardown(
            a_queue_with_a_row_without_a_route_gets_everything, begin, end),
        cmocka_unit_test_setup_teardown(a_row_without_a_name_is_named, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
