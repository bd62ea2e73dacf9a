/* receiving.c - parcels that come twice, or later, or not yet. What the inner transport
 * has received is held until its moment comes. */
#include "chaos/receiving.h"

#include "chaos/attachment.h"
#include "chaos/connection.h"

enum { FIRST_CAPACITY = 32, BATCH_COUNT = 256 };

static int64_t now_us(const struct jn_chaos_transport *transport)
{
    return transport->host.clock.monotonic_us(transport->host.clock.context);
}

/* The array with room for `count`, or NULL if there is no memory. */
static void *grow_to(const struct jn_chaos_transport *transport,
                     void *array,
                     size_t size,
                     size_t count,
                     size_t *capacity)
{
    size_t more = *capacity ? *capacity : FIRST_CAPACITY;

    while (more < count)
        more *= 2;
    if (array && more == *capacity)
        return array;
    array = jn_resize(&transport->host.allocator, array, more * size);
    if (array)
        *capacity = more;
    return array;
}

/* ---- repeat -------------------------------------------------------------------- */

/* FNV-1a, of what makes a parcel the same as its copy. */
static uint64_t fingerprint_of(const struct jangle_parcel *parcel)
{
    const char *texts[] = {parcel->queue, parcel->key, parcel->id};
    uint64_t hash = 14695981039346656037U;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (const char *at = texts[i] ? texts[i] : ""; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 1099511628211U;
    for (size_t i = 0; i < parcel->body_size; i++)
        hash = (hash ^ ((const unsigned char *)parcel->body)[i]) * 1099511628211U;
    return hash;
}

static bool is_copy(struct jn_chaos_transport *transport,
                    const struct jangle_parcel *parcel)
{
    uint64_t hash = transport->copy_count ? fingerprint_of(parcel) : 0;

    for (size_t i = 0; i < transport->copy_count; i++)
        if (transport->copies[i] == hash) {
            transport->copies[i] = transport->copies[--transport->copy_count];
            return true;
        }
    return false;
}

/* Publish a copy straight into the queue: it is a parcel like any other, and comes behind
 * what waits there. */
static void repeat_parcel(struct jn_chaos_transport *transport,
                          const struct jangle_parcel *parcel)
{
    struct jangle_parcel copy = *parcel;
    uint64_t *copies = grow_to(transport, transport->copies, sizeof *copies,
                               transport->copy_count + 1, &transport->copy_capacity);

    if (!copies)
        return;
    transport->copies = copies;
    copy.topic = NULL;
    copy.must_be_queued = true;
    if (!transport->inner->ops->publish(transport->inner, &copy, 1, 30000, NULL) &&
        !copy.result)
        copies[transport->copy_count++] = fingerprint_of(parcel);
}

/* ---- what comes ---------------------------------------------------------------- */

/* There is a place for it. */
static void hold(struct jn_chaos_transport *transport,
                 const struct jangle_parcel *parcel,
                 int64_t ready_us)
{
    transport->held[transport->held_count++] =
        (struct jn_chaos_held){.parcel = *parcel, .ready_us = ready_us};
}

static int64_t ready_us(const struct jn_chaos_transport *transport)
{
    int64_t now = now_us(transport), delay_ms = transport->chaos.delay_ms;

    return delay_ms > (INT64_MAX - 1 - now) / 1000 ? INT64_MAX - 1
                                                   : now + delay_ms * 1000;
}

/* If one parcel is given back, so are those behind it in the queue, which keeps their
 * order: when the queue is attached again. */
static void admit(struct jn_chaos_transport *transport,
                  const struct jangle_parcel *parcel)
{
    struct jn_chaos_attachment *attachment =
        jn_chaos_attachment_find(transport, parcel->queue);
    const struct jangle_chaos *chaos = &transport->chaos;
    bool gives_back, fails, repeats;

    if (attachment && !attachment->attached) {
        hold(transport, parcel, INT64_MAX);
        return;
    }
    if (jn_chaos_spares_parcel(transport, parcel)) {
        hold(transport, parcel, 0);
        return;
    }
    gives_back = jn_chaos_roll(&transport->dice, chaos->give_back);
    fails = jn_chaos_roll(&transport->dice, chaos->fail);
    repeats = jn_chaos_roll(&transport->dice, chaos->repeat);
    if (gives_back && attachment) {
        attachment->attached = false;
        hold(transport, parcel, INT64_MAX);
    } else if (fails) {
        jn_chaos_return(transport, parcel, parcel->attempt ? parcel->attempt : 1);
    } else {
        if (!is_copy(transport, parcel) && repeats)
            repeat_parcel(transport, parcel);
        hold(transport, parcel, ready_us(transport));
    }
}

/* A parcel of a log that cannot be noted for want of memory is given back, and so are
 * those behind it. */
static void admit_all(struct jn_chaos_transport *transport,
                      const struct jangle_parcel *parcels,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct jn_chaos_attachment *attachment =
            jn_chaos_attachment_find(transport, parcels[i].queue);

        if (attachment && attachment->attached &&
            jn_chaos_note_received(transport, &parcels[i]))
            attachment->attached = false;
        admit(transport, &parcels[i]);
    }
}

/* ---- what goes out ------------------------------------------------------------- */

static bool same_text(const char *one, const char *other)
{
    return one && other && strcmp(one, other) == 0;
}

/* Does an earlier parcel of its key still wait? The first `count` of those that are held
 * are the ones that stay. */
static bool is_behind(const struct jn_chaos_transport *transport,
                      const struct jangle_parcel *parcel,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct jangle_parcel *earlier = &transport->held[i].parcel;

        if (same_text(earlier->key, parcel->key) &&
            same_text(earlier->queue, parcel->queue))
            return true;
    }
    return false;
}

/* What has begun to be too much stays so: else a smaller parcel would go first. */
static size_t hand_over(struct jn_chaos_transport *transport, size_t limit, size_t bytes)
{
    int64_t now = now_us(transport);
    size_t count = 0, kept = 0;
    bool full = false;

    for (size_t i = 0; i < transport->held_count; i++) {
        struct jn_chaos_held held = transport->held[i];
        bool ready =
            held.ready_us <= now && !full && !is_behind(transport, &held.parcel, kept);

        full = full ||
               (ready && (count == limit || (count && held.parcel.body_size > bytes)));
        if (!ready || full) {
            transport->held[kept++] = held;
            continue;
        }
        bytes -= held.parcel.body_size < bytes ? held.parcel.body_size : bytes;
        transport->out[count++] = held.parcel;
    }
    transport->held_count = kept;
    return count;
}

/* How long the inner transport may wait: no longer than until the next parcel is ready.
 */
static int64_t inner_wait_ms(const struct jn_chaos_transport *transport, int64_t wait_ms)
{
    int64_t now = now_us(transport);

    for (size_t i = 0; i < transport->held_count; i++) {
        int64_t ready = transport->held[i].ready_us;

        if (ready <= now)
            return 0;
        if (ready != INT64_MAX && (ready - now + 999) / 1000 < wait_ms)
            wait_ms = (ready - now + 999) / 1000;
    }
    return wait_ms;
}

/* Make room first, so that nothing that was received must be given back. */
static bool make_room(struct jn_chaos_transport *transport, size_t more)
{
    size_t count = transport->held_count + more;
    struct jn_chaos_held *held = grow_to(transport, transport->held, sizeof *held, count,
                                         &transport->held_capacity);
    struct jangle_parcel *out;

    if (!held)
        return false;
    transport->held = held;
    out =
        grow_to(transport, transport->out, sizeof *out, count, &transport->out_capacity);
    if (!out)
        return false;
    transport->out = out;
    return true;
}

/* The inner transport has said that a queue is gone, and not which one. */
static void forget_removed(struct jn_chaos_transport *transport)
{
    struct jangle_transport *inner = transport->inner;
    struct jn_chaos_attachment *attachment = transport->attachments, *next;

    for (; attachment; attachment = next) {
        const char *queue = attachment->queue.name;
        int64_t count;

        next = attachment->next;
        if (inner->ops->count(inner, queue, &count, NULL) != JANGLE_NOT_FOUND)
            continue;
        jn_chaos_drop_held(transport, queue);
        jn_chaos_attachment_remove(transport, queue);
    }
}

static enum jangle_result fetch(struct jn_chaos_transport *transport,
                                size_t limit,
                                size_t bytes,
                                int64_t wait_ms,
                                struct jangle_error *error)
{
    struct jangle_transport *inner = transport->inner;
    struct jangle_parcel *parcels;
    size_t count;
    enum jangle_result result;

    limit = limit < BATCH_COUNT ? limit : BATCH_COUNT;
    if (!make_room(transport, limit))
        return jn_chaos_full(error);
    result = inner->ops->receive(inner, limit, bytes, inner_wait_ms(transport, wait_ms),
                                 &parcels, &count, error);
    if (!result)
        admit_all(transport, parcels, count);
    if (result == JANGLE_NOT_FOUND)
        forget_removed(transport);
    return result;
}

enum jangle_result jn_chaos_receive(struct jangle_transport *base,
                                    size_t limit,
                                    size_t bytes,
                                    int64_t wait_ms,
                                    struct jangle_parcel **parcels,
                                    size_t *count,
                                    struct jangle_error *error)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    enum jangle_result result =
        jn_chaos_enter(transport, jn_chaos_receives_spared(transport), error);

    *count = 0;
    *parcels = NULL;
    if (!result)
        result = jn_chaos_attach_again(transport, error);
    if (!result)
        result = fetch(transport, limit, bytes, wait_ms, error);
    if (result)
        return result;
    *count = hand_over(transport, limit, bytes);
    *parcels = transport->out;
    return JANGLE_OK;
}

/* ---- settling ------------------------------------------------------------------ */

static bool all_settled_are_spared(const struct jn_chaos_transport *transport,
                                   const struct jangle_settlement *settlements,
                                   size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!jn_chaos_spares_parcel(transport, settlements[i].parcel))
            return false;
    return true;
}

/* If the connection ends here, the parcels were given back, and only their receipts are
 * freed. */
enum jangle_result jn_chaos_settle(struct jangle_transport *base,
                                   struct jangle_settlement *settlements,
                                   size_t count,
                                   struct jangle_error *error)
{
    struct jn_chaos_transport *transport = jn_chaos_of(base);
    bool spared = all_settled_are_spared(transport, settlements, count);
    enum jangle_result result = jn_chaos_enter(transport, spared, error);

    for (size_t i = 0; result && i < count; i++) {
        jn_chaos_return(transport, settlements[i].parcel,
                        jn_chaos_attempts_before(settlements[i].parcel));
        settlements[i].result = JANGLE_BUSY;
    }
    if (result)
        return result;
    for (size_t i = 0; i < count; i++)
        jn_chaos_note_settled(transport, settlements[i].parcel);
    return transport->inner->ops->settle(transport->inner, settlements, count, error);
}
