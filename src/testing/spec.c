/* spec.c - how a spec complains, and the settings of its surroundings: time, and where
 * events come from. */
#include "testing/spec.h"

#include "base/error.h"
#include "core/config.h"

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

/* ---- settings ---------------------------------------------------------------- */

void jangle_spec_at(struct jangle_spec *spec, jangle_time now)
{
    if (!spec->broken)
        spec->now = now;
}

static void set_stub_text(struct jangle_here here, const char **to, const char *text)
{
    const char *copy = jn_arena_copy_text(&here.spec->stubs.arena, text ? text : "");

    if (copy)
        *to = copy;
    else
        jn_spec_complain(here, "out of memory");
}

void jangle_spec_from(struct jangle_spec *spec, const char *aggregate_id)
{
    struct jangle_here here = {spec, "jangle_spec_from", 0};

    if (jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_spec_from"))
        set_stub_text(here, &spec->stubs.from_id, aggregate_id);
}

void jangle_spec_from_kind(struct jangle_spec *spec, const char *aggregate)
{
    struct jangle_here here = {spec, "jangle_spec_from_kind", 0};

    if (jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_spec_from_kind"))
        set_stub_text(here, &spec->stubs.from_kind, aggregate);
}
