/* consuming.c - what receives the messages of one consumer: it owns the consumer's name,
 * attaches to the queues, takes what comes, and waits when the broker is away or the
 * store is in trouble. */
#include "messaging/consumer/consuming.h"

#include "core/registry_names.h"
#include "messaging/consumer/attachment.h"
#include "messaging/consumer/lost_offset.h"
#include "messaging/consumer/ownership.h"
#include "messaging/consumer/pausing.h"
#include "subscription/subscription.h"

enum {
    OWN_US = 1000000,      /* between two attempts to own the name */
    COUNT_US = 5000000,    /* between two counts of the queues */
    LAG_US = 50000,        /* between two looks at subscribers that are behind */
    UNREADABLE_LIMIT = 16, /* messages in a row that are dead: it is suspended */
    LAG_LIMIT = 100000
};

static struct jangle *jangle_of(const struct jn_consuming *consuming)
{
    return consuming->endpoint.jangle;
}

/* ---- open and close ------------------------------------------------------- */

/* On failure the endpoint is closed, which says that there is no more to close. */
static enum jangle_result open_handling(struct jn_consuming *consuming,
                                        struct jangle_error *error)
{
    struct jangle *jangle = jangle_of(consuming);
    struct jn_handling *handling = &consuming->handling;
    enum jangle_result result =
        jn_attempts_init(&consuming->attempts, jangle, consuming->consumer, error);

    if (result)
        goto no_attempts;
    result = jn_handling_init(handling, &consuming->reader, &consuming->attempts, error);
    if (result)
        goto no_handling;
    handling->is_received = true;
    handling->threads =
        jangle->config.workers ? jn_handling_threads(consuming->consumer) : 0;
    return JANGLE_OK;
no_handling:
    jn_attempts_finish(&consuming->attempts);
no_attempts:
    jn_endpoint_close(&consuming->endpoint);
    return result;
}

enum jangle_result jn_consuming_open(struct jn_consuming *consuming,
                                     struct jangle *jangle,
                                     const struct jangle_consumer *consumer,
                                     struct jangle_error *error)
{
    enum jangle_result result = jn_endpoint_open(&consuming->endpoint, jangle,
                                                 consumer->name, consumer->broker, error);

    if (result)
        return result;
    consuming->endpoint.stats.consumer = true;
    consuming->consumer = consumer;
    consuming->reader = (struct jn_reader){
        .endpoint = &consuming->endpoint,
        .consumer = consumer,
        .first_name = jn_first_name_of(jangle, consumer),
    };
    atomic_init(&consuming->reader.had_handles, true);
    jn_intake_init(&consuming->intake, &consuming->reader);
    jn_offsets_init(&consuming->offsets, jangle, consumer, &consuming->inboxes);
    consuming->intake.offsets = &consuming->offsets;
    consuming->intake.attempts = &consuming->attempts;
    result = open_handling(consuming, error);
    if (result)
        return result;
    return jn_inboxes_make(&consuming->inboxes, consumer, &jangle->arena,
                           jn_naming_of(jangle), error);
}

void jn_consuming_close(struct jn_consuming *consuming)
{
    if (!consuming->endpoint.transport)
        return;
    if (consuming->owned)
        jn_offsets_save(&consuming->offsets, NULL);
    jn_intake_finish(&consuming->intake);
    jn_offsets_finish(&consuming->offsets);
    jn_endpoint_close(&consuming->endpoint);
    if (consuming->owned) {
        jn_attempts_release(&consuming->attempts);
        jn_consuming_disown(consuming);
    }
    jn_handling_finish(&consuming->handling);
    jn_attempts_finish(&consuming->attempts);
}

/* ---- whose it is ---------------------------------------------------------- */

/* The other processes stand by. */
static bool own_name(struct jn_consuming *consuming)
{
    struct jangle *jangle = jangle_of(consuming);
    const char *name = consuming->consumer->name;
    struct jangle_error error = {0};
    enum jangle_result result;

    if (consuming->owned)
        return true;
    result = jn_consuming_own(consuming, &error);
    if (result) {
        jn_endpoint_note_reason(&consuming->endpoint,
                                result == JANGLE_BUSY ? "another process receives for it"
                                                      : error.message);
        jn_consuming_wait(consuming, OWN_US);
        return false;
    }
    consuming->owned = true;
    JN_LOG(&jangle->log, SUBSCRIBER_TAKEN, JN_PAIRS(JN_TEXT("consumer", name)),
           "%s receives here", name);
    return true;
}

/* ---- trouble -------------------------------------------------------------- */

/* A subscriber that is far behind: what is too much waits at the broker, and not in this
 * store. */
static bool is_behind(struct jn_consuming *consuming)
{
    struct jangle *jangle = jangle_of(consuming);
    struct jn_subscription *subscription = NULL;
    int64_t limit = consuming->consumer->lag_limit, head = atomic_load(&jangle->head);
    bool behind = false;

    if (limit < 0)
        return false;
    limit = limit ? limit : LAG_LIMIT;
    jn_mutex_lock(&jangle->dispatch->mutex);
    while ((subscription = jn_subscription_next(jangle, subscription)))
        behind |= subscription->owned && !subscription->suspension.kind &&
                  head - subscription->position > limit;
    jn_mutex_unlock(&jangle->dispatch->mutex);
    if (behind)
        jn_endpoint_note_reason(&consuming->endpoint,
                                "a subscriber is more than lag_limit events behind");
    return behind;
}

/* A store that fails is no fault of the messages: they stay in hand, and the broker is
 * told that somebody is at them. */
static void wait_for_store(struct jn_consuming *consuming,
                           const struct jangle_error *error)
{
    static const struct jangle_retry pace = {.first_delay_ms = 10, .max_delay_ms = 5000};
    struct jangle *jangle = jangle_of(consuming);
    struct jangle_transport *transport = consuming->endpoint.transport;
    const char *name = consuming->consumer->name;

    JN_LOG_STORE(&jangle->log, error->result, JN_PAIRS(JN_TEXT("consumer", name)),
                 "%s keeps %zu messages in hand: %s", name,
                 consuming->intake.count - consuming->intake.settled, error->message);
    jn_endpoint_note_reason(&consuming->endpoint, error->message);
    transport->ops->tend(transport, NULL);
    jn_consuming_wait(consuming, 1000 * jn_host_backoff_ms(&jangle->host, &pace,
                                                           ++consuming->troubles));
}

/* False: the store cannot say, or store, how far the logs are read. */
static bool know_offsets(struct jn_consuming *consuming)
{
    struct jn_offsets *offsets = &consuming->offsets;
    struct jangle_error error = {0};

    if (offsets->arena.failed) { /* what is in hand comes again */
        jn_consuming_detach(consuming);
        jn_intake_drop(&consuming->intake);
        offsets->is_read = false;
    }
    if (offsets->is_read || !jn_offsets_read(offsets, &error))
        return true;
    wait_for_store(consuming, &error);
    return false;
}

static void save_offsets(struct jn_consuming *consuming)
{
    struct jangle_error error = {0};

    if (!consuming->intake.count && jn_offsets_save(&consuming->offsets, &error))
        wait_for_store(consuming, &error);
}

/* ---- suspended, because nothing can be read ------------------------------- */

/* So many unreadable messages in a row may be the fault of this program, such as a bad
 * deployment. The rest is given back to the broker, and from then on one message at a
 * time is tried. */
static void suspend_consumer(struct jn_consuming *consuming, const char *last)
{
    struct jangle *jangle = jangle_of(consuming);
    const char *name = consuming->consumer->name;
    char text[sizeof consuming->endpoint.stats.reason];

    jn_text_format(text, sizeof text,
                   "%d messages in a row cannot be taken; the last: %s", UNREADABLE_LIMIT,
                   last);
    if (!consuming->trials)
        JN_LOG(&jangle->log, SUBSCRIBER_SUSPENDED, JN_PAIRS(JN_TEXT("consumer", name)),
               "%s is suspended: %s", name, text);
    jn_consuming_detach(consuming);
    jn_intake_drop(&consuming->intake);
    jn_endpoint_note_reason(&consuming->endpoint, text);
    jn_consuming_wait(consuming,
                      1000 * jn_host_backoff_ms(&jangle->host, &jangle->config.retry,
                                                ++consuming->trials));
}

static void resume_consumer(struct jn_consuming *consuming)
{
    const char *name = consuming->consumer->name;

    consuming->trials = 0;
    jn_endpoint_note_reason(&consuming->endpoint, "");
    JN_LOG(&jangle_of(consuming)->log, SUBSCRIBER_RESUMED,
           JN_PAIRS(JN_TEXT("consumer", name)), "%s goes on", name);
}

/* Look at what became of the messages, in order. True: there are too many unreadable ones
 * in a row, and `last` says what is wrong with the last of them. That one becomes a dead
 * letter as well, but it is given back, as all behind it, if the consumer is suspended
 * already. */
static bool is_unreadable(struct jn_consuming *consuming, char last[JN_REASON_SIZE])
{
    struct jn_intake *intake = &consuming->intake;

    for (size_t i = 0; i < intake->count; i++) {
        struct jn_incoming *incoming = &intake->items[i];

        if (incoming->state == JN_IN_HAND)
            break;
        if (incoming->judged)
            continue;
        incoming->judged = true;
        consuming->unreadable = incoming->state == JN_IN_DEAD && !incoming->refused
                                    ? consuming->unreadable + 1
                                    : 0;
        if (consuming->unreadable < UNREADABLE_LIMIT)
            continue;
        jn_text_copy(last, JN_REASON_SIZE, incoming->error.message);
        jn_intake_keep(intake, consuming->trials ? i : i + 1);
        return true;
    }
    return false;
}

/* The broker went away while handlers ran: what none has begun with comes again. */
static void give_up_connection(struct jn_consuming *consuming, struct jangle_error *away)
{
    jn_fail_as(away, &consuming->handling.away);
    jn_consuming_detach(consuming);
    jn_intake_drop(&consuming->intake);
}

/* Store what is in hand, have it handled, and settle it. */
static void take_messages(struct jn_consuming *consuming, int64_t *done)
{
    struct jn_intake *intake = &consuming->intake;
    struct jangle_error trouble = {0}, away = {0};
    char last[JN_REASON_SIZE];
    bool unreadable;

    jn_handling_commit(&consuming->handling, intake, &trouble);
    unreadable = is_unreadable(consuming, last);
    *done += jn_intake_settle(intake, &away);
    jn_attempts_release(&consuming->attempts);
    if (unreadable)
        suspend_consumer(consuming, last);
    else if (consuming->trials && !trouble.result)
        resume_consumer(consuming);
    if (consuming->handling.away.result)
        give_up_connection(consuming, &away);
    if (away.result)
        jn_consuming_wait_for_broker(consuming, &away);
    if (trouble.result)
        wait_for_store(consuming, &trouble);
    else
        consuming->troubles = 0;
}

/* ---- one run -------------------------------------------------------------- */

/* How many messages wait in the queues, for the figures, now and then. */
static void count_waiting(struct jn_consuming *consuming)
{
    struct jangle_transport *transport = consuming->endpoint.transport;
    int64_t now_us = jn_host_monotonic_us(&jangle_of(consuming)->host), waiting = 0;

    if (now_us < consuming->count_due_us)
        return;
    consuming->count_due_us = now_us + COUNT_US;
    for (size_t i = 0; waiting >= 0 && i < consuming->inboxes.count; i++) {
        const char *queue = consuming->inboxes.items[i].queue.name;
        int64_t count;

        if (transport->ops->count(transport, queue, &count, NULL) || count < 0)
            waiting = -1;
        else
            waiting += count;
    }
    jn_mutex_lock(&consuming->endpoint.mutex);
    consuming->endpoint.stats.waiting = waiting;
    jn_mutex_unlock(&consuming->endpoint.mutex);
}

/* Of a queue in order another receiver has the turn: one in another process, or of
 * another store. */
static void note_receiver(struct jn_consuming *consuming)
{
    struct jangle_transport *transport = consuming->endpoint.transport;
    const char *name = consuming->consumer->name, *queue = NULL;
    char reason[sizeof consuming->endpoint.stats.reason] = "";

    if (transport->ops->standing_by)
        queue = transport->ops->standing_by(transport);
    if (queue)
        jn_text_format(reason, sizeof reason, "another receiver has the turn of queue %s",
                       queue);
    jn_endpoint_note_standby(&consuming->endpoint, reason);
    if (queue && !consuming->stands_by)
        JN_LOG(&jangle_of(consuming)->log, SUBSCRIBER_ELSEWHERE,
               JN_PAIRS(JN_TEXT("consumer", name), JN_TEXT("queue", queue)),
               "%s stands by: %s", name, reason);
    consuming->stands_by = queue != NULL;
}

static void
receive_messages(struct jn_consuming *consuming, int64_t wait_ms, int64_t *done)
{
    struct jangle *jangle = jangle_of(consuming);
    const struct jangle_config *config = &jangle->config;
    struct jangle_transport *transport = consuming->endpoint.transport;
    int64_t limit = config->receive_count < config->group_count ? config->receive_count
                                                                : config->group_count;
    struct jangle_parcel *parcels;
    struct jangle_error error = {0};
    size_t count = 0;
    enum jangle_result result;

    if (consuming->trials || jn_attempts_are_guarded(&consuming->attempts))
        limit = 1;
    result =
        transport->ops->receive(transport, (size_t)limit, (size_t)config->receive_bytes,
                                wait_ms, &parcels, &count, &error);

    if (result) {
        jn_consuming_wait_for_broker(consuming, &error);
        return;
    }
    note_receiver(consuming);
    if (!count)
        return;
    JN_FAILPOINT("consumer.after_receive");
    if (!jn_intake_read(&consuming->intake, parcels, count, &error)) {
        take_messages(consuming, done);
        return;
    }
    jn_consuming_detach(consuming);
    jn_intake_return(&consuming->intake, parcels, count);
    wait_for_store(consuming, &error);
}

/* Do what can be done now. */
void jn_consuming_step(struct jn_consuming *consuming, int64_t wait_ms, int64_t *done)
{
    if (consuming->owned && jn_consuming_is_paused(consuming))
        return;
    if (jn_lost_offset_is_suspended(consuming))
        return;
    if (jn_host_monotonic_us(&jangle_of(consuming)->host) < consuming->due_us)
        return;
    if (!own_name(consuming) || jn_consuming_is_paused(consuming) ||
        !know_offsets(consuming) || !jn_consuming_attach(consuming))
        return;
    if (consuming->intake.count)
        take_messages(consuming, done);
    else if (is_behind(consuming))
        jn_consuming_wait(consuming, LAG_US);
    else
        receive_messages(consuming, wait_ms, done);
    save_offsets(consuming);
    if (consuming->attached)
        count_waiting(consuming);
}

int64_t jn_consuming_wait_us(const struct jn_consuming *consuming)
{
    return consuming->due_us - jn_host_monotonic_us(&jangle_of(consuming)->host);
}
