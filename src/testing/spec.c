/* spec.c - how a spec complains: of what a test says, and at the end of a `when` of
 * whatever the `when` caused and no `then` named. And the settings of its surroundings:
 * time, and where events come from. */
#include "testing/spec.h"

#include "message/copy.h"
#include "message/encode.h"

#include <stdarg.h>
#include <stdio.h>

void jn_spec_complain(struct jangle_here here, const char *format, ...)
{
    va_list values;

    here.spec->failures++;
    fprintf(stderr, "%s:%d: ", here.file, here.line);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
}

/* What the kinds are called in complaints. */
static const struct {
    enum jn_spec_kind kind;
    const char *one, *many, *noun;
} kinds[] = {{JN_SPEC_AGGREGATE, "an aggregate", "aggregates", "command"},
             {JN_SPEC_SAGA, "a saga", "sagas", "turn"},
             {JN_SPEC_SUBSCRIBER, "a subscriber", "subscribers", "event"}};

enum { KIND_COUNT = sizeof kinds / sizeof *kinds };

bool jn_spec_is(struct jangle_here here, unsigned wanted, const char *what)
{
    const struct jangle_spec *spec = here.spec;
    const char *names[KIND_COUNT], *own = "";
    size_t count = 0;

    if (spec->broken)
        return false;
    if (spec->kind & wanted)
        return true;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (kinds[i].kind & wanted)
            names[count++] = kinds[i].many;
        if (kinds[i].kind == spec->kind)
            own = kinds[i].one;
    }
    jn_spec_complain(here, "%s is for %s%s%s, and this is %s", what, names[0],
                     count > 1 ? " and " : "", count > 1 ? names[1] : "", own);
    return false;
}

const char *jn_spec_noun(const struct jangle_spec *spec)
{
    if (spec->subscriber.asked)
        return "question";
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (kinds[i].kind == spec->kind)
            return kinds[i].noun;
    return "";
}

void jn_spec_compare(struct jangle_here here,
                     const struct jangle_message *type,
                     const void *is,
                     const void *expected)
{
    struct jn_difference difference;

    if (!jn_type_equal(type, is, expected, &difference))
        jn_spec_complain(here, "%s.%s is %s, not %s", type->name, difference.path,
                         difference.left, difference.right);
}

/* ---- settings ---------------------------------------------------------------- */

void jangle_spec_at(struct jangle_spec *spec, jangle_time now)
{
    if (!spec->broken)
        spec->now = now;
}

/* Set a part of the stream that events come from now. */
static void set_source(struct jangle_spec *spec,
                       const char *what,
                       const char **part,
                       const char *text)
{
    struct jangle_here here = {spec, what, 0};
    const char *copy;

    if (!jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, what))
        return;
    copy = jn_arena_copy_text(&spec->stubs.arena, text ? text : "");
    if (copy)
        *part = copy;
    else
        jn_spec_complain(here, "out of memory");
}

void jangle_spec_from(struct jangle_spec *spec, const char *aggregate_id)
{
    set_source(spec, "jangle_spec_from", &spec->stubs.from_id, aggregate_id);
}

void jangle_spec_from_kind(struct jangle_spec *spec, const char *aggregate)
{
    set_source(spec, "jangle_spec_from_kind", &spec->stubs.from_kind, aggregate);
}

/* ---- the end of a `when` ----------------------------------------------------- */

/* An answer is freed here, named or not. */
static void settle_answer(struct jangle_spec *spec)
{
    struct jn_spec_subscriber *tried = &spec->subscriber;
    const struct jangle_answer *answer = &tried->answer;
    struct jangle_error error = {0};
    const char *json = "";
    size_t size;

    if (answer->data && !tried->answer_named &&
        jn_encode(&spec->arena, answer->type, answer->data, JN_NULLS_EMPTY,
                  &jn_limits_default, &json, &size, &error))
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

void jn_spec_begin(struct jangle_here here)
{
    jn_spec_settle(here.spec);
    here.spec->when = here;
}
