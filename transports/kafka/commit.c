/* commit.c - groups are told how far their queues are read, for those who look at them.
 * What a group was told is never read back to go on from there: anybody may change it.
 *
 * The asker tells them, as an administrator does, and not the reader by a commit: a
 * commit that has no answer yet keeps librdkafka from ever ending the reader. */
#include "kafka/commit.h"

#include "kafka/admin.h"
#include "kafka/clients.h"

enum { PAUSE_US = 1000000, ANSWER_US = 5000000, LAST_MS = 500 };

/* The first offset of a log that is not settled. */
static int64_t first_open(const struct jn_kafka *kafka, const struct jn_kafka_log *log)
{
    const struct jn_kafka_delivery *at = kafka->held.next;
    int64_t first = log->offset;

    for (; at != &kafka->held; at = at->next)
        if (at->attached && at->log == log && at->parcel.offset.offset < first)
            first = at->parcel.offset.offset;
    return first;
}

/* What the group does not know yet. The caller destroys the list. */
static rd_kafka_topic_partition_list_t *list_news(const struct jn_kafka *kafka,
                                                  struct jn_kafka_attached *attached)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    struct jn_kafka_log *log = attached->logs;

    for (; log; log = log->next) {
        int64_t open = first_open(kafka, log);

        if (open <= log->told)
            continue;
        rd_kafka_topic_partition_list_add(list, log->topic, log->partition)->offset =
            open;
        log->told = open;
    }
    return list;
}

static void send_news(struct jn_kafka *kafka,
                      const char *group,
                      const rd_kafka_topic_partition_list_t *list)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(
        kafka->asker, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    rd_kafka_AlterConsumerGroupOffsets_t *news =
        rd_kafka_AlterConsumerGroupOffsets_new(group, list);

    if (!kafka->answers)
        kafka->answers = rd_kafka_queue_new(kafka->asker);
    rd_kafka_AdminOptions_set_request_timeout(options, JN_KAFKA_GROUP_MS, NULL, 0);
    rd_kafka_AlterConsumerGroupOffsets(kafka->asker, &news, 1, options, kafka->answers);
    kafka->unanswered++;
    rd_kafka_AlterConsumerGroupOffsets_destroy(news);
    rd_kafka_AdminOptions_destroy(options);
}

static void hear_answers(struct jn_kafka *kafka, int wait_ms)
{
    rd_kafka_event_t *answer;

    while (kafka->unanswered > 0 &&
           (answer = rd_kafka_queue_poll(kafka->answers, wait_ms))) {
        rd_kafka_event_destroy(answer);
        kafka->unanswered--;
    }
}

/* The groups did not answer: see JN_KAFKA_GROUP_MS. They are told all again. */
static void give_up(struct jn_kafka *kafka)
{
    const struct jn_kafka_attached *attached = kafka->attached;

    jn_kafka_drop_asker(kafka);
    for (; attached; attached = attached->next)
        for (struct jn_kafka_log *log = attached->logs; log; log = log->next)
            log->told = -1;
}

static void tell(struct jn_kafka *kafka, struct jn_kafka_attached *attached)
{
    rd_kafka_topic_partition_list_t *list = list_news(kafka, attached);

    if (list->cnt && !jn_kafka_need_asker(kafka, NULL))
        send_news(kafka, attached->queue.name, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void jn_kafka_tell_group(struct jn_kafka *kafka, struct jn_kafka_attached *attached)
{
    if (!kafka->asker || kafka->is_down)
        return;
    tell(kafka, attached);
    hear_answers(kafka, LAST_MS);
}

void jn_kafka_tell_groups(struct jn_kafka *kafka)
{
    int64_t now_us = jn_monotonic_us();
    struct jn_kafka_attached *attached = kafka->attached;

    hear_answers(kafka, 0);
    if (kafka->unanswered && now_us - kafka->committed_us > ANSWER_US)
        give_up(kafka);
    if (kafka->unanswered || now_us - kafka->committed_us < PAUSE_US)
        return;
    kafka->committed_us = now_us;
    for (; attached && !kafka->is_down; attached = attached->next)
        tell(kafka, attached);
}
