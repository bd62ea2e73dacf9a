/* log.c - the partitions that are read for a queue. */
#include "kafka/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* ---- names ------------------------------------------------------------------------- */

/* A number without a sign, which ends before `end`. False: there is none. */
static bool read_number(const char **at, char end, int64_t most, int64_t *number)
{
    char *behind;

    if (!isdigit((unsigned char)**at))
        return false;
    errno = 0;
    *number = strtoll(*at, &behind, 10);
    if (errno || *behind != end || *number > most)
        return false;
    *at = behind + (end != '\0');
    return true;
}

bool jn_kafka_birth_read(const char *name, struct jn_kafka_birth *birth)
{
    const char *at = strrchr(name, '/');
    int64_t partition;

    if (!at)
        return false;
    birth->topic_size = (size_t)(at - name);
    at++;
    if (!read_number(&at, '@', INT32_MAX, &partition) ||
        !read_number(&at, '.', INT64_MAX - 1, &birth->first) ||
        !read_number(&at, '\0', INT64_MAX, &birth->timestamp_ms))
        return false;
    birth->partition = (int32_t)partition;
    return true;
}

void jn_kafka_log_christen(struct jn_kafka_log *log, int64_t first, int64_t timestamp_ms)
{
    jn_text_format(log->name, sizeof log->name, "%s/%d@%lld.%lld", log->topic,
                   (int)log->partition, (long long)first,
                   (long long)(timestamp_ms < 0 ? 0 : timestamp_ms));
}

/* ---- the list ---------------------------------------------------------------------- */

struct jn_kafka_log *jn_kafka_log_find(const struct jn_kafka_attached *attached,
                                       const char *topic,
                                       size_t topic_size,
                                       int32_t partition)
{
    struct jn_kafka_log *log = attached->logs;

    while (log && (log->partition != partition || strlen(log->topic) != topic_size ||
                   memcmp(log->topic, topic, topic_size) != 0))
        log = log->next;
    return log;
}

struct jn_kafka_log *jn_kafka_log_add(const struct jn_kafka *kafka,
                                      struct jn_kafka_attached *attached,
                                      const char *topic,
                                      int32_t partition,
                                      int64_t delay_ms)
{
    size_t size = strlen(topic) + 1;
    struct jn_kafka_log *log = jn_new(&kafka->allocator, sizeof *log + size);

    if (!log)
        return NULL;
    memcpy(log->topic, topic, size);
    log->partition = partition;
    log->delay_ms = delay_ms;
    log->offset = log->told = log->unseen = -1;
    log->next = attached->logs;
    attached->logs = log;
    return log;
}

void jn_kafka_logs_free(const struct jn_kafka *kafka, struct jn_kafka_attached *attached)
{
    while (attached->logs) {
        struct jn_kafka_log *first = attached->logs;

        attached->logs = first->next;
        jn_free(&kafka->allocator, first);
    }
}
