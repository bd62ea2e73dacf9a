/* spec_record.c - a message of a spec as it would be stored. */
#include "testing/spec_record.h"

#include "base/error.h"
#include "message/describe.h"
#include "message/encode.h"
#include <string.h>

bool jn_spec_encode(struct jangle_here here,
                    struct jangle_arena *arena,
                    const struct jangle_message *type,
                    const void *data,
                    struct jn_spec_message *message)
{
    struct jangle_error error = {0};

    *message = (struct jn_spec_message){.type = type, .version = jn_type_version(type)};
    if (!jn_encode_zeroed(arena, type, data, &jn_limits_default, &message->json,
                          &message->size, &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

/* How many events that stream has, counting this one. */
static int64_t next_version(struct jn_spec_stubs *stubs)
{
    for (size_t i = 0; i < stubs->streams.count; i++) {
        struct jn_spec_stream *stream = &stubs->streams.items[i];

        if (!strcmp(stream->kind, stubs->from_kind) &&
            !strcmp(stream->id, stubs->from_id))
            return ++stream->version;
    }
    jangle_list_add(&stubs->arena, &stubs->streams, jn_spec_stream,
                    .kind = stubs->from_kind, .id = stubs->from_id, .version = 1);
    return 1;
}

void jn_spec_record(struct jangle_spec *spec,
                    const struct jn_spec_message *message,
                    struct jangle_record *record)
{
    struct jn_spec_stubs *stubs = &spec->stubs;

    stubs->position++;
    *record = (struct jangle_record){.position = stubs->position,
                                     .kind = stubs->from_kind,
                                     .id = stubs->from_id,
                                     .version = next_version(stubs),
                                     .type = jn_type_name(message->type),
                                     .type_version = message->version,
                                     .at = spec->now,
                                     .payload = message->json,
                                     .payload_size = message->size,
                                     .meta = ""};
    for (int i = 0; i < 8; i++)
        record->event_id[JANGLE_ID_SIZE - 1 - i] =
            (unsigned char)((uint64_t)stubs->position >> (8 * i));
}
