/* message_read.c - messages of NATS as parcels (message.c says how they are written). */
#include "nats/message_read.h"
#include "nats/headers.h"
#include "nats/message_names.h"
#include "nats/names.h"

#include <stdio.h>
#include <stdlib.h>

enum { ATTEMPT_MAX = 1000000, ID_NUMBERS_SIZE = 48 };

/* The next word between points; false at the end. */
static bool next_word(const char **at, const char **word, size_t *length)
{
    if (!*at)
        return false;
    *word = *at;
    *length = strcspn(*at, ".");
    *at = (*at)[*length] ? *at + *length + 1 : NULL;
    return true;
}

static bool copy_word(char out[JN_NATS_NAME_SIZE], const char *word, size_t length)
{
    if (length >= JN_NATS_NAME_SIZE)
        return false;
    memcpy(out, word, length);
    out[length] = '\0';
    return true;
}

bool jn_nats_metadata_read(const char *reply, struct jn_nats_metadata *metadata)
{
    enum { WORDS = 13, SHORT = 9, MORE = 2 };
    const char *at = reply, *words[WORDS];
    size_t lengths[WORDS], count = 0, first;

    if (!reply || strncmp(reply, "$JS.ACK.", 8) != 0)
        return false;
    while (count < WORDS && next_word(&at, &words[count], &lengths[count]))
        count++;
    first = count == SHORT ? 2 : 2 + MORE;
    if (count != SHORT && count < SHORT + MORE)
        return false;
    metadata->consumer_size = (size_t)(words[first + 1] + lengths[first + 1] - reply);
    metadata->delivered = strtoull(words[first + 2], NULL, 10);
    metadata->number = strtoull(words[first + 3], NULL, 10);
    metadata->turn = strtoull(words[first + 4], NULL, 10);
    metadata->pending = strtoull(words[first + 6], NULL, 10);
    return copy_word(metadata->stream, words[first], lengths[first]) &&
           copy_word(metadata->consumer, words[first + 1], lengths[first + 1]);
}

/* The reverse of what is written with %XX. */
static void read_value(char *value)
{
    if (*value == '%')
        memmove(value, value + 1, strlen(value));
    jn_nats_text_read(value);
}

static int64_t
number_of(natsMsg *message, const char *name, int64_t most, int64_t otherwise)
{
    const char *text = NULL;
    long long number;
    char *end;

    if (natsMsgHeader_Get(message, name, &text) || !text)
        return otherwise;
    number = strtoll(text, &end, 10);
    return end == text || *end || number < 0 || number > most ? otherwise : number;
}

int64_t jn_nats_message_delay(natsMsg *message)
{
    return number_of(message, JN_NATS_HEADER_DELAY, JN_NATS_DELAY_MAX_MS, -1);
}

/* A copy with a delay was delivered once before it, only to wait. */
static int attempt_of(natsMsg *message, uint64_t delivered)
{
    int64_t first = number_of(message, JN_NATS_HEADER_ATTEMPT, ATTEMPT_MAX, 1);
    int64_t before = jn_nats_message_delay(message) < 0 ? 1 : 2;
    int64_t more =
        delivered > (uint64_t)before ? (int64_t)(delivered - (uint64_t)before) : 0;

    if (first < 1) /* others may say anything */
        first = 1;
    return first + more > INT32_MAX ? INT32_MAX : (int)(first + more);
}

/* Texts are written one after the other into memory that was measured before. */
struct reading {
    const char *subject;
    const struct jn_nats_header *headers;
    const char *encoded;
    char *text;
};

static char *keep(struct reading *reading, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = memcpy(reading->text, text, size);

    reading->text += size;
    return kept;
}

static bool is_encoded(const struct reading *reading, const char *name)
{
    size_t length = strlen(name);
    const char *at = reading->encoded;

    while (at && length && (at = strstr(at, name))) {
        if (at > reading->encoded && at[-1] == ',' && at[length] == ',')
            return true;
        at += length;
    }
    return false;
}

static char *keep_value(struct reading *reading, const char *name, const char *value)
{
    char *kept = keep(reading, value);

    if (is_encoded(reading, name))
        read_value(kept);
    return kept;
}

static const char *keep_header(struct reading *reading, const char *name)
{
    const char *value = jn_nats_headers_find(reading->headers, name);

    return value ? keep_value(reading, name, value) : NULL;
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < JN_NATS_OWN_NAMES; i++)
        if (strcmp(name, jn_nats_own_names[i]) == 0)
            return true;
    return strncmp(name, "nats-", 5) == 0;
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

/* False: it is no name with its value. */
static bool keep_alike(struct reading *reading,
                       struct jangle_header *kept,
                       const struct jn_nats_header *header)
{
    char *name = keep(reading, header->value);
    char *comma = strchr(name, ',');

    if (strncmp(header->name, JN_NATS_HEADER_ALIKE, sizeof JN_NATS_HEADER_ALIKE - 1) !=
            0 ||
        !comma || comma == name)
        return false;
    *comma = '\0';
    jn_nats_text_read(name);
    jn_nats_text_read(comma + 1);
    *kept = (struct jangle_header){name, comma + 1};
    return true;
}

/* Others may write Content-Type. */
static void keep_other(struct reading *reading,
                       struct jangle_parcel *parcel,
                       struct jangle_header *headers,
                       const struct jn_nats_header *header)
{
    char *name = keep(reading, header->name);

    lower(name);
    if (keep_alike(reading, &headers[parcel->header_count], header))
        parcel->header_count++;
    else if (!is_own(name))
        headers[parcel->header_count++] = (struct jangle_header){
            name, keep_value(reading, header->name, header->value)};
    else if (strcmp(name, JN_NATS_HEADER_CONTENT_TYPE) == 0 && !parcel->content_type)
        parcel->content_type = keep_value(reading, header->name, header->value);
}

/* Of a value there may be three copies. */
static size_t measure(const struct reading *reading)
{
    size_t size = strlen(reading->subject) + 1;

    for (const struct jn_nats_header *each = reading->headers; each; each = each->next)
        size += strlen(each->name) + 1 + 3 * (strlen(each->value) + 1);
    return size;
}

static void read_place(struct reading *reading,
                       struct jangle_parcel *parcel,
                       const struct jn_nats_attached *attached,
                       const struct jn_nats_source *source)
{
    const char *subject = reading->subject;

    parcel->queue = keep(reading, attached->queue.name);
    if (!source->topic) {
        parcel->route = keep_header(reading, JN_NATS_HEADER_ROUTE);
        return;
    }
    parcel->topic = keep(reading, source->topic);
    if (strlen(subject) > strlen(source->stream))
        parcel->route =
            jn_nats_route_read(keep(reading, subject + strlen(source->stream) + 1));
}

static void make_id(struct reading *reading,
                    struct jangle_parcel *parcel,
                    const struct jn_nats_source *source,
                    const struct jn_nats_metadata *metadata)
{
    char numbers[ID_NUMBERS_SIZE];

    snprintf(numbers, sizeof numbers, "/%lld/%llu", (long long)source->born,
             (unsigned long long)metadata->number);
    JN_NATS_JOIN(reading->text, JN_NATS_NAME_SIZE + ID_NUMBERS_SIZE, source->stream,
                 numbers);
    parcel->id = reading->text;
    reading->text += strlen(reading->text) + 1;
}

static void read_all(struct reading *reading,
                     struct jangle_parcel *parcel,
                     struct jangle_header *headers)
{
    parcel->headers = headers;
    reading->encoded = jn_nats_headers_find(reading->headers, JN_NATS_HEADER_ENCODED);
    parcel->content_type = keep_header(reading, JN_NATS_HEADER_CONTENT_TYPE);
    parcel->id = keep_header(reading, JN_NATS_HEADER_ID);
    parcel->key = keep_header(reading, JN_NATS_HEADER_KEY);
    for (const struct jn_nats_header *each = reading->headers; each; each = each->next)
        keep_other(reading, parcel, headers, each);
}

/* The block holds the delivery, its headers and its texts. */
static struct jn_nats_delivery *make_delivery(struct jn_nats *nats,
                                              struct reading *reading,
                                              const struct jn_nats_attached *attached,
                                              const struct jn_nats_source *source)
{
    enum { ID_SIZE = JN_NATS_NAME_SIZE + ID_NUMBERS_SIZE };
    size_t count = jn_nats_headers_count(reading->headers);
    size_t texts = measure(reading) + strlen(attached->queue.name) + 1 + ID_SIZE +
                   (source->topic ? strlen(source->topic) + 1 : 0);
    struct jn_nats_delivery *delivery =
        jn_new(&nats->allocator,
               sizeof *delivery + count * sizeof(struct jangle_header) + texts);

    if (delivery)
        reading->text = (char *)((struct jangle_header *)(void *)(delivery + 1) + count);
    return delivery;
}

struct jn_nats_delivery *jn_nats_message_read(struct jn_nats *nats,
                                              struct jn_nats_attached *attached,
                                              const struct jn_nats_source *source,
                                              const struct jn_nats_metadata *metadata,
                                              natsMsg *message)
{
    struct reading reading = {.subject = natsMsg_GetSubject(message)};
    int attempt = attempt_of(message, metadata->delivered);
    struct jn_nats_header *headers;
    struct jn_nats_delivery *delivery;

    if (!jn_nats_headers_read(nats, message, &headers))
        return NULL;
    reading.headers = headers;
    delivery = make_delivery(nats, &reading, attached, source);
    if (delivery) {
        delivery->message = message;
        delivery->attached = attached;
        delivery->consumer_size = metadata->consumer_size;
        delivery->parcel.body = natsMsg_GetData(message);
        delivery->parcel.body_size = (size_t)natsMsg_GetDataLength(message);
        delivery->parcel.attempt = attempt;
        delivery->parcel.receipt = delivery;
        read_all(&reading, &delivery->parcel,
                 (struct jangle_header *)(void *)(delivery + 1));
        read_place(&reading, &delivery->parcel, attached, source);
        if (!delivery->parcel.id)
            make_id(&reading, &delivery->parcel, source, metadata);
    }
    jn_nats_headers_free(nats, headers);
    return delivery;
}
