/* aws.c - any bytes at all, read as what Amazon may answer: as XML, or as a message of
 * SQS in JSON, in which SNS may have wrapped another. A message that could be read is
 * sent and read again, and is the same.
 *
 * The first byte says which: an "X" is XML. */
#include "aws/clock.h"
#include "aws/delivery.h"
#include "aws/memory.h"
#include "aws/message.h"
#include "aws/wire/json.h"
#include "aws/wire/xml.h"
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "aws: %s\n", what);
    abort();
}

/* ---- XML ------------------------------------------------------------------------- */

static bool
take_leaf(void *context, const char *parent, const char *name, const char *text)
{
    size_t *leaves = context;

    ++*leaves;
    expect(parent && name && text, "an element has no name or no text");
    expect(jn_aws_is_utf8(text, strlen(text)), "a text of XML is no UTF-8");
    return *leaves < 1000;
}

static void try_xml(const uint8_t *bytes, size_t size)
{
    size_t leaves = 0;
    const struct jn_aws_xml_visitor visitor = {.leaf = take_leaf, .context = &leaves};

    jn_aws_xml_visit(bytes, size, &visitor);
}

/* ---- messages -------------------------------------------------------------------- */

static struct jn_aws_delivery *
read_message(struct jn_aws *aws, const char *bytes, size_t size)
{
    static char name[] = "jobs", url[] = "http://a/1/jobs";
    static struct jn_aws_attached attached = {.name = name, .url = url};
    struct jn_aws_delivery *delivery = NULL;
    json_t *json = jn_aws_json_read(bytes, size);

    attached.aws = aws;
    if (json_is_object(json))
        jn_aws_delivery_new(aws, &attached, json, &delivery, NULL);
    json_decref(json);
    return delivery;
}

static void expect_same_text(const char *a, const char *b, const char *what)
{
    expect(!a == !b && (!a || strcmp(a, b) == 0), what);
}

static void expect_same(const struct jangle_parcel *a, const struct jangle_parcel *b)
{
    expect_same_text(a->id, b->id, "the id is another");
    expect_same_text(a->key, b->key, "the key is another");
    expect_same_text(a->route, b->route, "the route is another");
    expect_same_text(a->content_type, b->content_type, "the content type is another");
    expect(a->body_size == b->body_size && memcmp(a->body, b->body, a->body_size) == 0,
           "the body is another");
    expect(a->header_count == b->header_count, "there are more or fewer headers");
    for (size_t i = 0; i < a->header_count; i++) {
        expect_same_text(a->headers[i].name, b->headers[i].name, "a name is another");
        expect_same_text(a->headers[i].value, b->headers[i].value, "a value is another");
    }
}

/* Amazon knows no attribute of such a name. */
static bool has_odd_header(const struct jangle_parcel *parcel)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (parcel->headers[i].name[0] == ':')
            return true;
    return false;
}

static void send_again(struct jn_aws *aws, const struct jangle_parcel *parcel)
{
    static const char member[] = "\"MessageBody\":";
    struct jn_aws_text sent = jn_aws_text_in(&aws->allocator);
    struct jn_aws_text read = jn_aws_text_in(&aws->allocator);
    struct jn_aws_message message;
    struct jn_aws_delivery *delivery = NULL;

    if (jn_aws_message_init(&message, aws, parcel, JN_AWS_COPY_BYTES, NULL) ==
        JANGLE_OK) {
        jn_aws_message_write_json(&message, false, &sent);
        jn_aws_text_add(&read, "{\"MessageId\":\"m\",\"ReceiptHandle\":\"h\",\"Body\":");
        jn_aws_text_add(&read, sent.bytes + sizeof member - 1);
        jn_aws_text_add(&read, "}");
        delivery = read_message(aws, read.bytes, read.size);
        expect(delivery, "what was sent cannot be read");
        expect_same(parcel, &delivery->parcel);
        jn_aws_delivery_free(aws, delivery);
    }
    jn_aws_message_finish(&message);
    jn_aws_text_finish(&sent);
    jn_aws_text_finish(&read);
}

static void try_message(const uint8_t *bytes, size_t size)
{
    static const struct jangle_host host;
    struct jn_aws aws = {.host = &host,
                         .allocator = jn_aws_system_memory,
                         .options = {.visibility_ms = 30000}};
    struct jn_aws_delivery *delivery = read_message(&aws, (const char *)bytes, size);

    if (!delivery)
        return;
    expect(delivery->parcel.body && delivery->parcel.queue, "a parcel has no body");
    expect(delivery->parcel.attempt > 0, "a parcel has no attempt");
    if (!has_odd_header(&delivery->parcel))
        send_again(&aws, &delivery->parcel);
    jn_aws_delivery_free(&aws, delivery);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size && *bytes == 'X')
        try_xml(bytes + 1, size - 1);
    else
        try_message(bytes, size);
    return 0;
}
