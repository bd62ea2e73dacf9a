/* message.c - parcels as messages of NATS.
 *
 * A header of NATS is a line: it cannot hold the end of a line, nor blanks at its ends,
 * and libnats 3.4 reads an empty one wrongly. Such a value is written with %XX, and its
 * name stands in the header jangle-encoded. All others are as they are, so that programs
 * without jangle can read them. */
#include "nats/message.h"
#include "nats/message_names.h"
#include "nats/names.h"

#include <stdio.h>

const char *const jn_nats_own_names[] = {
    JN_NATS_HEADER_CONTENT_TYPE, JN_NATS_HEADER_ID,      JN_NATS_HEADER_KEY,
    JN_NATS_HEADER_ROUTE,        JN_NATS_HEADER_ATTEMPT, JN_NATS_HEADER_DELAY,
    JN_NATS_HEADER_ENCODED};

enum { ENCODED_SIZE = 8192, NUMBER_SIZE = 24 };

struct making {
    struct jn_nats *nats;
    natsMsg *message;
    natsStatus status;
    bool is_full; /* of names that are encoded */
    size_t encoded_used;
    unsigned alike;
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

/* libnats 3.4 may take a name for another one that begins with it, and then one of the
 * two loses its value. So the longer one goes under a name of ours. */
static bool is_longer(const char *name, const char *other)
{
    size_t length = strlen(other);

    return strncmp(other, name, length) == 0 && name[length];
}

static bool begins_with_another(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < JN_NATS_OWN_NAMES; i++)
        if (is_longer(name, jn_nats_own_names[i]))
            return true;
    for (size_t i = 0; i < parcel->header_count; i++)
        if (is_longer(name, parcel->headers[i].name))
            return true;
    return false;
}

static char *put_bytes(char *to, const char *text)
{
    for (; *text; text++)
        to = put_byte(to, (unsigned char)*text);
    *to = '\0';
    return to;
}

static void put_alike(struct making *making, const struct jangle_header *header)
{
    size_t size = 3 * (strlen(header->name) + strlen(header->value)) + 2;
    char *text = jn_new(&making->nats->allocator, size), *to;
    char name[sizeof JN_NATS_HEADER_ALIKE + NUMBER_SIZE];

    if (!text) {
        making->status = NATS_NO_MEMORY;
        return;
    }
    snprintf(name, sizeof name, JN_NATS_HEADER_ALIKE "%08u", ++making->alike);
    to = put_bytes(text, header->name);
    *to++ = ',';
    put_bytes(to, header->value);
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
    put(making, JN_NATS_HEADER_CONTENT_TYPE, parcel->content_type);
    put(making, JN_NATS_HEADER_ID, parcel->id);
    put(making, JN_NATS_HEADER_KEY, parcel->key);
    put(making, JN_NATS_HEADER_ROUTE, parcel->topic ? NULL : parcel->route);
    if (parcel->attempt > 1 || extra->delay_ms >= 0)
        put_number(making, JN_NATS_HEADER_ATTEMPT,
                   parcel->attempt > 1 ? parcel->attempt : 1);
    if (extra->delay_ms >= 0)
        put_number(making, JN_NATS_HEADER_DELAY, extra->delay_ms);
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
        if (begins_with_another(parcel, parcel->headers[i].name))
            put_alike(making, &parcel->headers[i]);
        else
            put(making, parcel->headers[i].name, parcel->headers[i].value);
    making->encoded[making->encoded_used] = '\0';
    if (making->encoded_used > 1 && !making->status)
        making->status =
            natsMsgHeader_Set(making->message, JN_NATS_HEADER_ENCODED, making->encoded);
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
