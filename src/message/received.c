/* received.c - what is stored of a message that was received, besides its data: it is in
 * the `meta` of a record, together with the origin. */
#include "message/received.h"

#include "base/error.h"
#include "message/canonical.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"

#include <string.h>

/* An origin, and more if a message was received. Texts that are NULL are left out. Errors
 * call it an origin, because as a rule it is nothing else. */
struct origin {
    jangle_optional_text correlation_id;
    jangle_optional_text causation_id;
    jangle_optional_text actor;
    jangle_optional_text trace;
    jangle_json received;
};

static JANGLE_STRUCT(origin, correlation_id, causation_id, actor, trace, received);

/* The same of an event that was not received, as jn_meta_write writes it: nearly all
 * are. */
struct own_origin {
    jangle_optional_text correlation_id;
    jangle_optional_text causation_id;
    jangle_optional_text actor;
    jangle_optional_text trace;
};

static JANGLE_STRUCT(own_origin, correlation_id, causation_id, actor, trace);

struct received_details {
    const char *source;
    const char *id;
    const char *type;
    const char *key;
    const char *subject;
    int64_t version;
    int64_t position;
    jangle_time at;
    const char *extra;
};

static JANGLE_STRUCT(
    received_details, source, id, type, key, subject, version, position, at, extra);

enum jangle_result jn_meta_write_received(struct jangle_arena *arena,
                                          const struct jangle_origin *from,
                                          const struct jn_received *message,
                                          const struct jn_limits *limits,
                                          const char **meta,
                                          struct jangle_error *error)
{
    struct origin stored = {
        .correlation_id = jn_text_or_absent(from->correlation_id),
        .causation_id = jn_text_or_absent(from->causation_id),
        .actor = jn_text_or_absent(from->actor),
        .trace = jn_text_or_absent(from->trace),
    };
    struct received_details details = {
        .source = message->base.source,
        .id = message->base.id,
        .type = message->base.type,
        .key = message->base.key,
        .subject = message->subject,
        .version = message->version,
        .position = message->base.position,
        .at = message->at,
        .extra = message->base.extra,
    };
    size_t size;
    enum jangle_result result =
        jn_encode(arena, &received_details, &details, JN_NULLS_EMPTY, limits,
                  &stored.received.text, &size, error);

    return result ? result
                  : jn_encode(arena, &origin, &stored, JN_NULLS_REFUSED, limits, meta,
                              &size, error);
}

/* The canonical form of an own_origin lacks a member that that of an origin has. So both
 * are tried, before the reader that finds words for what is wrong. */
static enum jangle_result read_origin(struct jangle_arena *arena,
                                      const char *meta,
                                      const struct jn_limits *limits,
                                      struct origin *stored,
                                      struct jangle_error *error)
{
    size_t size = strlen(meta);
    int version = jn_type_version(&origin);
    struct own_origin own;
    enum jn_canonical read =
        jn_canonical_decode(arena, &own_origin, meta, size, version, limits, &own);

    if (read == JN_CANONICAL_NO_MEMORY)
        return jn_arena_check(arena, error);
    if (read == JN_CANONICAL_DECLINED)
        return jn_decode(arena, &origin, meta, size, version, limits, stored, error);
    *stored = (struct origin){
        .correlation_id = own.correlation_id,
        .causation_id = own.causation_id,
        .actor = own.actor,
        .trace = own.trace,
    };
    return JANGLE_OK;
}

/* A record without `meta` has an origin that says nothing. */
static enum jangle_result read_meta(struct jangle_arena *arena,
                                    const char *meta,
                                    const struct jn_limits *limits,
                                    struct jangle_origin *to,
                                    const char **details,
                                    struct jangle_error *error)
{
    struct origin stored;
    enum jangle_result result;

    *to = (struct jangle_origin){NULL, NULL, NULL, NULL};
    *details = NULL;
    if (!meta || !*meta)
        return JANGLE_OK;
    result = read_origin(arena, meta, limits, &stored, error);
    if (result)
        return result;
    *to = (struct jangle_origin){
        .correlation_id = stored.correlation_id.value,
        .causation_id = stored.causation_id.value,
        .actor = stored.actor.value,
        .trace = stored.trace.value,
    };
    *details = stored.received.text;
    return JANGLE_OK;
}

enum jangle_result jn_meta_read(struct jangle_arena *arena,
                                const char *meta,
                                const struct jn_limits *limits,
                                struct jangle_origin *to,
                                struct jangle_error *error)
{
    const char *details;

    return read_meta(arena, meta, limits, to, &details, error);
}

static enum jangle_result read_details(struct jangle_arena *arena,
                                       const struct jangle_record *record,
                                       const char *details,
                                       const struct jn_limits *limits,
                                       const struct jn_received **received,
                                       struct jangle_error *error)
{
    struct jn_received *message = jangle_alloc(arena, sizeof *message);
    struct received_details stored;
    enum jangle_result result =
        jn_decode(arena, &received_details, details, strlen(details),
                  jn_type_version(&received_details), limits, &stored, error);

    if (!result)
        result = jn_arena_check(arena, error);
    if (result)
        return result;
    *message = (struct jn_received){
        .base = {.consumer = jn_arena_copy_text(arena, record->kind),
                 .source = stored.source,
                 .id = stored.id,
                 .type = stored.type,
                 .key = stored.key,
                 .position = stored.position,
                 .extra = stored.extra},
        .subject = stored.subject,
        .version = stored.version,
        .at = stored.at,
        .stored_at = record->at,
    };
    *received = message;
    return jn_arena_check(arena, error);
}

enum jangle_result jn_meta_read_received(struct jangle_arena *arena,
                                         const struct jangle_record *record,
                                         const struct jn_limits *limits,
                                         struct jangle_origin *to,
                                         const struct jn_received **received,
                                         struct jangle_error *error)
{
    const char *details;
    enum jangle_result result =
        read_meta(arena, record->meta, limits, to, &details, error);

    *received = NULL;
    if (result || !details)
        return result;
    return read_details(arena, record, details, limits, received, error);
}
