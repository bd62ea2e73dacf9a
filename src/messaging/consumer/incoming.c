/* incoming.c - a parcel is read: its format is found, then its rows, and each row says
 * one thing that is to be done. This is the border of the program: the contents are
 * checked here, and nowhere else. */
#include "messaging/consumer/incoming.h"

#include "message/check.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"
#include "messaging/consumer/identity.h"
#include "messaging/endpoint/anything.h"
#include "messaging/endpoint/matching.h"
#include "messaging/endpoint/translation.h"

#include <inttypes.h>
#include <string.h>

/* What the functions of this file work on. */
struct reading {
    struct jn_reader *reader;
    const struct jangle *jangle;
    const struct jangle_consumer *consumer;
    struct jangle_arena *arena;
    struct jn_incoming *incoming;
    struct jangle_error *error; /* of the message */
};

/* ---- the format ----------------------------------------------------------- */

static enum jangle_result decode_parcel(struct reading *reading)
{
    static const struct jangle_format *const by_default[] = {&jangle_cloudevents};
    const struct jangle_formats *formats = &reading->consumer->formats;
    const struct jangle_format *const *items =
        formats->count ? formats->items : by_default;
    size_t count = formats->count ? formats->count : 1;

    for (size_t i = 0; i < count; i++) {
        struct jangle_error why = {0};
        enum jangle_result result =
            items[i]->decode(items[i], reading->arena, reading->incoming->parcel,
                             &reading->incoming->contents, &why);

        if (!result)
            return jn_arena_check(reading->arena, reading->error);
        if (result != JANGLE_NOT_FOUND)
            return jn_fail_as(reading->error, &why);
    }
    return jn_fail(reading->error, JANGLE_INVALID,
                   "no format of \"%s\" knows this message", reading->consumer->name);
}

/* ---- the event, as the functions of a route see it ------------------------ */

/* A description without version() reads every version; with one, an older message is made
 * newer, and a newer one cannot be read. */
static int version_of(const struct jangle_contents *contents,
                      const struct jangle_message *type)
{
    if (!type->version || !contents->type_version)
        return jn_type_version(type);
    return contents->type_version;
}

static void fill_event(struct reading *reading)
{
    struct jn_incoming *incoming = reading->incoming;
    const struct jangle_contents *contents = &incoming->contents;
    struct jn_received *received = jangle_alloc(reading->arena, sizeof *received);

    if (!received)
        return;
    *received = (struct jn_received){
        .base = {.consumer = reading->consumer->name,
                 .source = contents->source,
                 .id = contents->id,
                 .type = contents->type,
                 .key = contents->key,
                 .position = contents->position,
                 .extra = contents->extra,
                 .attempt = incoming->parcel->attempt},
        .subject = contents->subject,
        .version = contents->version,
        .at = contents->at,
        .stored_at = jn_host_now(&reading->jangle->host),
    };
    incoming->event = (struct jangle_event){
        .id = contents->id,
        .kind = reading->consumer->name,
        .aggregate_id = contents->subject,
        .version = contents->version,
        .at = contents->at.us ? contents->at : received->stored_at,
        .origin = contents->origin,
        .received = &received->base,
        .arena = reading->arena,
    };
    if (!reading->consumer->believe)
        incoming->event.origin.actor = reading->consumer->actor;
}

static enum jangle_result read_any(struct reading *reading, void *data)
{
    const struct jangle_contents *contents = &reading->incoming->contents;
    struct jangle_any *any = data;

    *any = (struct jangle_any){
        .type = contents->type,
        .content_type = jn_any_content_type(reading->arena, contents,
                                            reading->jangle->limits.json_depth),
        .data = {*contents->data ? contents->data : "null"},
    };
    return JANGLE_OK;
}

/* The data as the struct of the route's type, checked. */
static enum jangle_result
read_data(struct reading *reading, const struct jangle_route *route, void **data)
{
    const struct jangle_contents *contents = &reading->incoming->contents;
    const struct jangle_message *type = route->type;

    *data = jn_arena_room(reading->arena, type->size);
    if (!*data)
        return jn_fail(reading->error, JANGLE_NO_MEMORY, "out of memory");
    if (type == &jangle_any)
        return read_any(reading, *data);
    if (!*contents->data)
        return jn_fail(reading->error, JANGLE_INVALID, "%s: the message has no data",
                       type->name);
    if (jn_decode(reading->arena, type, contents->data, strlen(contents->data),
                  version_of(contents, type), &reading->jangle->limits, *data,
                  reading->error))
        return reading->error->result;
    return jn_check_run(type, *data, reading->error);
}

/* ---- parts ---------------------------------------------------------------- */

static bool is_newer(const struct jangle_contents *contents,
                     const struct jangle_message *type)
{
    return type->version && contents->type_version > type->version;
}

static struct jn_part *add_part(struct reading *reading,
                                const struct jangle_route *route,
                                const struct jangle_message *type)
{
    return jangle_list_add(reading->arena, &reading->incoming->parts, jn_part,
                           .route = route, .type = type,
                           .type_version = jn_type_version(type));
}

/* What is stored of the message besides its data. It may be too large, too. */
static enum jangle_result write_meta(struct reading *reading, struct jn_part *part)
{
    const struct jangle_event *event = &reading->incoming->event;
    struct jangle_error why = {0};

    if (!jn_meta_write_received(reading->arena, &event->origin,
                                (const struct jn_received *)event->received,
                                &reading->jangle->limits, &part->meta, &why))
        return JANGLE_OK;
    return jn_fail(reading->error, why.result, "what it says besides its data: %s",
                   why.message);
}

/* What is stored is what came, with members that this program does not read: a later
 * version of the program may. */
static enum jangle_result add_event_as_it_came(struct reading *reading,
                                               const struct jangle_route *route)
{
    const struct jangle_contents *contents = &reading->incoming->contents;
    struct jn_part *part = add_part(reading, route, route->type);

    if (!part)
        return jn_fail(reading->error, JANGLE_NO_MEMORY, "out of memory");
    part->payload = contents->data;
    part->type_version = version_of(contents, route->type);
    return write_meta(reading, part);
}

static enum jangle_result add_typed_part(struct reading *reading,
                                         const struct jangle_route *route,
                                         const struct jangle_message *type,
                                         const void *data)
{
    struct jn_part *part = add_part(reading, route, type);
    size_t size;

    if (!part)
        return jn_fail(reading->error, JANGLE_NO_MEMORY, "out of memory");
    part->data = data;
    if (type->role != JANGLE_ROLE_EVENT)
        return JANGLE_OK;
    if (jn_encode(reading->arena, type, data, JN_NULLS_REFUSED, &reading->jangle->limits,
                  &part->payload, &size, reading->error))
        return reading->error->result;
    return write_meta(reading, part);
}

/* A row is checked when jangle opens, and what its function says only now. */
static enum jangle_result check_translated(struct reading *reading,
                                           const struct jangle_message *type)
{
    const struct jn_registry *registry = &reading->jangle->registry;
    const char *name = jn_type_name(type);
    const struct jangle_aggregate *emitter = jn_map_find(&registry->emitted, name);

    if (type->role == JANGLE_ROLE_COMMAND && !jn_map_find(&registry->routes, name))
        return jn_fail(reading->error, JANGLE_INVALID,
                       "it was translated into %s, which no aggregate of this program "
                       "decides",
                       name);
    if (type->role == JANGLE_ROLE_EVENT && emitter)
        return jn_fail(reading->error, JANGLE_INVALID,
                       "it was translated into %s, which happens in this program, too: "
                       "the aggregate %s lists it",
                       name, emitter->name);
    return JANGLE_OK;
}

/* What a `handle` function gets: an event, which may happen in this program, too, because
 * it is not stored. */
static enum jangle_result add_call(struct reading *reading,
                                   const struct jangle_route *route,
                                   const struct jangle_message *type,
                                   const void *data)
{
    struct jn_incoming *incoming = reading->incoming;

    if (type->role != JANGLE_ROLE_EVENT)
        return jn_fail(reading->error, JANGLE_INVALID,
                       "it was translated into %s, which is no event, for a row with a "
                       "handle",
                       jn_type_name(type));
    if (!incoming->called)
        incoming->called = jangle_alloc(reading->arena, sizeof *incoming->called);
    if (incoming->called && jangle_list_add(reading->arena, &incoming->calls, jn_call,
                                            .route = route, .type = type, .data = data)) {
        jn_arena_init(&incoming->called->arena, reading->arena->allocator);
        return JANGLE_OK;
    }
    return jn_fail(reading->error, JANGLE_NO_MEMORY, "out of memory");
}

static enum jangle_result add_translated(struct reading *reading,
                                         const struct jangle_route *route,
                                         const void *data)
{
    struct jangle_translation translation = {.arena = reading->arena};
    enum jangle_result result;

    reading->incoming->event.type = route->type;
    reading->incoming->event.data = data;
    result = jn_translate(&translation, route->translate, &reading->incoming->event,
                          reading->error);
    if (result || !translation.type)
        return result;
    if (route->handle)
        return add_call(reading, route, translation.type, translation.data);
    if (check_translated(reading, translation.type))
        return reading->error->result;
    return add_typed_part(reading, route, translation.type, translation.data);
}

/* An event that is newer than its description is stored without being read: those who
 * would handle it wait for a newer program. */
static enum jangle_result apply_route(struct reading *reading,
                                      const struct jangle_route *route)
{
    const struct jangle_contents *contents = &reading->incoming->contents;
    bool stores = !route->translate && !route->handle &&
                  route->type->role == JANGLE_ROLE_EVENT && route->type != &jangle_any;
    void *data;

    if (stores && is_newer(contents, route->type))
        return add_event_as_it_came(reading, route);
    if (read_data(reading, route, &data))
        return reading->error->result;
    if (stores)
        return add_event_as_it_came(reading, route);
    if (route->translate)
        return add_translated(reading, route, data);
    if (route->handle)
        return add_call(reading, route, route->type, data);
    return add_typed_part(reading, route, route->type, data);
}

static enum jangle_result apply_routes(struct reading *reading)
{
    const struct jangle_contents *contents = &reading->incoming->contents;
    struct jn_matching matching = {
        .jangle = reading->jangle,
        .routes = &reading->consumer->routes,
        .type = contents->type,
        .outside = true,
        .candidate = {.arena = reading->arena, .contents = contents},
    };
    const struct jangle_route *route;
    enum jangle_result result;

    do {
        result = jn_matching_next(&matching, &route, reading->error);
        if (!result && route)
            result = apply_route(reading, route);
    } while (!result && route);
    reading->incoming->mismatched = matching.candidate.mismatched;
    return result;
}

/* The id of a part that is not the last. Its type is in it, because rows may be added
 * between two deliveries of a message; parts of one type are told apart by a number. */
static const char *part_id(struct reading *reading, size_t index)
{
    const struct jn_incoming *incoming = reading->incoming;
    const char *name = jn_type_name(incoming->parts.items[index].type);
    size_t before = 0;

    for (size_t i = 0; i < index; i++)
        before += !strcmp(jn_type_name(incoming->parts.items[i].type), name);
    if (!before)
        return jangle_text(reading->arena, "%s/%s", incoming->id, name);
    return jangle_text(reading->arena, "%s/%s/%zu", incoming->id, name, before + 1);
}

/* The last thing that is done has the id of the message itself: when it is stored, all is
 * done. Handlers come after all parts. */
static enum jangle_result name_parts(struct reading *reading)
{
    struct jn_incoming *incoming = reading->incoming;
    size_t stored = 0;

    for (size_t i = 0; i < incoming->parts.count; i++) {
        struct jn_part *part = &incoming->parts.items[i];
        bool last = i + 1 == jn_incoming_steps(incoming);

        part->command_id = last ? incoming->id : part_id(reading, i);
        if (last && atomic_load(&reading->reader->had_handles))
            part->former_id = part_id(reading, i);
        stored += part->payload != NULL;
    }
    if (stored > 1)
        return jn_fail(reading->error, JANGLE_INVALID,
                       "%zu rows of \"%s\" would store it, and one may", stored,
                       reading->consumer->name);
    return jn_arena_check(reading->arena, reading->error);
}

static enum jangle_result read_message(struct reading *reading)
{
    struct jn_incoming *incoming = reading->incoming;
    const struct jangle_parcel *parcel = incoming->parcel;
    int64_t limit = reading->jangle->limits.message_bytes;

    if (parcel->body_size > (size_t)limit)
        return jn_fail(reading->error, JANGLE_INVALID,
                       "it has %zu bytes, and config.message_bytes is %" PRId64,
                       parcel->body_size, limit);
    if (decode_parcel(reading))
        return reading->error->result;
    jn_incoming_identify(reading->reader, reading->arena, reading->incoming);
    fill_event(reading);
    if (jn_arena_check(reading->arena, reading->error) || apply_routes(reading))
        return reading->error->result;
    return name_parts(reading);
}

/* What the log says of it is said when the broker was told, and then the parcel is no
 * more. What cannot be read has no id but that of its parcel. */
static enum jangle_result keep_names(const struct reading *reading)
{
    struct jn_incoming *incoming = reading->incoming;
    struct jangle_contents *contents = &incoming->contents;
    const char *id = contents->id && *contents->id ? contents->id : incoming->parcel->id;

    contents->id = id ? jangle_text(reading->arena, "%s", id) : "";
    contents->type =
        contents->type ? jangle_text(reading->arena, "%s", contents->type) : "";
    return jn_arena_check(reading->arena, reading->error);
}

enum jangle_result jn_incoming_read(struct jn_reader *reader,
                                    struct jangle_arena *arena,
                                    const struct jangle_parcel *parcel,
                                    struct jn_incoming *incoming,
                                    struct jangle_error *error)
{
    struct reading reading = {
        .reader = reader,
        .jangle = reader->endpoint->jangle,
        .consumer = reader->consumer,
        .arena = arena,
        .incoming = incoming,
        .error = &incoming->error,
    };
    enum jangle_result result;

    *incoming = (struct jn_incoming){
        .parcel = parcel, .state = JN_IN_HAND, .attempts = parcel->attempt};
    result = read_message(&reading);
    if (result == JANGLE_NO_MEMORY)
        return jn_fail(error, result, "%s", incoming->error.message);
    if (result)
        incoming->state = JN_IN_DEAD;
    else if (!jn_incoming_steps(incoming))
        incoming->state = JN_IN_IGNORED;
    if (incoming->state != JN_IN_IGNORED && keep_names(&reading))
        return jn_fail(error, JANGLE_NO_MEMORY, "%s", incoming->error.message);
    return JANGLE_OK;
}
