/* petisco.c - petisco's {"data": {"type": ...}}, byte for byte as Python writes it. Names
 * of types have dots there, and underscores here: a dot in a name is read as an
 * underscore.
 *
 * Not carried are source, key, subject, version and position. A version of a type that is
 * missing is written and read as 1, and data that is missing as {}. petisco sets no
 * content type and no header, so neither does this. */
#include "common/moment.h"
#include "petisco/decode.h"
#include "petisco/meta.h"

#include <jangle/messaging.h>

#include <string.h>

/* ---- members in their order ------------------------------------------------------ */

static enum jangle_result put_text(const struct jn_conversion *conversion,
                                   const char *member,
                                   const char *name,
                                   const char *text,
                                   struct jn_json_writer *json)
{
    enum jangle_result result = jn_conversion_check_text(conversion, member, text);

    if (result || !*text)
        return result;
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
    return JANGLE_OK;
}

static enum jangle_result put_type(const struct jn_conversion *conversion,
                                   const char *type,
                                   struct jn_json_writer *json)
{
    enum jangle_result result = jn_conversion_check_text(conversion, "type", type);
    char *dotted;

    if (result)
        return result;
    if (!*type)
        return jn_conversion_refuse(conversion, "type", "is empty");
    dotted = jangle_alloc(conversion->arena, strlen(type) + 1);
    if (!dotted)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; type[i]; i++)
        dotted[i] = (char)(type[i] == '_' ? '.' : type[i]);
    return put_text(conversion, "type", "type", dotted, json);
}

/* What came in as a "message", which is neither, goes out as one. */
static enum jangle_result put_role(const struct jn_conversion *conversion,
                                   enum jangle_role role,
                                   const struct jn_members *extra,
                                   struct jn_json_writer *json)
{
    const struct jn_member *kept = jn_members_find(extra, "type_message");
    const char *text = role == JANGLE_ROLE_EVENT     ? "domain_event"
                       : role == JANGLE_ROLE_COMMAND ? "command"
                                                     : NULL;

    if (!text)
        return jn_conversion_refuse(conversion, "role",
                                    "is neither that of an event nor of a command");
    if (kept && (role != JANGLE_ROLE_EVENT || kept->kind != JN_JSON_TEXT ||
                 kept->value.size != strlen("\"message\"") ||
                 memcmp(kept->value.text, "\"message\"", kept->value.size) != 0))
        return jn_conversion_refuse(conversion, "extra.type_message",
                                    "is not \"message\", or this is a command");
    return put_text(conversion, "role", "type_message", kept ? "message" : text, json);
}

static enum jangle_result put_version(const struct jn_conversion *conversion,
                                      int version,
                                      struct jn_json_writer *json)
{
    if (version < 0)
        return jn_conversion_refuse(conversion, "type_version", "is below zero");
    jn_json_put_name(json, "version");
    jn_json_put_int(json, version ? version : 1);
    return JANGLE_OK;
}

static enum jangle_result put_time(const struct jn_conversion *conversion,
                                   jangle_time at,
                                   struct jn_json_writer *json)
{
    char text[JN_MOMENT_SIZE];

    if (!at.us)
        return JANGLE_OK;
    if (jn_conversion_write_time(conversion, text, at, ' ', ""))
        return JANGLE_INVALID;
    return put_text(conversion, "at", "occurred_on", text, json);
}

static enum jangle_result put_attributes(const struct jn_conversion *conversion,
                                         const char *data,
                                         struct jn_json_writer *json)
{
    struct jn_json_span value;
    enum jangle_result result = jn_conversion_check_json(
        conversion, "data", data && !*data ? "{}" : data, &value);

    if (result)
        return result;
    if (*value.text != '{')
        return jn_conversion_refuse(conversion, "data", "is no JSON object");
    jn_json_put_name(json, "attributes");
    jn_json_put_value(json, &value);
    return JANGLE_OK;
}

/* Members of a newer petisco, which were kept among the extras. */
static enum jangle_result put_others(const struct jn_conversion *conversion,
                                     const struct jn_members *extra,
                                     struct jn_json_writer *json)
{
    for (size_t i = 0; i < extra->count; i++) {
        const struct jn_member *member = &extra->items[i];

        if (strcmp(member->name, "meta") == 0 ||
            strcmp(member->name, "type_message") == 0)
            continue;
        if (jn_petisco_knows(member->name))
            return jn_conversion_refuse(conversion, "extra",
                                        "has a member \"%s\", which the contents have",
                                        member->name);
        jn_json_put_name(json, member->name);
        jn_json_put_value(json, &member->value);
    }
    return JANGLE_OK;
}

/* ---- the message ----------------------------------------------------------------- */

static enum jangle_result put_members(const struct jn_conversion *conversion,
                                      const struct jangle_contents *contents,
                                      struct jn_json_writer *json)
{
    struct jn_members extra;
    enum jangle_result result =
        jn_members_read_extra(conversion, contents->extra, &extra);

    if (!result)
        result = put_text(conversion, "id", "id", contents->id, json);
    if (!result)
        result = put_type(conversion, contents->type, json);
    if (!result)
        result = put_role(conversion, contents->role, &extra, json);
    if (!result)
        result = put_version(conversion, contents->type_version, json);
    if (!result)
        result = put_time(conversion, contents->at, json);
    if (!result)
        result = put_attributes(conversion, contents->data, json);
    if (result)
        return result;
    jn_json_put_name(json, "meta");
    result = jn_petisco_meta_write(conversion, &contents->origin,
                                   jn_members_find(&extra, "meta"), json);
    return result ? result : put_others(conversion, &extra, json);
}

static enum jangle_result encode(const struct jangle_format *format,
                                 struct jangle_arena *arena,
                                 const struct jangle_contents *contents,
                                 struct jangle_parcel *parcel,
                                 struct jangle_error *error)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);
    struct jn_json_writer json = {.arena = arena, .as_python = true};
    enum jangle_result result;

    jn_conversion_empty(parcel);
    jn_json_open(&json, '{');
    jn_json_put_name(&json, "data");
    jn_json_open(&json, '{');
    result = put_members(&conversion, contents, &json);
    if (result)
        return result;
    jn_json_close(&json, '}');
    jn_json_close(&json, '}');
    parcel->body = jn_json_written(&json, &parcel->body_size);
    return parcel->body ? JANGLE_OK : jn_conversion_no_memory(&conversion);
}

/* A consumer of petisco loses a message that has any header, if its handler fails. */
const struct jangle_format jangle_petisco = {.abi = 1,
                                             .name = "petisco",
                                             .encode = encode,
                                             .decode = jn_petisco_decode,
                                             .keyless = true};
