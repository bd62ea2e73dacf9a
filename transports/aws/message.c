/* message.c - a parcel as a message of SQS or SNS. */
#include "aws/message.h"
#include "aws/attributes.h"

#include <fcntl.h>
#include <unistd.h>

/* ---- headers ------------------------------------------------------------------- */

/* U+FFFE and U+FFFF, which Amazon does not carry, not even in JSON. */
static bool has_noncharacter(const char *value)
{
    return strstr(value, "\xef\xbf\xbe") || strstr(value, "\xef\xbf\xbf");
}

static void add_header(struct jn_aws_text *text, const char *name, const char *value)
{
    bool plain = jn_aws_is_utf8(value, strlen(value)) && !has_noncharacter(value);

    jn_aws_text_add(text, text->size ? ",[" : "[[");
    jn_aws_text_add_json(text, name);
    jn_aws_text_add(text, ",");
    if (plain) {
        jn_aws_text_add_json(text, value);
    } else {
        jn_aws_text_add(text, "\"");
        jn_aws_text_add_base64(text, value, strlen(value));
        jn_aws_text_add(text, "\",64");
    }
    jn_aws_text_add(text, "]");
}

static void
add_attribute(struct jn_aws_message *message, const char *name, const char *value)
{
    size_t at = message->attribute_count++;
    struct jn_aws_pair *pairs = message->attributes;

    for (; at && strcmp(pairs[at - 1].name, name) > 0; at--)
        pairs[at] = pairs[at - 1];
    pairs[at] = (struct jn_aws_pair){name, value};
    message->size += strlen(name) + strlen("String") + strlen(value);
}

/* A text of the parcel is an attribute, or a header ":NAME" if Amazon cannot carry it:
 * it knows no empty attribute and not all characters. */
static void add_text(struct jn_aws_message *message, const char *name, const char *value)
{
    char hidden[24];

    if (!value)
        return;
    if (jn_aws_is_text(value, strlen(value))) {
        add_attribute(message, name, value);
        return;
    }
    jn_text_format(hidden, sizeof hidden, ":%s", name);
    add_header(&message->headers, hidden, value);
}

/* A message with a type, and without all else that jangle gives, would be taken for one
 * of another program, whose type is a header: an empty list says that there is none. */
static void add_headers(struct jn_aws_message *message,
                        const struct jangle_parcel *parcel)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        add_header(&message->headers, parcel->headers[i].name, parcel->headers[i].value);
    if (!message->headers.size && (!parcel->route || parcel->content_type))
        return;
    jn_aws_text_add(&message->headers, message->headers.size ? "]" : "[]");
    if (!message->headers.failed)
        add_attribute(message, JN_AWS_HEADERS, message->headers.bytes);
}

/* ---- ids ----------------------------------------------------------------------- */

static void write_group(struct jn_aws_message *message, const char *key)
{
    size_t i = 0;

    if (!key) {
        jn_text_copy(message->group, JN_AWS_GROUP_SIZE, JN_AWS_NO_GROUP);
        return;
    }
    while (key[i] > ' ' && key[i] <= '~')
        i++;
    if (!key[i] && i && i < JN_AWS_GROUP_SIZE)
        jn_text_copy(message->group, JN_AWS_GROUP_SIZE, key);
    else
        jn_aws_uuid5(key, message->group);
}

static bool fill_random(const struct jangle_random *random, void *bytes, size_t size)
{
    int file;
    ssize_t got;

    if (random->fill) {
        random->fill(random->context, bytes, size);
        return true;
    }
    file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    got = file >= 0 ? read(file, bytes, size) : -1;
    if (file >= 0)
        close(file);
    return got == (ssize_t)size;
}

/* Never made of the parcel: SQS drops what has an id that it has seen in the last five
 * minutes, also when the first one was settled since. */
static bool write_dedup(struct jn_aws_message *message, const struct jn_aws *aws)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[(JN_AWS_DEDUP_SIZE - 1) / 2];

    if (!fill_random(&aws->host->random, bytes, sizeof bytes))
        return false;
    for (size_t i = 0; i < sizeof bytes; i++) {
        message->dedup[2 * i] = digits[bytes[i] >> 4];
        message->dedup[2 * i + 1] = digits[bytes[i] & 15];
    }
    message->dedup[JN_AWS_DEDUP_SIZE - 1] = '\0';
    return true;
}

/* ---- messages ------------------------------------------------------------------ */

static void add_body(struct jn_aws_message *message, const struct jangle_parcel *parcel)
{
    if (!parcel->body_size) {
        jn_aws_text_add(&message->body, "-");
        add_attribute(message, JN_AWS_ENCODING, JN_AWS_NONE);
    } else if (jn_aws_is_text(parcel->body, parcel->body_size)) {
        jn_aws_text_add_bytes(&message->body, parcel->body, parcel->body_size);
    } else {
        jn_aws_text_add_base64(&message->body, parcel->body, parcel->body_size);
        add_attribute(message, JN_AWS_ENCODING, JN_AWS_BASE64);
    }
    message->size += message->body.size;
}

/* A body that looks like SNS' envelope, in a message without attributes, would be opened
 * by the receiver. With an attribute it is not. An escape may hide the name. */
static void mark_envelope(struct jn_aws_message *message)
{
    const struct jn_aws_text *body = &message->body;

    if (!message->attribute_count && !body->failed && body->bytes[0] == '{' &&
        (strstr(body->bytes, "TopicArn") || strstr(body->bytes, "\\u")))
        add_attribute(message, JN_AWS_ENCODING, JN_AWS_TEXT);
}

static enum jangle_result check_message(const struct jn_aws_message *message,
                                        const struct jangle_parcel *parcel,
                                        size_t most,
                                        struct jangle_error *error)
{
    if (message->body.failed || message->headers.failed)
        return jangle_error_set(error, JANGLE_NO_MEMORY,
                                "no memory for a message to AWS");
    if (message->size > most)
        return jangle_error_set(
            error, JANGLE_INVALID,
            "a parcel of %zu bytes has %zu bytes as a message of AWS, "
            "with its headers; AWS takes %zu at most",
            parcel->body_size, message->size, most);
    return JANGLE_OK;
}

enum jangle_result jn_aws_message_init(struct jn_aws_message *message,
                                       const struct jn_aws *aws,
                                       const struct jangle_parcel *parcel,
                                       size_t most,
                                       struct jangle_error *error)
{
    *message = (struct jn_aws_message){.body = jn_aws_text_in(&aws->allocator),
                                       .headers = jn_aws_text_in(&aws->allocator)};
    add_body(message, parcel);
    add_text(message, JN_AWS_TYPE, parcel->route);
    add_text(message, JN_AWS_CONTENT_TYPE, parcel->content_type);
    add_text(message, JN_AWS_ID, parcel->id);
    add_text(message, JN_AWS_KEY, parcel->key);
    if (parcel->attempt > 1) {
        jn_text_format(message->attempt, sizeof message->attempt, "%d", parcel->attempt);
        add_attribute(message, JN_AWS_ATTEMPT, message->attempt);
    }
    add_headers(message, parcel);
    mark_envelope(message);
    write_group(message, parcel->key);
    if (!write_dedup(message, aws))
        return jangle_error_set(error, JANGLE_BUSY, "the system has no random bytes");
    return check_message(message, parcel, most, error);
}

void jn_aws_message_finish(struct jn_aws_message *message)
{
    jn_aws_text_finish(&message->body);
    jn_aws_text_finish(&message->headers);
}

/* ---- MD5 ----------------------------------------------------------------------- */

void jn_aws_message_body_md5(const struct jn_aws_message *message,
                             char text[JN_AWS_MD5_TEXT])
{
    jn_aws_md5(message->body.bytes, message->body.size, text);
}

static void add_counted(struct jn_aws_text *text, const char *value)
{
    size_t size = strlen(value);
    const unsigned char length[4] = {(unsigned char)(size >> 24),
                                     (unsigned char)(size >> 16),
                                     (unsigned char)(size >> 8), (unsigned char)size};

    jn_aws_text_add_bytes(text, length, sizeof length);
    jn_aws_text_add_bytes(text, value, size);
}

/* Names in their order, each with its type and its value, each behind its length. "" if
 * there are none. */
enum jangle_result jn_aws_message_attributes_md5(const struct jn_aws_message *message,
                                                 char text[JN_AWS_MD5_TEXT],
                                                 struct jangle_error *error)
{
    struct jn_aws_text all = jn_aws_text_in(message->body.allocator);
    bool failed;

    for (size_t i = 0; i < message->attribute_count; i++) {
        add_counted(&all, message->attributes[i].name);
        add_counted(&all, "String");
        jn_aws_text_add_bytes(&all, "\1", 1);
        add_counted(&all, message->attributes[i].value);
    }
    if (all.size)
        jn_aws_md5(all.bytes, all.size, text);
    else
        text[0] = '\0';
    failed = all.failed;
    jn_aws_text_finish(&all);
    return failed ? jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a digest")
                  : JANGLE_OK;
}

/* ---- on the wire --------------------------------------------------------------- */

static void add_member(struct jn_aws_text *text, const char *before, const char *value)
{
    jn_aws_text_add(text, before);
    jn_aws_text_add_json(text, value);
}

void jn_aws_message_write_json(const struct jn_aws_message *message,
                               bool fifo,
                               struct jn_aws_text *text)
{
    jn_aws_text_add(text, "\"MessageBody\":");
    jn_aws_text_add_json_bytes(text, message->body.bytes, message->body.size);
    for (size_t i = 0; i < message->attribute_count; i++) {
        jn_aws_text_add(text, i ? "," : ",\"MessageAttributes\":{");
        jn_aws_text_add_json(text, message->attributes[i].name);
        add_member(text, ":{\"DataType\":\"String\",\"StringValue\":",
                   message->attributes[i].value);
        jn_aws_text_add(text, "}");
    }
    if (message->attribute_count)
        jn_aws_text_add(text, "}");
    if (!fifo)
        return;
    add_member(text, ",\"MessageGroupId\":", message->group);
    add_member(text, ",\"MessageDeduplicationId\":", message->dedup);
}

static void add_field(struct jn_aws_text *text,
                      const char *prefix,
                      const char *name,
                      const char *value)
{
    char whole[120];

    jn_text_format(whole, sizeof whole, "%s%s", prefix, name);
    jn_aws_text_add_field(text, whole, value);
}

void jn_aws_message_write_form(const struct jn_aws_message *message,
                               bool fifo,
                               const char *prefix,
                               struct jn_aws_text *text)
{
    char name[100];

    jn_text_format(name, sizeof name, "%sMessage", prefix);
    jn_aws_text_add_field_bytes(text, name, message->body.bytes, message->body.size);
    for (size_t i = 0; i < message->attribute_count; i++) {
        jn_text_format(name, sizeof name, "%sMessageAttributes.entry.%zu.", prefix,
                       i + 1);
        add_field(text, name, "Name", message->attributes[i].name);
        add_field(text, name, "Value.DataType", "String");
        add_field(text, name, "Value.StringValue", message->attributes[i].value);
    }
    if (!fifo)
        return;
    add_field(text, prefix, "MessageGroupId", message->group);
    add_field(text, prefix, "MessageDeduplicationId", message->dedup);
}
