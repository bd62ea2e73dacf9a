/* spec_others.c - the events of aggregates beside the one that a spec tries, because
 * decisions look at them. */

#include "testing/spec_others.h"

#include "core/rows.h"
#include "message/describe.h"
#include "testing/spec_record.h"
#include "testing/spec_settle.h"

static bool is_of(const struct jangle_record *record, const char *kind, const char *id)
{
    return strcmp(record->kind, kind) == 0 && strcmp(record->id, id) == 0;
}

/* The only operation of a store that loading a state needs. */
static enum jangle_result read_stream(struct jangle_store *store,
                                      const char *kind,
                                      const char *id,
                                      int64_t version,
                                      jangle_record_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    const struct jn_spec_others *others = (const struct jn_spec_others *)store;
    enum jangle_result result = JANGLE_OK;

    (void)error;
    for (size_t i = 0; !result && i < others->records.count; i++) {
        const struct jangle_record *record = &others->records.items[i];

        if (is_of(record, kind, id) && record->version > version)
            result = visit(context, record);
    }
    return result;
}

void jn_spec_others_init(struct jn_spec_others *others,
                         const struct jangle_allocator *allocator)
{
    static const struct jangle_store_ops ops = {
        .abi = 1, .name = "given", .read_stream = read_stream};

    others->base.ops = &ops;
    jn_arena_init(&others->arena, allocator);
}

int64_t jn_spec_others_version(const struct jn_spec_others *others,
                               const char *kind,
                               const char *id)
{
    int64_t version = 0;

    for (size_t i = 0; i < others->records.count; i++)
        version += is_of(&others->records.items[i], kind, id);
    return version;
}

void jn_spec_others_add(struct jangle_here here, const struct jn_emission *emission)
{
    struct jn_spec_others *others = &here.spec->others;
    struct jangle_arena *arena = &others->arena;
    struct jangle_record record = {
        .position = (int64_t)others->records.count + 1,
        .kind = jn_arena_copy_text(arena, emission->kind),
        .id = jn_arena_copy_text(arena, emission->id),
        .version = jn_spec_others_version(others, emission->kind, emission->id) + 1,
        .type = jn_type_name(emission->type),
        .type_version = jn_type_version(emission->type),
        .at = here.spec->now,
        .payload = jn_arena_copy(arena, emission->json, emission->size),
        .payload_size = emission->size,
        .meta = ""};

    if (!record.kind || !record.id || !record.payload ||
        !jangle_list_add_(arena, &others->records, sizeof record, &record))
        jn_spec_complain(here, "out of memory: %s is not added", emission->type->name);
}

static void add_given(struct jangle_here here,
                      const struct jangle_aggregate *aggregate,
                      const char *id,
                      const struct jn_spec_message *message)
{
    struct jn_emission emission = {.kind = aggregate->name,
                                   .id = id,
                                   .type = message->type,
                                   .json = message->json,
                                   .size = message->size};

    if (jn_row_applier(&aggregate->events, jn_type_name(message->type)))
        jn_spec_others_add(here, &emission);
    else
        jn_spec_complain(here, "%s is not among the events of %s", message->type->name,
                         aggregate->name);
}

/* The aggregate that is tried may be meant, too: then the event is one of its own. */
void jangle_given_of_(struct jangle_here here,
                      const struct jangle_aggregate *aggregate,
                      const char *id,
                      const struct jangle_message *type,
                      const void *data)
{
    struct jangle_spec *spec = here.spec;
    struct jn_spec_message message;

    if (!jn_spec_is(here, JN_SPEC_AGGREGATE, "jangle_given_of"))
        return;
    jn_spec_settle(spec);
    spec->when = here;
    if (!jn_spec_encode(here, &spec->stubs.arena, type, data, &message))
        return;
    if (aggregate == spec->aggregate && strcmp(id, spec->id) == 0)
        jn_spec_fold(here, &message);
    else
        add_given(here, aggregate, id, &message);
}
