/* anything.c - messages of any type (jangle_any): what a format has to know of their
 * data, which is in the extras of the contents. */
#include "messaging/endpoint/anything.h"

#include <jangle/plugin/json.h>

#include <string.h>

#define JSON_TYPE  "application/json"
#define BYTES_TYPE "application/octet-stream"

const char *jn_member_text(struct jangle_arena *arena,
                           const char *json,
                           const char *member,
                           int64_t depth)
{
    struct jn_json_span name, value;
    struct jn_json reader;
    size_t size;
    char *text;

    jn_json_init(&reader, json, strlen(json), depth);
    if (jn_json_peek(&reader) != JN_JSON_OBJECT || !jn_json_enter(&reader))
        return "";
    for (bool first = true; jn_json_next_member(&reader, first, &name); first = false) {
        bool is_text = jn_json_peek(&reader) == JN_JSON_TEXT;

        if (!jn_json_skip(&reader, &value))
            return "";
        if (!is_text || !jn_json_says(&name, member))
            continue;
        value.text++;
        value.size -= 2;
        text = jangle_alloc(arena, value.size + 1);
        if (!text || jn_json_unescape(&value, text, &size))
            return "";
        text[size] = '\0';
        return text;
    }
    return "";
}

const char *jn_any_content_type(struct jangle_arena *arena,
                                const struct jangle_contents *contents,
                                int64_t depth)
{
    const char *extra = contents->extra;
    const char *type = jn_member_text(arena, extra, "datacontenttype", depth);

    if (*type)
        return type;
    return *jn_member_text(arena, extra, "datacontentencoding", depth) ? BYTES_TYPE
                                                                       : JSON_TYPE;
}

/* In any case: `text`, which is not lower, begins with `lower`. */
static bool says(const char *text, const char *lower)
{
    for (; *lower; text++, lower++)
        if ((*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text) != *lower)
            return false;
    return true;
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    return size >= strlen(end) && says(text + size - strlen(end), end);
}

/* Data of any other type is a JSON string in base64. */
static bool is_json_or_text(const char *type)
{
    size_t size = strcspn(type, "; \t");

    return says(type, "text/") || ends_with(type, size, "/json") ||
           ends_with(type, size, "+json") || ends_with(type, size, "/xml") ||
           ends_with(type, size, "+xml");
}

static const char *write_extra(struct jangle_arena *arena, const char *type)
{
    struct jn_json_writer json = {.arena = arena};

    if (!*type || !strcmp(type, JSON_TYPE))
        return "";
    jn_json_open(&json, '{');
    jn_json_put_name(&json, "datacontenttype");
    jn_json_put_text(&json, type, strlen(type));
    if (!is_json_or_text(type)) {
        jn_json_put_name(&json, "datacontentencoding");
        jn_json_put_text(&json, "base64", strlen("base64"));
    }
    jn_json_close(&json, '}');
    return jn_json_written(&json, NULL);
}

void jn_any_write(struct jangle_arena *arena,
                  const struct jangle_any *any,
                  struct jangle_contents *contents)
{
    contents->type = any->type;
    contents->type_version = 0;
    contents->data = any->data.text ? any->data.text : "";
    contents->extra = write_extra(arena, any->content_type);
}
