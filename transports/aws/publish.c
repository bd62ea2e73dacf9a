/* publish.c - parcels that are published: they are put into batches, each of which goes
 * to one topic or queue. Batches are sent one after the other, so the parcels of a key
 * keep their order. */
#include "aws/publish.h"
#include "aws/clock.h"
#include "aws/send.h"
#include "aws/subscribe.h"

struct batch {
    const struct jn_aws_name *to;
    struct jn_aws_message messages[JN_AWS_BATCH_COUNT];
    struct jangle_parcel *parcels[JN_AWS_BATCH_COUNT];
    size_t count;
    size_t bytes;
};

struct publishing {
    struct jn_aws *aws;
    struct jangle_parcel *parcels;
    size_t count;
    int64_t until_us;
    struct jangle_error *error;
};

static bool has_no_result(const struct jangle_parcel *parcel)
{
    return parcel->result == JANGLE_UNKNOWN;
}

/* The whole call ends: what has no result yet was not published. */
static bool is_fatal(enum jangle_result result)
{
    return result == JANGLE_BUSY || result == JANGLE_TIMEOUT ||
           result == JANGLE_NO_MEMORY;
}

static const char *place_of(const struct jangle_parcel *parcel)
{
    return parcel->topic ? parcel->topic : parcel->queue;
}

static bool have_one_place(const struct jangle_parcel *a, const struct jangle_parcel *b)
{
    return !a->topic == !b->topic && strcmp(place_of(a), place_of(b)) == 0;
}

/* Where a parcel goes, if anybody takes it there. */
static enum jangle_result find_place(const struct publishing *publishing,
                                     const struct jangle_parcel *parcel,
                                     const struct jn_aws_name **to,
                                     struct jangle_error *error)
{
    struct jn_aws *aws = publishing->aws;
    bool takes = true;
    enum jangle_result result = JANGLE_INVALID;

    if (parcel->topic)
        result = jn_aws_topic_find(aws, parcel->topic, publishing->until_us, to, error);
    else if (parcel->queue)
        result = jn_aws_queue_find(aws, parcel->queue, publishing->until_us, to, error);
    if (result == JANGLE_OK && parcel->topic && parcel->must_be_queued)
        result = jn_aws_topic_takes(aws, (*to)->found, parcel->route,
                                    publishing->until_us, &takes, error);
    return result ? result : takes ? JANGLE_OK : JANGLE_NOT_FOUND;
}

/* ---- batches ------------------------------------------------------------------- */

/* Add a parcel, unless it is too much for the batch. False: the batch is full. */
static bool
add_parcel(struct batch *batch, struct jn_aws *aws, struct jangle_parcel *parcel)
{
    struct jn_aws_message *message = &batch->messages[batch->count];
    enum jangle_result result = JANGLE_INVALID;

    if (parcel->body_size > JN_AWS_BODY_BYTES) {
        parcel->result = result;
        return true;
    }
    result = jn_aws_message_init(message, aws, parcel, JN_AWS_BATCH_BYTES, NULL);
    if (result == JANGLE_OK &&
        (!batch->count || batch->bytes + message->size <= JN_AWS_BATCH_BYTES)) {
        batch->bytes += message->size;
        batch->parcels[batch->count++] = parcel;
        return true;
    }
    jn_aws_message_finish(message);
    if (result == JANGLE_OK)
        return false;
    parcel->result = result;
    return true;
}

/* Those that go to the same place as the first, as many as one request takes. One of them
 * that somebody must take is asked for on its own. */
static void fill(struct batch *batch, const struct publishing *publishing, size_t first)
{
    struct jangle_parcel *parcels = publishing->parcels;

    for (size_t i = first; i < publishing->count; i++) {
        const struct jn_aws_name *to;

        if (batch->count == JN_AWS_BATCH_COUNT)
            return;
        if (!has_no_result(&parcels[i]) || !have_one_place(&parcels[i], &parcels[first]))
            continue;
        if (i > first && parcels[i].topic && parcels[i].must_be_queued) {
            enum jangle_result result = find_place(publishing, &parcels[i], &to, NULL);

            if (result) {
                parcels[i].result = result;
                continue;
            }
        }
        if (!add_parcel(batch, publishing->aws, &parcels[i]))
            return;
    }
}

static enum jangle_result
send(const struct publishing *publishing, struct batch *batch, size_t first, size_t count)
{
    struct jn_aws_message *messages[JN_AWS_BATCH_COUNT] = {NULL};
    enum jangle_result results[JN_AWS_BATCH_COUNT];
    struct jangle_error why = {0};
    enum jangle_result result;

    for (size_t i = 0; i < count; i++)
        messages[i] = &batch->messages[first + i];
    result = jn_aws_send(publishing->aws, batch->to, messages, results, count,
                         publishing->until_us, &why);
    if (is_fatal(result))
        jangle_error_set(publishing->error, result, "%s", why.message);
    for (size_t i = 0; i < count; i++)
        batch->parcels[first + i]->result = results[i];
    return result;
}

/* Those that are not reached, because Amazon goes away, have no result. */
static enum jangle_result send_each(const struct publishing *publishing,
                                    struct batch *batch)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; i < batch->count; i++)
        batch->parcels[i]->result = JANGLE_UNKNOWN;
    for (size_t i = 0; i < batch->count && !is_fatal(result); i++)
        result = send(publishing, batch, i, 1);
    return result;
}

/* Amazon refuses a whole batch for one message that it does not like. The others must
 * not suffer, so each is then sent alone. */
static enum jangle_result send_batch(const struct publishing *publishing,
                                     struct batch *batch)
{
    enum jangle_result result = send(publishing, batch, 0, batch->count);

    if (result == JANGLE_INVALID && batch->count > 1)
        result = send_each(publishing, batch);
    if (result == JANGLE_NOT_FOUND) /* it was removed; it may be made again */
        jn_aws_name_forget(publishing->aws, batch->to->is_topic,
                           place_of(batch->parcels[0]));
    return result;
}

/* ---- all ----------------------------------------------------------------------- */

/* Publish from the first parcel that has no result on. */
static enum jangle_result publish_from(const struct publishing *publishing, size_t first)
{
    struct batch batch = {.count = 0};
    struct jangle_parcel *parcel = &publishing->parcels[first];
    struct jangle_error why = {0};
    enum jangle_result result = find_place(publishing, parcel, &batch.to, &why);

    if (result) {
        parcel->result = result;
        if (is_fatal(result))
            jangle_error_set(publishing->error, result, "%s", why.message);
        return result;
    }
    fill(&batch, publishing, first);
    if (batch.count)
        result = send_batch(publishing, &batch);
    for (size_t i = 0; i < batch.count; i++)
        jn_aws_message_finish(&batch.messages[i]);
    return result;
}

static void give_up(const struct publishing *publishing)
{
    for (size_t i = 0; i < publishing->count; i++)
        if (has_no_result(&publishing->parcels[i]))
            publishing->parcels[i].result = JANGLE_BUSY;
}

enum jangle_result jn_aws_publish(struct jangle_transport *transport,
                                  struct jangle_parcel *parcels,
                                  size_t count,
                                  int64_t timeout_ms,
                                  struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    const struct publishing publishing = {.aws = aws,
                                          .parcels = parcels,
                                          .count = count,
                                          .until_us = jn_aws_after_ms(aws, timeout_ms),
                                          .error = error};
    size_t first = 0;

    for (size_t i = 0; i < count; i++)
        parcels[i].result = JANGLE_UNKNOWN;
    while (first < count) {
        enum jangle_result result = publish_from(&publishing, first);

        if (is_fatal(result)) {
            give_up(&publishing);
            return result;
        }
        while (first < count && !has_no_result(&parcels[first]))
            first++;
    }
    return JANGLE_OK;
}
