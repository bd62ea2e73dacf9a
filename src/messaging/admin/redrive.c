/* redrive.c - the dead letters of a consumer at its broker are looked at, and put back or
 * removed. A letter is put back first and removed then: a crash between the two leaves it
 * in both queues, and its consumer knows it by its id. */
#include "base/error.h"
#include "core/call.h"
#include "core/instance.h"
#include "messaging/consumer/consumer.h"
#include "messaging/consumer/consuming.h"
#include "subscription/hold.h"

#include <string.h>

enum {
    RECEIVE_COUNT = 64, /* dead letters at a time */
    WAIT_MS = 1000      /* for the next ones: after that there are none */
};

struct redrive {
    struct jangle *jangle;
    struct jn_endpoint endpoint; /* its transport is this call's own */
    struct jangle_arena arena;
    const struct jn_inbox *inbox;
    jangle_redrive_fn *decide;
    void *context;
    int64_t limit;
    struct jangle_redriven redriven;
    struct jangle_error *error;
};

/* The headers that say why it was dead do not come with it. */
static const struct jangle_header *headers_without_reason(
    struct redrive *redrive, const struct jangle_parcel *dead, size_t *count)
{
    struct jangle_header *headers =
        jangle_alloc(&redrive->arena, (dead->header_count + 1) * sizeof *headers);

    *count = 0;
    for (size_t i = 0; headers && i < dead->header_count; i++)
        if (strncmp(dead->headers[i].name, "jangle-", strlen("jangle-")) != 0)
            headers[(*count)++] = dead->headers[i];
    return headers;
}

/* Of a parcel that was not published, if the transport does not say why. */
static const char *reason_of(enum jangle_result result)
{
    return result == JANGLE_NOT_FOUND ? "there is no such queue"
                                      : "the queue is full, or the broker refuses it";
}

static enum jangle_result put_back(struct redrive *redrive,
                                   const struct jangle_parcel *dead)
{
    struct jangle_transport *transport = redrive->endpoint.transport;
    struct jangle_error why = {0};
    struct jangle_parcel parcel = {
        .queue = redrive->inbox->queue.name,
        .route = dead->route,
        .key = dead->key,
        .id = dead->id,
        .content_type = dead->content_type,
        .body = dead->body,
        .body_size = dead->body_size,
        .must_be_queued = true,
        .attempt = 1,
    };

    parcel.headers = headers_without_reason(redrive, dead, &parcel.header_count);
    if (jn_arena_check(&redrive->arena, redrive->error))
        return JANGLE_NO_MEMORY;
    transport->ops->publish(transport, &parcel, 1,
                            redrive->jangle->config.confirm_timeout_ms, &why);
    if (!parcel.result)
        return JANGLE_OK;
    return jn_fail(redrive->error, parcel.result,
                   "the dead letter stays dead, because \"%s\" does not take it back: %s",
                   parcel.queue, why.message[0] ? why.message : reason_of(parcel.result));
}

static enum jangle_result remove_letter(struct redrive *redrive,
                                        const struct jangle_parcel *dead)
{
    struct jangle_transport *transport = redrive->endpoint.transport;
    struct jangle_settlement settlement = {.parcel = dead, .disposition = JANGLE_TAKEN};

    return transport->ops->settle(transport, &settlement, 1, redrive->error);
}

static enum jangle_result redrive_letter(struct redrive *redrive,
                                         const struct jangle_parcel *dead)
{
    struct jangle_redriven *redriven = &redrive->redriven;
    enum jangle_disposition decided = redrive->decide(redrive->context, dead);
    enum jangle_result result;

    redriven->seen++;
    switch (decided) {
    case JANGLE_DEAD:
        return JANGLE_OK;
    case JANGLE_AGAIN:
        result = put_back(redrive, dead);
        redriven->back += !result;
        return result ? result : remove_letter(redrive, dead);
    case JANGLE_TAKEN:
        result = remove_letter(redrive, dead);
        redriven->removed += !result;
        return result;
    }
    return jn_fail(redrive->error, JANGLE_INVALID,
                   "the function that decides returned %d, which is no disposition",
                   (int)decided);
}

/* A queue that was never made has no letters. */
static enum jangle_result
found_none(struct redrive *redrive, enum jangle_result result, size_t *count)
{
    if (result != JANGLE_NOT_FOUND)
        return result;
    jn_error_clear(redrive->error);
    *count = 0;
    return JANGLE_OK;
}

/* Those that are put back may be dead again before this ends, if their consumer runs. So
 * no more are looked at than there are now, if the broker can say how many that is. */
static int64_t end_of_letters(struct redrive *redrive, const char *dead)
{
    struct jangle_transport *transport = redrive->endpoint.transport;
    int64_t left = redrive->limit - redrive->redriven.seen, count = 0;

    if (transport->ops->count(transport, dead, &count, NULL) || count <= 0)
        count = left;
    return redrive->redriven.seen + (count < left ? count : left);
}

static enum jangle_result receive_letters(struct redrive *redrive,
                                          int64_t end,
                                          struct jangle_parcel **letters,
                                          size_t *count)
{
    struct jangle_transport *transport = redrive->endpoint.transport;
    int64_t left = end - redrive->redriven.seen;
    size_t limit = (size_t)(left < RECEIVE_COUNT ? left : RECEIVE_COUNT);
    enum jangle_result result = transport->ops->receive(
        transport, limit, SIZE_MAX, WAIT_MS, letters, count, redrive->error);

    return found_none(redrive, result, count);
}

/* Letters that are left dead are held until the end, so that none comes twice. */
static enum jangle_result redrive_queue(struct redrive *redrive)
{
    struct jangle_transport *transport = redrive->endpoint.transport;
    const struct jangle_queue dead = {.name = redrive->inbox->queue.dead};
    int64_t end = end_of_letters(redrive, dead.name);
    struct jangle_parcel *letters;
    size_t count = 1;
    enum jangle_result result =
        transport->ops->attach(transport, &dead, NULL, 0, redrive->error);

    result = found_none(redrive, result, &count);
    while (!result && count && redrive->redriven.seen < end) {
        result = receive_letters(redrive, end, &letters, &count);
        for (size_t i = 0; !result && i < count; i++)
            result = redrive_letter(redrive, &letters[i]);
        jn_arena_reset(&redrive->arena);
    }
    transport->ops->detach(transport, dead.name, NULL);
    return result;
}

static enum jangle_result redrive_all(struct redrive *redrive,
                                      const struct jn_inboxes *inboxes)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < inboxes->count; i++) {
        redrive->inbox = &inboxes->items[i];
        if (redrive->inbox->queue.dead)
            result = redrive_queue(redrive);
    }
    return result;
}

static enum jangle_result redrive_consumer(struct redrive *redrive, const char *name)
{
    const struct jn_consuming *consuming = jn_consuming_find(redrive->jangle, name);
    enum jangle_result result;

    if (!consuming)
        return jn_fail(redrive->error, JANGLE_NOT_FOUND, "no consumer is called \"%s\"",
                       JN_SHOWN(80, name));
    jn_arena_init(&redrive->arena, &redrive->jangle->host.host.allocator);
    result = jn_endpoint_open(&redrive->endpoint, redrive->jangle, name,
                              consuming->consumer->broker, redrive->error);
    if (!result)
        result = redrive_all(redrive, &consuming->inboxes);
    jn_endpoint_close(&redrive->endpoint);
    jn_arena_finish(&redrive->arena);
    return result;
}

enum jangle_result jangle_redrive(struct jangle *jangle,
                                  const char *consumer,
                                  int64_t limit,
                                  jangle_redrive_fn *decide,
                                  void *context,
                                  struct jangle_redriven *redriven,
                                  struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct redrive redrive = {
        .jangle = jangle,
        .decide = decide,
        .context = context,
        .limit = limit,
        .error = &why,
    };
    enum jangle_result result = jn_check_open(jangle, &why);

    if (!result)
        result = jn_thread_check_wait(jangle, &why);
    if (!result && (!consumer || !decide))
        result = jn_fail(&why, JANGLE_INVALID, "%s is NULL",
                         consumer ? "the function that decides" : "the consumer's name");
    if (!result)
        result = redrive_consumer(&redrive, consumer);
    if (redriven)
        *redriven = redrive.redriven;
    return jn_call_end(jangle, "jangle_redrive", result, &why, error);
}
