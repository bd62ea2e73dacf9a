/* receive.c - messages that are received, and kept as long as they are worked on.
 *
 * For each queue that is attached, and of which nothing waits here, one request waits at
 * SQS for messages. It goes on when `receive` returns, and the next `receive` takes what
 * it has brought. To end it would be dangerous: SQS may have handed out a message that
 * nobody then reads, and that is not seen again until its visibility has run out. */
#include "aws/receive.h"
#include "aws/attached.h"
#include "aws/batch.h"
#include "aws/call.h"
#include "aws/clock.h"
#include "aws/delivery.h"
#include "aws/names.h"
#include "aws/wire/json.h"

enum { POLL_MARGIN_MS = 10000 };

/* ---- attach and detach --------------------------------------------------------- */

enum jangle_result jn_aws_attach(struct jangle_transport *transport,
                                 const struct jangle_queue *queue,
                                 const struct jangle_log_offset *offsets,
                                 size_t offset_count,
                                 struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    const struct jn_aws_name *name;
    enum jangle_result result;

    (void)offsets; /* SQS' queues are no logs */
    (void)offset_count;
    jn_aws_name_forget(aws, false, queue->name); /* it may have been removed meanwhile */
    result = jn_aws_queue_find(aws, queue->name, until_us, &name, error);
    if (result || jn_aws_attached_by_name(aws, queue->name))
        return result;
    if (!jn_aws_attached_add(aws, queue, name->found))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a queue");
    return JANGLE_OK;
}

enum jangle_result jn_aws_detach(struct jangle_transport *transport,
                                 const char *queue,
                                 struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    struct jn_aws_attached *attached = jn_aws_attached_by_name(aws, queue);

    (void)error; /* what cannot be given back comes again by itself */
    if (!attached)
        return JANGLE_OK;
    jn_aws_poll_stop(aws, attached);
    jn_aws_give_back(aws, attached, jn_aws_after_ms(aws, JN_AWS_CALL_MS));
    jn_aws_attached_remove(aws, attached);
    return JANGLE_OK;
}

/* ---- requests that wait for messages ------------------------------------------- */

static bool has_waiting(const struct jn_aws *aws, const struct jn_aws_attached *attached)
{
    for (const struct jn_aws_delivery *each = aws->waiting.head.next;
         each != &aws->waiting.head; each = each->next)
        if (each->attached == attached)
            return true;
    return false;
}

static void write_poll(const struct jn_aws *aws,
                       const struct jn_aws_attached *attached,
                       struct jn_aws_text *text)
{
    jn_aws_text_add(text, "{\"QueueUrl\":");
    jn_aws_text_add_json(text, attached->url);
    jn_aws_text_add(text, ",\"MaxNumberOfMessages\":10,\"WaitTimeSeconds\":");
    jn_aws_text_add_number(text, aws->options.wait_ms / 1000);
    jn_aws_text_add(text, ",\"VisibilityTimeout\":");
    jn_aws_text_add_number(text, aws->options.visibility_ms / 1000);
    jn_aws_text_add(text,
                    ",\"MessageAttributeNames\":[\"All\"],"
                    "\"AttributeNames\":[\"ApproximateReceiveCount\","
                    "\"MessageGroupId\"]}");
}

static void note_trouble(struct jn_aws_attached *attached, const struct jangle_error *why)
{
    attached->trouble = why->result;
    jn_text_copy(attached->why, sizeof attached->why, why->message);
}

static void start_poll(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    int64_t until_us = jn_aws_after_ms(aws, aws->options.wait_ms + POLL_MARGIN_MS);
    struct jangle_error why = {0};

    attached->poll = jn_new(&aws->allocator, sizeof *attached->poll);
    if (!attached->poll) {
        jangle_error_set(&why, JANGLE_NO_MEMORY, "no memory for a request to SQS");
        note_trouble(attached, &why);
        return;
    }
    *attached->poll = jn_aws_request_of(aws, JN_AWS_SQS, "ReceiveMessage");
    attached->asked_us = jn_aws_now_us(aws);
    write_poll(aws, attached, &attached->poll->body);
    if (jn_aws_request_start(aws, attached->poll, until_us, &why)) {
        note_trouble(attached, &why);
        jn_aws_poll_stop(aws, attached);
    }
}

static void start_polls(struct jn_aws *aws)
{
    for (struct jn_aws_attached *each = aws->attached; each; each = each->next)
        if (!each->poll && !each->trouble && !has_waiting(aws, each))
            start_poll(aws, each);
}

static void take_messages(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    const struct jn_aws_text *answer = &attached->poll->answer;
    json_t *json = jn_aws_json_read(answer->bytes, answer->size);
    struct jangle_error why = {0};
    json_t *message;
    size_t i;

    if (!json_is_object(json))
        jn_aws_garbage(attached->poll, &why);
    json_array_foreach(json_object_get(json, "Messages"), i, message)
    {
        struct jn_aws_delivery *delivery = NULL;

        if (jn_aws_delivery_new(aws, attached, message, &delivery, &why) == JANGLE_OK)
            jn_aws_deliveries_append(&aws->waiting, delivery);
        else if (jn_aws_name_is_fifo(attached->url))
            break; /* the later ones come again with it, in their order */
    }
    if (why.result)
        note_trouble(attached, &why);
    json_decref(json);
}

static void end_poll(struct jn_aws *aws, struct jn_aws_attached *attached)
{
    struct jangle_error why = {0};

    if (jn_aws_request_result(aws, attached->poll, &why) == JANGLE_OK)
        take_messages(aws, attached);
    else
        note_trouble(attached, &why);
    jn_aws_poll_stop(aws, attached);
}

static void end_polls(struct jn_aws *aws)
{
    for (struct jn_aws_attached *each = aws->attached; each; each = each->next)
        if (each->poll && each->poll->over)
            end_poll(aws, each);
}

/* Tell the trouble of a queue, once. What is not NOT_FOUND may be over the next time. */
static enum jangle_result tell_trouble(struct jn_aws *aws, struct jangle_error *error)
{
    for (struct jn_aws_attached *each = aws->attached; each; each = each->next) {
        enum jangle_result result = each->trouble;

        if (!result)
            continue;
        each->trouble = JANGLE_OK;
        if (result == JANGLE_NOT_FOUND)
            return jangle_error_set(error, result, "the queue %s was removed: %s",
                                    JN_SHOWN(120, each->name), each->why);
        return jangle_error_set(
            error, result == JANGLE_NO_MEMORY ? JANGLE_NO_MEMORY : JANGLE_BUSY,
            "nothing can be received from the queue %s: %s", JN_SHOWN(120, each->name),
            each->why);
    }
    return JANGLE_OK;
}

/* ---- receive ------------------------------------------------------------------- */

/* However soon the caller wants parcels, a request gets the time to be sent: else a
 * broker that is far away would never be asked. */
static bool are_sent(const struct jn_aws *aws)
{
    for (const struct jn_aws_attached *each = aws->attached; each; each = each->next)
        if (each->poll && !jn_aws_request_is_sent(each->poll))
            return false;
    return true;
}

static enum jangle_result
wait_for_parcels(struct jn_aws *aws, int64_t wait_ms, struct jangle_error *error)
{
    int64_t until_us = jn_aws_after_ms(aws, wait_ms);
    int64_t sent_us = jn_aws_after_ms(aws, aws->options.connect_ms);
    bool woken = false;

    for (int64_t look_us = 0;; look_us = are_sent(aws) ? until_us : sent_us) {
        enum jangle_result result;

        start_polls(aws);
        jn_aws_web_drive(aws, look_us);
        end_polls(aws);
        jn_aws_deliveries_drop_expired(aws);
        if (jn_aws_deliveries_first(&aws->waiting))
            return JANGLE_OK;
        result = tell_trouble(aws, error);
        woken = atomic_exchange(&aws->woken, false) || woken;
        if (result || woken)
            return result;
        if (jn_aws_now_us(aws) >= (are_sent(aws) ? until_us : sent_us))
            return JANGLE_OK;
    }
}

static enum jangle_result hand_out(struct jn_aws *aws,
                                   size_t limit,
                                   size_t bytes,
                                   size_t *count,
                                   struct jangle_error *error)
{
    struct jangle_parcel *parcels;
    struct jn_aws_delivery *first;
    size_t most = 0;
    size_t used = 0;

    for (first = aws->waiting.head.next; first != &aws->waiting.head && most < limit;
         first = first->next)
        most++;
    parcels = jn_resize(&aws->allocator, aws->parcels, (most + 1) * sizeof *parcels);
    if (!parcels)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for parcels");
    aws->parcels = parcels;
    while (*count < most) {
        size_t size;

        first = jn_aws_deliveries_first(&aws->waiting);
        size = first->parcel.body_size;
        if (*count > 0 && size > bytes - used)
            return JANGLE_OK;
        used += size < bytes - used ? size : bytes - used;
        jn_aws_delivery_unlink(first);
        jn_aws_deliveries_append(&aws->held, first);
        parcels[(*count)++] = first->parcel;
    }
    return JANGLE_OK;
}

/* Without a queue there is no request that could tell whether Amazon is back. */
static enum jangle_result look_for_broker(struct jn_aws *aws, struct jangle_error *error)
{
    return jn_aws_reach(aws, jn_aws_after_ms(aws, aws->options.connect_ms), error);
}

enum jangle_result jn_aws_receive(struct jangle_transport *transport,
                                  size_t limit,
                                  size_t bytes,
                                  int64_t wait_ms,
                                  struct jangle_parcel **parcels,
                                  size_t *count,
                                  struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    enum jangle_result result;

    *parcels = NULL;
    *count = 0;
    jn_aws_deliveries_drop_expired(aws);
    if (jn_aws_deliveries_first(&aws->waiting))
        wait_ms = 0;
    result = !aws->attached && aws->away ? look_for_broker(aws, error)
                                         : wait_for_parcels(aws, wait_ms, error);
    atomic_store(&aws->woken, false);
    if (result == JANGLE_OK)
        result = hand_out(aws, limit, bytes, count, error);
    *parcels = aws->parcels;
    return result;
}

/* ---- tend ---------------------------------------------------------------------- */

/* How long the message shall belong to us from now on: never beyond what Amazon allows
 * since it was received. 0: that is over. */
static int64_t seconds_left(const struct jn_aws *aws,
                            const struct jn_aws_delivery *delivery)
{
    int64_t wanted = aws->options.visibility_ms / 1000;
    int64_t passed = (jn_aws_now_us(aws) - delivery->received_us) / 1000000 + 1;
    int64_t left = JN_AWS_VISIBILITY_MAX_S - passed;

    return left < 0 ? 0 : left < wanted ? left : wanted;
}

static bool needs_time(const struct jn_aws *aws, const struct jn_aws_delivery *delivery)
{
    int64_t half_us = aws->options.visibility_ms * 500;

    return jn_aws_delivery_is_ours(aws, delivery) &&
           delivery->until_us - jn_aws_now_us(aws) <= half_us &&
           seconds_left(aws, delivery) > 0;
}

/* Prolong those of one list, ten at a time. */
static enum jangle_result prolong(struct jn_aws *aws,
                                  struct jn_aws_deliveries *list,
                                  int64_t until_us,
                                  struct jangle_error *error)
{
    int64_t now_us = jn_aws_now_us(aws);
    struct jn_aws_step steps[JN_AWS_BATCH_COUNT];
    struct jn_aws_delivery *each = list->head.next;
    enum jangle_result result = JANGLE_OK;

    while (each != &list->head && result == JANGLE_OK) {
        size_t count = 0;

        for (; each != &list->head && count < JN_AWS_BATCH_COUNT; each = each->next)
            if (needs_time(aws, each))
                steps[count++] = (struct jn_aws_step){.delivery = each,
                                                      .doing = JN_AWS_SHOW,
                                                      .seconds = seconds_left(aws, each)};
        if (!count)
            break;
        result = jn_aws_batch_do(aws, steps, count, until_us, error);
        for (size_t i = 0; i < count; i++)
            if (steps[i].result == JANGLE_OK)
                steps[i].delivery->until_us = now_us + steps[i].seconds * 1000000;
            else if (steps[i].result == JANGLE_CONFLICT)
                steps[i].delivery->lost = true;
    }
    return result;
}

enum jangle_result jn_aws_tend(struct jangle_transport *transport,
                               struct jangle_error *error)
{
    struct jn_aws *aws = (struct jn_aws *)transport;
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CALL_MS);
    enum jangle_result result;

    jn_aws_web_drive(aws, 0);
    end_polls(aws);
    result = prolong(aws, &aws->held, until_us, error);
    return result ? result : prolong(aws, &aws->waiting, until_us, error);
}

/* ---- what others ask ----------------------------------------------------------- */

int64_t jn_aws_waiting_count(const struct jn_aws *aws, const char *queue)
{
    int64_t count = 0;

    for (const struct jn_aws_delivery *each = aws->waiting.head.next;
         each != &aws->waiting.head; each = each->next)
        count += strcmp(each->parcel.queue, queue) == 0;
    return count;
}

void jn_aws_drop_waiting(struct jn_aws *aws, const char *queue, int64_t until_us)
{
    struct jn_aws_delivery *next;

    for (struct jn_aws_delivery *each = aws->waiting.head.next;
         each != &aws->waiting.head; each = next) {
        struct jn_aws_step step = {.delivery = each, .doing = JN_AWS_DELETE};

        next = each->next;
        if (strcmp(each->parcel.queue, queue) != 0)
            continue;
        jn_aws_batch_do(aws, &step, 1, until_us, NULL);
        jn_aws_delivery_free(aws, each);
    }
}

void jn_aws_receiving_finish(struct jn_aws *aws, bool aloud)
{
    int64_t until_us = jn_aws_after_ms(aws, JN_AWS_CLOSE_MS);
    struct jn_aws_delivery *held;

    while (aws->attached) {
        if (aloud) {
            jn_aws_poll_stop(aws, aws->attached);
            jn_aws_give_back(aws, aws->attached, until_us);
        }
        jn_aws_attached_remove(aws, aws->attached);
    }
    while ((held = jn_aws_deliveries_first(&aws->held)))
        jn_aws_delivery_free(aws, held);
    jn_free(&aws->allocator, aws->parcels);
}
