/* nats.c - any bytes at all, as what NATS may say, and as what we tell it: routes and
 * other texts in subjects, subjects of acknowledgements, and headers. What was written
 * and is read is the same; what others wrote is read without a look beyond it.
 *
 * The first byte says which. */
#include "fuzz/fuzz.h"
#include "nats/memory.h"
#include "nats/message.h"
#include "nats/message_read.h"
#include "nats/names.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEADERS_MAX = 40, WRITTEN_EACH = 3 };

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "nats: %s\n", what);
    abort();
}

static void expect_same(const char *a, const char *b, const char *what)
{
    expect(!a == !b && (!a || strcmp(a, b) == 0), what);
}

/* In memory of its own size, so that ASan sees a look beyond it. */
static char *text_of(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);

    expect(text, "no memory");
    if (size)
        memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

/* ---- routes, texts, names -------------------------------------------------------- */

static bool is_subject(const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++)
        if (text[i] <= 32 || text[i] == 127 || text[i] == '*' || text[i] == '>' ||
            (text[i] == '.' && (!i || i + 1 == length || text[i + 1] == '.')))
            return false;
    return length > 0;
}

static void try_route(const char *route)
{
    size_t size = WRITTEN_EACH * strlen(route) + 8;
    char *written = malloc(size);

    expect(written, "no memory");
    expect(jn_nats_route_write(written, size, route), "a route has no room");
    expect(is_subject(written), "a route is no end of a subject");
    expect_same(jn_nats_route_read(written), route, "a route is another");
    for (size_t room = 8; room < size; room++) {
        char *small = malloc(room);

        expect(small, "no memory");
        if (jn_nats_route_write(small, room, route))
            expect_same(jn_nats_route_read(small), route, "a short route is another");
        free(small);
        if (room > 16)
            break;
    }
    free(written);
}

static void try_text(const char *text)
{
    size_t size = WRITTEN_EACH * strlen(text) + 4;
    char *written = malloc(size);

    expect(written, "no memory");
    expect(jn_nats_text_write(written, size, text), "a text has no room");
    for (const char *at = written; *at; at++)
        expect(*at > 32 && *at < 127 && *at != '"', "a text does harm");
    jn_nats_text_read(written);
    expect_same(written, text, "a text is another");
    free(written);
}

static void try_name(const char *name)
{
    char out[JN_NATS_NAME_SIZE];

    if (!jn_nats_name(out, "a topic", name, JN_NATS_QUEUE, NULL))
        expect(is_subject(out) && !strchr(out, '.'), "a name is no word of a subject");
}

static void try_foreign(char *text)
{
    size_t length = strlen(text);
    const char *route = jn_nats_route_read(text);

    expect(!route || strlen(route) <= length, "a route has grown");
}

static void try_metadata(const char *reply)
{
    struct jn_nats_metadata metadata;

    if (jn_nats_metadata_read(reply, &metadata))
        expect(strlen(metadata.stream) + strlen(metadata.consumer) < strlen(reply),
               "names are longer than what they were in");
}

/* ---- headers --------------------------------------------------------------------- */

static struct jn_nats nats;
static struct jn_nats_attached attached = {.queue.name = "jobs"};
static const struct jn_nats_metadata metadata = {.delivered = 1, .number = 7};

static struct jn_nats_delivery *read_message(natsMsg *message)
{
    static char topic[] = "orders";
    static const struct jn_nats_source source = {.stream = "orders", .topic = topic};
    struct jn_nats_delivery *delivery;

    delivery = jn_nats_message_read(&nats, &attached, &source, &metadata, message);
    expect(delivery, "a message cannot be read");
    return delivery;
}

static void free_message(struct jn_nats_delivery *delivery)
{
    natsMsg_Destroy(delivery->message);
    jn_free(&nats.allocator, delivery);
}

/* Lines: a name, a colon, a value. */
static size_t cut_headers(char *lines, struct jangle_header headers[HEADERS_MAX])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *line = strtok_r(lines, "\n", &rest); line && count < HEADERS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        char *colon = strchr(line, ':');

        if (!colon)
            continue;
        *colon = '\0';
        headers[count++] = (struct jangle_header){line, colon + 1};
    }
    return count;
}

static const char *value_of(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].name, name) == 0)
            return parcel->headers[i].value;
    return NULL;
}

/* Whoever writes into the topic may write any headers. */
static void try_headers_of_others(char *lines)
{
    struct jangle_header headers[HEADERS_MAX];
    size_t count = cut_headers(lines, headers), sum = 0;
    struct jn_nats_delivery *delivery;
    natsMsg *message = NULL;

    expect(!natsMsg_Create(&message, "orders.placed", NULL, "body", 4), "no message");
    for (size_t i = 0; i < count; i++)
        natsMsgHeader_Add(message, headers[i].name, headers[i].value);
    delivery = read_message(message);
    expect(delivery->parcel.id && delivery->parcel.attempt >= 1, "no id or no attempt");
    expect(delivery->parcel.header_count <= count, "there are more headers");
    for (size_t i = 0; i < delivery->parcel.header_count; i++)
        sum += strlen(delivery->parcel.headers[i].name) +
               strlen(delivery->parcel.headers[i].value);
    expect(sum < SIZE_MAX, "headers without an end");
    expect_same(delivery->parcel.route, "placed", "the route is another");
    free_message(delivery);
}

/* Names that are read as they are written: in lower case, once, and not our own. */
static size_t keep_plain(struct jangle_header *headers, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = headers[i].name;
        bool plain = strncmp(name, "jangle-", 7) != 0 && strncmp(name, "nats-", 5) != 0 &&
                     strcmp(name, "content-type") != 0;

        for (const char *at = name; *at; at++)
            plain &= *at < 'A' || *at > 'Z';
        for (size_t k = 0; k < kept; k++)
            plain &= strcmp(headers[k].name, name) != 0;
        if (plain)
            headers[kept++] = headers[i];
    }
    return kept;
}

static void try_headers_of_ours(char *lines)
{
    static const struct jn_nats_extra none = {.delay_ms = -1};
    struct jangle_header headers[HEADERS_MAX];
    size_t count = keep_plain(headers, cut_headers(lines, headers));
    struct jangle_parcel parcel = {.topic = "orders",
                                   .route = "placed",
                                   .id = count ? headers[0].value : "i",
                                   .key = count > 1 ? headers[1].value : NULL,
                                   .content_type = "a/b",
                                   .headers = headers,
                                   .header_count = count,
                                   .body = "body",
                                   .body_size = 4};
    struct jn_nats_delivery *delivery;
    natsMsg *message = NULL;

    if (jn_nats_message_make(&nats, &parcel, &none, "orders.placed", NULL, &message,
                             NULL))
        return;
    delivery = read_message(message);
    expect_same(delivery->parcel.id, parcel.id, "the id is another");
    expect_same(delivery->parcel.key, parcel.key, "the key is another");
    expect_same(delivery->parcel.content_type, "a/b", "the content type is another");
    expect(delivery->parcel.header_count == count, "there are more or fewer headers");
    for (size_t i = 0; i < count; i++)
        expect_same(value_of(&delivery->parcel, headers[i].name), headers[i].value,
                    "a header is another");
    free_message(delivery);
}

/* ---- all of them ------------------------------------------------------------------ */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool is_open;
    char *text;

    if (!size)
        return 0;
    if (!is_open)
        expect(!nats_Open(-1), "libnats does not open");
    is_open = true;
    nats.allocator = jn_nats_system_memory;
    text = text_of(bytes + 1, size - 1);
    switch (*bytes) {
    case 'R':
        try_route(text);
        break;
    case 'T':
        try_text(text);
        break;
    case 'N':
        try_name(text);
        break;
    case 'F':
        try_foreign(text);
        break;
    case 'M':
        try_metadata(text);
        break;
    case 'O':
        try_headers_of_others(text);
        break;
    default:
        try_headers_of_ours(text);
        break;
    }
    free(text);
    return 0;
}
