/* publisher.c - the kind of subscription that publishes events to a broker: a batch is
 * published in waves, and the checkpoint passes what the broker has confirmed.
 *
 * A crash leaves events that the broker has confirmed and no stored checkpoint has
 * passed: they are published again, with the same ids, and their reader drops them. */
#include "messaging/publisher/publisher.h"

#include "dispatch/batch_event.h"
#include "dispatch/delivery.h"
#include "dispatch/plain.h"
#include "messaging/endpoint/declared.h"
#include "messaging/endpoint/topics.h"
#include "messaging/publisher/outgoing.h"
#include "messaging/publisher/wave_keys.h"
#include "subscription/suspension.h"

/* ---- open and close ------------------------------------------------------- */

static enum jangle_result open_publisher(struct jn_subscription *subscription,
                                         struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    const struct jangle_publisher *publisher = subscription->publisher->publisher;
    struct jn_publishing *publishing =
        jn_new(jn_allocator_of(subscription), sizeof *publishing);

    if (!publishing)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory: nothing is open");
    subscription->publishing = publishing;
    subscription->page_limit = (size_t)jangle->config.publish_count;
    publishing->publisher = publisher;
    publishing->naming = jn_naming_of(jangle);
    if (jn_topics_check(publisher, publishing->naming, error))
        return error->result;
    return jn_endpoint_open(&publishing->endpoint, jangle, publisher->name,
                            publisher->broker, error);
}

static void close_publisher(struct jn_subscription *subscription)
{
    if (!subscription->publishing)
        return;
    jn_endpoint_close(&subscription->publishing->endpoint);
    jn_free(jn_allocator_of(subscription), subscription->publishing);
    subscription->publishing = NULL;
}

/* ---- topics --------------------------------------------------------------- */

/* Before it is declared, so that the store knows what is at the broker. A store that
 * fails does not keep what it has from being published: it is tried again when the topics
 * are declared next. */
static void keep_declared(struct jn_publishing *publishing)
{
    struct jangle *jangle = publishing->endpoint.jangle;
    const char *name = publishing->publisher->name;
    struct jn_declared declared;
    struct jangle_arena arena;
    struct jangle_error error = {0};
    enum jangle_result result;

    if (publishing->is_kept)
        return;
    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = jn_declared_by_publisher(&declared, publishing->publisher,
                                      publishing->naming, &arena, &error);
    declared.transport = publishing->endpoint.transport->ops->name;
    if (!result)
        result = jn_declared_store(jangle, name, &declared, &error);
    jn_arena_finish(&arena);
    publishing->is_kept = !result;
    if (result)
        JN_LOG_STORE(&jangle->log, result, JN_PAIRS(JN_TEXT("publisher", name)),
                     "the topics of %s could not be kept: %s", name, error.message);
}

/* A queue belongs to its consumer, which declares it. */
static enum jangle_result declare_topics(struct jn_publishing *publishing,
                                         struct jangle_error *error)
{
    struct jangle_transport *transport = publishing->endpoint.transport;
    enum jangle_result result;

    if (publishing->endpoint.declared || publishing->publisher->undeclared)
        return JANGLE_OK;
    keep_declared(publishing);
    result = jn_topics_visit(publishing->publisher, publishing->naming, transport,
                             transport->ops->declare_topic, error);
    publishing->endpoint.declared = !result;
    return result;
}

/* ---- a wave: what is published by one call -------------------------------- */

/* The events of a page on their way out. */
struct wave {
    struct jn_publishing *publishing;
    struct jn_outgoing *items;     /* one for each event of the page */
    struct jangle_parcel *parcels; /* those of one call, in order */
    size_t count;                  /* of the items */
    struct jn_wave_keys keys;      /* of those of one call */
    size_t settled;                /* items whose outcome is in the batch */
    struct jangle_error away;      /* the broker is away or full, if it has a result */
};

/* May this one be published although an earlier one of its key is in the wave? With a
 * broker that keeps a prefix it may, unless one of the two must be queued: a queue that
 * is declared between them would keep the second and not the first. */
static bool may_follow(struct wave *wave, const struct jn_outgoing *outgoing)
{
    struct jn_wave_key *key = jn_wave_keys_find(&wave->keys, outgoing->key_hash);
    bool keeps_prefix = wave->publishing->endpoint.transport->ops->keeps_prefix;
    bool may = !key->used || (!key->closed && !outgoing->parcel.must_be_queued);

    key->used = true;
    key->closed |= !keeps_prefix || outgoing->parcel.must_be_queued;
    return may;
}

/* Choose what the next call publishes. */
static size_t fill_wave(struct wave *wave, size_t limit)
{
    bool any_order = wave->publishing->publisher->order == JANGLE_ANY_ORDER;
    size_t count = 0;

    jn_wave_keys_clear(&wave->keys);
    for (size_t i = wave->settled; i < wave->count; i++) {
        struct jn_outgoing *outgoing = &wave->items[i];

        outgoing->sent = outgoing->state == JN_OUT_READY && count < limit &&
                         (any_order || may_follow(wave, outgoing));
        if (outgoing->sent)
            wave->parcels[count++] = outgoing->parcel;
    }
    return count;
}

static bool is_away(enum jangle_result result)
{
    return result == JANGLE_BUSY || result == JANGLE_TIMEOUT ||
           result == JANGLE_NO_MEMORY;
}

static void note_confirmed(struct wave *wave, struct jn_outgoing *outgoing)
{
    struct jn_endpoint *endpoint = &wave->publishing->endpoint;

    outgoing->state = JN_OUT_CONFIRMED;
    JN_LOG(&endpoint->jangle->log, PUBLISHED,
           JN_PAIRS(JN_TEXT("publisher", endpoint->name),
                    JN_TEXT("id", outgoing->parcel.id)),
           "confirmed");
}

/* No topic, no queue: it may be there later. A topic that was removed is declared again.
 */
static void
note_missing(struct wave *wave, struct jn_outgoing *outgoing, const char *reason)
{
    const struct jangle_parcel *parcel = &outgoing->parcel;

    wave->publishing->endpoint.declared = false;
    outgoing->state = JN_OUT_FAILED;
    jn_fail(&outgoing->error, JANGLE_NOT_FOUND, "%s \"%s\" keeps no %s: %s",
            parcel->topic ? "the topic" : "the queue",
            parcel->topic ? parcel->topic : parcel->queue,
            parcel->route ? parcel->route : "message", reason);
}

static void
note_refused(struct wave *wave, struct jn_outgoing *outgoing, const char *reason)
{
    struct jn_endpoint *endpoint = &wave->publishing->endpoint;

    outgoing->state = JN_OUT_FAILED;
    jn_fail(&outgoing->error, JANGLE_INVALID, "the broker will not take it: %s", reason);
    JN_ENDPOINT_COUNT(endpoint, refused, 1);
    JN_LOG(&endpoint->jangle->log, PUBLISH_REFUSED,
           JN_PAIRS(JN_TEXT("publisher", endpoint->name),
                    JN_TEXT("id", outgoing->parcel.id)),
           "%s: %s", endpoint->name, outgoing->error.message);
}

static void note_result(struct wave *wave,
                        struct jn_outgoing *outgoing,
                        enum jangle_result result,
                        const struct jangle_error *why)
{
    const char *reason = why->message[0] ? why->message : "the broker gives no reason";

    if (!result)
        note_confirmed(wave, outgoing);
    else if (is_away(result))
        jn_fail(&wave->away, JANGLE_BUSY, "%s", reason);
    else if (result == JANGLE_NOT_FOUND)
        note_missing(wave, outgoing, reason);
    else
        note_refused(wave, outgoing, reason);
}

static void note_results(struct wave *wave, size_t count, const struct jangle_error *why)
{
    struct jn_publishing *publishing = wave->publishing;
    int64_t confirmed = 0;
    size_t next = 0;

    for (size_t i = wave->settled; i < wave->count && next < count; i++) {
        struct jn_outgoing *outgoing = &wave->items[i];

        if (!outgoing->sent)
            continue;
        note_result(wave, outgoing, wave->parcels[next++].result, why);
        confirmed += outgoing->state == JN_OUT_CONFIRMED;
    }
    JN_ENDPOINT_COUNT(&publishing->endpoint, published, confirmed);
    publishing->probing = wave->away.result && !confirmed;
    if (!wave->away.result)
        jn_endpoint_note_answer(&publishing->endpoint);
}

static void publish_wave(struct wave *wave, size_t count)
{
    struct jn_endpoint *endpoint = &wave->publishing->endpoint;
    const struct jangle *jangle = endpoint->jangle;
    struct jangle_transport *transport = endpoint->transport;
    struct jangle_error why = {0};
    int64_t begun_us = jn_host_monotonic_us(&jangle->host);
    enum jangle_result result;

    JN_FAILPOINT("publisher.before_publish");
    result = transport->ops->publish(transport, wave->parcels, count,
                                     jangle->config.confirm_timeout_ms, &why);
    JN_FAILPOINT("publisher.after_publish");
    if (!result)
        jn_endpoint_note_confirm(endpoint,
                                 jn_host_monotonic_us(&jangle->host) - begun_us);
    note_results(wave, count, &why);
    if (result)
        jn_fail(&wave->away, result, "%s", why.message);
}

/* ---- a batch -------------------------------------------------------------- */

static enum jangle_result
write_items(struct jn_batch *batch, struct wave *wave, struct jangle_error *error)
{
    struct jn_event_page *page = &batch->page;
    char reason[JN_REASON_SIZE];

    wave->items = jn_arena_room(&page->arena, page->count * sizeof *wave->items);
    wave->parcels = jn_arena_room(&page->arena, page->count * sizeof *wave->parcels);
    jn_wave_keys_make(&wave->keys, &page->arena, page->count);
    if (jn_arena_check(&page->arena, error))
        return JANGLE_NO_MEMORY;
    for (; wave->count < page->count; wave->count++) {
        const struct jn_item *item = &page->items[wave->count];
        struct jn_outgoing *outgoing = &wave->items[wave->count];
        enum jn_batch_action action = jn_batch_judge(batch, item, reason);

        *outgoing = (struct jn_outgoing){.state = JN_OUT_IGNORED};
        if (action == JN_ACTION_STOP)
            return JANGLE_OK;
        if (action == JN_ACTION_DELIVER &&
            jn_outgoing_write(wave->publishing, &page->arena, &item->record, outgoing,
                              error))
            return error->result;
    }
    return JANGLE_OK;
}

static struct jn_report report_of(const struct jn_outgoing *outgoing)
{
    return (struct jn_report){
        .outcome = outgoing->error.result == JANGLE_NOT_FOUND ? JN_FAILED : JN_CANNOT,
        .retry_in_ms = JN_BY_POLICY,
        .error = outgoing->error,
    };
}

/* Once for each event, when its outcome is known. */
static void count_filtered(struct wave *wave, const struct jn_outgoing *outgoing)
{
    if (!outgoing->unwanted && !outgoing->mismatched)
        return;
    JN_ENDPOINT_COUNT(&wave->publishing->endpoint, ignored, outgoing->unwanted);
    JN_ENDPOINT_COUNT(&wave->publishing->endpoint, mismatched, outgoing->mismatched);
}

/* Carry the outcomes over into the batch, in the order of the log, up to the first event
 * that has none yet. */
static void settle_wave(struct jn_batch *batch, struct wave *wave)
{
    const struct jn_event_page *page = &batch->page;

    for (; wave->settled < page->count && !batch->stopped; wave->settled++) {
        const struct jn_item *item = &page->items[wave->settled];
        const struct jn_outgoing *outgoing = &wave->items[wave->settled];
        enum jn_batch_action action = jn_batch_action_for(batch, item);
        struct jn_report report;

        if (action == JN_ACTION_STOP ||
            (action == JN_ACTION_DELIVER && outgoing->state == JN_OUT_READY))
            return;
        count_filtered(wave, outgoing);
        if (action == JN_ACTION_SKIP || outgoing->state == JN_OUT_IGNORED) {
            jn_batch_skip(batch, item);
        } else if (outgoing->state == JN_OUT_FAILED) {
            report = report_of(outgoing);
            jn_batch_fail(batch, item, &report);
        } else {
            jn_batch_complete(batch, item);
            batch->stopped = jn_batch_is_trial(batch);
        }
    }
}

/* The broker is away: nothing is parked, and nothing counts as an attempt. The
 * subscription is left alone for a while, and then goes on with the same events. */
static void wait_for_broker(struct jn_subscription *subscription,
                            const struct jangle_error *away)
{
    int64_t wait_us = jn_endpoint_note_failure(&subscription->publishing->endpoint, away);

    jn_subscription_lock(subscription);
    subscription->stalled_until_us = jn_dispatch_now_us(subscription->dispatch) + wait_us;
    jn_subscription_unlock(subscription);
}

static size_t wave_limit(const struct jn_batch *batch, const struct wave *wave)
{
    if (jn_batch_is_trial(batch) || wave->publishing->probing)
        return 1;
    return (size_t)jn_jangle_of(batch->subscription)->config.publish_count;
}

static enum jangle_result publish_batch(struct jn_batch *batch,
                                        struct jangle_error *error)
{
    struct jn_subscription *subscription = batch->subscription;
    const struct jangle *jangle = jn_jangle_of(subscription);
    struct wave wave = {.publishing = subscription->publishing};
    size_t count;

    if (declare_topics(wave.publishing, &wave.away)) {
        wait_for_broker(subscription, &wave.away);
        return JANGLE_OK;
    }
    if (write_items(batch, &wave, error))
        return error->result;
    settle_wave(batch, &wave);
    while (!batch->stopped && !wave.away.result && !atomic_load(&jangle->stopping) &&
           (count = fill_wave(&wave, wave_limit(batch, &wave)))) {
        publish_wave(&wave, count);
        settle_wave(batch, &wave);
    }
    if (jn_batch_finish(batch, error))
        return error->result;
    JN_FAILPOINT("publisher.after_move");
    if (wave.away.result)
        wait_for_broker(subscription, &wave.away);
    return JANGLE_OK;
}

/* ---- one event that was parked -------------------------------------------- */

/* BUSY counts as no attempt. */
static enum jangle_result publish_one(struct jn_delivery *delivery,
                                      struct jn_outgoing *outgoing)
{
    struct jn_publishing *publishing = delivery->subscription->publishing;
    struct jangle_error *error = &delivery->report.error;
    struct jn_wave_key key;
    struct wave wave = {.publishing = publishing,
                        .items = outgoing,
                        .count = 1,
                        .keys = {.slots = &key, .capacity = 1}};
    struct jangle_parcel parcel;

    wave.parcels = &parcel;
    if (declare_topics(publishing, error))
        return error->result;
    if (outgoing->unwanted) /* else it was counted when it was parked */
        count_filtered(&wave, outgoing);
    if (fill_wave(&wave, 1))
        publish_wave(&wave, 1);
    if (wave.away.result) {
        jn_endpoint_note_failure(&publishing->endpoint, &wave.away);
        return jn_fail(error, JANGLE_BUSY, "%s", wave.away.message);
    }
    delivery->cannot = outgoing->error.result == JANGLE_INVALID;
    return jn_fail_as(error, &outgoing->error);
}

static enum jangle_result deliver_to_broker(struct jn_delivery *delivery)
{
    struct jn_outgoing outgoing;
    enum jangle_result result =
        jn_outgoing_write(delivery->subscription->publishing, delivery->arena,
                          delivery->record, &outgoing, &delivery->report.error);

    return result ? result : publish_one(delivery, &outgoing);
}

static void tend_broker(struct jn_subscription *subscription)
{
    jn_endpoint_tend(&subscription->publishing->endpoint, NULL);
}

const struct jn_kind jn_publisher_kind = {
    .start = JANGLE_FROM_NOW,
    .has_own_thread = true,
    .runs_trials = true,
    .is_unguarded = true,
    .reads_records = true,
    .open = open_publisher,
    .close = close_publisher,
    .key_of = jn_plain_key_of,
    .idle = tend_broker,
    .deliver = deliver_to_broker,
    .run_batch = publish_batch,
};
