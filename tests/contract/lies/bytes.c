/* bytes.c - lies about what arrives: TR-5. */
#include "contract/lies/lying_transport.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { BYTES = 1 << 17, HEADERS = 80, TEXT = 16384 };

/* A parcel on its way, and room for what is changed in it. */
struct changed {
    struct jangle_parcel parcel;
    struct jangle_header headers[HEADERS];
    char body[BYTES];
    char text[TEXT];
};

typedef void change_fn(struct changed *changed);

static enum jangle_result publish_changed(struct jangle_transport *transport,
                                          struct jangle_parcel *parcels,
                                          size_t count,
                                          change_fn *change,
                                          struct jangle_error *error)
{
    static struct changed changed;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; i < count && !result; i++) {
        changed.parcel = parcels[i];
        for (size_t j = 0; j < parcels[i].header_count; j++)
            changed.headers[j] = parcels[i].headers[j];
        changed.parcel.headers = changed.headers;
        if (parcels[i].body_size)
            memcpy(changed.body, parcels[i].body, parcels[i].body_size);
        changed.parcel.body = changed.body;
        change(&changed);
        result = honest_publish(transport, &changed.parcel, 1, 1000, error);
        parcels[i].result = changed.parcel.result;
    }
    return result;
}

/* A change, and the operation that makes it. */
#define CHANGE(name)                                                                     \
    static change_fn name;                                                               \
    static enum jangle_result publish_##name(                                            \
        struct jangle_transport *transport, struct jangle_parcel *parcels, size_t count, \
        int64_t timeout_ms, struct jangle_error *error)                                  \
    {                                                                                    \
        (void)timeout_ms;                                                                \
        return publish_changed(transport, parcels, count, name, error);                  \
    }                                                                                    \
    static void name(struct changed *changed)

CHANGE(end_at_zero)
{
    const char *zero = memchr(changed->body, 0, changed->parcel.body_size);

    if (zero)
        changed->parcel.body_size = (size_t)(zero - changed->body);
}

CHANGE(seven_bits)
{
    for (size_t i = 0; i < changed->parcel.body_size; i++)
        changed->body[i] &= 0x7f;
}

CHANGE(fill_the_empty)
{
    if (changed->parcel.body_size == 0)
        changed->parcel.body_size = 1;
}

CHANGE(cut_large)
{
    if (changed->parcel.body_size > 32768)
        changed->parcel.body_size = 32768;
}

CHANGE(lose_type)
{
    changed->parcel.content_type = NULL;
}

CHANGE(default_type)
{
    if (!changed->parcel.content_type)
        changed->parcel.content_type = "application/octet-stream";
}

CHANGE(lose_parameters)
{
    const char *type = changed->parcel.content_type;

    if (!type)
        return;
    jn_text_copy(changed->text, strcspn(type, ";") + 1, type);
    changed->parcel.content_type = changed->text;
}

CHANGE(lose_id)
{
    changed->parcel.id = NULL;
}

CHANGE(lose_key)
{
    changed->parcel.key = NULL;
}

CHANGE(make_key)
{
    if (!changed->parcel.key)
        changed->parcel.key = "";
}

CHANGE(cut_key)
{
    const char *key = changed->parcel.key;

    if (!key || strlen(key) <= 128)
        return;
    jn_text_copy(changed->text, 129, key);
    changed->parcel.key = changed->text;
}

CHANGE(ascii_id)
{
    if (!changed->parcel.id)
        return;
    jn_text_copy(changed->text, TEXT, changed->parcel.id);
    for (char *at = changed->text; *at; at++)
        if ((unsigned char)*at > 126)
            *at = '?';
    changed->parcel.id = changed->text;
}

/* ---- headers ----------------------------------------------------------------------- */

static char *text_of(struct changed *changed, size_t index)
{
    jn_text_copy(changed->text, TEXT, changed->headers[index].value);
    changed->headers[index].value = changed->text;
    return changed->text;
}

static size_t find_header(const struct changed *changed, const char *name)
{
    for (size_t i = 0; i < changed->parcel.header_count; i++)
        if (strcmp(changed->headers[i].name, name) == 0)
            return i;
    return HEADERS;
}

CHANGE(ten_headers)
{
    if (changed->parcel.header_count > 10)
        changed->parcel.header_count = 10;
}

CHANGE(lose_empty_header)
{
    size_t i = find_header(changed, "empty");

    if (i < HEADERS)
        changed->headers[i] = changed->headers[--changed->parcel.header_count];
}

CHANGE(trim_values)
{
    size_t i = find_header(changed, "spaces");

    if (i < HEADERS)
        changed->headers[i].value = "before and after";
}

CHANGE(split_values)
{
    size_t i = find_header(changed, "separators");

    if (i < HEADERS) {
        char *text = text_of(changed, i);

        text[strcspn(text, ";")] = '\0';
    }
}

CHANGE(ascii_values)
{
    size_t i = find_header(changed, "utf-8");

    if (i < HEADERS) {
        char *text = text_of(changed, i);

        for (; *text; text++)
            if ((unsigned char)*text > 126)
                *text = '?';
    }
}

CHANGE(decode_percent)
{
    size_t i = find_header(changed, "percent");

    if (i < HEADERS)
        changed->headers[i].value = "100% A %zz %s %n";
}

CHANGE(guess_numbers)
{
    size_t i = find_header(changed, "number");

    if (i < HEADERS)
        changed->headers[i].value = "42";
}

CHANGE(cut_values)
{
    if (changed->parcel.header_count && strlen(changed->headers[0].value) > 4096)
        text_of(changed, 0)[4096] = '\0';
}

CHANGE(upper_names)
{
    if (!changed->parcel.header_count)
        return;
    jn_text_copy(changed->text, TEXT, changed->headers[0].name);
    changed->text[0] = (char)toupper((unsigned char)changed->text[0]);
    changed->headers[0].name = changed->text;
}

CHANGE(one_header_more)
{
    changed->headers[changed->parcel.header_count++] =
        (struct jangle_header){"x-liar", "1"};
}

CHANGE(double_header)
{
    if (changed->parcel.header_count) {
        changed->headers[changed->parcel.header_count] = changed->headers[0];
        changed->parcel.header_count++;
    }
}

/* Each parcel of a call has the headers of the first one. */
static enum jangle_result mix_headers(struct jangle_transport *transport,
                                      struct jangle_parcel *parcels,
                                      size_t count,
                                      int64_t timeout_ms,
                                      struct jangle_error *error)
{
    struct jangle_parcel copies[256];
    enum jangle_result result;

    for (size_t i = 0; i < count; i++) {
        copies[i] = parcels[i];
        copies[i].headers = parcels[0].headers;
        copies[i].header_count = parcels[0].header_count;
    }
    result = honest_publish(transport, copies, count, timeout_ms, error);
    for (size_t i = 0; i < count; i++)
        parcels[i].result = copies[i].result;
    return result;
}

/* ---- what the transport adds ------------------------------------------------------- */

#define RECEIVE(name, statement)                                                         \
    static enum jangle_result name(                                                      \
        struct jangle_transport *transport, size_t limit, size_t bytes, int64_t wait_ms, \
        struct jangle_parcel **parcels, size_t *count, struct jangle_error *error)       \
    {                                                                                    \
        enum jangle_result result =                                                      \
            honest_receive(transport, limit, bytes, wait_ms, parcels, count, error);     \
                                                                                         \
        for (size_t i = 0; !result && i < *count; i++) {                                 \
            struct jangle_parcel *parcel = &(*parcels)[i];                               \
                                                                                         \
            statement;                                                                   \
        }                                                                                \
        return result;                                                                   \
    }

RECEIVE(no_queue, parcel->queue = NULL)
RECEIVE(other_queue, parcel->queue = "another")
RECEIVE(other_topic, parcel->topic = "another")
RECEIVE(other_route, parcel->route = "another")
RECEIVE(count_from_zero, parcel->attempt--; if (!parcel->attempt) parcel->attempt = -1)

#define SEND(change, sentence)                                                           \
    {                                                                                    \
        .clause = "TR-5", .what = sentence, .ops.publish = publish_##change              \
    }
#define GET(name, sentence)                                                              \
    {                                                                                    \
        .clause = "TR-5", .what = sentence, .ops.receive = name                          \
    }

const struct transport_lie lies_about_bytes[] = {
    SEND(end_at_zero, "ends a body at a zero"),
    SEND(seven_bits, "sends seven bits of a byte"),
    SEND(fill_the_empty, "sends no empty body"),
    SEND(cut_large, "cuts a large body"),
    SEND(lose_type, "loses the content type"),
    SEND(default_type, "makes up a content type"),
    SEND(lose_parameters, "loses the parameters of a content type"),
    SEND(lose_id, "loses the id"),
    SEND(lose_key, "loses the key"),
    SEND(make_key, "makes up a key"),
    SEND(cut_key, "cuts a long key"),
    SEND(ascii_id, "sends ids in ASCII"),
    SEND(ten_headers, "sends ten headers"),
    SEND(lose_empty_header, "loses an empty header"),
    SEND(trim_values, "trims headers"),
    SEND(split_values, "cuts headers at separators"),
    SEND(ascii_values, "sends headers in ASCII"),
    SEND(decode_percent, "decodes %XX in headers"),
    SEND(guess_numbers, "takes headers for numbers"),
    SEND(cut_values, "cuts long headers"),
    SEND(upper_names, "changes the case of names"),
    SEND(one_header_more, "adds a header"),
    SEND(double_header, "sends a header twice"),
    {.clause = "TR-5", .what = "mixes headers of parcels", .ops.publish = mix_headers},
    GET(no_queue, "does not say the queue"),
    GET(other_queue, "names another queue"),
    GET(other_topic, "names another topic"),
    GET(other_route, "names another route"),
    GET(count_from_zero, "counts attempts from zero"),
    {0}};
