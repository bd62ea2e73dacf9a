/* translate.c - what a translation says of a MEGA event besides its data, as the extras
 * of the message. */
#include "common/members.h"

#include <jangle/mega.h>
#include <jangle/messaging.h>

#include <string.h>

static enum jangle_result put_text(struct jangle_translation *translation,
                                   struct jn_json_writer *json,
                                   const char *name,
                                   const char *text)
{
    if (!text)
        return JANGLE_OK;
    if (!jn_json_can_hold(text, strlen(text)))
        return jangle_translation_refuse(translation,
                                         "the %s of a MEGA event is not UTF-8", name);
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
    return JANGLE_OK;
}

static enum jangle_result put_object(struct jangle_translation *translation,
                                     struct jn_json_writer *json,
                                     const char *name,
                                     const char *text)
{
    struct jn_json_span value;
    struct jn_json reader;

    if (!text)
        return JANGLE_OK;
    jn_json_init(&reader, text, strlen(text), JN_DATA_DEPTH_MAX);
    if (jn_json_peek(&reader) != JN_JSON_OBJECT || !jn_json_whole(&reader, &value))
        return jangle_translation_refuse(
            translation, "\"%s\" of a MEGA event is no JSON object", name);
    jn_json_put_name(json, name);
    jn_json_put_value(json, &value);
    return JANGLE_OK;
}

static bool has_object(const struct jangle_mega_object *object)
{
    return object->type || object->id || object->version || object->current ||
           object->previous;
}

static enum jangle_result put_section(struct jangle_translation *translation,
                                      struct jn_json_writer *json,
                                      const struct jangle_mega_object *object)
{
    enum jangle_result result;

    if (!has_object(object))
        return JANGLE_OK;
    jn_json_put_name(json, "object");
    jn_json_open(json, '{');
    result = put_object(translation, json, "current", object->current);
    if (!result)
        result = put_text(translation, json, "id", object->id);
    if (!result)
        result = put_object(translation, json, "previous", object->previous);
    if (!result)
        result = put_text(translation, json, "type", object->type);
    if (object->version) {
        jn_json_put_name(json, "version");
        jn_json_put_int(json, object->version);
    }
    jn_json_close(json, '}');
    return result;
}

static enum jangle_result put_all(struct jangle_translation *translation,
                                  struct jn_json_writer *json,
                                  const struct jangle_mega_object *object)
{
    enum jangle_result result = put_text(translation, json, "domain", object->domain);

    if (!result)
        result = put_section(translation, json, object);
    return result ? result : put_object(translation, json, "extra", object->extra);
}

/* If memory runs out, the arena remembers that for the engine. */
enum jangle_result jangle_translate_mega_(struct jangle_translation *translation,
                                          const struct jangle_mega_object *object,
                                          const struct jangle_message *type,
                                          const void *data)
{
    struct jn_json_writer json = {.arena = jangle_translation_arena(translation)};
    enum jangle_result result;
    const char *extra;

    jn_json_open(&json, '{');
    result = put_all(translation, &json, object);
    jn_json_close(&json, '}');
    extra = jn_json_written(&json, NULL);
    if (!extra)
        return JANGLE_NO_MEMORY;
    if (!result)
        result = jangle_translation_extra(translation, extra);
    return result ? result : jangle_translate_(translation, type, data);
}
