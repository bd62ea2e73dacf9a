/* verb_state.c - the verb state: an aggregate as of one of its versions, by the program's
 * code. */
#include "admin/verb_state.h"
#include "admin/call.h"
#include "admin/thing.h"

#include <jangle/look.h>

static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({.name = "kind"},
                         {.name = "id"},
                         {.name = "version", .kind = JANGLE_CELL_NUMBER},
                         {.name = "state", .kind = JANGLE_CELL_DATA});

static enum jangle_exit show(struct jangle_verb_call *call,
                             const struct jn_thing *thing,
                             const char *id,
                             const struct jangle_answer *answer)
{
    const struct jangle_table_cell cells[] = {
        {.text = thing->stream_kind},
        {.text = id},
        {.number = answer->position},
        {.text = answer->data},
    };

    jangle_verb_facts(call, &columns, cells);
    return JANGLE_EXIT_OK;
}

static enum jangle_exit ask(struct jangle_verb_call *call,
                            struct jangle *jangle,
                            const struct jn_thing *thing,
                            const char *id,
                            int64_t version)
{
    struct jangle_answer answer;
    enum jangle_exit status;

    if (jangle_state_at(jangle, &answer, thing->stream_kind, id, version)) {
        status = jangle_verb_complain(call, &answer.error);
        if (answer.error.result == JANGLE_INVALID)
            status = JANGLE_EXIT_FOUND; /* the program lacks what is asked for */
    } else {
        status = show(call, thing, id, &answer);
    }
    jangle_answer_free(&answer);
    return status;
}

/* Does the stream of that whole name exist, although it ends like @12? */
static bool exists(struct jangle *jangle, const struct jn_thing *thing)
{
    struct jangle_answer answer;
    enum jangle_result result =
        jangle_state_at(jangle, &answer, thing->stream_kind, thing->id, 0);

    jangle_answer_free(&answer);
    return !result;
}

enum jangle_exit jn_run_state(struct jangle_verb_call *call)
{
    const char *typed = jangle_verb_argument(call, 0);
    struct jangle *jangle;
    struct jn_thing thing;
    enum jangle_exit status = JANGLE_EXIT_USAGE;

    if (!jn_thing_read(&thing, typed))
        jangle_verb_say(call, "out of memory");
    else if (thing.kind != JN_THING_STREAM)
        jangle_verb_say(
            call, "state wants a stream, such as account/000174@12, and not `%s`", typed);
    else if (!(jangle = jangle_verb_follow(call)))
        status = jangle_verb_failed(call);
    else if (thing.id_before && !exists(jangle, &thing))
        status = ask(call, jangle, &thing, thing.id_before, thing.version);
    else
        status = ask(call, jangle, &thing, thing.id, 0);
    jn_thing_free(&thing);
    return status;
}
