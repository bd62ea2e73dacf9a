/* delivery.c - messages that were received and are not settled: their list, and how often
 * they were tried. */
#include "aws/delivery.h"
#include "aws/clock.h"
#include "aws/incoming.h"
#include "aws/names.h"
#include "aws/wire/digest.h"
#include "aws/wire/json.h"

#include <stdlib.h>

/* ---- the list ------------------------------------------------------------------ */

void jn_aws_deliveries_init(struct jn_aws_deliveries *list)
{
    list->head.next = list->head.previous = &list->head;
}

struct jn_aws_delivery *jn_aws_deliveries_first(const struct jn_aws_deliveries *list)
{
    return list->head.next == &list->head ? NULL : list->head.next;
}

void jn_aws_deliveries_append(struct jn_aws_deliveries *list,
                              struct jn_aws_delivery *delivery)
{
    delivery->previous = list->head.previous;
    delivery->next = &list->head;
    delivery->previous->next = list->head.previous = delivery;
}

void jn_aws_delivery_unlink(struct jn_aws_delivery *delivery)
{
    if (!delivery->next)
        return;
    delivery->previous->next = delivery->next;
    delivery->next->previous = delivery->previous;
    delivery->next = delivery->previous = NULL;
}

/* ---- attempts ------------------------------------------------------------------ */

/* SQS counts how often a message was received, also if it was only given back. What is
 * known beyond that is kept here, for the last messages that were settled as AGAIN: SQS
 * has no place for it. */
static int more_of(const struct jn_aws *aws, const char *message_id)
{
    for (size_t i = 0; i < JN_AWS_COUNTED_MAX; i++)
        if (strcmp(aws->counted[i].message_id, message_id) == 0)
            return aws->counted[i].more;
    return 0;
}

void jn_aws_delivery_count(struct jn_aws *aws,
                           const struct jn_aws_delivery *delivery,
                           int attempts)
{
    int more = delivery->more + attempts - delivery->parcel.attempt;
    size_t i = 0;

    while (i < JN_AWS_COUNTED_MAX &&
           strcmp(aws->counted[i].message_id, delivery->message_id) != 0)
        i++;
    if (i == JN_AWS_COUNTED_MAX) {
        if (!more)
            return;
        i = aws->counted_next++ % JN_AWS_COUNTED_MAX;
    }
    jn_text_copy(aws->counted[i].message_id, sizeof aws->counted[i].message_id,
                 delivery->message_id);
    aws->counted[i].more = more;
}

static void count_attempt(const struct jn_aws *aws,
                          struct jn_aws_delivery *delivery,
                          const json_t *message)
{
    const char *text = jn_aws_json_text(json_object_get(message, "Attributes"),
                                        "ApproximateReceiveCount");
    long received = text ? strtol(text, NULL, 10) : 1;
    int before = delivery->parcel.attempt > 1 ? delivery->parcel.attempt - 1 : 0;

    delivery->more = more_of(aws, delivery->message_id);
    received = received < 1 || received > 1000000 ? 1 : received;
    delivery->parcel.attempt = (int)received + before + delivery->more;
    if (delivery->parcel.attempt < 1)
        delivery->parcel.attempt = 1;
}

/* ---- making one ---------------------------------------------------------------- */

static bool is_damaged(const json_t *message)
{
    const json_t *body = json_object_get(message, "Body");
    const char *digest = jn_aws_json_text(message, "MD5OfBody");
    char expected[JN_AWS_MD5_TEXT];

    if (!json_is_string(body))
        return true;
    jn_aws_md5(json_string_value(body), json_string_length(body), expected);
    return digest && strcmp(digest, expected) != 0;
}

static enum jangle_result fill(struct jn_aws *aws,
                               struct jn_aws_delivery *delivery,
                               json_t *message,
                               struct jangle_error *error)
{
    delivery->handle = jn_aws_json_text(message, "ReceiptHandle");
    delivery->message_id = jn_aws_json_text(message, "MessageId");
    if (!delivery->handle || !delivery->message_id || is_damaged(message))
        return jangle_error_set(error, JANGLE_INVALID,
                                "a message of the queue %s was damaged on its way: its "
                                "MD5 is another, or a part of it is missing",
                                JN_SHOWN(120, delivery->attached->name));
    delivery->kept = json_pack("[O]", message);
    if (!delivery->kept || !jn_aws_incoming_read(aws, delivery, message))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
    count_attempt(aws, delivery, message);
    return JANGLE_OK;
}

/* SQS counts from when it handed the message out: that was after it was asked, and after
 * the network was looked at for the last time. */
static int64_t earliest_us(const struct jn_aws *aws,
                           const struct jn_aws_attached *attached)
{
    return aws->looked_us > attached->asked_us ? aws->looked_us : attached->asked_us;
}

enum jangle_result jn_aws_delivery_new(struct jn_aws *aws,
                                       struct jn_aws_attached *attached,
                                       json_t *message,
                                       struct jn_aws_delivery **made,
                                       struct jangle_error *error)
{
    struct jn_aws_delivery *delivery = jn_new(&aws->allocator, sizeof *delivery);
    enum jangle_result result;

    if (!delivery)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a parcel");
    delivery->attached = attached;
    delivery->room.allocator = &aws->allocator;
    delivery->body = jn_aws_text_in(&aws->allocator);
    delivery->parcel.receipt = delivery;
    delivery->received_us = earliest_us(aws, attached);
    delivery->until_us = delivery->received_us + aws->options.visibility_ms * 1000;
    result = fill(aws, delivery, message, error);
    if (result)
        jn_aws_delivery_free(aws, delivery);
    else
        *made = delivery;
    return result;
}

void jn_aws_delivery_free(struct jn_aws *aws, struct jn_aws_delivery *delivery)
{
    jn_aws_delivery_unlink(delivery);
    json_decref(delivery->kept);
    jn_aws_room_empty(&delivery->room);
    jn_aws_text_finish(&delivery->body);
    jn_free(&aws->allocator, delivery->headers);
    jn_free(&aws->allocator, delivery);
}

bool jn_aws_delivery_is_ours(const struct jn_aws *aws,
                             const struct jn_aws_delivery *delivery)
{
    return !delivery->lost && delivery->attached &&
           jn_aws_now_us(aws) < delivery->until_us;
}

void jn_aws_deliveries_drop_expired(struct jn_aws *aws)
{
    const struct jn_aws_attached *broken = NULL; /* a queue whose order has a gap */
    struct jn_aws_delivery *next;

    for (struct jn_aws_delivery *each = aws->waiting.head.next;
         each != &aws->waiting.head; each = next) {
        next = each->next;
        if (each->attached != broken && jn_aws_delivery_is_ours(aws, each))
            continue;
        if (jn_aws_name_is_fifo(each->attached->url))
            broken = each->attached;
        jn_aws_delivery_free(aws, each);
    }
}
