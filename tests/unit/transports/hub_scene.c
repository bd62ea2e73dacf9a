/* hub_scene.c - a hub with two transports of its broker. */
#include "unit/transports/hub_scene.h"

static int scene_open(void **state,
                      struct jangle_broker (*broker_of)(struct jangle_hub *hub))
{
    static struct hub_scene scene;
    static const struct jangle_queue orders = {.name = "orders",
                                               .topic = "shop",
                                               .retry = "orders.retry",
                                               .dead = "orders.dead"};

    memset(&scene, 0, sizeof scene);
    test_host_init(&scene.host);
    scene.clock.us = 1000000;
    scene.host.host.clock = moved_clock_of(&scene.clock);
    scene.hub = jangle_hub_open(&scene.host.host);
    if (!scene.hub)
        return 1;
    scene.one = open_transport(broker_of(scene.hub), &scene.host.host, "one");
    scene.two = open_transport(broker_of(scene.hub), &scene.host.host, "two");
    declare_topic(scene.one, "shop");
    declare_queue(scene.one, &orders);
    *state = &scene;
    return 0;
}

int hub_scene_setup(void **state)
{
    return scene_open(state, jangle_hub_broker);
}

int hub_scene_setup_logs(void **state)
{
    return scene_open(state, jangle_hub_log_broker);
}

int hub_scene_teardown(void **state)
{
    struct hub_scene *scene = *state;

    scene->one->ops->close(scene->one);
    scene->two->ops->close(scene->two);
    jangle_hub_close(scene->hub);
    return scene->host.memory.pieces ? 1 : 0;
}

void pass_ms(struct hub_scene *scene, int64_t ms)
{
    scene->clock.us += ms * 1000;
}

enum jangle_result again(struct jangle_transport *transport,
                         const struct jangle_parcel *parcel,
                         int64_t delay_ms,
                         int attempts)
{
    return settle_one(transport, parcel,
                      (struct jangle_settlement){.disposition = JANGLE_AGAIN,
                                                 .delay_ms = delay_ms,
                                                 .attempts = attempts});
}

enum jangle_result bury(struct jangle_transport *transport,
                        const struct jangle_parcel *parcel,
                        const char *reason)
{
    return settle_one(
        transport, parcel,
        (struct jangle_settlement){.disposition = JANGLE_DEAD, .reason = reason});
}
