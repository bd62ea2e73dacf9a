/* offsets.c - the offsets from which an attached queue goes on. None is ever moved to the
 * nearest one that a log has: that would skip messages without a word. */
#include "kafka/offsets.h"

#include "kafka/asking.h"
#include "kafka/clients.h"
#include "kafka/clock.h"
#include "kafka/log.h"

/* ---- is the offset there? ---------------------------------------------------------- */

static enum jangle_result no_offset(const struct jangle_log_offset *given,
                                    const char *why,
                                    int64_t number,
                                    struct jangle_error *error)
{
    return jangle_error_set(
        error, JANGLE_INVALID, "log \"%s\" of Kafka has no offset %lld: %s %lld",
        JN_SHOWN(160, given->log), (long long)given->offset, why, (long long)number);
}

/* The parcel behind the offset must be there, or be the next to come. */
static enum jangle_result take_offset(struct jn_kafka *kafka,
                                      struct jn_kafka_log *log,
                                      const struct jangle_log_offset *given,
                                      const struct jn_kafka_birth *birth,
                                      struct jangle_error *error)
{
    int64_t first = 0, end = 0;
    enum jangle_result result =
        jn_kafka_reach(kafka, log->topic, log->partition, &first, &end, error);

    if (result)
        return result;
    if (given->offset >= end)
        return no_offset(given, "its next one will be", end, error);
    if (given->offset < first - 1)
        return no_offset(given, "it begins at", first, error);
    if (*log->name && strcmp(log->name, given->log) != 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "two offsets are given of one log of Kafka: %lld of "
                                "\"%s\", and another one of \"%s\"",
                                (long long)given->offset, JN_SHOWN(160, given->log),
                                JN_SHOWN(160, log->name));
    jn_text_copy(log->name, sizeof log->name, given->log);
    log->offset = given->offset + 1;
    log->unseen = birth->first >= first ? birth->first : -1;
    return JANGLE_OK;
}

/* ---- is it the same log? ----------------------------------------------------------- */

static int assign_unseen(struct jn_kafka *kafka, const struct jn_kafka_attached *attached)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    const struct jn_kafka_log *log = attached->logs;
    int count;

    for (; log; log = log->next)
        if (log->unseen >= 0)
            rd_kafka_topic_partition_list_add(list, log->topic, log->partition)->offset =
                log->unseen;
    count = list->cnt;
    if (count && rd_kafka_assign(kafka->asker, list))
        count = -1;
    rd_kafka_topic_partition_list_destroy(list);
    return count;
}

/* A compacted topic may have lost that message: then nothing can be said. */
static enum jangle_result compare_birth(struct jn_kafka_log *log,
                                        const rd_kafka_message_t *message,
                                        struct jangle_error *error)
{
    rd_kafka_timestamp_type_t type;
    int64_t timestamp_ms = rd_kafka_message_timestamp(message, &type);
    struct jn_kafka_birth birth;

    jn_kafka_birth_read(log->name, &birth);
    log->unseen = -1;
    if (message->offset != birth.first || timestamp_ms == birth.timestamp_ms ||
        (timestamp_ms < 0 && birth.timestamp_ms == 0))
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "log \"%s\" of Kafka has no offset %lld of ours: topic "
                            "\"%s\" was deleted and made "
                            "again, for its message %lld is of %lld now",
                            JN_SHOWN(160, log->name), (long long)log->offset - 1,
                            JN_SHOWN(80, log->topic), (long long)birth.first,
                            (long long)timestamp_ms);
}

static enum jangle_result see_message(struct jn_kafka *kafka,
                                      const struct jn_kafka_attached *attached,
                                      const rd_kafka_message_t *message,
                                      int *unseen,
                                      struct jangle_error *error)
{
    const char *topic = message->rkt ? rd_kafka_topic_name(message->rkt) : "";
    struct jn_kafka_log *log =
        jn_kafka_log_find(attached, topic, strlen(topic), message->partition);

    if (message->err)
        jn_text_format(kafka->down, sizeof kafka->down, "topic \"%s\": %s",
                       JN_SHOWN(80, topic), rd_kafka_err2str(message->err));
    if (message->err || !log || log->unseen < 0)
        return JANGLE_OK;
    --*unseen;
    return compare_birth(log, message, error);
}

/* What was fetched besides must not be taken for an answer to the next look. */
static void empty_inbox(rd_kafka_queue_t *inbox)
{
    rd_kafka_message_t *message;

    while ((message = rd_kafka_consume_queue(inbox, 0)))
        rd_kafka_message_destroy(message);
}

static enum jangle_result see_births(struct jn_kafka *kafka,
                                     const struct jn_kafka_attached *attached,
                                     int unseen,
                                     struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_after_ms(JN_KAFKA_CALL_MS);
    rd_kafka_queue_t *inbox = rd_kafka_queue_get_consumer(kafka->asker);
    enum jangle_result result = JANGLE_OK;

    while (unseen > 0 && !result && !kafka->is_down && jn_monotonic_us() < until_us) {
        rd_kafka_message_t *message =
            rd_kafka_consume_queue(inbox, jn_kafka_ms_until(until_us, JN_KAFKA_SLICE_MS));

        if (message)
            result = see_message(kafka, attached, message, &unseen, error);
        if (message)
            rd_kafka_message_destroy(message);
        jn_kafka_hear(kafka->asker);
    }
    rd_kafka_assign(kafka->asker, NULL);
    empty_inbox(inbox);
    rd_kafka_queue_destroy(inbox);
    if (!result && unseen > 0)
        result = jn_kafka_busy(kafka, "see the first message of a log", error);
    return result;
}

/* ---- the whole --------------------------------------------------------------------- */

/* Kafka never takes partitions away: a topic with fewer of them was made again. Offsets
 * of topics that the queue no longer reads are passed by. */
static enum jangle_result miss_log(const struct jn_kafka_attached *attached,
                                   const struct jangle_log_offset *given,
                                   const struct jn_kafka_birth *birth,
                                   struct jangle_error *error)
{
    if (!jn_kafka_log_find(attached, given->log, birth->topic_size, 0))
        return JANGLE_OK;
    return jangle_error_set(
        error, JANGLE_INVALID,
        "log \"%s\" of Kafka has no offset %lld, because its topic has "
        "fewer than %d partitions now: it was made again",
        JN_SHOWN(160, given->log), (long long)given->offset, birth->partition + 1);
}

static enum jangle_result take_all(struct jn_kafka *kafka,
                                   struct jn_kafka_attached *attached,
                                   const struct jangle_log_offset *offsets,
                                   size_t count,
                                   struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < count; i++) {
        struct jn_kafka_birth birth;
        struct jn_kafka_log *log;

        if (!offsets[i].log || !jn_kafka_birth_read(offsets[i].log, &birth))
            continue;
        log = jn_kafka_log_find(attached, offsets[i].log, birth.topic_size,
                                birth.partition);
        result = log ? take_offset(kafka, log, &offsets[i], &birth, error)
                     : miss_log(attached, &offsets[i], &birth, error);
    }
    return result;
}

enum jangle_result jn_kafka_take_offsets(struct jn_kafka *kafka,
                                         struct jn_kafka_attached *attached,
                                         const struct jangle_log_offset *offsets,
                                         size_t count,
                                         struct jangle_error *error)
{
    enum jangle_result result = take_all(kafka, attached, offsets, count, error);
    int unseen;

    if (result)
        return result;
    unseen = assign_unseen(kafka, attached);
    if (unseen < 0)
        return jn_kafka_busy(kafka, "read the first message of a log", error);
    return unseen ? see_births(kafka, attached, unseen, error) : JANGLE_OK;
}
