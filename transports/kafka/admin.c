/* admin.c - what is asked of the brokers' administration. Each request is asked with an
 * event queue of its own, and waited for. */
#include "kafka/admin.h"

#include "kafka/asking.h"
#include "kafka/clients.h"
#include "kafka/clock.h"

/* ---- one request ------------------------------------------------------------------- */

struct request {
    rd_kafka_AdminOptions_t *options;
    rd_kafka_queue_t *queue;
    rd_kafka_event_t *answer;
};

static bool begin_request(struct jn_kafka *kafka,
                          struct request *request,
                          rd_kafka_admin_op_t what,
                          int limit_ms)
{
    *request = (struct request){.options = rd_kafka_AdminOptions_new(kafka->asker, what),
                                .queue = rd_kafka_queue_new(kafka->asker)};
    return request->options && request->queue &&
           !rd_kafka_AdminOptions_set_request_timeout(request->options, limit_ms, NULL,
                                                      0);
}

static void end_request(struct request *request)
{
    if (request->answer)
        rd_kafka_event_destroy(request->answer);
    if (request->queue)
        rd_kafka_queue_destroy(request->queue);
    if (request->options)
        rd_kafka_AdminOptions_destroy(request->options);
}

/* OK: request->answer is there. */
static enum jangle_result await_answer(struct jn_kafka *kafka,
                                       struct request *request,
                                       const char *doing,
                                       struct jangle_error *error)
{
    int ms = (int)kafka->settings.connect_ms + 4 * JN_KAFKA_SLICE_MS;
    const char *why = "it did not answer";

    request->answer = rd_kafka_queue_poll(request->queue, ms);
    jn_kafka_hear(kafka->asker);
    if (request->answer && !rd_kafka_event_error(request->answer))
        return JANGLE_OK;
    if (request->answer)
        why = rd_kafka_event_error_string(request->answer);
    return jangle_error_set(error, JANGLE_BUSY, "Kafka could not %s: %s", doing,
                            JN_SHOWN(300, why));
}

/* ---- topics ------------------------------------------------------------------------ */

/* What a broker says about a topic. */
static enum jangle_result read_answer(const rd_kafka_topic_result_t *answer,
                                      rd_kafka_resp_err_t fine,
                                      const char *doing,
                                      const char *topic,
                                      struct jangle_error *error)
{
    rd_kafka_resp_err_t number = rd_kafka_topic_result_error(answer);
    const char *why = rd_kafka_topic_result_error_string(answer);
    bool passes = number == RD_KAFKA_RESP_ERR_NOT_CONTROLLER ||
                  number == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
                  number == RD_KAFKA_RESP_ERR__TIMED_OUT;

    if (!number || number == fine)
        return JANGLE_OK;
    return jangle_error_set(error, passes ? JANGLE_BUSY : JANGLE_INVALID,
                            "Kafka refuses to %s the topic \"%s\": %s", doing,
                            JN_SHOWN(80, topic),
                            JN_SHOWN(300, why ? why : rd_kafka_err2str(number)));
}

/* NULL: librdkafka refuses it. */
static rd_kafka_NewTopic_t *describe(const struct jn_kafka *kafka,
                                     const char *topic,
                                     enum jn_kafka_kind kind,
                                     struct jangle_error *error)
{
    int replicas = kafka->settings.replicas ? kafka->settings.replicas : -1;
    int partitions = kind == JN_KAFKA_RETRY ? 1 : kafka->settings.partitions;
    char why[256] = "";
    rd_kafka_NewTopic_t *made =
        rd_kafka_NewTopic_new(topic, partitions, replicas, why, sizeof why);

    if (made && kind != JN_KAFKA_PLAIN &&
        (rd_kafka_NewTopic_set_config(made, "retention.ms", "-1") ||
         rd_kafka_NewTopic_set_config(made, "retention.bytes", "-1"))) {
        rd_kafka_NewTopic_destroy(made);
        made = NULL;
    }
    if (!made)
        jangle_error_set(error, JANGLE_INVALID, "librdkafka refuses the topic \"%s\": %s",
                         JN_SHOWN(80, topic), JN_SHOWN(200, why));
    return made;
}

static enum jangle_result create(struct jn_kafka *kafka,
                                 const char *topic,
                                 enum jn_kafka_kind kind,
                                 struct jangle_error *error)
{
    rd_kafka_NewTopic_t *made = describe(kafka, topic, kind, error);
    struct request request = {0};
    enum jangle_result result = JANGLE_BUSY;
    size_t count;

    if (!made)
        return JANGLE_INVALID;
    if (begin_request(kafka, &request, RD_KAFKA_ADMIN_OP_CREATETOPICS,
                      (int)kafka->settings.connect_ms)) {
        rd_kafka_CreateTopics(kafka->asker, &made, 1, request.options, request.queue);
        result = await_answer(kafka, &request, "make a topic", error);
    }
    if (!result)
        result = read_answer(
            rd_kafka_CreateTopics_result_topics(
                rd_kafka_event_CreateTopics_result(request.answer), &count)[0],
            RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, "make", topic, error);
    end_request(&request);
    rd_kafka_NewTopic_destroy(made);
    return result;
}

enum jangle_result jn_kafka_make_topic(struct jn_kafka *kafka,
                                       const char *topic,
                                       enum jn_kafka_kind kind,
                                       struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_after_ms(kafka->settings.connect_ms);
    enum jangle_result result = jn_kafka_check_name(topic, error);

    if (!result)
        result = jn_kafka_look(kafka, 0, error);
    if (result || jn_kafka_partitions(kafka, topic))
        return result;
    result = create(kafka, topic, kind, error);
    while (!result && !jn_kafka_partitions(kafka, topic)) {
        if (jn_monotonic_us() > until_us)
            return jn_kafka_busy(kafka, "see the topic that it made", error);
        result = jn_kafka_look(kafka, 0, error);
    }
    return result;
}

enum jangle_result jn_kafka_delete_topic(struct jn_kafka *kafka,
                                         const char *topic,
                                         struct jangle_error *error)
{
    rd_kafka_DeleteTopic_t *gone = rd_kafka_DeleteTopic_new(topic);
    struct request request = {0};
    enum jangle_result result = JANGLE_BUSY;
    size_t count;

    if (begin_request(kafka, &request, RD_KAFKA_ADMIN_OP_DELETETOPICS,
                      (int)kafka->settings.connect_ms)) {
        rd_kafka_DeleteTopics(kafka->asker, &gone, 1, request.options, request.queue);
        result = await_answer(kafka, &request, "remove a topic", error);
    }
    if (!result)
        result = read_answer(
            rd_kafka_DeleteTopics_result_topics(
                rd_kafka_event_DeleteTopics_result(request.answer), &count)[0],
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "remove", topic, error);
    jn_kafka_forget_topics(kafka);
    end_request(&request);
    rd_kafka_DeleteTopic_destroy(gone);
    return result;
}

/* ---- messages ---------------------------------------------------------------------- */

static enum jangle_result delete_records(struct jn_kafka *kafka,
                                         rd_kafka_topic_partition_list_t *list,
                                         struct jangle_error *error)
{
    rd_kafka_DeleteRecords_t *gone = rd_kafka_DeleteRecords_new(list);
    struct request request = {0};
    enum jangle_result result = JANGLE_BUSY;

    if (begin_request(kafka, &request, RD_KAFKA_ADMIN_OP_DELETERECORDS,
                      (int)kafka->settings.connect_ms)) {
        rd_kafka_DeleteRecords(kafka->asker, &gone, 1, request.options, request.queue);
        result = await_answer(kafka, &request, "remove messages", error);
    }
    if (!result) {
        const rd_kafka_topic_partition_list_t *answers =
            rd_kafka_DeleteRecords_result_offsets(
                rd_kafka_event_DeleteRecords_result(request.answer));

        for (int i = 0; !result && i < answers->cnt; i++)
            if (answers->elems[i].err)
                result = jangle_error_set(error, JANGLE_BUSY,
                                          "Kafka could not remove messages: %s",
                                          rd_kafka_err2str(answers->elems[i].err));
    }
    end_request(&request);
    rd_kafka_DeleteRecords_destroy(gone);
    return result;
}

enum jangle_result jn_kafka_empty_topic(struct jn_kafka *kafka,
                                        const char *topic,
                                        struct jangle_error *error)
{
    int partitions = jn_kafka_partitions(kafka, topic);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    enum jangle_result result = JANGLE_OK;

    for (int i = 0; !result && i < partitions; i++) {
        int64_t first = 0, end = 0;

        result = jn_kafka_reach(kafka, topic, i, &first, &end, error);
        if (!result && end > first)
            rd_kafka_topic_partition_list_add(list, topic, i)->offset = end;
    }
    if (!result && list->cnt)
        result = delete_records(kafka, list, error);
    rd_kafka_topic_partition_list_destroy(list);
    return result;
}

/* ---- groups ------------------------------------------------------------------------ */

static void copy_offsets(rd_kafka_topic_partition_list_t *to,
                         const rd_kafka_topic_partition_list_t *from)
{
    for (int i = 0; i < to->cnt; i++) {
        const rd_kafka_topic_partition_t *found = NULL;

        for (int j = 0; from && j < from->cnt; j++)
            if (from->elems[j].partition == to->elems[i].partition &&
                strcmp(from->elems[j].topic, to->elems[i].topic) == 0)
                found = &from->elems[j];
        to->elems[i].offset = found && !found->err ? found->offset : -1;
    }
}

static enum jangle_result read_group(rd_kafka_event_t *answer,
                                     rd_kafka_topic_partition_list_t *list,
                                     struct jangle_error *error)
{
    size_t count = 0;
    const rd_kafka_group_result_t **groups =
        rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(answer), &count);
    const rd_kafka_error_t *fault = count ? rd_kafka_group_result_error(groups[0]) : NULL;

    if (fault)
        return jangle_error_set(error, JANGLE_BUSY,
                                "Kafka could not read a group's offsets: %s",
                                JN_SHOWN(200, rd_kafka_error_string(fault)));
    copy_offsets(list, count ? rd_kafka_group_result_partitions(groups[0]) : NULL);
    return JANGLE_OK;
}

enum jangle_result jn_kafka_group_offsets(struct jn_kafka *kafka,
                                          const char *group,
                                          rd_kafka_topic_partition_list_t *list,
                                          struct jangle_error *error)
{
    rd_kafka_ListConsumerGroupOffsets_t *asked =
        rd_kafka_ListConsumerGroupOffsets_new(group, list);
    struct request request = {0};
    enum jangle_result result = JANGLE_BUSY;
    bool is_answered;

    if (begin_request(kafka, &request, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
                      JN_KAFKA_GROUP_MS)) {
        rd_kafka_ListConsumerGroupOffsets(kafka->asker, &asked, 1, request.options,
                                          request.queue);
        result = await_answer(kafka, &request, "read a group's offsets", error);
    }
    if (!result)
        result = read_group(request.answer, list, error);
    is_answered = request.answer != NULL;
    end_request(&request);
    if (!is_answered)
        jn_kafka_drop_asker(kafka);
    rd_kafka_ListConsumerGroupOffsets_destroy(asked);
    return result;
}
