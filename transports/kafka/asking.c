/* asking.c - what the brokers have: topics, partitions, and how far these reach. */
#include "kafka/asking.h"

#include "kafka/clients.h"
#include "kafka/clock.h"

enum { NAME_MAX_SIZE = JN_KAFKA_NAME_SIZE - 1 };

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

/* Asking for one topic would make it where brokers make what is asked for: so all are
 * asked for. librdkafka waits for the whole time if no broker is there, so it is asked in
 * slices. */
static bool ask_topics(struct jn_kafka *kafka)
{
    int64_t until_us = jn_monotonic_after_ms(kafka->settings.connect_ms);

    do {
        int ms = jn_kafka_ms_until(until_us, JN_KAFKA_SLICE_MS);

        jn_kafka_hear(kafka->asker);
        if (!rd_kafka_metadata(kafka->asker, 1, NULL, &kafka->topics, ms < 1 ? 1 : ms)) {
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
    enum jangle_result result = jn_kafka_need_asker(kafka, error);

    if (result)
        return result;
    do {
        int ms = jn_kafka_ms_until(until_us, 4 * JN_KAFKA_SLICE_MS);

        if (!rd_kafka_query_watermark_offsets(kafka->asker, topic, partition, first, end,
                                              ms < 1 ? 1 : ms))
            return JANGLE_OK;
        jn_kafka_hear(kafka->asker);
    } while (!kafka->is_down && jn_monotonic_us() < until_us);
    return jn_kafka_busy(kafka, "know the offsets of a topic", error);
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
