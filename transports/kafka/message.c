/* message.c - parcels as messages of Kafka, and back. What a parcel has and a message has
 * not are headers of their own names, which are no headers of the parcel. */
#include "kafka/message.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_SIZE = 24, NAME_SIZE = 256, ATTEMPT_MAX = 1000000 };

/* Formats write ce-NAME, and CloudEvents' binding of Kafka says ce_NAME. */
static const char our_prefix[] = "ce-";
static const char their_prefix[] = "ce_";

enum { PREFIX = sizeof our_prefix - 1 };

static const char content_type_name[] = "content-type";
static const char id_name[] = "jangle-id";
static const char route_name[] = "jangle-route";
static const char attempt_name[] = "jangle-attempt";
static const char due_name[] = "jangle-due";

/* ---- out --------------------------------------------------------------------------- */

static void add_text(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    if (value)
        rd_kafka_header_add(headers, name, -1, value, -1);
}

static void add_number(rd_kafka_headers_t *headers, const char *name, int64_t number)
{
    char text[NUMBER_SIZE];

    snprintf(text, sizeof text, "%" PRId64, number);
    rd_kafka_header_add(headers, name, -1, text, -1);
}

/* A name that is too long for CloudEvents goes as it is. */
static void add_header(rd_kafka_headers_t *headers, const struct jangle_header *header)
{
    size_t size = strlen(header->name);
    char name[NAME_SIZE];

    if (size >= sizeof name || strncmp(header->name, our_prefix, PREFIX) != 0) {
        add_text(headers, header->name, header->value);
        return;
    }
    memcpy(name, header->name, size + 1);
    memcpy(name, their_prefix, PREFIX);
    add_text(headers, name, header->value);
}

static bool is_replaced(const struct jn_kafka_message *message, const char *name)
{
    for (size_t i = 0; i < message->more_count; i++)
        if (strcmp(message->more[i].name, name) == 0)
            return true;
    return false;
}

rd_kafka_headers_t *jn_kafka_headers_make(const struct jn_kafka_message *message)
{
    const struct jangle_parcel *parcel = message->parcel;
    rd_kafka_headers_t *headers =
        rd_kafka_headers_new(parcel->header_count + message->more_count + 5);

    add_text(headers, content_type_name, parcel->content_type);
    add_text(headers, id_name, parcel->id);
    add_text(headers, route_name, parcel->route);
    if (message->attempt > 1)
        add_number(headers, attempt_name, message->attempt);
    if (message->due_ms)
        add_number(headers, due_name, message->due_ms);
    for (size_t i = 0; i < parcel->header_count; i++)
        if (!is_replaced(message, parcel->headers[i].name))
            add_header(headers, &parcel->headers[i]);
    for (size_t i = 0; i < message->more_count; i++)
        add_text(headers, message->more[i].name, message->more[i].value);
    return headers;
}

/* ---- one header -------------------------------------------------------------------- */

static const char *
find_header(const rd_kafka_message_t *message, const char *name, size_t *size)
{
    rd_kafka_headers_t *headers;
    const void *value = NULL;

    if (rd_kafka_message_headers(message, &headers) ||
        rd_kafka_header_get_last(headers, name, &value, size))
        return NULL;
    return value;
}

static int64_t read_number(const char *value, size_t size)
{
    char text[NUMBER_SIZE];
    char *end;
    long long number;

    if (!value || size == 0 || size >= sizeof text)
        return 0;
    memcpy(text, value, size);
    text[size] = '\0';
    number = strtoll(text, &end, 10);
    return *end || number < 0 ? 0 : number;
}

int64_t jn_kafka_message_due(const rd_kafka_message_t *message)
{
    size_t size = 0;
    const char *value = find_header(message, due_name, &size);

    return read_number(value, size);
}

const char *jn_kafka_message_route(const rd_kafka_message_t *message, size_t *size)
{
    return find_header(message, route_name, size);
}

/* ---- in ---------------------------------------------------------------------------- */

/* A header as it came. */
struct incoming {
    const char *name;
    const char *value;
    size_t size;
};

/* Texts that are put one behind the other. */
struct packing {
    struct jn_kafka_delivery *delivery;
    char *at;
};

/* Only texts are received: bytes with a zero among them are none. */
static bool get_header(const rd_kafka_headers_t *headers,
                       size_t number,
                       struct incoming *incoming,
                       bool *is_text)
{
    const void *value = NULL;

    if (!headers || rd_kafka_header_get_all(headers, number, &incoming->name, &value,
                                            &incoming->size))
        return false;
    incoming->value = value;
    *is_text = value && !memchr(value, '\0', incoming->size);
    return true;
}

static const char *put_text(struct packing *packing, const char *text, size_t size)
{
    char *start = packing->at;

    if (size)
        memcpy(start, text, size);
    start[size] = '\0';
    packing->at += size + 1;
    return start;
}

/* In lower case, and with the prefix that formats read. */
static const char *put_name(struct packing *packing, const char *text)
{
    char *start = packing->at;

    put_text(packing, text, strlen(text));
    for (char *at = start; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    if (strncmp(start, their_prefix, PREFIX) == 0)
        memcpy(start, our_prefix, PREFIX);
    return start;
}

/* A number that nobody can have counted is none. */
static int read_attempt(const struct incoming *incoming)
{
    int64_t number = read_number(incoming->value, incoming->size);

    return number > ATTEMPT_MAX ? 1 : (int)number;
}

/* What is no header of the parcel goes to its member. */
static bool put_member(struct packing *packing, const struct incoming *incoming)
{
    struct jangle_parcel *parcel = &packing->delivery->parcel;
    const char **member = !strcmp(incoming->name, id_name)      ? &parcel->id
                          : !strcmp(incoming->name, route_name) ? &parcel->route
                          : !strcmp(incoming->name, content_type_name)
                              ? &parcel->content_type
                              : NULL;

    if (member)
        *member = put_text(packing, incoming->value, incoming->size);
    else if (!strcmp(incoming->name, attempt_name))
        parcel->attempt = read_attempt(incoming);
    else
        return !strcmp(incoming->name, due_name);
    return true;
}

static void put_headers(struct packing *packing, const rd_kafka_headers_t *headers)
{
    struct jangle_header *all = (struct jangle_header *)(packing->delivery + 1);
    struct jangle_parcel *parcel = &packing->delivery->parcel;
    struct incoming incoming;
    bool is_text;

    for (size_t i = 0; get_header(headers, i, &incoming, &is_text); i++) {
        struct jangle_header *header = &all[parcel->header_count];

        if (!is_text || put_member(packing, &incoming))
            continue;
        header->name = put_name(packing, incoming.name);
        header->value = put_text(packing, incoming.value, incoming.size);
        parcel->header_count++;
    }
    parcel->headers = all;
}

static size_t measure(const struct jn_kafka_attached *attached,
                      const struct jn_kafka_log *log,
                      const rd_kafka_message_t *message,
                      const rd_kafka_headers_t *headers,
                      size_t *count)
{
    size_t size = strlen(attached->queue.name) + strlen(log->name) + strlen(log->topic) +
                  message->key_len + message->len + 5;
    struct incoming incoming;
    bool is_text;

    for (*count = 0; get_header(headers, *count, &incoming, &is_text); ++*count)
        size += strlen(incoming.name) + 2 + (is_text ? incoming.size : 0);
    return size;
}

struct jn_kafka_delivery *jn_kafka_delivery_make(const struct jn_kafka *kafka,
                                                 struct jn_kafka_attached *attached,
                                                 struct jn_kafka_log *log,
                                                 const rd_kafka_message_t *message)
{
    const struct jangle_queue *queue = &attached->queue;
    rd_kafka_headers_t *headers = NULL;
    struct packing packing;
    struct jangle_parcel *parcel;
    size_t size, count;

    if (rd_kafka_message_headers(message, &headers))
        headers = NULL;
    size = measure(attached, log, message, headers, &count);
    packing.delivery =
        jn_new(&kafka->allocator,
               sizeof *packing.delivery + count * sizeof(struct jangle_header) + size);
    if (!packing.delivery)
        return NULL;
    packing.at = (char *)(packing.delivery + 1) + count * sizeof(struct jangle_header);
    packing.delivery->attached = attached;
    packing.delivery->log = log;
    parcel = &packing.delivery->parcel;
    parcel->queue = put_text(&packing, queue->name, strlen(queue->name));
    parcel->offset.log = put_text(&packing, log->name, strlen(log->name));
    parcel->offset.offset = message->offset;
    if (queue->topic && strcmp(queue->topic, log->topic) == 0)
        parcel->topic = put_text(&packing, log->topic, strlen(log->topic));
    if (message->key)
        parcel->key = put_text(&packing, message->key, message->key_len);
    put_headers(&packing, headers);
    parcel->body = put_text(&packing, message->payload, message->len);
    parcel->body_size = message->len;
    parcel->attempt = parcel->attempt > 0 ? parcel->attempt : 1;
    parcel->receipt = packing.delivery;
    return packing.delivery;
}
