/* order.c - FIFO queues: the order of each key, and that SQS' own deduplication swallows
 * nothing. */
#include "brokers/aws/line.h"
#include "brokers/server_process.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static struct aws_server *server;
static struct jangle_aws_options options;
static struct jangle_transport *transport;
static const struct jangle_queue queue = {
    .name = "jobs", .topic = "news", .dead = "jobs.dead", .in_order = true};

static void declare(struct jangle_transport *by)
{
    struct jangle_error error = {0};

    if (by->ops->declare_topic(by, queue.topic, &error) ||
        by->ops->declare_queue(by, &queue, &error) ||
        by->ops->attach(by, &queue, NULL, 0, &error))
        fail_msg("%s", error.message);
}

static int begin(void **state)
{
    (void)state;
    options = aws_server_options(server);
    transport = aws_open(&options);
    declare(transport);
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_result(transport->ops->remove_queue(transport, &queue, NULL), JANGLE_OK);
    assert_result(transport->ops->remove_topic(transport, queue.topic, NULL), JANGLE_OK);
    line_close(transport);
    return 0;
}

/* ---- order ----------------------------------------------------------------- */

enum { KEYS = 7, OF_EACH = 9 };

static void publish_mixed(void)
{
    struct jangle_parcel parcels[KEYS * OF_EACH];
    char bodies[KEYS * OF_EACH][8], keys[KEYS][8];

    for (int i = 0; i < KEYS; i++)
        snprintf(keys[i], sizeof keys[i], "key %d", i);
    for (int i = 0; i < KEYS * OF_EACH; i++) {
        snprintf(bodies[i], sizeof bodies[i], "%d", i);
        parcels[i] = aws_parcel("news", NULL, bodies[i]);
        parcels[i].key = keys[i % KEYS];
    }
    assert_result(
        transport->ops->publish(transport, parcels, KEYS * OF_EACH, LINE_WAIT_MS, NULL),
        JANGLE_OK);
    for (int i = 0; i < KEYS * OF_EACH; i++)
        assert_result(parcels[i].result, JANGLE_OK);
}

static int number_of(const struct jangle_parcel *parcel)
{
    char text[16] = "";

    assert_in_range(parcel->body_size, 1, sizeof text - 1);
    memcpy(text, parcel->body, parcel->body_size);
    return (int)strtol(text, NULL, 10);
}

static void the_order_of_each_key_is_kept(void **state)
{
    int next[KEYS];

    (void)state;
    publish_mixed();
    for (int i = 0; i < KEYS; i++)
        next[i] = i;
    for (int i = 0; i < KEYS * OF_EACH; i++) {
        struct jangle_parcel parcel = line_receive(transport);
        int number = number_of(&parcel);

        assert_int_equal(number, next[number % KEYS]);
        next[number % KEYS] += KEYS;
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

/* While one of its parcels waits for its next attempt, the others of its key wait. */
static void a_parcel_for_again_keeps_its_turn(void **state)
{
    struct jangle_settlement again = {.disposition = JANGLE_AGAIN, .delay_ms = 900};
    struct jangle_parcel parcel;

    (void)state;
    for (int i = 1; i <= 2; i++) {
        struct jangle_parcel sent = aws_parcel("news", NULL, i == 1 ? "1" : "2");

        sent.key = "k";
        assert_result(aws_publish(transport, sent, NULL), JANGLE_OK);
        if (i == 2)
            break;
        parcel = line_receive(transport);
        again.parcel = &parcel;
        again.attempts = parcel.attempt;
        assert_result(transport->ops->settle(transport, &again, 1, NULL), JANGLE_OK);
    }
    parcel = line_receive(transport);
    line_assert_body(&parcel, "1");
    assert_int_equal(parcel.attempt, 2);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    parcel = line_receive(transport);
    line_assert_body(&parcel, "2");
}

/* ---- nothing is swallowed -------------------------------------------------- */

static struct jangle_parcel receive_from(const char *name, struct jangle_transport **by)
{
    const struct jangle_queue alone = {.name = name};

    *by = aws_open(&options);
    assert_result((*by)->ops->attach(*by, &alone, NULL, 0, NULL), JANGLE_OK);
    return line_receive(*by);
}

/* Put a dead letter back, as jangle_redrive does. */
static void redrive(const char *attempts)
{
    struct jangle_transport *other;
    struct jangle_parcel dead = receive_from("jobs.dead", &other), back = dead;

    assert_string_equal(line_header(&dead, "jangle-reason"), "a test wants it");
    assert_string_equal(line_header(&dead, "jangle-attempts"), attempts);
    assert_string_equal(dead.id, "the id");
    back.queue = "jobs";
    assert_result(aws_publish(other, back, NULL), JANGLE_OK);
    assert_result(line_settle(other, &dead, JANGLE_TAKEN), JANGLE_OK);
    line_close(other);
}

static void dead_and_redriven_and_sent_anew_it_comes_each_time(void **state)
{
    struct jangle_parcel sent = aws_parcel("news", NULL, "a"), parcel;

    (void)state;
    sent.id = "the id";
    sent.key = "k";
    assert_result(aws_publish(transport, sent, NULL), JANGLE_OK);
    for (int i = 0; i < 3; i++) {
        parcel = line_receive(transport);
        assert_string_equal(parcel.id, "the id");
        assert_result(line_settle(transport, &parcel, JANGLE_DEAD), JANGLE_OK);
        redrive("1");
    }
    parcel = line_receive(transport);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(aws_publish(transport, sent, NULL), JANGLE_OK); /* after a reset */
    parcel = line_receive(transport);
    assert_string_equal(parcel.id, "the id");
}

/* ---- contents -------------------------------------------------------------- */

struct content {
    const char *bytes;
    size_t size;
};

/* As SNS wraps what it does not deliver raw; but this one is a message itself. */
#define ENVELOPE                                                                         \
    "{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":\"arn:a\","             \
    "\"Timestamp\":\"t\","                                                               \
    "\"Message\":\"inner\"}"

static void any_content_arrives_by_topic_and_queue(void **state)
{
    static const struct content contents[] = {
        {"", 0},
        {"\0", 1},
        {"a\0b", 3},
        {"\xff\xfe not UTF-8", 13},
        {"\xed\xa0\x80", 3}, /* half of a surrogate */
        {"\xef\xbf\xbf", 3}, /* no character of XML */
        {"\x01", 1},
        {"QUJD", 4}, /* looks like base64 */
        {ENVELOPE, sizeof ENVELOPE - 1},
        {"-", 1},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof contents / sizeof *contents; i++) {
        struct jangle_parcel sent = {.topic = i % 2 ? "news" : NULL,
                                     .queue = i % 2 ? NULL : "jobs",
                                     .body = contents[i / 2].bytes,
                                     .body_size = contents[i / 2].size};
        struct jangle_parcel parcel;

        assert_result(aws_publish(transport, sent, NULL), JANGLE_OK);
        parcel = line_receive(transport);
        assert_int_equal(parcel.body_size, sent.body_size);
        assert_memory_equal(parcel.body, sent.body, sent.body_size);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

/* 200 bytes, of which many are not allowed in a group; and members that Amazon knows not.
 */
static void keys_and_headers_of_any_kind_arrive(void **state)
{
    const struct jangle_header headers[] = {{"bytes", "\xff\x01"}, {"empty", ""}};
    struct jangle_parcel sent = aws_parcel("news", NULL, "x"), parcel;
    char key[201] = "";

    (void)state;
    for (int i = 0; i < 100; i++)
        memcpy(key + 2 * i, "\xc3\xa4", 2);
    sent.key = key;
    sent.id = "\x02";
    sent.content_type = "";
    sent.headers = headers;
    sent.header_count = 2;
    assert_result(aws_publish(transport, sent, NULL), JANGLE_OK);
    parcel = line_receive(transport);
    assert_string_equal(parcel.key, key);
    assert_string_equal(parcel.id, "\x02");
    assert_string_equal(parcel.content_type, "");
    assert_string_equal(line_header(&parcel, "bytes"), "\xff\x01");
    assert_string_equal(line_header(&parcel, "empty"), "");
}

static void ten_large_messages_arrive(void **state)
{
    enum { SIZE = 100 << 10 };
    static char body[SIZE + 1];
    struct jangle_parcel parcels[10];

    (void)state;
    memset(body, 'x', SIZE);
    for (size_t i = 0; i < 10; i++)
        parcels[i] = aws_parcel("news", NULL, body);
    assert_result(transport->ops->publish(transport, parcels, 10, LINE_WAIT_MS, NULL),
                  JANGLE_OK);
    for (size_t i = 0; i < 10; i++) {
        struct jangle_parcel parcel = line_receive(transport);

        assert_int_equal(parcel.body_size, SIZE);
        assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    }
}

/* ---- wrapped, and split in two processes ----------------------------------- */

static void a_wrapped_subscription_is_received_the_same(void **state)
{
    const struct jangle_queue wrapped = {.name = "wrapped", .topic = "news"};
    struct jangle_parcel sent = aws_parcel("news", NULL, "\x01"), parcel;
    struct jangle_transport *other;

    (void)state;
    options.wrapped = true;
    other = aws_open(&options);
    assert_result(other->ops->declare_queue(other, &wrapped, NULL), JANGLE_OK);
    assert_result(other->ops->attach(other, &wrapped, NULL, 0, NULL), JANGLE_OK);
    sent.id = "the id";
    sent.route = "coin.in";
    assert_result(aws_publish(transport, sent, NULL), JANGLE_OK);
    parcel = line_receive(other);
    line_assert_body(&parcel, "\x01");
    assert_string_equal(parcel.id, "the id");
    assert_string_equal(parcel.route, "coin.in");
    assert_result(other->ops->remove_queue(other, &wrapped, NULL), JANGLE_OK);
    line_close(other);
}

/* What the child closes goes on here, and what is held stays held. */
static void a_child_closes_without_a_word(void **state)
{
    struct jangle_parcel parcel;
    int status = 1;
    pid_t child;

    (void)state;
    assert_result(aws_publish(transport, aws_parcel("news", NULL, "1"), NULL), JANGLE_OK);
    parcel = line_receive(transport);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        transport->ops->close(transport);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_result(line_settle(transport, &parcel, JANGLE_TAKEN), JANGLE_OK);
    assert_result(aws_publish(transport, aws_parcel("news", NULL, "2"), NULL), JANGLE_OK);
    parcel = line_receive(transport);
    line_assert_body(&parcel, "2");
}

/* ---- a visibility that ran out --------------------------------------------- */

static void what_nobody_tends_comes_to_another(void **state)
{
    struct jangle_transport *other, *slow;
    struct jangle_parcel parcel, again;

    (void)state;
    assert_result(transport->ops->detach(transport, "jobs", NULL), JANGLE_OK);
    assert_result(aws_publish(transport, aws_parcel(NULL, "jobs", "1"), NULL), JANGLE_OK);
    options.visibility_ms = 1000;
    parcel = receive_from("jobs", &slow);
    again = receive_from("jobs", &other);
    assert_int_equal(again.attempt, 2);
    assert_result(line_settle(slow, &parcel, JANGLE_TAKEN), JANGLE_CONFLICT);
    line_close(slow);
    line_close(other);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_order_of_each_key_is_kept),
        CASE(a_parcel_for_again_keeps_its_turn),
        CASE(dead_and_redriven_and_sent_anew_it_comes_each_time),
        CASE(any_content_arrives_by_topic_and_queue),
        CASE(keys_and_headers_of_any_kind_arrive),
        CASE(ten_large_messages_arrive),
        CASE(a_wrapped_subscription_is_received_the_same),
        CASE(a_child_closes_without_a_word),
        CASE(what_nobody_tends_comes_to_another),
    };
    int failed;

    server = aws_server_start();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    aws_server_stop(server);
    return failed;
}
