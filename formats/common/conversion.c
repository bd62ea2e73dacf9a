/* conversion.c - one call of encode or decode: what it works for, and how it fails. */
#include "common/conversion.h"

#include <jangle/plugin/support.h>

enum { REASON_SIZE = 200, NAME_SHOWN = 80 };

struct jn_conversion jn_conversion_begin(const struct jangle_format *format,
                                         struct jangle_arena *arena,
                                         struct jangle_error *error)
{
    if (error)
        *error = (struct jangle_error){0};
    return (struct jn_conversion){.format = format->name, .arena = arena, .error = error};
}

static void clear_contents(struct jangle_contents *contents)
{
    *contents = (struct jangle_contents){.id = "",
                                         .source = "",
                                         .type = "",
                                         .role = JANGLE_ROLE_EVENT,
                                         .key = "",
                                         .subject = "",
                                         .data = "",
                                         .extra = ""};
}

void jn_conversion_empty(struct jangle_parcel *parcel)
{
    parcel->content_type = NULL;
    parcel->headers = NULL;
    parcel->header_count = 0;
    parcel->body = "";
    parcel->body_size = 0;
}

static enum jangle_result put_braces(const struct jn_conversion *conversion,
                                     struct jn_json_writer *extra,
                                     struct jangle_contents *contents)
{
    struct jn_json_writer whole = {.arena = conversion->arena};
    struct jn_json_span members = {"", 0};

    members.text = jn_json_written(extra, &members.size);
    if (!members.text)
        return jn_conversion_no_memory(conversion);
    if (!members.size)
        return JANGLE_OK;
    jn_json_open(&whole, '{');
    jn_json_put_value(&whole, &members);
    jn_json_close(&whole, '}');
    contents->extra = jn_json_written(&whole, NULL);
    return contents->extra ? JANGLE_OK : jn_conversion_no_memory(conversion);
}

enum jangle_result jn_conversion_decode(const struct jangle_format *format,
                                        struct jangle_arena *arena,
                                        const struct jangle_parcel *parcel,
                                        struct jangle_contents *contents,
                                        struct jangle_error *error,
                                        jn_read_fn *read)
{
    struct jn_conversion conversion = jn_conversion_begin(format, arena, error);
    struct jn_json_writer extra = {.arena = arena};
    enum jangle_result result;

    clear_contents(contents);
    result = read(&conversion, parcel, contents, &extra);
    if (!result)
        result = put_braces(&conversion, &extra, contents);
    if (result)
        clear_contents(contents);
    return result;
}

enum jangle_result jn_conversion_refuse(const struct jn_conversion *conversion,
                                        const char *member,
                                        const char *format,
                                        ...)
{
    char reason[REASON_SIZE];
    struct jn_sentence sentence = jn_sentence_in(reason, sizeof reason);
    va_list values;

    va_start(values, format);
    jn_sentence_add_values(&sentence, format, values);
    va_end(values);
    return jangle_error_set(conversion->error, JANGLE_INVALID, "%s: %s: %s",
                            conversion->format, JN_SHOWN(NAME_SHOWN, member), reason);
}

/* An error that this format has found in the parcel is cleared, because the parcel is not
 * of this format. */
enum jangle_result jn_conversion_pass(const struct jn_conversion *conversion)
{
    if (conversion->error)
        *conversion->error = (struct jangle_error){0};
    return jangle_error_set(conversion->error, JANGLE_NOT_FOUND,
                            "%s: the message has another format", conversion->format);
}

enum jangle_result jn_conversion_no_memory(const struct jn_conversion *conversion)
{
    return jangle_error_set(conversion->error, JANGLE_NO_MEMORY, "%s: out of memory",
                            conversion->format);
}

enum jangle_result jn_conversion_check_json(const struct jn_conversion *conversion,
                                            const char *member,
                                            const char *text,
                                            struct jn_json_span *value)
{
    struct jn_json json;

    if (!text)
        return jn_conversion_refuse(conversion, member, "is NULL");
    jn_json_init(&json, text, strlen(text), JN_DATA_DEPTH_MAX);
    if (!jn_json_whole(&json, value))
        return jn_conversion_refuse(conversion, member, "is not JSON at byte %zu: %s",
                                    (size_t)(json.at - json.start), json.fault);
    return JANGLE_OK;
}

enum jangle_result jn_conversion_copy(const struct jn_conversion *conversion,
                                      const struct jn_json_span *span,
                                      const char **text)
{
    char *copy = jangle_alloc(conversion->arena, span->size + 1);

    if (!copy)
        return jn_conversion_no_memory(conversion);
    *text = memcpy(copy, span->text, span->size);
    return JANGLE_OK;
}

/* Escapes only get shorter, so there is room for the text that they stand for. */
enum jangle_result jn_conversion_unescape(const struct jn_conversion *conversion,
                                          const char *member,
                                          const struct jn_json_span *quoted,
                                          const char **text)
{
    struct jn_json_span inside = {quoted->text + 1, quoted->size - 2};
    char *made = jangle_alloc(conversion->arena, inside.size + 1);
    const char *reason;
    size_t size;

    if (!made)
        return jn_conversion_no_memory(conversion);
    reason = jn_json_unescape(&inside, made, &size);
    if (reason)
        return jn_conversion_refuse(conversion, member, "%s", reason);
    made[size] = '\0';
    *text = made;
    return JANGLE_OK;
}

enum jangle_result jn_conversion_check_text(const struct jn_conversion *conversion,
                                            const char *member,
                                            const char *text)
{
    if (!text)
        return jn_conversion_refuse(conversion, member, "is NULL");
    if (!jn_json_can_hold(text, strlen(text)))
        return jn_conversion_refuse(conversion, member, "is not UTF-8");
    return JANGLE_OK;
}

enum jangle_result jn_conversion_write_time(const struct jn_conversion *conversion,
                                            char text[JN_MOMENT_SIZE],
                                            jangle_time at,
                                            char separator,
                                            const char *zone)
{
    if (!jn_moment_write(text, at, separator, zone))
        return jn_conversion_refuse(conversion, "at",
                                    "is outside of the years 0 to 9999");
    return JANGLE_OK;
}
