/* line.c - a topic with a queue at Kafka. */
#include "brokers/kafka/line.h"

#include <stdio.h>
#include <stdlib.h>

enum { MANY = 2000, BODY_SIZE = 12 };

const struct jangle_queue line_queue = {
    .name = "store", .topic = "orders", .dead = "store.dead"};

struct jangle_transport *line_transport(void)
{
    static const struct jangle_host host = {0};

    return open_transport(mock_broker(NULL), &host, "line");
}

struct line line_open(void)
{
    struct line line = {.sender = line_transport(), .reader = line_transport()};

    declare_topic(line.sender, line_queue.topic);
    declare_queue(line.sender, &line_queue);
    assert_result(line.reader->ops->attach(line.reader, &line_queue, NULL, 0, NULL),
                  JANGLE_OK);
    return line;
}

void line_close(struct line *line)
{
    line->sender->ops->close(line->sender);
    line->reader->ops->close(line->reader);
}

void line_publish(struct jangle_transport *sender, const char *key, int first, int count)
{
    struct jangle_parcel parcels[MANY];
    char bodies[MANY][BODY_SIZE];

    assert_true(count <= MANY);
    for (int i = 0; i < count; i++) {
        snprintf(bodies[i], BODY_SIZE, "%d", first + i);
        parcels[i] = (struct jangle_parcel){.topic = line_queue.topic,
                                            .key = key,
                                            .body = bodies[i],
                                            .body_size = strlen(bodies[i])};
    }
    assert_result(
        sender->ops->publish(sender, parcels, (size_t)count, LINE_WAIT_MS, NULL),
        JANGLE_OK);
    for (int i = 0; i < count; i++)
        assert_result(parcels[i].result, JANGLE_OK);
}

int64_t
line_take(struct jangle_transport *reader, int first, int count, char log[static 400])
{
    int64_t offset = -1;

    for (int i = first; i < first + count;) {
        struct jangle_parcel *parcels = NULL;
        struct jangle_error error = {0};
        size_t came = 0;
        enum jangle_result result =
            reader->ops->receive(reader, (size_t)(first + count - i), LINE_BYTES, 200,
                                 &parcels, &came, &error);

        if (result && result != JANGLE_BUSY) /* the broker may be away for a while */
            fail_msg("%s", error.message);
        for (size_t j = 0; !result && j < came; j++, i++) {
            assert_int_equal(strtol(parcels[j].body, NULL, 10), i);
            snprintf(log, 400, "%s", parcels[j].offset.log);
            offset = parcels[j].offset.offset;
            take(reader, &parcels[j]);
        }
    }
    return offset;
}

enum jangle_result line_attach(struct jangle_transport *reader,
                               const char *log,
                               int64_t offset,
                               struct jangle_error *error)
{
    const struct jangle_log_offset from = {.log = log, .offset = offset};

    *error = (struct jangle_error){0};
    return reader->ops->attach(reader, &line_queue, &from, 1, error);
}
