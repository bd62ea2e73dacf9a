/* mega.c - a program of a stranger: it sends itself a MEGA event through a hub. */
#include <jangle/jangle.h>
#include <jangle/mega.h>

#include <stdio.h>
#include <string.h>

struct item_added {
    const char *item_id;
};
JANGLE_EVENT(item_added, item_id);

static int received;

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    const struct item_added *item = event->data;

    (void)delivery;
    received += !strcmp(item->item_id, "7") &&
                !strcmp(event->received->extra, "{\"payload\":\"mega\"}");
    return JANGLE_OK;
}

static const struct jangle_publisher to_shop = {
    .name = "to_shop",
    .topic = "shop",
    .routes = JANGLE_ROUTES({.type = &item_added}),
    .format = &jangle_mega_binary,
};
static const struct jangle_consumer from_shop = {
    .name = "from_shop",
    .topic = "shop",
    .routes = JANGLE_ROUTES({.type = &item_added, .handle = see}),
    .formats = JANGLE_FORMATS(&jangle_mega),
};

static int pass_one(struct jangle *app)
{
    struct jangle_outcome outcome;

    if (jangle_drain(app, 1000, NULL, NULL) ||
        jangle_post(app, &outcome, &to_shop, item_added, .item_id = "7") ||
        jangle_drain(app, 1000, NULL, NULL))
        return 1;
    return received == 1 ? 0 : 1;
}

int main(void)
{
    struct jangle_hub *hub = jangle_hub_open(NULL);
    struct jangle_config config = {
        .storage = jangle_memory(),
        .broker = jangle_hub_broker(hub),
        .source = "/shop",
        .publishers = JANGLE_PUBLISHERS(&to_shop),
        .consumers = JANGLE_CONSUMERS(&from_shop),
    };
    struct jangle_error error;
    struct jangle *app = jangle_open(&config, &error);
    int failed = 1;

    if (!app)
        fprintf(stderr, "%s\n", error.message);
    else
        failed = pass_one(app) | (jangle_close(app, 1000) != JANGLE_OK);
    jangle_hub_close(hub);
    return failed;
}
