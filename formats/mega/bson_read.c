/* bson_read.c - BSON as JSON. Of libbson only those functions are used that take no
 * memory. */
#include "mega/bson_read.h"

#include "common/base64.h"

#include <bson/bson.h>

#include <math.h>
#include <string.h>

/* A document around another one has seven bytes more: its length, type and name of the
 * inner one, and its end. */
enum { DOCUMENT_SIZE_MIN = 5, DOCUMENT_SIZE_AROUND = 7 };

/* A document that is open. Its bytes are those of the whole one. */
struct level {
    const uint8_t *bytes;
    uint32_t size;
    uint32_t offset; /* of the element at which an inner document began */
    bool is_list;
};

struct reading {
    const struct jn_conversion *conversion;
    struct jn_json_writer json;
    bson_iter_t at;
    struct level *levels; /* as many as there can be in so many bytes */
    size_t depth, depth_max;
};

bool jn_bson_is_framed(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    return size >= DOCUMENT_SIZE_MIN && size <= INT32_MAX && !at[size - 1] &&
           ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
            (uint32_t)at[3] << 24) == size;
}

static enum jangle_result refuse(struct reading *reading, const char *reason)
{
    return jn_conversion_refuse(reading->conversion, "the body", "is BSON, and %s",
                                reason);
}

static enum jangle_result refuse_damage(struct reading *reading)
{
    return refuse(reading, "is damaged");
}

/* ---- values ---------------------------------------------------------------------- */

static enum jangle_result put_text(struct reading *reading, const char *text, size_t size)
{
    if (!jn_json_can_hold(text, size))
        return refuse(reading, "has a text that is not UTF-8, or that holds a zero");
    jn_json_put_text(&reading->json, text, size);
    return JANGLE_OK;
}

static enum jangle_result put_real(struct reading *reading)
{
    double value = bson_iter_double(&reading->at);

    if (!isfinite(value))
        return refuse(reading, "has a number that is not finite");
    jn_json_put_real(&reading->json, value);
    return JANGLE_OK;
}

static enum jangle_result put_date(struct reading *reading)
{
    int64_t ms = bson_iter_date_time(&reading->at);
    char text[JN_MOMENT_SIZE];

    if (ms > INT64_MAX / 1000 || ms < INT64_MIN / 1000 ||
        !jn_moment_write(text, (jangle_time){ms * 1000}, 'T', "Z"))
        return refuse(reading, "has a date outside of the years 0 to 9999");
    return put_text(reading, text, strlen(text));
}

static enum jangle_result put_bytes(struct reading *reading)
{
    const uint8_t *bytes = NULL;
    uint32_t size = 0;
    char *text;

    bson_iter_binary(&reading->at, NULL, &size, &bytes);
    text = jangle_alloc(reading->conversion->arena, jn_base64_size(size) + 1);
    if (!text)
        return jn_conversion_no_memory(reading->conversion);
    if (size)
        jn_base64_write(text, bytes, size);
    return put_text(reading, text, jn_base64_size(size));
}

static enum jangle_result put_decimal(struct reading *reading)
{
    char text[BSON_DECIMAL128_STRING];
    bson_decimal128_t value;

    if (!bson_iter_decimal128(&reading->at, &value))
        return refuse_damage(reading);
    bson_decimal128_to_string(&value, text);
    return put_text(reading, text, strlen(text));
}

static enum jangle_result put_id(struct reading *reading)
{
    char text[25];

    bson_oid_to_string(bson_iter_oid(&reading->at), text);
    return put_text(reading, text, strlen(text));
}

static enum jangle_result put_utf8(struct reading *reading)
{
    uint32_t size;
    const char *text = bson_iter_utf8(&reading->at, &size);

    return put_text(reading, text, size);
}

static enum jangle_result put_symbol(struct reading *reading)
{
    uint32_t size;
    const char *text = bson_iter_symbol(&reading->at, &size);

    return put_text(reading, text, size);
}

static enum jangle_result put_word(struct reading *reading, const char *word)
{
    jn_json_put_value(&reading->json, &(struct jn_json_span){word, strlen(word)});
    return JANGLE_OK;
}

static enum jangle_result refuse_type(struct reading *reading, bson_type_t type)
{
    return jn_conversion_refuse(reading->conversion, "the body",
                                "is BSON, and has a value of type 0x%02x, for which JSON "
                                "has no counterpart",
                                (unsigned)type);
}

static enum jangle_result put_scalar(struct reading *reading, bson_type_t type)
{
    switch (type) {
    case BSON_TYPE_DOUBLE:
        return put_real(reading);
    case BSON_TYPE_UTF8:
        return put_utf8(reading);
    case BSON_TYPE_SYMBOL:
        return put_symbol(reading);
    case BSON_TYPE_BINARY:
        return put_bytes(reading);
    case BSON_TYPE_OID:
        return put_id(reading);
    case BSON_TYPE_BOOL:
        return put_word(reading, bson_iter_bool(&reading->at) ? "true" : "false");
    case BSON_TYPE_DATE_TIME:
        return put_date(reading);
    case BSON_TYPE_DECIMAL128:
        return put_decimal(reading);
    case BSON_TYPE_NULL:
    case BSON_TYPE_UNDEFINED:
        return put_word(reading, "null");
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        jn_json_put_int(&reading->json, bson_iter_as_int64(&reading->at));
        return JANGLE_OK;
    default:
        return refuse_type(reading, type);
    }
}

/* ---- documents ------------------------------------------------------------------- */

static enum jangle_result
open_document(struct reading *reading, const uint8_t *bytes, uint32_t size, bool is_list)
{
    if (reading->depth == reading->depth_max)
        return refuse(reading, "is nested too deep");
    if (!bytes || !bson_iter_init_from_data(&reading->at, bytes, size))
        return refuse_damage(reading);
    reading->levels[reading->depth++] =
        (struct level){.bytes = bytes, .size = size, .is_list = is_list};
    jn_json_open(&reading->json, is_list ? '[' : '{');
    return JANGLE_OK;
}

/* The iterator goes back to the element of the outer document that has just ended. */
static void close_document(struct reading *reading)
{
    const struct level *level = &reading->levels[--reading->depth];

    jn_json_close(&reading->json, level->is_list ? ']' : '}');
    if (!reading->depth)
        return;
    level--;
    bson_iter_init_from_data_at_offset(
        &reading->at, level->bytes, level->size, level->offset,
        (uint32_t)strlen((const char *)level->bytes + level->offset + 1));
}

static enum jangle_result enter_document(struct reading *reading, bool is_list)
{
    const uint8_t *bytes = NULL;
    uint32_t size = 0;

    reading->levels[reading->depth - 1].offset = bson_iter_offset(&reading->at);
    if (is_list)
        bson_iter_array(&reading->at, &size, &bytes);
    else
        bson_iter_document(&reading->at, &size, &bytes);
    return open_document(reading, bytes, size, is_list);
}

static enum jangle_result read_element(struct reading *reading)
{
    bson_type_t type = bson_iter_type(&reading->at);
    const char *name = bson_iter_key(&reading->at);

    if (!reading->levels[reading->depth - 1].is_list) {
        if (!jn_json_can_hold(name, strlen(name)))
            return refuse(reading, "has a name that is not UTF-8");
        jn_json_put_name(&reading->json, name);
    }
    if (type == BSON_TYPE_DOCUMENT || type == BSON_TYPE_ARRAY)
        return enter_document(reading, type == BSON_TYPE_ARRAY);
    return put_scalar(reading, type);
}

/* Nothing but the zero at the end of the document is left. When libbson cannot go on, it
 * does not say whether this is why. */
static bool is_at_end(const struct reading *reading)
{
    return reading->at.next_off + 1 == reading->levels[reading->depth - 1].size;
}

static enum jangle_result read_all(struct reading *reading)
{
    enum jangle_result result = JANGLE_OK;

    while (!result && reading->depth && !reading->json.failed) {
        if (is_at_end(reading))
            close_document(reading);
        else
            result = bson_iter_next(&reading->at) ? read_element(reading)
                                                  : refuse_damage(reading);
    }
    return result;
}

enum jangle_result jn_bson_read(const struct jn_conversion *conversion,
                                const void *bytes,
                                size_t size,
                                const char **json)
{
    struct reading reading = {.conversion = conversion,
                              .json = {.arena = conversion->arena}};
    enum jangle_result result;

    reading.depth_max = size / DOCUMENT_SIZE_AROUND + 1;
    if (reading.depth_max > JN_JSON_DEPTH_MAX)
        reading.depth_max = JN_JSON_DEPTH_MAX;
    reading.levels =
        jangle_alloc(conversion->arena, reading.depth_max * sizeof *reading.levels);
    if (!reading.levels)
        return jn_conversion_no_memory(conversion);
    result = open_document(&reading, bytes, (uint32_t)size, false);
    if (!result)
        result = read_all(&reading);
    if (result)
        return result;
    *json = jn_json_written(&reading.json, NULL);
    return *json ? JANGLE_OK : jn_conversion_no_memory(conversion);
}
