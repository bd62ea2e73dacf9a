/* offsets.c - a reader goes on from its own offsets, and from no others: whatever its
 * group was told, whatever another program reads, and whatever became of the log. */
#include "brokers/kafka/line.h"

#include "kafka/attach.h"
#include "kafka/log.h"

#include <stdio.h>

enum { BIG = 500000, KEPT_BYTES = 5 << 20, BIG_COUNT = KEPT_BYTES / BIG + 4 };

static int set_up(void **state)
{
    (void)state;
    mock_start();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    mock_stop();
    return 0;
}

static void a_reader_goes_on_behind_its_offset(void **state)
{
    struct line line = line_open();
    struct jangle_error error;
    char log[400];
    int64_t offset;

    (void)state;
    line_publish(line.sender, "k", 1, 9);
    offset = line_take(line.reader, 1, 4, log);
    assert_result(line_attach(line.reader, log, offset, &error), JANGLE_OK);
    line_take(line.reader, 5, 5, log);
    line_close(&line);
}

/* A stranger tells the group that all is read. */
static void move_group(const char *group)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    rd_kafka_t *stranger;

    rd_kafka_conf_set(conf, "bootstrap.servers", strstr(mock_url(), "://") + 3, why,
                      sizeof why);
    rd_kafka_conf_set(conf, "group.id", group, why, sizeof why);
    stranger = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    assert_non_null(stranger);
    for (int32_t i = 0; i < MOCK_PARTITIONS; i++)
        rd_kafka_topic_partition_list_add(list, line_queue.topic, i)->offset = 9;
    assert_int_equal(rd_kafka_commit(stranger, list, 0), 0);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(stranger);
}

static void what_a_group_was_told_moves_nobody(void **state)
{
    struct line line = line_open();
    struct jangle_error error;
    char log[400];
    int64_t offset;

    (void)state;
    line_publish(line.sender, "k", 1, 9);
    offset = line_take(line.reader, 1, 4, log);
    line.reader->ops->close(line.reader);
    move_group(line_queue.name);
    line.reader = line_transport();
    assert_result(line_attach(line.reader, log, offset, &error), JANGLE_OK);
    line_take(line.reader, 5, 5, log);
    line_close(&line);
}

/* Two programs have the same queue, and files of their own. */
static void two_programs_do_not_make_each_other_skip(void **state)
{
    struct line line = line_open();
    struct jangle_transport *other = line_transport();
    char log[400];

    (void)state;
    assert_result(other->ops->attach(other, &line_queue, NULL, 0, NULL), JANGLE_OK);
    line_publish(line.sender, "k", 1, 20);
    line_take(line.reader, 1, 10, log);
    line_take(other, 1, 15, log);
    line_take(line.reader, 11, 10, log);
    line_take(other, 16, 5, log);
    other->ops->close(other);
    line_close(&line);
}

/* ---- an offset that the log does not have -------------------------------------------
 */

static void expect_refused(const char *log, int64_t offset, const char *words)
{
    struct jangle_transport *reader = line_transport();
    struct jangle_error error;
    struct jangle_parcel *parcels;
    size_t count;

    assert_result(line_attach(reader, log, offset, &error), JANGLE_INVALID);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
    assert_result(reader->ops->receive(reader, 10, LINE_BYTES, 0, &parcels, &count, NULL),
                  JANGLE_OK);
    assert_int_equal(count, 0);
    reader->ops->close(reader);
}

static void an_offset_behind_the_end_is_refused(void **state)
{
    struct line line = line_open();
    char log[400];

    (void)state;
    line_publish(line.sender, "k", 1, 3);
    line_take(line.reader, 1, 3, log);
    expect_refused(log, 3, "has no offset 3: its next one will be 3");
    line_close(&line);
}

/* The mock keeps 5 MiB of a partition. */
static void fill_up(struct jangle_transport *sender)
{
    static char body[BIG];

    for (int i = 0; i < BIG_COUNT; i++)
        assert_result(
            publish_one(sender, (struct jangle_parcel){.topic = line_queue.topic,
                                                       .key = "k",
                                                       .body = body,
                                                       .body_size = BIG}),
            JANGLE_OK);
}

static void an_offset_before_the_first_is_refused(void **state)
{
    struct line line = line_open();
    char log[400];

    (void)state;
    if (!mock_is_used())
        skip(); /* a real broker keeps more */
    line_publish(line.sender, "k", 1, 1);
    line_take(line.reader, 1, 1, log);
    fill_up(line.sender);
    expect_refused(log, 0, "has no offset 0: it begins at ");
    line_close(&line);
}

/* Another mock has no memory of the first: its topics count from 0 again, and have more
 * messages than the reader had read. */
static void a_topic_that_was_made_again_is_refused(void **state)
{
    struct line line = line_open();
    struct jangle_error error;
    char log[400], again[400];

    (void)state;
    if (!mock_is_used())
        skip();
    line_publish(line.sender, "k", 1, 3);
    line_take(line.reader, 1, 3, log);
    line_close(&line);
    mock_stop();
    mock_start();
    line = line_open();
    line_publish(line.sender, "k", 11, 9);
    expect_refused(log, 2, "was deleted and made again");
    line_take(line.reader, 11, 9, again);
    assert_string_not_equal(log, again); /* so ids that are made of it are others, too */
    assert_result(line_attach(line.reader, again, 8, &error), JANGLE_OK);
    line_close(&line);
}

static void a_topic_with_fewer_partitions_is_refused(void **state)
{
    struct line line = line_open();

    (void)state;
    expect_refused("orders/7@0.1796031864428", 3, "fewer than 8 partitions");
    line_close(&line);
}

/* ---- partitions that are added -------------------------------------------------------
 */

/* The mock cannot add any: so the reader is made to believe that there was one only. */
static void forget_partitions(struct jangle_transport *reader)
{
    struct jn_kafka *kafka = jn_kafka_of(reader);
    struct jn_kafka_attached *attached = jn_kafka_find_attached(kafka, line_queue.name);

    jn_kafka_attached_stop(attached);
    jn_kafka_logs_free(kafka, attached);
    assert_non_null(jn_kafka_log_add(kafka, attached, line_queue.topic, 0, 0));
}

static void partitions_that_are_added_are_noticed(void **state)
{
    enum { COUNT = 40 };
    struct line line = line_open();
    struct jangle_parcel *parcels;
    size_t came = 0, count;
    char key[8];

    (void)state;
    forget_partitions(line.reader);
    for (int i = 0; i < COUNT; i++) {
        snprintf(key, sizeof key, "%d", i);
        line_publish(line.sender, key, i, 1);
    }
    while (came < COUNT) {
        assert_result(line.reader->ops->receive(line.reader, COUNT, LINE_BYTES, 200,
                                                &parcels, &count, NULL),
                      JANGLE_OK);
        for (size_t i = 0; i < count; i++)
            take(line.reader, &parcels[i]);
        came += count;
    }
    assert_int_equal(came, COUNT);
    line_close(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_reader_goes_on_behind_its_offset, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_group_was_told_moves_nobody, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(two_programs_do_not_make_each_other_skip, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_offset_behind_the_end_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_offset_before_the_first_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_topic_that_was_made_again_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_topic_with_fewer_partitions_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(partitions_that_are_added_are_noticed, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
