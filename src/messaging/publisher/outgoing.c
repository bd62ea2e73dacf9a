/* outgoing.c - a stored event becomes a parcel: its row is found, it is translated and
 * written in the publisher's format. */
#include "messaging/publisher/outgoing.h"

#include "base/hash.h"
#include "base/ids.h"
#include "base/pair.h"
#include "message/describe.h"
#include "message/encode.h"
#include "message/event.h"
#include "messaging/endpoint/anything.h"
#include "messaging/endpoint/matching.h"
#include "messaging/endpoint/translation.h"

#include <string.h>

#define JSON_SPACE " \t\r\n"

/* All that is needed to write one message. */
struct message {
    const struct jn_publishing *publishing;
    struct jangle_arena *arena;
    const struct jangle_record *record;
    const struct jangle_route *route;
    const struct jangle_message *type; /* of what is said: the row's, or translated */
    const struct jangle_any *any; /* what is said, if that is a jangle_any; or NULL */
    const char *extra;            /* what a translation gave to the format; or NULL */
    struct jangle_contents contents;
};

static enum jangle_result choose_route(struct message *message,
                                       struct jn_outgoing *outgoing,
                                       struct jangle_error *error)
{
    const struct jn_publishing *publishing = message->publishing;
    struct jn_matching matching = {
        .jangle = publishing->endpoint.jangle,
        .routes = &publishing->publisher->routes,
        .type = message->record->type,
        .candidate = {.arena = message->arena, .record = message->record},
    };
    enum jangle_result result = jn_matching_next(&matching, &message->route, error);

    outgoing->unwanted = !result && !message->route;
    outgoing->mismatched = matching.candidate.mismatched;
    return result;
}

/* ---- the data ------------------------------------------------------------- */

static const char *payload_text(struct jangle_arena *arena,
                                const struct jangle_record *record)
{
    char *text = jn_arena_room(arena, record->payload_size + 1);

    if (!text)
        return NULL;
    memcpy(text, record->payload, record->payload_size);
    text[record->payload_size] = '\0';
    return text;
}

/* Was it posted as jangle_any? Then it says its type itself, and its stored type is
 * jangle_any. */
static bool is_posted_any(const struct message *message)
{
    return !strcmp(message->record->type, jn_type_name(&jangle_any));
}

/* A payload of the version that this program describes is the canonical JSON of the
 * event, so it is sent as it is stored. */
static bool is_sent_as_stored(const struct message *message)
{
    if (message->route->translate || is_posted_any(message))
        return false;
    return message->route->type == &jangle_any ||
           message->record->type_version == jn_type_version(message->route->type);
}

static enum jangle_result read_event(const struct message *message,
                                     struct jangle_event *event,
                                     struct jangle_error *error)
{
    const struct jangle_record *record = message->record;
    const struct jangle *jangle = message->publishing->endpoint.jangle;
    struct jangle_record any = *record;
    struct jangle_any data = {.type = record->type, .content_type = "application/json"};
    const char *json;
    size_t size;

    if (message->route->type != &jangle_any || is_posted_any(message))
        return jn_event_read(event, message->arena, record, message->route->type,
                             &jangle->limits, error);
    data.data.text = payload_text(message->arena, record);
    if (jn_encode(message->arena, &jangle_any, &data, JN_NULLS_REFUSED, &jangle->limits,
                  &json, &size, error))
        return error->result;
    any.payload = json;
    any.payload_size = size;
    any.type_version = 1;
    return jn_event_read(event, message->arena, &any, &jangle_any, &jangle->limits,
                         error);
}

/* OK with a `type` of NULL: the translation wants nothing to be said. */
static enum jangle_result translate_event(struct message *message,
                                          const struct jangle_event *event,
                                          const void **data,
                                          struct jangle_error *error)
{
    const struct jangle *jangle = message->publishing->endpoint.jangle;
    struct jangle_translation translation = {.arena = message->arena,
                                             .depth = jangle->limits.json_depth};
    enum jangle_result result;

    *data = event->data;
    message->type = message->route->type;
    if (!message->route->translate)
        return JANGLE_OK;
    result = jn_translate(&translation, message->route->translate, event, error);
    message->type = translation.type;
    message->extra = translation.extra;
    *data = translation.data;
    return result;
}

/* What jangle_any says of its data comes first. Neither of the two is without braces. */
static void add_extra(struct message *message)
{
    struct jangle_contents *contents = &message->contents;
    const char *said = contents->extra, *given = message->extra;

    if (!given)
        return;
    given += strspn(given, JSON_SPACE);
    if (*said && given[1 + strspn(given + 1, JSON_SPACE)] != '}')
        contents->extra = jangle_text(message->arena, "%.*s,%s", (int)strlen(said) - 1,
                                      said, given + 1);
    else if (!*said)
        contents->extra = given;
}

/* The data, and the extras that belong to it. */
static enum jangle_result
write_said(struct message *message, const void *data, struct jangle_error *error)
{
    const struct jangle *jangle = message->publishing->endpoint.jangle;
    size_t size;

    message->any = message->type == &jangle_any ? data : NULL;
    if (message->any)
        jn_any_write(message->arena, message->any, &message->contents);
    else if (jn_encode(message->arena, message->type, data, JN_NULLS_REFUSED,
                       &jangle->limits, &message->contents.data, &size, error))
        return error->result;
    add_extra(message);
    return jn_arena_check(message->arena, error);
}

static enum jangle_result write_data(struct message *message, struct jangle_error *error)
{
    struct jangle_event event;
    const void *data;

    message->type = message->route->type;
    message->contents.extra = "";
    if (is_sent_as_stored(message)) {
        message->contents.data = payload_text(message->arena, message->record);
        return jn_arena_check(message->arena, error);
    }
    if (read_event(message, &event, error) ||
        translate_event(message, &event, &data, error))
        return error->result;
    return message->type ? write_said(message, data, error) : JANGLE_OK;
}

/* ---- the rest of the contents --------------------------------------------- */

static void write_type(struct message *message)
{
    const struct jangle_route *route = message->route;
    struct jangle_contents *contents = &message->contents;

    contents->role = message->type->role;
    if (message->type != &jangle_any) {
        contents->type = jn_type_name(message->type);
        contents->type_version = jn_type_version(message->type);
    } else if (!message->any) {
        contents->type = message->record->type;
        contents->type_version = message->record->type_version;
    }
    if (route->as)
        contents->type = route->as;
}

/* What a consumer has stored is said again as it was said first. */
static void write_first_head(struct message *message, const struct jn_received *received)
{
    struct jangle_contents *contents = &message->contents;

    contents->id = received->base.id;
    contents->source = received->base.source;
    if (*received->base.key)
        contents->key = received->base.key;
    contents->subject = received->subject;
    contents->version = received->version;
    contents->position = received->base.position;
    contents->at = received->at;
    if (!message->any && *received->base.extra && !message->route->translate)
        contents->extra = received->base.extra;
}

static enum jangle_result write_head(struct message *message, struct jangle_error *error)
{
    const struct jangle_record *record = message->record;
    const struct jangle *jangle = message->publishing->endpoint.jangle;
    struct jangle_contents *contents = &message->contents;
    char *id = jn_arena_room(message->arena, JN_ID_TEXT_SIZE);
    const struct jn_received *received;

    if (id)
        jn_id_to_text(record->event_id, id);
    contents->id = id;
    contents->source = jangle->config.source;
    contents->key = jn_pair_make(message->arena, record->kind, record->id);
    contents->subject = record->id;
    contents->version = record->version;
    contents->position = record->position;
    contents->at = record->at;
    if (jn_meta_read_received(message->arena, record, &jangle->limits, &contents->origin,
                              &received, error))
        return error->result;
    if (received)
        write_first_head(message, received);
    return jn_arena_check(message->arena, error);
}

/* ---- the parcel ----------------------------------------------------------- */

static const char *name_or_null(struct jangle_arena *arena, const char *name)
{
    return *name ? jn_arena_copy_text(arena, name) : NULL;
}

/* The route of a publisher that has a queue says nothing, because the parcel goes
 * straight into that queue. */
static enum jangle_result address_parcel(const struct message *message,
                                         struct jangle_parcel *parcel,
                                         struct jangle_error *error)
{
    const struct jn_publishing *publishing = message->publishing;
    const struct jangle_publisher *publisher = publishing->publisher;
    const struct jangle_contents *contents = &message->contents;
    const struct jangle_named named = {
        .role = contents->role,
        .type = contents->type,
        .version = contents->type_version,
        .topic = message->route->topic ? message->route->topic : publisher->topic,
        .queue = publisher->queue,
    };
    struct jangle_names names = {0};

    if (publishing->naming->name(publishing->naming, &named, &names, error))
        return error->result;
    parcel->topic = publisher->queue ? NULL : name_or_null(message->arena, names.topic);
    parcel->queue = publisher->queue ? name_or_null(message->arena, names.queue) : NULL;
    parcel->route = name_or_null(message->arena, names.route);
    parcel->id = contents->id;
    parcel->must_be_queued = contents->role == JANGLE_ROLE_COMMAND;
    return jn_arena_check(message->arena, error);
}

static enum jangle_result write_parcel(struct message *message,
                                       struct jangle_parcel *parcel,
                                       struct jangle_error *error)
{
    const struct jn_publishing *publishing = message->publishing;
    const struct jangle_format *format = publishing->publisher->format;
    size_t limit = publishing->endpoint.transport->ops->body_bytes;

    if (!format)
        format = &jangle_cloudevents;
    if (format->encode(format, message->arena, &message->contents, parcel, error))
        return error->result;
    parcel->key = format->keyless ? NULL : message->contents.key;
    if (limit && parcel->body_size > limit)
        return jn_fail(error, JANGLE_INVALID,
                       "the message has %zu bytes, and its broker takes %zu at most",
                       parcel->body_size, limit);
    return address_parcel(message, parcel, error);
}

static enum jangle_result write_message(struct message *message,
                                        struct jn_outgoing *outgoing,
                                        struct jangle_error *error)
{
    enum jangle_result result = choose_route(message, outgoing, error);

    if (!result && message->route)
        result = write_data(message, error);
    if (result || !message->type)
        return result;
    write_type(message);
    if (write_head(message, error) || write_parcel(message, &outgoing->parcel, error))
        return error->result;
    outgoing->key_hash = jn_hash_text(message->contents.key);
    outgoing->state = JN_OUT_READY;
    return JANGLE_OK;
}

enum jangle_result jn_outgoing_write(const struct jn_publishing *publishing,
                                     struct jangle_arena *arena,
                                     const struct jangle_record *record,
                                     struct jn_outgoing *outgoing,
                                     struct jangle_error *error)
{
    struct message message = {
        .publishing = publishing,
        .arena = arena,
        .record = record,
    };
    enum jangle_result result;

    *outgoing = (struct jn_outgoing){.state = JN_OUT_IGNORED};
    result = write_message(&message, outgoing, &outgoing->error);
    if (result == JANGLE_NO_MEMORY)
        return jn_fail_as(error, &outgoing->error);
    if (result)
        outgoing->state = JN_OUT_FAILED;
    return JANGLE_OK;
}
