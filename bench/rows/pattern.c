/* pattern.c - rows: a pattern that judges an event of a shopping cart, and jansson, which
 * only parses it. */
#include "rows.h"

#include <jangle/pattern.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 1000 }; /* documents between two looks at the clock */

static const char pattern[] =
    "domain: 'shopping_cart', name: match('item[.].*'), version: one_of(1, 2),"
    "subject: match(r'\\d+'), item_id: not(empty()), quantity: gt(0),"
    "object: {type: 'shopping_cart', id: not(empty())}";

/* The 1.3 KiB of the example in SQS MEGA's manual, with other values. */
#define ITEM(id, price, quantity)                                                        \
    "{\"id\":\"" id "\",\"price\":\"" price "\",\"quantity\":" quantity "}"
#define CART(quantity, value, total, updated)                                            \
    "{\"id\":\"5b1c7a90-0d1f-4c5e-9a3b-6f2d8e4c7a10\",\"user_id\":401337,"               \
    "\"items\":[" ITEM("0c2fb2a4-7e61-4a3d-8a55-1d0b9be7f001", "12.50", quantity) ","    \
    ITEM("7d9e1f3c-22b8-4f0e-b7c6-90a1c2d3e402", "80.00", "1") ","                       \
    ITEM("e4a8d6b1-93c5-4d7f-a1e2-3b4c5d6e7f03", "6.75", "3") "],"                       \
    "\"currency\":\"EUR\",\"value\":\"" value "\",\"discount\":\"5.00\","                \
    "\"estimated_tax\":\"21.40\",\"estimated_total\":\"" total "\","                     \
    "\"created_at\":\"2021-03-03T12:20:23.000\",\"updated_at\":\"" updated "\"}"

static const char payload[] =
    "{\"protocol\":\"mega\",\"version\":1,\"event\":{\"domain\":\"shopping_cart\","
    "\"name\":\"item.added\",\"version\":2,\"timestamp\":\"2021-03-04T15:53:23.123\","
    "\"subject\":\"401337\",\"publisher\":\"shopping-cart-service\","
    "\"item_id\":\"0c2fb2a4-7e61-4a3d-8a55-1d0b9be7f001\",\"quantity\":5},"
    "\"object\":{\"type\":\"shopping_cart\",\"id\":\"5b1c7a90-0d1f-4c5e-9a3b-"
    "6f2d8e4c7a10\",\"current\":"
    CART("10", "225.25", "241.65", "2021-03-04T15:52:01.000")
    ",\"previous\":" CART("5", "162.75", "179.15", "2021-03-04T13:47:08.000")
    "},\"extra\":{\"channel\":\"web/desktop\",\"user_ip_address\":\"198.51.100.7\"}}";

/* ---- the pattern --------------------------------------------------------------- */

static void pattern_set_up(struct bench_work *work)
{
    struct jangle_pattern *compiled;
    struct jangle_error error;

    if (jangle_pattern_compile(pattern, NULL, &compiled, &error))
        bench_die("pattern", error.message);
    work->state = compiled;
}

static void pattern_run(struct bench_work *work)
{
    double end = bench_now() + work->seconds;

    do
        for (int i = 0; i < AT_ONCE; i++, work->sample.count++)
            if (jangle_pattern_match(work->state, payload, strlen(payload), NULL) !=
                JANGLE_MATCHES)
                bench_die("pattern", "the event does not match");
    while (bench_now() < end);
}

static void pattern_tear_down(struct bench_work *work)
{
    jangle_pattern_free(work->state);
}

const struct bench_row row_pattern = {
    .name = "pattern",
    .group = "messaging",
    .summary = "events of a shopping cart, 1.3 KiB of JSON, matched to a pattern",
    .unit = "events",
    .beside = {"plain-parse"},
    .kind = BENCH_RATE,
    .only_when_named = true,
    .set_up = pattern_set_up,
    .run = pattern_run,
    .tear_down = pattern_tear_down,
};

/* ---- jansson ------------------------------------------------------------------- */

static void parse_set_up(struct bench_work *work)
{
    (void)work;
}

static void parse_run(struct bench_work *work)
{
    double end = bench_now() + work->seconds;

    do
        for (int i = 0; i < AT_ONCE; i++, work->sample.count++) {
            json_t *parsed = json_loadb(payload, strlen(payload), 0, NULL);

            if (!parsed)
                bench_die("plain-parse", "the event is no JSON");
            json_decref(parsed);
        }
    while (bench_now() < end);
}

const struct bench_row row_plain_parse = {
    .name = "plain-parse",
    .group = "messaging",
    .summary = "jansson alone, which parses the same events",
    .unit = "events",
    .kind = BENCH_RATE,
    .only_when_named = true,
    .set_up = parse_set_up,
    .run = parse_run,
    .tear_down = parse_set_up,
};
