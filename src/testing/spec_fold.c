/* spec_fold.c - an event of a spec changes the aggregate's state. */
#include "testing/spec_fold.h"

#include "base/error.h"
#include "message/describe.h"
#include <stdio.h>

/* As if it came from a store. */
void jn_spec_fold(struct jangle_here here, const struct jn_spec_message *message)
{
    struct jangle_spec *spec = here.spec;
    struct jangle_error error = {0};
    struct jangle_record record = {.position = spec->state.version + 1,
                                   .kind = spec->aggregate->name,
                                   .id = spec->id,
                                   .version = spec->state.version + 1,
                                   .type = jn_type_name(message->type),
                                   .type_version = message->version,
                                   .at = spec->now,
                                   .payload = message->json,
                                   .payload_size = message->size,
                                   .meta = ""};

    if (jn_state_fold(&spec->state, &spec->loader, &record, &error))
        jn_spec_complain(here, "%s", error.message);
}
