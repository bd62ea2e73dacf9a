/* standing_by.c - of a queue in order another receiver has the turn: the figures and the
 * log of the consumer that gets nothing say so. */
#include "support/domains/stranger.h"

#include <string.h>

static struct neighbours neighbours;
static struct stranger stranger;

static const struct jangle_consumer in_order = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in}),
    .order = JANGLE_IN_ORDER,
};

static struct jangle_endpoint_stats watched(void)
{
    return endpoint_of(&neighbours.taker, "watch");
}

static int said;

static void listen(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    said += strcmp(entry->topic, "SUBSCRIBER_ELSEWHERE") == 0 &&
            strstr(entry->message, "has the turn of queue watch") != NULL;
}

static void who_gets_nothing_says_who_has_the_turn(void **state)
{
    const struct jangle_queue queue = {.name = "watch", .in_order = true};
    struct jangle_transport *other;

    (void)state;
    neighbours_init(&neighbours, false);
    consume_with(&neighbours.taker, &in_order);
    neighbours.taker.config.host.logger = (struct jangle_logger){.write = listen};
    world_open(&neighbours.taker, NULL);
    assert_result(jangle_declare(neighbours.taker.jangle, NULL, NULL), JANGLE_OK);
    stranger_init(&stranger, &neighbours);
    other = stranger.transport;
    assert_result(other->ops->attach(other, &queue, NULL, 0, NULL), JANGLE_OK);
    for (int i = 0; i < 3; i++)
        neighbours_poll(&neighbours);
    assert_true(watched().connected);
    assert_string_equal(watched().reason, "another receiver has the turn of queue watch");
    assert_int_equal(said, 1);
    assert_result(other->ops->detach(other, "watch", NULL), JANGLE_OK);
    neighbours_poll(&neighbours);
    assert_string_equal(watched().reason, "");
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_gets_nothing_says_who_has_the_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
