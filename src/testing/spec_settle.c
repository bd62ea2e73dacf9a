/* spec_settle.c - the end of a `when`: the spec complains of whatever the `when` caused
 * and no `then` named. */
#include "testing/spec_settle.h"

#include "base/error.h"
#include "dispatch/dispatch.h"
#include "message/describe.h"
#include "message/encode.h"

/* An answer is freed here, named or not. */
static void settle_answer(struct jangle_spec *spec)
{
    struct jn_spec_subscriber *tried = &spec->subscriber;
    const struct jangle_answer *answer = &tried->answer;
    struct jangle_error error = {0};
    const char *json = "";
    size_t size;

    if (answer->data && !tried->answer_named &&
        jn_encode_zeroed(&spec->arena, answer->type, answer->data, &jn_limits_default,
                         &json, &size, &error))
        json = error.message;
    if (answer->data && !tried->answer_named)
        jn_spec_complain(spec->when,
                         "the answer was %s %s, and no jangle_then_answer named it",
                         answer->type->name, json);
    jangle_answer_free(&tried->answer);
    tried->asked = tried->answer_named = false;
}

static void complain_of_unnamed(struct jangle_here here,
                                const struct jn_emission *emission)
{
    if (here.spec->aggregate)
        jn_spec_complain(here, "%s/%s: %s %s was emitted, and no jangle_then named it",
                         emission->kind, emission->id, emission->type->name,
                         emission->json);
    else
        jn_spec_complain(here, "%s %s was sent, and no jangle_then named it",
                         emission->type->name, emission->json);
}

void jn_spec_settle(struct jangle_spec *spec)
{
    struct jangle_here here = spec->when;

    for (size_t i = spec->named; i < spec->emissions.count; i++)
        complain_of_unnamed(here, &spec->emissions.items[i]);
    if (spec->result && !spec->result_named)
        jn_spec_complain(here, "the %s ended with %s: %s", jn_spec_noun(spec),
                         jangle_result_name(spec->result), spec->error.message);
    settle_answer(spec);
    if (spec->arena.failed || spec->stubs.arena.failed)
        jn_spec_complain(here, "out of memory: there may have been more");
    spec->emissions = (struct jn_emissions){0};
    spec->named = 0;
    spec->result = JANGLE_OK;
    spec->result_named = false;
    spec->error = (struct jangle_error){0};
    spec->reply[0] = 0;
    jn_arena_reset(&spec->arena);
}
