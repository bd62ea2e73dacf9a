/* asking.c - what the brokers have: topics, partitions, and how far these reach. */
#include "kafka/asking.h"

#include "kafka/clients.h"
#include "kafka/clock.h"

enum { NAME_MAX_SIZE = JN_KAFKA_NAME_SIZE - 1, PAUSE_MS = 50 };

enum jangle_result
jn_kafka_busy(const struct jn_kafka *kafka, const char *doing, struct jangle_error *error)
{
    return jangle_error_set(
        error, JANGLE_BUSY, "no broker of Kafka answers \"%s\", which wants to %s%s%s",
        JN_SHOWN(60, kafka->name), doing, *kafka->down ? ": " : "", kafka->down);
}

/* ---- topics ------------------------------------------------------------------------ */

void jn_kafka_forget_topics(struct jn_kafka *kafka)
{
    if (kafka->topics)
        rd_kafka_metadata_destroy(kafka->topics);
    kafka->topics = NULL;
}

/* librdkafka waits for the whole time if no broker is there, so it is asked in slices.
 * Each is longer than the one before, for a broker that needs its time. */
static int next_slice(int64_t until_us, int *slice_ms)
{
    int ms = jn_kafka_ms_until(until_us, *slice_ms);

    *slice_ms *= 2;
    return ms < 1 ? 1 : ms;
}

/* Asking for one topic would make it where brokers make what is asked for: so all are
 * asked for. */
static bool ask_topics(struct jn_kafka *kafka)
{
    int64_t until_us = jn_monotonic_after_ms(kafka->settings.connect_ms);

    int slice_ms = JN_KAFKA_SLICE_MS;

    do {
        int ms = next_slice(until_us, &slice_ms);

        jn_kafka_hear(kafka->asker);
        if (!rd_kafka_metadata(kafka->asker, 1, NULL, &kafka->topics, ms)) {
            jn_kafka_hear(kafka->asker);
            kafka->is_down = false;
            kafka->down[0] = '\0';
            return true;
        }
        kafka->topics = NULL;
        jn_kafka_hear(kafka->asker);
    } while (!kafka->is_down && jn_monotonic_us() < until_us);
    kafka->is_down = true;
    return false;
}

enum jangle_result
jn_kafka_look(struct jn_kafka *kafka, int64_t fresh_ms, struct jangle_error *error)
{
    enum jangle_result result = jn_kafka_need_asker(kafka, error);

    if (result)
        return result;
    if (kafka->topics && !kafka->is_down &&
        jn_monotonic_us() - kafka->topics_us < fresh_ms * 1000)
        return JANGLE_OK;
    jn_kafka_forget_topics(kafka);
    if (!ask_topics(kafka))
        return jn_kafka_busy(kafka, "know which topics there are", error);
    kafka->topics_us = jn_monotonic_us();
    return JANGLE_OK;
}

int jn_kafka_partitions(const struct jn_kafka *kafka, const char *topic)
{
    for (int i = 0; kafka->topics && i < kafka->topics->topic_cnt; i++)
        if (strcmp(kafka->topics->topics[i].topic, topic) == 0)
            return kafka->topics->topics[i].partition_cnt;
    return 0;
}

/* ---- offsets ----------------------------------------------------------------------- */

enum jangle_result jn_kafka_reach(struct jn_kafka *kafka,
                                  const char *topic,
                                  int32_t partition,
                                  int64_t *first,
                                  int64_t *end,
                                  struct jangle_error *error)
{
    int64_t until_us = jn_monotonic_after_ms(kafka->settings.connect_ms);
    int slice_ms = JN_KAFKA_SLICE_MS;
    enum jangle_result result = jn_kafka_need_asker(kafka, error);
    rd_kafka_resp_err_t fault;

    if (result)
        return result;
    do {
        fault = rd_kafka_query_watermark_offsets(kafka->asker, topic, partition, first,
                                                 end, next_slice(until_us, &slice_ms));
        if (!fault)
            return JANGLE_OK;
        rd_kafka_poll(kafka->asker, PAUSE_MS); /* some errors come at once */
    } while (fault != RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED && !kafka->is_down &&
             jn_monotonic_us() < until_us);
    if (kafka->is_down)
        return jn_kafka_busy(kafka, "know the offsets of a topic", error);
    return jangle_error_set(
        error, JANGLE_BUSY, "Kafka does not tell \"%s\" how far topic \"%s\" reaches: %s",
        JN_SHOWN(60, kafka->name), JN_SHOWN(80, topic), rd_kafka_err2str(fault));
}

/* ---- names ------------------------------------------------------------------------- */

enum jangle_result jn_kafka_check_name(const char *name, struct jangle_error *error)
{
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        "abcdefghijklmnopqrstuvwxyz0123456789-._";
    size_t size = strlen(name);

    if (size > 0 && size <= NAME_MAX_SIZE && strspn(name, characters) == size &&
        strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "\"%s\" is no name of a topic of Kafka, which has 1 to %d "
                            "letters, digits, \"-\", \".\" and \"_\"",
                            JN_SHOWN(80, name), NAME_MAX_SIZE);
}
