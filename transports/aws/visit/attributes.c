/* attributes.c - message attributes become parts of a parcel. Those that jangle writes
 * have names of their own (aws/attributes.h); all others are headers. */
#include "aws/visit/attributes.h"
#include "aws/attributes.h"
#include "aws/visit/headers.h"
#include "aws/wire/base64.h"
#include "aws/wire/members.h"

/* Those that are parts of a parcel. NULL: missing. */
struct own {
    const char *type;
    const char *content_type;
    const char *id;
    const char *key;
    const char *headers;
    const char *attempt;
    const char *encoding;
};

static const char **find_own(struct own *own, const char *name)
{
    const struct {
        const char *name;
        const char **text;
    } all[] = {
        {JN_AWS_TYPE, &own->type},
        {JN_AWS_CONTENT_TYPE, &own->content_type},
        {JN_AWS_ID, &own->id},
        {JN_AWS_KEY, &own->key},
        {JN_AWS_HEADERS, &own->headers},
        {JN_AWS_ATTEMPT, &own->attempt},
        {JN_AWS_ENCODING, &own->encoding},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0)
            return all[i].text;
    return NULL;
}

/* ---- one attribute -------------------------------------------------------------- */

/* The text of an attribute that is a text or a number, of whatever custom type
 * ("String", "Number.int"); NULL for bytes, which no header can hold. */
static enum jangle_result read_value(struct jn_visit *visit,
                                     const struct jn_json_span *object,
                                     const char *name,
                                     char **value,
                                     struct jangle_error *error)
{
    struct jn_aws_member members[] = {
        {.name = "dataType", .kind = JN_JSON_TEXT, .also = "Type"},
        {.name = "stringValue", .kind = JN_JSON_TEXT, .also = "Value"},
    };
    const struct jn_json_span *type = &members[0].value;
    char what[80];
    enum jangle_result result;

    *value = NULL;
    jn_text_format(what, sizeof what, "its attribute \"%s\"", JN_SHOWN(50, name));
    result = jn_aws_members_read(object, what, members, 2, error);
    if (result || (type->text && type->size >= 6 && memcmp(type->text, "Binary", 6) == 0))
        return result;
    return jn_aws_member_text(&members[1], &visit->record, value, NULL, error);
}

static enum jangle_result read_name(struct jn_visit *visit,
                                    const struct jn_json_span *span,
                                    char **name,
                                    struct jangle_error *error)
{
    const struct jn_aws_member member = {
        .name = "the name of an attribute", .kind = JN_JSON_TEXT, .value = *span};

    return jn_aws_member_text(&member, &visit->record, name, NULL, error);
}

static enum jangle_result read_attribute(struct jn_visit *visit,
                                         const struct jn_json_span *span,
                                         const struct jn_json_span *object,
                                         struct own *own,
                                         struct jn_visit_record *record,
                                         struct jangle_error *error)
{
    char *name, *value = NULL;
    const char **mine;
    enum jangle_result result = read_name(visit, span, &name, error);

    if (!result)
        result = read_value(visit, object, name, &value, error);
    if (result || !value)
        return result;
    mine = find_own(own, name);
    if (!mine)
        return jn_visit_header_add(record, name, value, error);
    *mine = value;
    return JANGLE_OK;
}

static enum jangle_result read_all(struct jn_visit *visit,
                                   const struct jn_json_span *object,
                                   struct own *own,
                                   struct jn_visit_record *record,
                                   struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    struct jn_json_span name, value;
    struct jn_json json;

    jn_json_init(&json, object->text, object->size, JN_AWS_JSON_DEPTH);
    jn_json_peek(&json);
    jn_json_enter(&json);
    for (bool first = true; !result && jn_json_next_member(&json, first, &name);
         first = false)
        if (jn_json_skip(&json, &value))
            result = read_attribute(visit, &name, &value, own, record, error);
    if (!result && json.fault)
        return jangle_error_set(error, JANGLE_INVALID, "its attributes are no JSON: %s",
                                json.fault);
    return result;
}

/* ---- what they mean ------------------------------------------------------------- */

/* A body that is no base64 is of a program that means something else by `encoding`. */
static enum jangle_result decode_body(struct jn_visit *visit,
                                      struct jangle_parcel *parcel,
                                      bool *decoded,
                                      struct jangle_error *error)
{
    char *bytes = jn_aws_room_take(&visit->record, parcel->body_size / 4 * 3);
    size_t size;

    if (!bytes)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a body");
    *decoded = jn_aws_base64_read(parcel->body, parcel->body_size, bytes, &size);
    if (*decoded) {
        parcel->body = bytes;
        parcel->body_size = size;
    }
    return JANGLE_OK;
}

/* 0: it is no number that an attempt can have. */
static int attempt_of(const char *text)
{
    int attempt = 0;

    for (; *text >= '0' && *text <= '9' && attempt < 1000000; text++)
        attempt = attempt * 10 + (*text - '0');
    return *text ? 0 : attempt;
}

/* An attribute of our name that another program has set, and which means something else
 * there, is a header like all others. */
static enum jangle_result add_foreign(struct jn_visit *visit,
                                      const char *name,
                                      const char *value,
                                      struct jn_visit_record *record,
                                      struct jangle_error *error)
{
    char *copy = jn_aws_room_take(&visit->record, strlen(name));

    if (!copy)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a header");
    memcpy(copy, name, strlen(name));
    return jn_visit_header_add(record, copy, value, error);
}

static enum jangle_result apply_encoding(struct jn_visit *visit,
                                         const struct own *own,
                                         struct jn_visit_record *record,
                                         struct jangle_error *error)
{
    bool decoded = false;
    enum jangle_result result = JANGLE_OK;

    if (!own->encoding)
        return JANGLE_OK;
    if (strcmp(own->encoding, JN_AWS_NONE) == 0) {
        record->parcel.body_size = 0;
        return JANGLE_OK;
    }
    if (strcmp(own->encoding, JN_AWS_TEXT) == 0)
        return JANGLE_OK;
    if (strcmp(own->encoding, JN_AWS_BASE64) == 0)
        result = decode_body(visit, &record->parcel, &decoded, error);
    if (result || decoded)
        return result;
    return add_foreign(visit, JN_AWS_ENCODING, own->encoding, record, error);
}

static enum jangle_result apply_attempt(struct jn_visit *visit,
                                        const struct own *own,
                                        struct jn_visit_record *record,
                                        struct jangle_error *error)
{
    int first = own->attempt ? attempt_of(own->attempt) : 1;

    if (!first)
        return add_foreign(visit, JN_AWS_ATTEMPT, own->attempt, record, error);
    if (record->parcel.attempt) /* as SQS counts: 1, 2, 3... */
        record->parcel.attempt += first - 1;
    return JANGLE_OK;
}

/* What Amazon cannot carry in an attribute is hidden among the headers, as ":id". */
static void find_hidden(struct own *own, struct jn_visit_record *record)
{
    struct jangle_parcel *parcel = &record->parcel;
    size_t kept = 0;

    for (size_t i = 0; i < parcel->header_count; i++) {
        const struct jangle_header *header = &record->headers[i];
        const char **mine = NULL;

        if (*header->name == JN_AWS_HIDDEN)
            mine = find_own(own, header->name + 1);
        if (mine)
            *mine = header->value;
        else
            record->headers[kept++] = *header;
    }
    parcel->header_count = kept;
}

/* The route is a header, too, if another program has sent the message, because
 * jangle_plain looks for it there. */
static enum jangle_result read_headers(struct jn_visit *visit,
                                       struct own *own,
                                       struct jn_visit_record *record,
                                       struct jangle_error *error)
{
    enum jangle_result result = JANGLE_NOT_FOUND;

    if (own->headers)
        result = jn_visit_headers_read(visit, own->headers, record, error);
    if (result != JANGLE_NOT_FOUND) {
        find_hidden(own, record);
        return result;
    }
    result = JANGLE_OK;
    if (own->headers)
        result = add_foreign(visit, JN_AWS_HEADERS, own->headers, record, error);
    if (!result && own->type)
        result = add_foreign(visit, JN_AWS_TYPE, own->type, record, error);
    return result;
}

static enum jangle_result
check_length(const char *name, const char *text, size_t most, struct jangle_error *error)
{
    if (!text || strlen(text) <= most)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_INVALID,
                            "its attribute `%s` is longer than %zu bytes", name, most);
}

static enum jangle_result check_lengths(const struct own *own, struct jangle_error *error)
{
    enum jangle_result result = check_length(JN_AWS_ID, own->id, JN_AWS_ID_BYTES, error);

    if (!result)
        result = check_length(JN_AWS_KEY, own->key, JN_AWS_ID_BYTES, error);
    if (!result)
        result = check_length(JN_AWS_TYPE, own->type, JN_VISIT_HEADER_BYTES, error);
    if (!result)
        result = check_length(JN_AWS_CONTENT_TYPE, own->content_type,
                              JN_VISIT_HEADER_BYTES, error);
    return result;
}

enum jangle_result jn_visit_attributes_read(struct jn_visit *visit,
                                            const struct jn_json_span *object,
                                            struct jn_visit_record *record,
                                            struct jangle_error *error)
{
    struct jangle_parcel *parcel = &record->parcel;
    struct own own = {0};
    enum jangle_result result = JANGLE_OK;

    if (object->text)
        result = read_all(visit, object, &own, record, error);
    if (!result)
        result = read_headers(visit, &own, record, error);
    if (!result)
        result = check_lengths(&own, error);
    if (!result)
        result = apply_encoding(visit, &own, record, error);
    if (!result)
        result = apply_attempt(visit, &own, record, error);
    parcel->headers = record->headers;
    parcel->route = own.type;
    parcel->content_type = own.content_type;
    parcel->id = own.id ? own.id : parcel->id;
    parcel->key = own.key ? own.key : parcel->key;
    return result;
}
