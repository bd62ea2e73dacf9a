/* bytes.c - the tests of TR-5: what was sent arrives as it was sent. */
#include "testing/transport/line.h"
#include "testing/transport/parcel.h"
#include "testing/transport/tests.h"

/* Publish one parcel to the topic and one into the queue: both arrive as they were. */
static void
travel(struct jn_trial *trial, const struct jn_line *line, struct jangle_parcel parcel)
{
    for (int straight = 0; straight < 2 && !trial->failed; straight++) {
        struct jn_received received = {.count = 0};

        parcel.topic = straight ? NULL : line->queue.topic;
        parcel.queue = straight ? line->queue.name : NULL;
        jn_publish_one(trial, line->sender, &parcel, JANGLE_OK);
        jn_receive(trial, line->receiver, &received, 1);
        if (!trial->failed)
            jn_parcel_compare(trial, &parcel, &received.parcels[0], 0);
        jn_settle(trial, line->receiver, &received, JANGLE_TAKEN);
    }
}

static void tr_05_an_empty_body_arrives(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);

    travel(trial, &line, jn_line_parcel(&line, "k", ""));
}

static void tr_05_every_byte_arrives(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "");
    unsigned char bytes[512];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i ^ (i >> 8 ? 0xff : 0));
    parcel.body = bytes;
    parcel.body_size = sizeof bytes;
    parcel.content_type = "application/octet-stream";
    travel(trial, &line, parcel);
    parcel.body_size = 1;
    travel(trial, &line, parcel);
}

/* As large as the broker allows, up to a MiB. */
static void tr_05_a_large_body_arrives(struct jn_trial *trial)
{
    enum { LARGEST = 1 << 20 };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "");
    size_t size = line.sender ? line.sender->ops->body_bytes : 0;
    unsigned char *bytes;

    size = size == 0 || size > LARGEST ? LARGEST : size;
    bytes = jangle_alloc(&trial->arena, size);
    if (!jn_trial_check(trial, bytes != NULL, "out of memory"))
        return;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 251);
    parcel.body = bytes;
    parcel.body_size = size;
    travel(trial, &line, parcel);
}

static void tr_05_texts_that_are_left_out_stay_so(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, NULL, "bare");

    parcel.content_type = NULL;
    travel(trial, &line, parcel);
    parcel.key = "a key alone";
    travel(trial, &line, parcel);
    parcel.key = NULL;
    parcel.content_type = "text/plain; charset=\"utf-8\"";
    travel(trial, &line, parcel);
}

static void tr_05_ids_and_keys_arrive(struct jn_trial *trial)
{
    static const char *const texts[] = {
        "plain",
        "a/b:c?d=e&f#g",
        "with spaces, commas; \"quotes\" and \\",
        "Gr\xc3\xbc\xc3\x9f"
        "e, \xe2\x82\xac, \xf0\x9f\x90\x98",
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
        "01"
        "23456789012345678901234567890123456789012345678901234567890123456789012345678901"
        "23"
        "456789012345678901234567890123456789",
    };
    struct jn_line line = jn_line_open(trial, false);

    for (size_t i = 0; i < sizeof texts / sizeof *texts && !trial->failed; i++) {
        struct jangle_parcel parcel = jn_line_parcel(&line, texts[i], "body");

        parcel.id = texts[i];
        travel(trial, &line, parcel);
    }
}

static void tr_05_headers_arrive(struct jn_trial *trial)
{
    static const struct jangle_header headers[] = {
        {"plain", "value"},
        {"empty", ""},
        {"spaces", "  before and after  "},
        {"separators", "a=b;c,d:e|f&g/h\\i\"j'k\tl"},
        {"utf-8",
         "Gr\xc3\xbc\xc3\x9f"
         "e, \xe2\x82\xac, \xf0\x9f\x90\x98"},
        {"percent", "100%25 %41 %zz %s %n"},
        {"number", "0042"},
        {"boolean", "true"},
        {"ce-time", "2026-01-02T03:04:05.678901Z"},
        {"json", "{\"a\":[1,2,\"three\"]}"},
    };
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "body");

    parcel.headers = headers;
    parcel.header_count = sizeof headers / sizeof *headers;
    travel(trial, &line, parcel);
}

static void tr_05_64_headers_arrive(struct jn_trial *trial)
{
    enum { COUNT = 64, LONG = 8192 };
    struct jangle_header headers[COUNT];
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_parcel parcel = jn_line_parcel(&line, "k", "body");
    char *text = jangle_alloc(&trial->arena, LONG + 1);

    for (int i = 0; i < COUNT; i++) {
        headers[i].name = jangle_text(&trial->arena, "header-%d", i);
        headers[i].value = jangle_text(&trial->arena, "value %d", i);
        if (!jn_trial_check(trial, text && headers[i].name && headers[i].value,
                            "out of memory"))
            return;
    }
    memset(text, 'x', LONG);
    parcel.headers = headers;
    parcel.header_count = COUNT;
    travel(trial, &line, parcel);
    headers[0].value = text;
    parcel.header_count = 1;
    travel(trial, &line, parcel);
}

/* Of parcels in one call, each has its own. */
static void tr_05_parcels_of_one_call_are_not_mixed(struct jn_trial *trial)
{
    static const struct jangle_header one = {"who", "one"}, two = {"who", "two"};
    struct jn_line line = jn_line_open(trial, true);
    struct jangle_parcel parcels[3] = {jn_line_parcel(&line, "k", "1"),
                                       jn_line_parcel(&line, "k", "2"),
                                       jn_line_parcel(&line, "k", "3")};
    struct jn_received received = {.count = 0};

    parcels[0].headers = &one;
    parcels[1].headers = &two;
    parcels[0].header_count = parcels[1].header_count = 1;
    parcels[0].id = "id 1";
    parcels[1].id = "id 2";
    parcels[2].id = "id 3";
    parcels[1].content_type = "application/json";
    jn_publish(trial, line.sender, parcels, 3);
    jn_receive(trial, line.receiver, &received, 3);
    for (size_t i = 0; i < 3 && !trial->failed; i++)
        jn_parcel_compare(trial, &parcels[i], &received.parcels[i], 0);
}

/* What the transport says of a parcel besides. */
static void tr_05_it_says_where_it_came_from(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jn_received received = {.count = 0};
    const struct jangle_parcel *parcel = &received.parcels[0];

    jn_line_publish(trial, &line, "k", 1, 1);
    jn_receive(trial, line.receiver, &received, 1);
    if (trial->failed)
        return;
    jn_trial_check(trial, parcel->queue && strcmp(parcel->queue, line.queue.name) == 0,
                   "the queue is %s, not %s", parcel->queue ? parcel->queue : "missing",
                   line.queue.name);
    jn_trial_check(trial, !parcel->topic || strcmp(parcel->topic, line.queue.topic) == 0,
                   "the topic is %s, not %s", parcel->topic, line.queue.topic);
    jn_trial_check(trial, !parcel->route || strcmp(parcel->route, "thing.done") == 0,
                   "the route is %s, not thing.done", parcel->route);
    jn_trial_check(trial, parcel->attempt == 0 || parcel->attempt == 1,
                   "the first attempt is %d", parcel->attempt);
}

const struct jn_transport_test jn_transport_bytes_tests[] = {
    JN_TRANSPORT_TEST(tr_05_an_empty_body_arrives, 0),
    JN_TRANSPORT_TEST(tr_05_every_byte_arrives, 0),
    JN_TRANSPORT_TEST(tr_05_a_large_body_arrives, 0),
    JN_TRANSPORT_TEST(tr_05_texts_that_are_left_out_stay_so, 0),
    JN_TRANSPORT_TEST(tr_05_ids_and_keys_arrive, 0),
    JN_TRANSPORT_TEST(tr_05_headers_arrive, 0),
    JN_TRANSPORT_TEST(tr_05_64_headers_arrive, 0),
    JN_TRANSPORT_TEST(tr_05_parcels_of_one_call_are_not_mixed, 0),
    JN_TRANSPORT_TEST(tr_05_it_says_where_it_came_from, 0),
    {0}};
