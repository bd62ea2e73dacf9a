/* message.c - parcels as messages of NATS, and back.
 *
 * A header of NATS is a line: it cannot hold the end of a line, nor blanks at its ends,
 * and libnats 3.4 reads an empty one wrongly. Such a value is written with %XX, and its
 * name stands in the header jangle-encoded. All others are as they are, so that programs
 * without jangle can read them. */
#include "nats/message.h"
#include "nats/memory.h"
#include "nats/names.h"

#include <stdio.h>
#include <stdlib.h>

#define CONTENT_TYPE "content-type"
#define ID           "jangle-id"
#define KEY          "jangle-key"
#define ATTEMPT      "jangle-attempt"
#define DELAY        "jangle-delay-ms"
#define ROUTE        "jangle-route" /* of what goes straight into a queue */
#define ENCODED      "jangle-encoded"

enum {
    ATTEMPT_MAX = 1000000,
    ENCODED_SIZE = 8192,
    NUMBER_SIZE = 24,
    ID_NUMBERS_SIZE = 48
};

/* ---- out ------------------------------------------------------------------------- */

struct making {
    struct jn_nats *nats;
    natsMsg *message;
    natsStatus status;
    bool is_full; /* of names that are encoded */
    size_t encoded_used;
    char *encoded; /* ",name,name," */
};

static bool is_blank(char character)
{
    return character == ' ' || character == '\t';
}

static bool fits_line(const char *value)
{
    size_t length = strlen(value);

    if (!length || is_blank(*value) || is_blank(value[length - 1]))
        return false;
    for (; *value; value++)
        if (((unsigned char)*value < 32 && *value != '\t') || *value == 127)
            return false;
    return true;
}

/* As %XX. */
static char *put_byte(char *to, unsigned char byte)
{
    static const char digits[] = "0123456789ABCDEF";

    *to++ = '%';
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    return to;
}

static void put_encoded(struct making *making, const char *name, const char *value)
{
    size_t length = strlen(name), size = 3 * strlen(value) + 2;
    char *text = jn_new(&making->nats->allocator, size);
    char *to = text;

    if (making->encoded_used + length + 2 > ENCODED_SIZE || !text) {
        making->is_full = text;
        making->status = text ? making->status : NATS_NO_MEMORY;
        jn_free(&making->nats->allocator, text);
        return;
    }
    memcpy(making->encoded + making->encoded_used, name, length);
    making->encoded_used += length;
    making->encoded[making->encoded_used++] = ',';
    *to++ = '%'; /* so that it is neither empty nor begins with a blank */
    for (; *value; value++)
        to = put_byte(to, (unsigned char)*value);
    *to = '\0';
    if (!making->status)
        making->status = natsMsgHeader_Set(making->message, name, text);
    jn_free(&making->nats->allocator, text);
}

static void put(struct making *making, const char *name, const char *value)
{
    if (!value || making->status)
        return;
    if (fits_line(value))
        making->status = natsMsgHeader_Set(making->message, name, value);
    else
        put_encoded(making, name, value);
}

static void put_number(struct making *making, const char *name, int64_t value)
{
    char text[NUMBER_SIZE];

    snprintf(text, sizeof text, "%lld", (long long)value);
    put(making, name, text);
}

static void put_own(struct making *making,
                    const struct jangle_parcel *parcel,
                    const struct jn_nats_extra *extra)
{
    put(making, CONTENT_TYPE, parcel->content_type);
    put(making, ID, parcel->id);
    put(making, KEY, parcel->key);
    put(making, ROUTE, parcel->topic ? NULL : parcel->route);
    if (parcel->attempt > 1 || extra->delay_ms >= 0)
        put_number(making, ATTEMPT, parcel->attempt > 1 ? parcel->attempt : 1);
    if (extra->delay_ms >= 0)
        put_number(making, DELAY, extra->delay_ms);
    put(making, "Nats-Msg-Id", extra->server_id);
}

static bool fits_name(const char *name)
{
    if (!name || !*name)
        return false;
    for (; *name; name++)
        if (*name <= 32 || *name == 127 || *name == ':' || *name == ',')
            return false;
    return true;
}

static const char *name_that_does_not_fit(const struct jangle_parcel *parcel)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (!fits_name(parcel->headers[i].name))
            return parcel->headers[i].name ? parcel->headers[i].name : "";
    return NULL;
}

static void fill(struct making *making,
                 const struct jangle_parcel *parcel,
                 const struct jn_nats_extra *extra)
{
    put_own(making, parcel, extra);
    for (size_t i = 0; i < parcel->header_count; i++)
        put(making, parcel->headers[i].name, parcel->headers[i].value);
    making->encoded[making->encoded_used] = '\0';
    if (making->encoded_used > 1 && !making->status)
        making->status = natsMsgHeader_Set(making->message, ENCODED, making->encoded);
}

enum jangle_result jn_nats_message_make(struct jn_nats *nats,
                                        const struct jangle_parcel *parcel,
                                        const struct jn_nats_extra *extra,
                                        const char *subject,
                                        const char *reply,
                                        natsMsg **message,
                                        struct jangle_error *error)
{
    char encoded[ENCODED_SIZE]; /* not cleared: that would cost more than all else */
    struct making making = {.nats = nats, .encoded = encoded, .encoded_used = 1};
    const char *bad = name_that_does_not_fit(parcel);

    *message = NULL;
    encoded[0] = ',';
    if (bad)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: a header cannot have the name \"%s\"",
                                JN_SHOWN(60, bad));
    making.status = natsMsg_Create(&making.message, subject, reply, parcel->body,
                                   (int)parcel->body_size);
    if (!making.status)
        fill(&making, parcel, extra);
    if (!making.status && !making.is_full) {
        *message = making.message;
        return JANGLE_OK;
    }
    natsMsg_Destroy(making.message);
    if (making.is_full)
        return jangle_error_set(error, JANGLE_INVALID,
                                "NATS: too many headers hold what must be encoded");
    return jangle_error_set(error, JANGLE_NO_MEMORY, "NATS: no memory for a message");
}

/* ---- in -------------------------------------------------------------------------- */

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
    return number_of(message, DELAY, JN_NATS_DELAY_MAX_MS, -1);
}

/* A copy with a delay was delivered once before it, only to wait. */
static int attempt_of(natsMsg *message, uint64_t delivered)
{
    int64_t first = number_of(message, ATTEMPT, ATTEMPT_MAX, 1);
    int64_t before = jn_nats_message_delay(message) < 0 ? 1 : 2;
    int64_t more =
        delivered > (uint64_t)before ? (int64_t)(delivered - (uint64_t)before) : 0;

    return first + more > INT32_MAX ? INT32_MAX : (int)(first + more);
}

/* Texts are written one after the other into memory that was measured before. */
struct reading {
    natsMsg *message;
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

    while (at && (at = strstr(at, name))) {
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
    const char *value = NULL;

    if (natsMsgHeader_Get(reading->message, name, &value) || !value)
        return NULL;
    return keep_value(reading, name, value);
}

static bool is_own(const char *name)
{
    static const char *const own[] = {CONTENT_TYPE, ID,    KEY,    ROUTE,
                                      ATTEMPT,      DELAY, ENCODED};

    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(name, own[i]) == 0)
            return true;
    return strncmp(name, "nats-", 5) == 0;
}

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

/* Others may write Content-Type. */
static void keep_other(struct reading *reading,
                       struct jangle_parcel *parcel,
                       struct jangle_header *headers,
                       const char *key)
{
    const char *value = NULL;
    char *name = keep(reading, key);

    lower(name);
    if (natsMsgHeader_Get(reading->message, key, &value) || !value)
        return;
    if (!is_own(name))
        headers[parcel->header_count++] =
            (struct jangle_header){name, keep_value(reading, key, value)};
    else if (strcmp(name, CONTENT_TYPE) == 0 && !parcel->content_type)
        parcel->content_type = keep_value(reading, key, value);
}

static size_t measure(natsMsg *message, const char **keys, int count)
{
    size_t size = strlen(natsMsg_GetSubject(message)) + 1;

    for (int i = 0; i < count; i++) {
        const char *value = NULL;

        natsMsgHeader_Get(message, keys[i], &value);
        size += strlen(keys[i]) + 1 + 2 * (value ? strlen(value) + 1 : 0);
    }
    return size;
}

static void read_place(struct reading *reading,
                       struct jangle_parcel *parcel,
                       const struct jn_nats_attached *attached,
                       const struct jn_nats_source *source)
{
    const char *subject = natsMsg_GetSubject(reading->message);

    parcel->queue = keep(reading, attached->queue.name);
    if (!source->topic) {
        parcel->route = keep_header(reading, ROUTE);
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
                     struct jangle_header *headers,
                     const char **keys,
                     int count)
{
    parcel->headers = headers;
    natsMsgHeader_Get(reading->message, ENCODED, &reading->encoded);
    parcel->content_type = keep_header(reading, CONTENT_TYPE);
    parcel->id = keep_header(reading, ID);
    parcel->key = keep_header(reading, KEY);
    for (int i = 0; i < count; i++)
        keep_other(reading, parcel, headers, keys[i]);
}

/* The block holds the delivery, its headers and its texts. */
struct jn_nats_delivery *jn_nats_message_read(struct jn_nats *nats,
                                              struct jn_nats_attached *attached,
                                              const struct jn_nats_source *source,
                                              const struct jn_nats_metadata *metadata,
                                              natsMsg *message)
{
    enum { ID_SIZE = JN_NATS_NAME_SIZE + ID_NUMBERS_SIZE };
    const char **keys = NULL;
    int count = 0;
    struct jn_nats_delivery *delivery;
    struct jangle_header *headers;
    struct reading reading = {.message = message};
    size_t texts;

    if (natsMsgHeader_Keys(message, &keys, &count))
        count = 0;
    texts = measure(message, keys, count) + strlen(attached->queue.name) + 1 + ID_SIZE +
            (source->topic ? strlen(source->topic) + 1 : 0);
    delivery = jn_new(&nats->allocator,
                      sizeof *delivery + (size_t)count * sizeof *headers + texts);
    if (delivery) {
        headers = (struct jangle_header *)(void *)(delivery + 1);
        reading.text = (char *)(headers + count);
        delivery->message = message;
        delivery->attached = attached;
        delivery->consumer_size = metadata->consumer_size;
        delivery->parcel.body = natsMsg_GetData(message);
        delivery->parcel.body_size = (size_t)natsMsg_GetDataLength(message);
        delivery->parcel.attempt = attempt_of(message, metadata->delivered);
        delivery->parcel.receipt = delivery;
        read_all(&reading, &delivery->parcel, headers, keys, count);
        read_place(&reading, &delivery->parcel, attached, source);
        if (!delivery->parcel.id)
            make_id(&reading, &delivery->parcel, source, metadata);
    }
    jn_nats_free_list(keys);
    return delivery;
}
