/* consumer.c - a consumer that does what petisco's does with a message at which
 * its handler fails. */
#include "brokers/petisco/consumer.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/time.h>

enum { CHANNEL = 3, HEADERS_MAX = 32 };

/* ---- texts ----------------------------------------------------------------------- */

static void copy_bytes(char text[PETISCO_TEXT_SIZE], amqp_bytes_t bytes)
{
    assert_true(bytes.len < PETISCO_TEXT_SIZE);
    memcpy(text, bytes.bytes, bytes.len);
    text[bytes.len] = '\0';
}

/* With another prefix in place of the one that it has, or of none. */
static void
put_prefix(char text[PETISCO_TEXT_SIZE], const char *prefix, const char *original)
{
    static const char *const prefixes[] = {"retry.", "dead_letter."};

    for (int i = 0; i < 2; i++)
        if (strncmp(original, prefixes[i], strlen(prefixes[i])) == 0)
            original += strlen(prefixes[i]);
    snprintf(text, PETISCO_TEXT_SIZE, "%s%s", prefix, original);
}

/* ---- headers --------------------------------------------------------------------- */

static const amqp_table_entry_t *find_header(const amqp_table_t *table, const char *name)
{
    for (int i = 0; i < table->num_entries; i++) {
        const amqp_table_entry_t *entry = &table->entries[i];

        if (entry->key.len == strlen(name) &&
            memcmp(entry->key.bytes, name, entry->key.len) == 0)
            return entry;
    }
    return NULL;
}

static int number_of(const amqp_table_entry_t *entry)
{
    if (entry->value.kind == AMQP_FIELD_KIND_I64)
        return (int)entry->value.value.i64;
    assert_int_equal(entry->value.kind, AMQP_FIELD_KIND_I32);
    return entry->value.value.i32;
}

static void note_headers(struct petisco_consumer *consumer,
                         const amqp_basic_properties_t *properties)
{
    static const amqp_table_t none;
    const amqp_table_t *headers =
        properties->_flags & AMQP_BASIC_HEADERS_FLAG ? &properties->headers : &none;
    const amqp_table_entry_t *count = find_header(headers, "redelivery_count");
    const amqp_table_entry_t *queue = find_header(headers, "queue");

    consumer->had_headers = properties->_flags & AMQP_BASIC_HEADERS_FLAG;
    consumer->redelivery_count = count ? number_of(count) : -1;
    consumer->queue_header[0] = '\0';
    if (queue)
        copy_bytes(consumer->queue_header, queue->value.value.bytes);
}

/* The same headers with these two; `queue` may be "". */
static void derive_headers(amqp_basic_properties_t *properties,
                           amqp_table_entry_t entries[HEADERS_MAX],
                           const char *queue,
                           int count)
{
    amqp_table_t *headers = &properties->headers;
    int used = 0;

    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
        headers->num_entries = 0;
    assert_true(headers->num_entries + 2 < HEADERS_MAX);
    for (int i = 0; i < headers->num_entries; i++) {
        const amqp_table_t one = {.num_entries = 1, .entries = &headers->entries[i]};

        if (!find_header(&one, "redelivery_count") && !find_header(&one, "queue"))
            entries[used++] = headers->entries[i];
    }
    if (*queue)
        entries[used++] = plain_entry("queue", plain_text(queue));
    entries[used++] =
        plain_entry("redelivery_count", (amqp_field_value_t){.kind = AMQP_FIELD_KIND_I32,
                                                             .value.i32 = count});
    *headers = (amqp_table_t){.num_entries = used, .entries = entries};
    properties->_flags |= AMQP_BASIC_HEADERS_FLAG;
}

/* ---- a failure ------------------------------------------------------------------- */

static bool is_exceeded(const struct petisco_consumer *consumer)
{
    return consumer->redelivery_count < 0
               ? consumer->max_retries < 1
               : consumer->redelivery_count >= consumer->max_retries;
}

static void aim_at_retry(const struct petisco_consumer *consumer,
                         const char *queue,
                         const char *delivery_key,
                         char exchange[PETISCO_TEXT_SIZE],
                         char key[PETISCO_TEXT_SIZE])
{
    const char *at = *queue ? queue : delivery_key;

    put_prefix(exchange, "retry.", consumer->store ? consumer->store : consumer->service);
    put_prefix(key, "retry.", consumer->store ? consumer->queue : at);
}

static void aim_at_dead(const struct petisco_consumer *consumer,
                        const char *queue,
                        const char *delivery_key,
                        char exchange[PETISCO_TEXT_SIZE],
                        char key[PETISCO_TEXT_SIZE])
{
    put_prefix(exchange, "dead_letter.", consumer->service);
    put_prefix(key, "dead_letter.", consumer->max_retries < 1 ? queue : delivery_key);
}

static void pass_on(const struct petisco_consumer *consumer,
                    amqp_connection_state_t state,
                    const amqp_envelope_t *envelope)
{
    amqp_basic_properties_t properties = envelope->message.properties;
    amqp_table_entry_t entries[HEADERS_MAX];
    char exchange[PETISCO_TEXT_SIZE], key[PETISCO_TEXT_SIZE];
    char delivery_key[PETISCO_TEXT_SIZE], queue[2 * PETISCO_TEXT_SIZE];

    copy_bytes(delivery_key, envelope->routing_key);
    if (consumer->had_headers)
        snprintf(queue, sizeof queue, "%s", consumer->queue_header);
    else
        snprintf(queue, sizeof queue, "%s.%s", delivery_key, consumer->handler);
    if (is_exceeded(consumer))
        aim_at_dead(consumer, queue, delivery_key, exchange, key);
    else
        aim_at_retry(consumer, queue, delivery_key, exchange, key);
    derive_headers(&properties, entries, queue,
                   consumer->redelivery_count < 0 ? 1 : consumer->redelivery_count + 1);
    plain_publish(state, exchange, key, &properties, envelope->message.body);
}

/* ---- one message ----------------------------------------------------------------- */

/* A channel for one message: what the broker has sent besides goes back when it is
 * closed. */
static void
receive(const char *queue, amqp_connection_state_t state, amqp_envelope_t *envelope)
{
    struct timeval time = {.tv_sec = PETISCO_WAIT_MS / 1000};

    amqp_channel_open(state, CHANNEL);
    plain_assert_answered(state);
    amqp_basic_qos(state, CHANNEL, 0, 1, 0);
    plain_assert_answered(state);
    amqp_basic_consume(state, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0,
                       0, amqp_empty_table);
    plain_assert_answered(state);
    assert_int_equal(amqp_consume_message(state, envelope, &time, 0).reply_type,
                     AMQP_RESPONSE_NORMAL);
}

void petisco_consume(struct petisco_consumer *consumer, amqp_connection_state_t state)
{
    amqp_envelope_t envelope;

    receive(consumer->queue, state, &envelope);
    note_headers(consumer, &envelope.message.properties);
    consumer->runs++;
    if (consumer->failures > 0) {
        consumer->failures--;
        pass_on(consumer, state, &envelope);
    }
    assert_int_equal(amqp_basic_ack(state, CHANNEL, envelope.delivery_tag, 0), 0);
    amqp_destroy_envelope(&envelope);
    amqp_channel_close(state, CHANNEL, AMQP_REPLY_SUCCESS);
    plain_assert_answered(state);
}
