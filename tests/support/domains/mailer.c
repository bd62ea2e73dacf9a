/* mailer.c - handlers of messages on receipt, which do as they are told. */
#include "support/domains/mailer.h"

#include <string.h>

struct mailer mailer;
struct neighbours mailer_neighbours;
struct stranger mailer_stranger;

const struct jangle_consumer mailer_watch = {
    .name = "watch",
    .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = mailer_mail}),
    .retry = {.max_attempts = 3, .first_delay_ms = 4000, .max_delay_ms = 4000},
};

/* ---- handlers ------------------------------------------------------------------ */

static void tell(const char *what,
                 const struct jangle_delivery *delivery,
                 const struct jangle_event *event)
{
    size_t used = strlen(mailer.told);

    snprintf(mailer.told + used, sizeof mailer.told - used, "%s %s%d ", what, event->id,
             delivery->attempt);
}

enum jangle_result mailer_note(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    tell("note", delivery, event);
    return JANGLE_OK;
}

enum jangle_result mailer_mail(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    enum jangle_result result = JANGLE_OK;

    tell("mail", delivery, event);
    if (mailer.act)
        result = mailer.act(delivery, event);
    if (result || !mailer.failures)
        return result;
    mailer.failures -= mailer.failures > 0;
    if (mailer.refuses)
        return jangle_delivery_reject(delivery, "%s will never be mailed", event->id);
    if (mailer.retry_in_ms)
        return jangle_delivery_retry_in(delivery, mailer.retry_in_ms);
    return jangle_delivery_fail(delivery, mailer.result ? mailer.result : JANGLE_RETRY,
                                "%s cannot be mailed now", event->id);
}

const char *mailer_tells(void)
{
    static char told[sizeof mailer.told];

    memcpy(told, mailer.told, sizeof told);
    mailer.told[0] = '\0';
    return told;
}

/* ---- the program --------------------------------------------------------------- */

void mailer_restart(const struct jangle_consumer *consumer)
{
    struct world *taker = &mailer_neighbours.taker;

    if (taker->jangle)
        world_close(taker);
    consume_with(taker, consumer);
    world_open(taker, NULL);
    world_poll(taker);
}

void mailer_begin(const struct jangle_consumer *consumer)
{
    mailer = (struct mailer){0};
    neighbours_init(&mailer_neighbours, true);
    mailer_restart(consumer);
    stranger_init(&mailer_stranger, &mailer_neighbours);
}

void mailer_end(void)
{
    stranger_finish(&mailer_stranger);
    neighbours_finish(&mailer_neighbours);
}

void mailer_send(const char *id)
{
    stranger_send(&mailer_stranger, "watch",
                  (struct stranger_says){.id = id,
                                         .key = "k",
                                         .more = "\"subject\":\"7\"",
                                         .data = "{\"amount\":5,\"total\":5}"});
}

void mailer_send_and_poll(const char *id)
{
    mailer_send(id);
    world_poll(&mailer_neighbours.taker);
}

void mailer_pass(int64_t ms)
{
    neighbours_pass(&mailer_neighbours, ms);
    world_poll(&mailer_neighbours.taker);
}

struct jangle_endpoint_stats mailer_figures(void)
{
    return endpoint_of(&mailer_neighbours.taker, "watch");
}
