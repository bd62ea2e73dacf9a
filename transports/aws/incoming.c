/* incoming.c - a message of SQS as a parcel. */
#include "aws/incoming.h"
#include "aws/attributes.h"
#include "aws/wire/envelope.h"
#include "aws/wire/json.h"

enum { ATTEMPT_MAX = 1000000 };

struct incoming {
    const struct jn_aws *aws;
    struct jn_aws_delivery *delivery;
    const char *encoding;
    bool listed; /* it has the attribute in which jangle writes headers */
    bool failed; /* no memory */
};

/* Keep a JSON value until the delivery is freed. Returns its text. */
static const char *keep(struct incoming *incoming, json_t *value)
{
    if (!value || json_array_append_new(incoming->delivery->kept, value))
        incoming->failed = true;
    return incoming->failed ? NULL : json_string_value(value);
}

static void add_header(struct incoming *incoming, const char *name, const char *value)
{
    struct jn_aws_delivery *delivery = incoming->delivery;
    size_t count = delivery->parcel.header_count;
    size_t room = delivery->header_room;

    if (incoming->failed || !name || !value)
        return;
    if (count == room) {
        struct jangle_header *more;

        room = room ? 2 * room : 8;
        more =
            jn_resize(&incoming->aws->allocator, delivery->headers, room * sizeof *more);
        if (!more) {
            incoming->failed = true;
            return;
        }
        delivery->headers = more;
        delivery->header_room = room;
    }
    delivery->headers[delivery->parcel.header_count++] =
        (struct jangle_header){name, value};
}

/* ---- our own attributes -------------------------------------------------------- */

/* Those that are members of a parcel. */
static bool take_member(struct incoming *incoming, const char *name, const char *value)
{
    struct jangle_parcel *parcel = &incoming->delivery->parcel;
    const struct {
        const char *name;
        const char **text;
    } members[] = {{JN_AWS_TYPE, &parcel->route},
                   {JN_AWS_CONTENT_TYPE, &parcel->content_type},
                   {JN_AWS_ID, &parcel->id},
                   {JN_AWS_KEY, &parcel->key},
                   {JN_AWS_ENCODING, &incoming->encoding}};

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (strcmp(members[i].name, name) == 0) {
            *members[i].text = value;
            return true;
        }
    return false;
}

/* A value that was base64, as a text. NULL: it is malformed. */
static const char *decode(struct incoming *incoming, const char *base64)
{
    struct jn_aws_text text = jn_aws_text_in(&incoming->aws->allocator);
    const char *decoded = NULL;

    if (jn_aws_text_add_decoded(&text, base64))
        decoded =
            keep(incoming, json_stringn_nocheck(text.bytes ? text.bytes : "", text.size));
    incoming->failed |= text.failed;
    jn_aws_text_finish(&text);
    return decoded;
}

/* [name, value] or [name, base64, 64]. False: it is neither. */
static bool take_pair(struct incoming *incoming, const json_t *pair)
{
    const char *name = json_string_value(json_array_get(pair, 0));
    const char *value = json_string_value(json_array_get(pair, 1));

    if (!name || !value)
        return false;
    if (json_integer_value(json_array_get(pair, 2)) == 64)
        value = decode(incoming, value);
    if (!value)
        return incoming->failed;
    if (*name != JN_AWS_HIDDEN || !take_member(incoming, name + 1, value))
        add_header(incoming, name, value);
    return true;
}

static bool is_list_of_pairs(const json_t *list)
{
    const json_t *pair;
    size_t i;

    json_array_foreach(list, i, pair)
    {
        if (!json_is_string(json_array_get(pair, 0)) ||
            !json_is_string(json_array_get(pair, 1)))
            return false;
    }
    return json_is_array(list);
}

/* The attribute `headers`. What is no list of pairs is a header of another program. */
static void take_headers(struct incoming *incoming, const char *value)
{
    json_t *list = json_loads(value, 0, NULL);
    const json_t *pair;
    size_t i;

    if (!is_list_of_pairs(list)) {
        json_decref(list);
        add_header(incoming, JN_AWS_HEADERS, value);
        return;
    }
    incoming->listed = true;
    if (json_array_append_new(incoming->delivery->kept, list)) {
        incoming->failed = true;
        return;
    }
    json_array_foreach(list, i, pair)
    {
        take_pair(incoming, pair);
    }
}

/* ---- attributes ---------------------------------------------------------------- */

/* Names of headers are in lower case. */
static const char *lowered(struct incoming *incoming, const char *name)
{
    struct jn_aws_text text = jn_aws_text_in(&incoming->aws->allocator);
    const char *kept = name;

    jn_aws_text_add(&text, name);
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] >= 'A' && text.bytes[i] <= 'Z')
            text.bytes[i] = (char)(text.bytes[i] + 'a' - 'A');
    if (text.failed)
        incoming->failed = true;
    else if (strcmp(text.bytes, name) != 0)
        kept = keep(incoming, json_string_nocheck(text.bytes));
    jn_aws_text_finish(&text);
    return kept;
}

/* 0: it is no number that an attempt can have. */
static int attempt_of(const char *text)
{
    int attempt = 0;

    for (; *text >= '0' && *text <= '9' && attempt < ATTEMPT_MAX; text++)
        attempt = attempt * 10 + (*text - '0');
    return *text ? 0 : attempt;
}

static void take_attribute(struct incoming *incoming, const char *name, const char *value)
{
    int attempt = strcmp(name, JN_AWS_ATTEMPT) == 0 ? attempt_of(value) : 0;

    if (attempt)
        incoming->delivery->parcel.attempt = attempt;
    else if (strcmp(name, JN_AWS_HEADERS) == 0)
        take_headers(incoming, value);
    else if (!take_member(incoming, name, value))
        add_header(incoming, lowered(incoming, name), value);
}

/* Those of SQS are {"DataType","StringValue"}, those in an envelope {"Type","Value"}.
 * What is neither a text nor a number is left out. */
static void take_attributes(struct incoming *incoming,
                            const json_t *attributes,
                            const char *type_name,
                            const char *value_name)
{
    const char *name;
    const json_t *each;
    void *at;

    /* jansson's iterators take no const object, and change nothing. */
    for (at = json_object_iter((json_t *)(uintptr_t)attributes); at;
         at = json_object_iter_next((json_t *)(uintptr_t)attributes, at)) {
        const char *type, *value;

        name = json_object_iter_key(at);
        each = json_object_iter_value(at);
        type = jn_aws_json_text(each, type_name);
        value = jn_aws_json_text(each, value_name);
        if (value && type &&
            (strncmp(type, "String", 6) == 0 || strncmp(type, "Number", 6) == 0))
            take_attribute(incoming, name, value);
    }
}

/* ---- bodies -------------------------------------------------------------------- */

static bool decode_body(struct incoming *incoming, const char *body)
{
    struct jn_aws_delivery *delivery = incoming->delivery;
    bool decoded = jn_aws_text_add_decoded(&delivery->body, body);

    if (decoded) {
        delivery->parcel.body = delivery->body.bytes;
        delivery->parcel.body_size = delivery->body.size;
    }
    incoming->failed |= delivery->body.failed;
    return decoded;
}

/* A body that is not what `encoding` says is handed out as it came: another program has
 * sent it, and means something else by that, so it is a header like all others. */
static void take_body(struct incoming *incoming, const char *body, size_t size)
{
    struct jangle_parcel *parcel = &incoming->delivery->parcel;
    const char *encoding = incoming->encoding;

    parcel->body = body;
    parcel->body_size = size;
    if (!encoding || strcmp(encoding, JN_AWS_TEXT) == 0)
        return;
    if (strcmp(encoding, JN_AWS_NONE) == 0)
        parcel->body_size = 0;
    else if (strcmp(encoding, JN_AWS_BASE64) != 0 || !decode_body(incoming, body))
        add_header(incoming, JN_AWS_ENCODING, encoding);
}

/* Is the body an envelope of SNS with a message? */
static bool read_envelope(struct incoming *incoming,
                          const char *body,
                          size_t size,
                          struct jn_aws_envelope *envelope)
{
    const struct jn_json_span object = {body, size};
    enum jangle_result result;

    if (*body != '{' || !jn_aws_is_envelope(body, size))
        return false;
    result = jn_aws_envelope_read(&object, "a body", &incoming->delivery->room, envelope,
                                  NULL);
    incoming->failed |= result == JANGLE_NO_MEMORY;
    return !result && jn_aws_envelope_is_message(envelope);
}

/* If a name comes twice, the last one counts. */
static json_t *read_attributes(const struct jn_json_span *span)
{
    return span->text ? json_loadb(span->text, span->size, 0, NULL) : json_object();
}

/* Unwrap what SNS has wrapped: such a message has no attributes itself. One whose
 * attributes cannot be read stays wrapped, so that nothing of it is lost. */
static bool take_envelope(struct incoming *incoming, const char *body, size_t size)
{
    struct jn_aws_envelope envelope;
    json_t *attributes;

    if (!read_envelope(incoming, body, size, &envelope))
        return false;
    attributes = read_attributes(&envelope.attributes);
    if (!attributes)
        return false;
    incoming->delivery->parcel.id = envelope.message_id;
    keep(incoming, attributes);
    take_attributes(incoming, attributes, "Type", "Value");
    take_body(incoming, envelope.message, envelope.message_size);
    return true;
}

/* What another program has sent says its type in an attribute, and its key by its group.
 * jangle's own messages have a content type, or headers. */
static void take_foreign(struct incoming *incoming, const json_t *message)
{
    struct jangle_parcel *parcel = &incoming->delivery->parcel;
    const char *group =
        jn_aws_json_text(json_object_get(message, "Attributes"), "MessageGroupId");

    if (!parcel->key && group && strcmp(group, JN_AWS_NO_GROUP) != 0)
        parcel->key = group;
    if (parcel->route && !parcel->content_type && !incoming->listed)
        add_header(incoming, JN_AWS_TYPE, parcel->route);
}

bool jn_aws_incoming_read(const struct jn_aws *aws,
                          struct jn_aws_delivery *delivery,
                          const json_t *message)
{
    struct incoming incoming = {.aws = aws, .delivery = delivery};
    const json_t *attributes = json_object_get(message, "MessageAttributes");
    const json_t *body = json_object_get(message, "Body");

    delivery->parcel.queue =
        keep(&incoming, json_string_nocheck(delivery->attached->name));
    delivery->parcel.id = delivery->message_id;
    if (json_object_size(attributes) ||
        !take_envelope(&incoming, json_string_value(body), json_string_length(body))) {
        take_attributes(&incoming, attributes, "DataType", "StringValue");
        take_body(&incoming, json_string_value(body), json_string_length(body));
    }
    take_foreign(&incoming, message);
    delivery->parcel.headers = delivery->headers;
    return !incoming.failed;
}
