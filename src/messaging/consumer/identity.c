/* identity.c - the id of a received message, and the stream that it belongs to. */
#include "messaging/consumer/identity.h"

#include "base/hash.h"
#include "base/ids.h"
#include "base/pair.h"
#include "command/decision.h"
#include "messaging/endpoint/anything.h"

#include <inttypes.h>

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* An id that the broker gives with every delivery; or where the message lies in a log.
 * Without either, nobody can tell this message from its repetition. */
static const char *make_id(struct jn_reader *reader,
                           struct jangle_arena *arena,
                           const struct jangle_parcel *parcel)
{
    const struct jangle *jangle = reader->endpoint->jangle;
    const char *name = reader->consumer->name;
    unsigned char bytes[JANGLE_ID_SIZE];
    char text[JN_ID_TEXT_SIZE];

    if (parcel->id && *parcel->id)
        return parcel->id;
    if (parcel->offset.log)
        return jangle_text(arena, "%s/%" PRId64, parcel->offset.log,
                           parcel->offset.offset);
    if (!atomic_exchange(&reader->warned, true))
        JN_LOG(&jangle->log, MESSAGE_UNNAMED, JN_PAIRS(JN_TEXT("consumer", name)),
               "%s receives messages that have no id: what is delivered twice is taken "
               "twice",
               name);
    jn_host_id(&jangle->host, bytes);
    jn_id_to_text(bytes, text);
    return jangle_text(arena, "%s", text);
}

static void find_id(struct jn_reader *reader,
                    struct jangle_arena *arena,
                    struct jn_incoming *incoming)
{
    struct jangle_contents *contents = &incoming->contents;
    unsigned char bytes[JANGLE_ID_SIZE];
    char text[JN_ID_TEXT_SIZE];

    if (!*contents->id)
        contents->id = make_id(reader, arena, incoming->parcel);
    jn_id_derive_in_time(
        bytes, (const char *const[]){contents->source, contents->id, NULL}, contents->id);
    jn_id_to_text(bytes, text);
    incoming->id = jn_pair_make(arena, reader->first_name, text);
    jn_hash_texts(incoming->fingerprint,
                  (const char *const[]){contents->type, contents->data, NULL});
}

/* The stream in which the event is stored. A message without a key has a stream of its
 * own, so that it holds up no other. */
static void find_stream(struct jn_reader *reader,
                        struct jangle_arena *arena,
                        struct jn_incoming *incoming)
{
    const char *key_member = reader->consumer->key_member;
    struct jangle_contents *contents = &incoming->contents;
    unsigned char bytes[JANGLE_ID_SIZE];
    char *text;

    if (!*contents->key)
        contents->key = or_empty(incoming->parcel->key);
    if (!*contents->key && key_member)
        contents->key = jn_member_text(arena, contents->data, key_member,
                                       reader->endpoint->jangle->limits.json_depth);
    incoming->stream = *contents->key ? contents->key : contents->id;
    if (jn_is_id(incoming->stream))
        return;
    text = jn_arena_room(arena, JN_ID_TEXT_SIZE);
    if (!text)
        return;
    jn_id_derive(bytes, (const char *const[]){incoming->stream, NULL});
    jn_id_to_text(bytes, text);
    incoming->stream = text;
}

void jn_incoming_identify(struct jn_reader *reader,
                          struct jangle_arena *arena,
                          struct jn_incoming *incoming)
{
    find_id(reader, arena, incoming);
    find_stream(reader, arena, incoming);
}
