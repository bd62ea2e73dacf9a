/* decode.c - JSON of any form becomes described structs, in one pass over the text; what
 * encode.c wrote goes the faster way of canonical.c. */

#include "message/decode.h"

#include "base/error.h"
#include "base/number.h"
#include "message/canonical.h"
#include "message/describe.h"
#include "message/member.h"
#include "message/path.h"

#include <jangle/plugin/json.h>

#include <assert.h>
#include <inttypes.h>
#include <string.h>

const struct jn_limits jn_limits_default = {
    .message_bytes = 1024 * 1024,
    .json_depth = 64,
};

/* The JSON is read once, from left to right; what is made of it lies in the arena. */
struct reader {
    struct jangle_arena *arena;
    struct jn_json json;
    struct jangle_error *error;
};

static const char *const json_words[] = {
    [JN_JSON_NONE] = "nothing",    [JN_JSON_NULL] = "null",   [JN_JSON_BOOL] = "a bool",
    [JN_JSON_NUMBER] = "a number", [JN_JSON_TEXT] = "a text", [JN_JSON_LIST] = "a list",
    [JN_JSON_OBJECT] = "an object"};

/* What a member of a kind must be in JSON, and what it is called when it is not. */
static const struct {
    enum jn_json_kind json;
    const char *words;
} wanted[] = {
    [JANGLE_KIND_BOOL] = {JN_JSON_BOOL, "true or false"},
    [JANGLE_KIND_INT] = {JN_JSON_NUMBER, "a whole number"},
    [JANGLE_KIND_REAL] = {JN_JSON_NUMBER, "a number"},
    [JANGLE_KIND_TEXT] = {JN_JSON_TEXT, "a text"},
    [JANGLE_KIND_TIME] = {JN_JSON_NUMBER, "a time in whole microseconds"},
    [JANGLE_KIND_NESTED] = {JN_JSON_OBJECT, "an object"},
    [JANGLE_KIND_LIST] = {JN_JSON_LIST, "a list"},
};

static enum jangle_result malformed(struct reader *reader, const struct jn_path *path)
{
    return jn_path_fail(path, reader->error, "malformed JSON at byte %zu: %s",
                        (size_t)(reader->json.at - reader->json.start),
                        reader->json.fault);
}

/* Go past a value, which must be of the kind that the member wants. */
static enum jangle_result expect(struct reader *reader,
                                 const struct jn_path *path,
                                 enum jangle_kind kind,
                                 struct jn_json_span *span)
{
    enum jn_json_kind found = jn_json_peek(&reader->json);

    if (!jn_json_skip(&reader->json, span))
        return malformed(reader, path);
    if (found != wanted[kind].json)
        return jn_path_fail(path, reader->error, "is %s, not %s", json_words[found],
                            wanted[kind].words);
    return JANGLE_OK;
}

/* With a zero at its end: jangle_alloc clears what it hands out. */
static char *copy_span(struct reader *reader, const struct jn_json_span *span)
{
    char *copy = jangle_alloc(reader->arena, span->size + 1);

    return copy ? memcpy(copy, span->text, span->size) : NULL;
}

/* ---- values ------------------------------------------------------------------ */

/* Digit by digit, because strtoll would need a copy that ends with a zero. An exponent or
 * a fraction is no whole number, even if its value is one. */
static enum jangle_result decode_int(struct reader *reader,
                                     const struct jn_path *path,
                                     enum jangle_kind kind,
                                     const struct jn_json_span *span,
                                     int64_t *value)
{
    bool negative = span->text[0] == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative, sum = 0;

    for (size_t i = negative; i < span->size; i++) {
        unsigned digit = (unsigned)(span->text[i] - '0');

        if (digit > 9)
            return jn_path_fail(path, reader->error, "is %.*s, not %s",
                                (int)(span->size < 30 ? span->size : 30), span->text,
                                wanted[kind].words);
        if (sum > (limit - digit) / 10)
            return jn_path_fail(path, reader->error, "does not fit into 64 bits");
        sum = sum * 10 + digit;
    }
    /* in two steps, because INT64_MIN has no positive counterpart */
    *value = negative && sum ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
    return JANGLE_OK;
}

/* Escapes only get shorter, so there is room for the text that they stand for. */
static enum jangle_result decode_text(struct reader *reader,
                                      const struct jn_path *path,
                                      const struct jn_json_span *span,
                                      const char **text)
{
    struct jn_json_span inside = {span->text + 1, span->size - 2};
    char *made = jn_arena_room(reader->arena, inside.size + 1);
    const char *reason;
    size_t size;

    if (!made)
        return jn_arena_check(reader->arena, reader->error);
    reason = jn_json_unescape(&inside, made, &size);
    if (reason)
        return jn_path_fail(path, reader->error, "%s", reason);
    made[size] = '\0';
    *text = made;
    return JANGLE_OK;
}

/* A scalar is skipped first, which checks its grammar; then its text is read. */
static enum jangle_result decode_scalar(struct reader *reader,
                                        const struct jn_path *path,
                                        enum jangle_kind kind,
                                        void *value)
{
    struct jn_json_span span;
    enum jangle_result result = expect(reader, path, kind, &span);

    if (result)
        return result;
    if (kind == JANGLE_KIND_INT)
        return decode_int(reader, path, kind, &span, value);
    if (kind == JANGLE_KIND_TIME)
        return decode_int(reader, path, kind, &span, &((jangle_time *)value)->us);
    if (kind == JANGLE_KIND_TEXT)
        return decode_text(reader, path, &span, value);
    if (kind == JANGLE_KIND_BOOL)
        *(bool *)value = span.text[0] == 't';
    else if (!jn_number_read(span.text, span.size, value))
        return jn_path_fail(path, reader->error, "does not fit into a double");
    return JANGLE_OK;
}

/* A null is NULL; anything else is kept as it is written. */
static enum jangle_result
decode_raw(struct reader *reader, const struct jn_path *path, jangle_json *value)
{
    bool is_null = jn_json_peek(&reader->json) == JN_JSON_NULL;
    struct jn_json_span span;

    if (!jn_json_skip(&reader->json, &span))
        return malformed(reader, path);
    if (!is_null)
        value->text = copy_span(reader, &span);
    return jn_arena_check(reader->arena, reader->error);
}

/* ---- structs and lists ------------------------------------------------------- */

static enum jangle_result decode_struct(struct reader *reader,
                                        const struct jangle_message *type,
                                        const struct jn_path *path,
                                        void *data);

/* Items are counted on a copy of the reader, so that the list is allocated in
 * one piece. */
static bool count_items(struct jn_json json, size_t *count)
{
    struct jn_json_span item;

    jn_json_enter(&json);
    for (*count = 0; jn_json_next_item(&json, *count == 0); ++*count)
        jn_json_skip(&json, &item);
    return !json.fault;
}

/* An item may be of any size: the number of items is bounded by the text, in which each
 * takes two bytes at least. */
static enum jangle_result decode_list(struct reader *reader,
                                      const struct jangle_message *type,
                                      const struct jn_path *path,
                                      void *member)
{
    enum jn_json_kind found = jn_json_peek(&reader->json);
    struct jangle_list list = {NULL, 0};

    if (found != JN_JSON_LIST || !count_items(reader->json, &list.count)) {
        struct jn_json_span span;

        return expect(reader, path, JANGLE_KIND_LIST, &span);
    }
    if (list.count) {
        list.items = jn_arena_room(reader->arena, list.count * type->size);
        if (!list.items)
            return jn_arena_check(reader->arena, reader->error);
    }
    jn_json_enter(&reader->json);
    for (size_t i = 0; jn_json_next_item(&reader->json, i == 0); i++) {
        struct jn_path item = {path, NULL, i};
        enum jangle_result result = decode_struct(
            reader, type, &item, (unsigned char *)list.items + i * type->size);

        if (result)
            return result;
    }
    memcpy(member, &list, sizeof list);
    return JANGLE_OK;
}

/* null for an optional member is the same as no member at all. */
static enum jangle_result decode_member(struct reader *reader,
                                        const struct jangle_field *field,
                                        const struct jn_path *path,
                                        void *data)
{
    struct jn_json_span span;
    enum jangle_kind kind;
    void *value;

    if (field->kind == JANGLE_KIND_NOTHING ||
        (jn_kind_is_optional(field->kind) && jn_json_peek(&reader->json) == JN_JSON_NULL))
        return jn_json_skip(&reader->json, &span) ? JANGLE_OK : malformed(reader, path);
    value = jn_member_give(data, field, &kind);
    switch (kind) {
    case JANGLE_KIND_NESTED:
        return decode_struct(reader, field->type, path, value);
    case JANGLE_KIND_LIST:
        return decode_list(reader, field->type, path, value);
    case JANGLE_KIND_JSON:
        return decode_raw(reader, path, value);
    case JANGLE_KIND_BOOL:
    case JANGLE_KIND_INT:
    case JANGLE_KIND_REAL:
    case JANGLE_KIND_TEXT:
    case JANGLE_KIND_TIME:
        return decode_scalar(reader, path, kind, value);
    case JN_NO_VALUE:
        break;
    }
    assert(false && "a value is of none of these kinds");
    return JANGLE_INVALID;
}

/* The member after the last one is tried first, because encode.c writes members in the
 * order in which they are declared. */
static const struct jangle_field *find_field(const struct jangle_message *type,
                                             const struct jangle_field *likely,
                                             const struct jn_json_span *name)
{
    const struct jangle_field *field = type->fields;

    if (likely->name && jn_json_says(name, likely->name))
        return likely;
    while (field->name && !jn_json_says(name, field->name))
        field++;
    assert(!field->name || field - type->fields < JN_MEMBERS_MAX);
    return field->name ? field : NULL;
}

/* Members that the type does not know are skipped: a newer program may have written them.
 * `seen` has a bit for each member of the type, of which there are 32 at most. */
static enum jangle_result decode_struct(struct reader *reader,
                                        const struct jangle_message *type,
                                        const struct jn_path *path,
                                        void *data)
{
    struct jn_json *json = &reader->json;
    const struct jangle_field *likely = type->fields;
    struct jn_json_span name, span;
    uint32_t seen = 0;

    jn_type_clear(type, data); /* what JSON lacks is zero, absent, or "" */
    if (jn_json_peek(json) != JN_JSON_OBJECT)
        return expect(reader, path, JANGLE_KIND_NESTED, &span);
    jn_json_enter(json);
    for (bool first = true; jn_json_next_member(json, first, &name); first = false) {
        const struct jangle_field *field = find_field(type, likely, &name);
        struct jn_path member = {path, field ? field->name : "", 0};
        uint32_t bit = field ? 1u << (field - type->fields) : 0;
        enum jangle_result result = JANGLE_OK;

        if (!field)
            jn_json_skip(json, &span);
        else if (seen & bit)
            return jn_path_fail(&member, reader->error, "is given twice");
        else
            result = decode_member(reader, field, &member, data);
        if (result)
            return result;
        seen |= bit;
        likely = field ? field + 1 : likely;
    }
    return json->fault ? malformed(reader, path) : JANGLE_OK;
}

/* ---- versions ---------------------------------------------------------------- */

/* At the beginning, and after each upcaster, whose JSON has the same limits. */
static enum jangle_result start_reading(struct reader *reader,
                                        const struct jangle_message *type,
                                        const char *json,
                                        size_t size,
                                        const struct jn_limits *limits)
{
    if (size > (uint64_t)limits->message_bytes)
        return jn_fail(reader->error, JANGLE_INVALID,
                       "%s: %zu bytes of JSON are more than %" PRId64 " (message_bytes)",
                       type->name, size, limits->message_bytes);
    jn_json_init(&reader->json, json, size, limits->json_depth);
    return JANGLE_OK;
}

/* The upcaster is called once for each version. It gets nothing but JSON that was read to
 * its end without a fault. */
static enum jangle_result upcast(struct reader *reader,
                                 const struct jangle_message *type,
                                 int version,
                                 const struct jn_limits *limits)
{
    struct jn_path path = {NULL, type->name, 0};
    enum jangle_result result = JANGLE_OK;

    for (; version < jn_type_version(type) && !result; version++) {
        struct jn_json_span span;
        const char *json;

        if (!jn_json_whole(&reader->json, &span))
            return malformed(reader, &path);
        json = copy_span(reader, &span);
        if (json)
            json = type->upcast(reader->arena, version, json);
        if (reader->arena->failed)
            return jn_arena_check(reader->arena, reader->error);
        if (!json)
            return jn_fail(reader->error, JANGLE_INVALID,
                           "%s: version %d cannot be brought to version %d", type->name,
                           version, version + 1);
        result = start_reading(reader, type, json, strlen(json), limits);
    }
    return result;
}

/* A version from the future cannot be read: a newer program has written it. */
static enum jangle_result bring_to_date(struct reader *reader,
                                        const struct jangle_message *type,
                                        int version,
                                        const struct jn_limits *limits)
{
    int known = jn_type_version(type);

    if (version > known)
        return jn_fail(
            reader->error, JANGLE_INVALID,
            "%s: stored as version %d, and this program knows up to version %d",
            type->name, version, known);
    if (version < 1)
        return jn_fail(reader->error, JANGLE_INVALID,
                       "%s: stored as version %d, which no type has", type->name,
                       version);
    if (version == known || !type->upcast)
        return JANGLE_OK;
    return upcast(reader, type, version, limits);
}

/* On failure the struct is cleared, so that nobody reads half of it. */
enum jangle_result jn_decode_plain(struct jangle_arena *arena,
                                   const struct jangle_message *type,
                                   const char *json,
                                   size_t size,
                                   int version,
                                   const struct jn_limits *limits,
                                   void *data,
                                   struct jangle_error *error)
{
    struct jn_path path = {NULL, type->name, 0};
    struct reader reader = {.arena = arena, .error = error};
    enum jangle_result result = start_reading(&reader, type, json, size, limits);

    if (!result)
        result = bring_to_date(&reader, type, version, limits);
    if (!result)
        result = decode_struct(&reader, type, &path, data);
    if (!result && !jn_json_finish(&reader.json))
        result = malformed(&reader, &path);
    if (!result)
        result = jn_arena_check(arena, error);
    if (result)
        memset(data, 0, type->size);
    return result;
}

/* Nearly all that is decoded was written by encode.c. */
enum jangle_result jn_decode(struct jangle_arena *arena,
                             const struct jangle_message *type,
                             const char *json,
                             size_t size,
                             int version,
                             const struct jn_limits *limits,
                             void *data,
                             struct jangle_error *error)
{
    switch (jn_canonical_decode(arena, type, json, size, version, limits, data)) {
    case JN_CANONICAL_TAKEN:
        return JANGLE_OK;
    case JN_CANONICAL_NO_MEMORY:
        return jn_arena_check(arena, error);
    case JN_CANONICAL_DECLINED:
        break;
    }
    return jn_decode_plain(arena, type, json, size, version, limits, data, error);
}
