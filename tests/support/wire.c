/* wire.c - a format at work in a test. */
#include "support/wire.h"

#include "support/test.h"

#include <string.h>

void parcels_init(struct parcels *parcels)
{
    *parcels = (struct parcels){0};
    failing_allocator_init(&parcels->memory, 0);
    jn_arena_init(&parcels->arena, &parcels->memory.allocator);
}

void parcels_finish(struct parcels *parcels)
{
    jn_arena_finish(&parcels->arena);
    assert_int_equal(parcels->memory.pieces, 0);
}

struct jangle_contents contents_of(const char *type, const char *data)
{
    return (struct jangle_contents){.id = "7",
                                    .source = "/bank",
                                    .type = type,
                                    .role = JANGLE_ROLE_EVENT,
                                    .key = "",
                                    .subject = "",
                                    .data = data,
                                    .extra = ""};
}

struct jangle_parcel parcel_written(struct parcels *parcels,
                                    const struct jangle_format *format,
                                    const struct jangle_contents *contents)
{
    struct jangle_parcel parcel = {0};

    if (format->encode(format, &parcels->arena, contents, &parcel, &parcels->error))
        fail_msg("%s", parcels->error.message);
    assert_string_equal(parcels->error.message, "");
    assert_false(parcels->arena.failed);
    return parcel;
}

const char *parcel_shown(struct parcels *parcels, const struct jangle_parcel *parcel)
{
    const char *shown =
        parcel->content_type
            ? jangle_text(&parcels->arena, "content-type: %s\n", parcel->content_type)
            : "";

    for (size_t i = 0; i < parcel->header_count; i++)
        shown = jangle_text(&parcels->arena, "%s%s: %s\n", shown, parcel->headers[i].name,
                            parcel->headers[i].value);
    return jangle_text(&parcels->arena, "%s\n%.*s\n", shown, (int)parcel->body_size,
                       (const char *)parcel->body);
}

struct jangle_parcel parcel_of(struct parcels *parcels,
                               const char *content_type,
                               const char *const *headers,
                               const char *body)
{
    struct jangle_parcel parcel = {.content_type = content_type};
    struct jangle_header *made;

    parcel.body = jn_arena_copy(&parcels->arena, body, strlen(body));
    parcel.body_size = strlen(body);
    while (headers && headers[parcel.header_count * 2])
        parcel.header_count++;
    made = jangle_alloc(&parcels->arena, (parcel.header_count + 1) * sizeof *made);
    assert_non_null(made);
    for (size_t i = 0; i < parcel.header_count; i++)
        made[i] = (struct jangle_header){headers[2 * i], headers[2 * i + 1]};
    parcel.headers = made;
    return parcel;
}

struct jangle_contents contents_read(struct parcels *parcels,
                                     const struct jangle_format *format,
                                     const struct jangle_parcel *parcel)
{
    struct jangle_contents contents;

    if (format->decode(format, &parcels->arena, parcel, &contents, &parcels->error))
        fail_msg("%s", parcels->error.message);
    assert_string_equal(parcels->error.message, "");
    assert_false(parcels->arena.failed);
    return contents;
}

static void expect_unread(struct parcels *parcels,
                          const struct jangle_format *format,
                          const struct jangle_parcel *parcel,
                          enum jangle_result expected)
{
    struct jangle_contents contents;

    assert_result(
        format->decode(format, &parcels->arena, parcel, &contents, &parcels->error),
        expected);
    assert_result(parcels->error.result, expected);
    assert_string_equal(contents.type, "");
    assert_string_equal(contents.data, "");
    assert_string_equal(contents.extra, "");
}

void expect_refused(struct parcels *parcels,
                    const struct jangle_format *format,
                    const struct jangle_parcel *parcel,
                    const char *sentence)
{
    expect_unread(parcels, format, parcel, JANGLE_INVALID);
    assert_string_equal(parcels->error.message, sentence);
}

void expect_foreign(struct parcels *parcels,
                    const struct jangle_format *format,
                    const struct jangle_parcel *parcel)
{
    expect_unread(parcels, format, parcel, JANGLE_NOT_FOUND);
}

void expect_unwritable(struct parcels *parcels,
                       const struct jangle_format *format,
                       const struct jangle_contents *contents,
                       const char *sentence)
{
    struct jangle_parcel parcel = {0};

    assert_result(
        format->encode(format, &parcels->arena, contents, &parcel, &parcels->error),
        JANGLE_INVALID);
    assert_string_equal(parcels->error.message, sentence);
}

static void expect_text(const char *member, const char *text, const char *expected)
{
    if (!text || strcmp(text, expected ? expected : "") != 0)
        fail_msg("%s is %s, not %s", member, text ? text : "NULL", expected);
}

static void expect_origin(const char *member, const char *text, const char *expected)
{
    if (text && !*text)
        fail_msg("%s is not NULL, but empty", member);
    expect_text(member, text ? text : "", expected);
}

void expect_contents(const struct jangle_contents *contents,
                     const struct jangle_contents *expected)
{
    expect_text("id", contents->id, expected->id);
    expect_text("source", contents->source, expected->source);
    expect_text("type", contents->type, expected->type);
    assert_int_equal(contents->type_version, expected->type_version);
    assert_int_equal(contents->role, expected->role);
    expect_text("key", contents->key, expected->key);
    expect_text("subject", contents->subject, expected->subject);
    assert_true(contents->version == expected->version);
    assert_true(contents->position == expected->position);
    assert_true(contents->at.us == expected->at.us);
    expect_origin("correlation_id", contents->origin.correlation_id,
                  expected->origin.correlation_id);
    expect_origin("causation_id", contents->origin.causation_id,
                  expected->origin.causation_id);
    expect_origin("actor", contents->origin.actor, expected->origin.actor);
    expect_origin("trace", contents->origin.trace, expected->origin.trace);
    expect_text("data", contents->data, expected->data);
    expect_text("extra", contents->extra, expected->extra);
}
