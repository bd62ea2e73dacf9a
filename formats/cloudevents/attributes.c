/* attributes.c - the attributes of CloudEvents, and which member of the contents each is.
 */
#include "cloudevents/attributes.h"

#include "cloudevents/extensions.h"
#include "common/moment.h"

#include <jangle/plugin/support.h>

#include <limits.h>
#include <string.h>

#define VERSION "1.0"

enum kind {
    SPEC_VERSION,
    NEEDED, /* a text that must not be empty */
    TEXT,
    ORIGIN, /* a text that is NULL if it is missing */
    TIME,
    NUMBER,   /* an int64_t, written as a text */
    POSITION, /* the same, with as many digits as the largest one has */
    TYPE_VERSION,
    ROLE,
    CONTENT_TYPE,
    ENCODING /* of CloudEvents 0.3; nobody writes it now, and some still send it */
};

#define MEMBER(name) #name, offsetof(struct jangle_contents, name)

/* In the order in which they are written. An attribute that CloudEvents itself defines is
 * a text. An extension may be a number or a boolean as well, and its value may mean
 * something else to those who sent it: what is no number then stays an extra. */
static const struct kind_of {
    const char *name;
    const char *member; /* of the contents, for errors */
    size_t offset;
    enum kind kind;
    bool extension;
} known[] = {
    {"specversion", "specversion", 0, SPEC_VERSION, false},
    {"id", MEMBER(id), NEEDED, false},
    {"source", MEMBER(source), NEEDED, false},
    {"type", MEMBER(type), NEEDED, false},
    {"subject", MEMBER(subject), TEXT, false},
    {"time", MEMBER(at), TIME, false},
    {"typeversion", MEMBER(type_version), TYPE_VERSION, true},
    {"partitionkey", MEMBER(key), TEXT, true},
    {"streamversion", MEMBER(version), NUMBER, true},
    {"sequence", MEMBER(position), POSITION, true},
    {"correlationid", MEMBER(origin.correlation_id), ORIGIN, true},
    {"causationid", MEMBER(origin.causation_id), ORIGIN, true},
    {"actor", MEMBER(origin.actor), ORIGIN, true},
    {"traceparent", MEMBER(origin.trace), ORIGIN, true},
    {"messagekind", MEMBER(role), ROLE, true},
    {JN_BODY_TYPE, "extra." JN_BODY_TYPE, 0, CONTENT_TYPE, false},
    {JN_BODY_ENCODING, "extra." JN_BODY_ENCODING, 0, ENCODING, false},
};

enum { KNOWN = sizeof known / sizeof *known, POSITION_DIGITS = 19 };

/* Most names differ in their first character. */
static bool is_same(const char *left, const char *right)
{
    return left[0] == right[0] && strcmp(left, right) == 0;
}

static const struct kind_of *find_known(const char *name)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (is_same(known[i].name, name))
            return &known[i];
    return NULL;
}

/* ---- writing --------------------------------------------------------------------- */

static void add(struct jn_attributes *attributes, const struct jn_attribute *attribute)
{
    attributes->items[attributes->count++] = *attribute;
}

static enum jangle_result write_text(const struct jn_conversion *conversion,
                                     const struct kind_of *kind,
                                     const char *text,
                                     struct jn_attributes *attributes)
{
    enum jangle_result result =
        kind->kind == ORIGIN && !text
            ? JANGLE_OK
            : jn_conversion_check_text(conversion, kind->member, text);

    if (result)
        return result;
    if (text && *text)
        add(attributes, &(struct jn_attribute){kind->name, text, false});
    else if (kind->kind == NEEDED)
        return jn_conversion_refuse(conversion, kind->member,
                                    "is empty, and CloudEvents need one");
    return JANGLE_OK;
}

static enum jangle_result write_number(const struct jn_conversion *conversion,
                                       const struct kind_of *kind,
                                       int64_t number,
                                       struct jn_attributes *attributes)
{
    char *text;

    if (!number)
        return JANGLE_OK;
    if (number < 0)
        return jn_conversion_refuse(conversion, kind->member, "is below zero");
    text = jangle_alloc(conversion->arena, JN_DIGITS_SIZE);
    if (!text)
        return jn_conversion_no_memory(conversion);
    jn_digits_write(text, number, kind->kind == POSITION ? POSITION_DIGITS : 1);
    add(attributes, &(struct jn_attribute){kind->name, text, kind->kind == TYPE_VERSION});
    return JANGLE_OK;
}

static enum jangle_result write_time(const struct jn_conversion *conversion,
                                     const struct kind_of *kind,
                                     jangle_time at,
                                     struct jn_attributes *attributes)
{
    char *text;

    if (!at.us)
        return JANGLE_OK;
    text = jangle_alloc(conversion->arena, JN_MOMENT_SIZE);
    if (!text)
        return jn_conversion_no_memory(conversion);
    if (jn_conversion_write_time(conversion, text, at, 'T', "Z"))
        return JANGLE_INVALID;
    add(attributes, &(struct jn_attribute){kind->name, text, false});
    return JANGLE_OK;
}

/* An event is what a message is that does not say. */
static enum jangle_result write_role(const struct jn_conversion *conversion,
                                     const struct kind_of *kind,
                                     enum jangle_role role,
                                     struct jn_attributes *attributes)
{
    if (role == JANGLE_ROLE_COMMAND)
        add(attributes, &(struct jn_attribute){kind->name, "command", false});
    else if (role != JANGLE_ROLE_EVENT)
        return jn_conversion_refuse(conversion, kind->member,
                                    "is neither that of an event nor of a command");
    return JANGLE_OK;
}

static enum jangle_result write_known(const struct jn_conversion *conversion,
                                      const struct jangle_contents *contents,
                                      const struct kind_of *kind,
                                      struct jn_attributes *attributes)
{
    const void *member = (const char *)contents + kind->offset;

    switch (kind->kind) {
    case SPEC_VERSION:
        add(attributes, &(struct jn_attribute){kind->name, VERSION, false});
        break;
    case NEEDED:
    case TEXT:
    case ORIGIN:
        return write_text(conversion, kind, *(const char *const *)member, attributes);
    case TIME:
        return write_time(conversion, kind, contents->at, attributes);
    case TYPE_VERSION:
        return write_number(conversion, kind, contents->type_version, attributes);
    case NUMBER:
    case POSITION:
        return write_number(conversion, kind, *(const int64_t *)member, attributes);
    case ROLE:
        return write_role(conversion, kind, contents->role, attributes);
    case CONTENT_TYPE:
    case ENCODING:
        break;
    }
    return JANGLE_OK;
}

/* May an extra of this name be written? If it has a meaning, the contents say it. But one
 * that could not be read as a number may go out as it came in. */
static enum jangle_result check_extra(const struct jn_conversion *conversion,
                                      const struct jn_attributes *attributes,
                                      const char *name)
{
    const struct kind_of *kind = find_known(name);

    if (kind && !kind->extension)
        return jn_extension_refuse(conversion, name, "is a member of the contents");
    for (size_t i = 0; kind && i < attributes->count; i++)
        if (strcmp(attributes->items[i].name, name) == 0)
            return jn_extension_refuse(conversion, name, "is in the contents, too");
    return JANGLE_OK;
}

enum jangle_result jn_attributes_write(const struct jn_conversion *conversion,
                                       const struct jangle_contents *contents,
                                       struct jn_attributes *attributes,
                                       struct jn_body *body)
{
    struct jn_members extra;
    enum jangle_result result = jn_body_find(conversion, contents, &extra, body);

    if (result)
        return result;
    *attributes = (struct jn_attributes){
        jangle_alloc(conversion->arena,
                     (KNOWN + extra.count) * sizeof *attributes->items),
        0};
    if (!attributes->items)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < KNOWN && !result; i++)
        result = write_known(conversion, contents, &known[i], attributes);
    for (size_t i = 0; i < extra.count && !result; i++) {
        struct jn_attribute attribute;

        if (extra.items[i].kind == JN_JSON_NULL || jn_body_holds(extra.items[i].name))
            continue;
        result = check_extra(conversion, attributes, extra.items[i].name);
        if (!result)
            result = jn_extension_write(conversion, &extra.items[i], &attribute);
        if (!result)
            add(attributes, &attribute);
    }
    return result;
}

/* ---- reading --------------------------------------------------------------------- */

enum reading { READ, MEANS_ELSE, TOO_LARGE };

/* Zeros before the number are fine. */
static enum reading read_number(const char *text, int64_t most, int64_t *number)
{
    int64_t sum = 0;

    if (!*text || text[strspn(text, "0123456789")])
        return MEANS_ELSE;
    for (; *text; text++) {
        int digit = *text - '0';

        if (sum > (most - digit) / 10)
            return TOO_LARGE;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return READ;
}

static enum reading read_role(const char *text, enum jangle_role *role)
{
    if (strcmp(text, "command") == 0)
        *role = JANGLE_ROLE_COMMAND;
    else if (strcmp(text, "event") != 0)
        return MEANS_ELSE;
    return READ;
}

/* A sequence may be any text: other senders use numbers of 56 digits, for example. */
static enum reading read_extension(const struct kind_of *kind,
                                   const char *text,
                                   struct jangle_contents *contents)
{
    void *member = (char *)contents + kind->offset;
    int64_t number = 0;
    enum reading reading;

    switch (kind->kind) {
    case ROLE:
        return read_role(text, &contents->role);
    case TYPE_VERSION:
        reading = read_number(text, INT_MAX, &number);
        if (reading == READ)
            contents->type_version = (int)number;
        return reading;
    case NUMBER:
        return read_number(text, INT64_MAX, member);
    case POSITION:
        reading = read_number(text, INT64_MAX, member);
        return reading == TOO_LARGE ? MEANS_ELSE : reading;
    default:
        if (*text)
            *(const char **)member = text;
        return READ;
    }
}

static enum jangle_result read_core(const struct jn_conversion *conversion,
                                    const struct kind_of *kind,
                                    const char *text,
                                    struct jangle_contents *contents,
                                    struct jn_body *body)
{
    if (kind->kind == SPEC_VERSION && strcmp(text, VERSION) != 0)
        return jn_conversion_refuse(conversion, kind->name,
                                    "is not " VERSION ", which is all that is read");
    if (kind->kind == NEEDED && !*text)
        return jn_conversion_refuse(conversion, kind->name, "is empty");
    if (kind->kind == TIME && !jn_moment_read(text, false, &contents->at))
        return jn_conversion_refuse(conversion, kind->name, "is no time of RFC 3339");
    if (kind->kind == ENCODING && strcmp(text, JN_BODY_BASE64) != 0)
        return jn_conversion_refuse(conversion, kind->name, "is not " JN_BODY_BASE64);
    if (kind->kind == ENCODING)
        body->base64 = true;
    if (kind->kind == CONTENT_TYPE)
        body->content_type = text;
    if (kind->kind == NEEDED || kind->kind == TEXT)
        *(const char **)((char *)contents + kind->offset) = text;
    return JANGLE_OK;
}

static enum jangle_result read_attribute(const struct jn_conversion *conversion,
                                         const struct jn_attribute *attribute,
                                         struct jangle_contents *contents,
                                         struct jn_body *body,
                                         struct jn_json_writer *extra)
{
    const struct kind_of *kind = find_known(attribute->name);
    enum reading reading = MEANS_ELSE;
    enum jangle_result result;

    if (kind && !kind->extension && attribute->bare)
        return jn_conversion_refuse(conversion, attribute->name, "is no text");
    if (kind && !kind->extension)
        return read_core(conversion, kind, attribute->text, contents, body);
    result = jn_extension_check(conversion, attribute);
    if (result)
        return result;
    if (kind)
        reading = read_extension(kind, attribute->text, contents);
    if (reading == TOO_LARGE)
        return jn_conversion_refuse(conversion, attribute->name, "is too large");
    if (reading == MEANS_ELSE)
        jn_attribute_put(extra, attribute);
    return JANGLE_OK;
}

static enum jangle_result check_needed(const struct jn_conversion *conversion,
                                       const struct jn_attributes *attributes)
{
    for (size_t i = 0; i < KNOWN; i++) {
        bool found = known[i].kind != NEEDED && known[i].kind != SPEC_VERSION;

        for (size_t j = 0; j < attributes->count && !found; j++)
            found = is_same(attributes->items[j].name, known[i].name);
        if (!found)
            return jn_conversion_refuse(conversion, known[i].name, "is missing");
    }
    return JANGLE_OK;
}

enum jangle_result jn_attributes_read(const struct jn_conversion *conversion,
                                      const struct jn_attributes *attributes,
                                      struct jangle_contents *contents,
                                      struct jn_body *body,
                                      struct jn_json_writer *extra)
{
    enum jangle_result result = check_needed(conversion, attributes);

    for (size_t i = 0; i < attributes->count && !result; i++)
        result = read_attribute(conversion, &attributes->items[i], contents, body, extra);
    return result;
}

void jn_attribute_put(struct jn_json_writer *json, const struct jn_attribute *attribute)
{
    struct jn_json_span value = {attribute->text, strlen(attribute->text)};

    jn_json_put_name(json, attribute->name);
    if (attribute->bare)
        jn_json_put_value(json, &value);
    else
        jn_json_put_text(json, value.text, value.size);
}
