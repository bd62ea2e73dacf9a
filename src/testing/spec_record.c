/* spec_record.c - what a store would hold of a spec: its messages as they would be
 * stored, the state of its aggregate, and its saga. */
#include "testing/spec_record.h"

#include "message/describe.h"
#include "message/encode.h"

/* ---- messages and records ---------------------------------------------------- */

bool jn_spec_encode(struct jangle_here here,
                    struct jangle_arena *arena,
                    const struct jangle_message *type,
                    const void *data,
                    struct jn_spec_message *message)
{
    struct jangle_error error = {0};

    *message = (struct jn_spec_message){.type = type, .version = jn_type_version(type)};
    if (!jn_encode(arena, type, data, JN_NULLS_EMPTY, &jn_limits_default, &message->json,
                   &message->size, &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

struct jangle_record jn_spec_record_of(const struct jangle_spec *spec,
                                       const struct jn_spec_message *message,
                                       const char *kind,
                                       const char *id,
                                       int64_t version)
{
    return (struct jangle_record){.position = version,
                                  .kind = kind,
                                  .id = id,
                                  .version = version,
                                  .type = jn_type_name(message->type),
                                  .type_version = message->version,
                                  .at = spec->now,
                                  .payload = message->json,
                                  .payload_size = message->size,
                                  .meta = ""};
}

/* The version of the next event in the stream that events come from now. */
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

/* The id of an event is made from its position, so that each run of a test has
 * the same. */
void jn_spec_record(struct jangle_spec *spec,
                    const struct jn_spec_message *message,
                    struct jangle_record *record)
{
    struct jn_spec_stubs *stubs = &spec->stubs;

    stubs->position++;
    *record = jn_spec_record_of(spec, message, stubs->from_kind, stubs->from_id,
                                next_version(stubs));
    record->position = stubs->position;
    for (int i = 0; i < 8; i++)
        record->event_id[JANGLE_ID_SIZE - 1 - i] =
            (unsigned char)((uint64_t)stubs->position >> (8 * i));
}

/* ---- the aggregate and the saga ---------------------------------------------- */

void jn_spec_fold(struct jangle_here here, const struct jn_spec_message *message)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    struct jangle_record record = jn_spec_record_of(spec, message, spec->aggregate->name,
                                                    spec->id, spec->state.version + 1);

    if (jn_state_apply(&spec->state, &record, &error))
        jn_spec_complain(here, "%s", error.message);
}

/* The state is decoded into memory of its own, because the turn on it may fail. */
bool jn_spec_load_saga(struct jangle_here here, struct jn_saga *saga)
{
    struct jangle_arena *arena = &here.spec->stubs.arena;
    struct jangle_error error = {0};

    *saga = here.spec->saga.record;
    saga->state = jangle_alloc(arena, saga->type->saga->state->size);
    if (!jn_arena_check(arena, &error) && !jn_saga_decode_state(saga, &error))
        return true;
    jn_spec_complain(here, "%s", error.message);
    return false;
}

void jn_spec_save_saga(struct jn_spec_saga *tried, struct jn_saga *saga)
{
    saga->exists = true;
    saga->stored = saga->count;
    tried->record = *saga;
}
