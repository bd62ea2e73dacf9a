/* jars.c - jars of pebbles, for tests of the aggregate cache. */
#include "support/domains/jars.h"

#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NOTES_KEPT = 4 };

struct pebbles_added {
    int64_t amount;
    const char *note;
};

struct pebbles_taken {
    int64_t amount;
};

JANGLE_COMMAND(add_pebbles, jar_id, amount, times, note);
JANGLE_COMMAND(take_pebbles, jar_id, amount);
JANGLE_COMMAND(count_pebbles, jar_id);
JANGLE_COMMAND(give_pebbles, jar_id, to, amount);
JANGLE_COMMAND(match_pebbles, jar_id, other);
JANGLE_COMMAND(begin_jar, jar_id, name);
JANGLE_COMMAND(judge_pebbles, jar_id, most);

static void check_taken(struct jangle_check *check, const void *message)
{
    const struct pebbles_taken *taken = message;

    jangle_check_range(check, taken, amount, 0, INT64_MAX);
}

JANGLE_EVENT(pebbles_added, amount, note);
JANGLE_EVENT(pebbles_taken, amount, check(check_taken));

static JANGLE_STRUCT(jar_note, text);
JANGLE_STRUCT(jar_state, total, list(notes, jar_note));

_Thread_local void (*jars_meanwhile)(void);

static void let_others_in(void)
{
    void (*now)(void) = jars_meanwhile;

    jars_meanwhile = NULL;
    if (now)
        now();
}

/* ---- decisions ----------------------------------------------------------------- */

static void reply_state(struct jangle_decision *decision, const struct jar_state *jar)
{
    char text[64];
    size_t used = (size_t)snprintf(text, sizeof text, "%" PRId64, jar->total);

    for (size_t i = 0; i < jar->notes.count && used < sizeof text - 10; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, " %.8s",
                                 jar->notes.items[i].text);
    jangle_reply(decision, "%s", text);
}

static enum jangle_result decide_add(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct add_pebbles *add = command->data;
    enum jangle_result result = JANGLE_OK;

    let_others_in();
    reply_state(decision, state);
    for (int64_t i = 0; !result && i < add->times; i++)
        result = jangle_emit(decision, pebbles_added, .amount = add->amount,
                             .note = add->note);
    return result;
}

static enum jangle_result decide_take(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct jar_state *jar = state;
    const struct take_pebbles *take = command->data;

    let_others_in();
    if (take->amount > jar->total)
        return jangle_reject(decision, "there are only %" PRId64, jar->total);
    return jangle_emit(decision, pebbles_taken, .amount = take->amount);
}

static enum jangle_result decide_count(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    (void)command;
    let_others_in();
    reply_state(decision, state);
    return JANGLE_OK;
}

static enum jangle_result decide_give(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct give_pebbles *give = command->data;

    (void)state;
    let_others_in();
    jangle_emit(decision, pebbles_taken, .amount = give->amount);
    return jangle_emit_to(decision, &jar_aggregate, give->to, pebbles_added,
                          .amount = give->amount, .note = "given");
}

static enum jangle_result decide_match(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct match_pebbles *match = command->data;
    const struct jar_state *other =
        jangle_state_of(decision, &jar_aggregate, match->other);

    (void)state;
    let_others_in();
    reply_state(decision, other);
    return jangle_emit(decision, pebbles_added, .amount = other->total, .note = "match");
}

static enum jangle_result decide_begin(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct begin_jar *begin = command->data;

    (void)state;
    let_others_in();
    return jangle_emit_new(decision, &jar_aggregate, begin->name, pebbles_added,
                           .amount = 1, .note = "new");
}

static enum jangle_result decide_judge(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct jar_state *jar = state;
    const struct judge_pebbles *judge = command->data;

    let_others_in();
    return jangle_emit(decision, pebbles_taken,
                       .amount = jar->total > judge->most ? -1 : 0);
}

/* ---- states -------------------------------------------------------------------- */

/* A note that is "bad" leaves a list that cannot be: INVALID, each time. */
static void apply_added(void *state, const struct jangle_event *event)
{
    const struct pebbles_added *added = event->data;
    struct jar_state *jar = state;

    jar->total += added->amount;
    if (jar->notes.count == NOTES_KEPT)
        jangle_list_remove(&jar->notes, 0);
    jangle_list_add(event->arena, &jar->notes, jar_note, .text = added->note);
    if (strcmp(added->note, "bad") == 0)
        jar->notes = (struct jar_notes){.count = 3};
}

static void apply_taken(void *state, const struct jangle_event *event)
{
    ((struct jar_state *)state)->total -=
        ((const struct pebbles_taken *)event->data)->amount;
}

const struct jangle_aggregate jar_aggregate = {
    .name = "jar",
    .state = &jar_state,
    .commands = JANGLE_DECIDERS({&add_pebbles, decide_add},
                                {&take_pebbles, decide_take},
                                {&count_pebbles, decide_count},
                                {&give_pebbles, decide_give},
                                {&match_pebbles, decide_match},
                                {&begin_jar, decide_begin},
                                {&judge_pebbles, decide_judge}),
    .events =
        JANGLE_APPLIERS({&pebbles_added, apply_added}, {&pebbles_taken, apply_taken}),
    .snapshot_every = 7,
};

const struct jangle_aggregates jar_aggregates = JANGLE_AGGREGATES(&jar_aggregate);

/* ---- commands ------------------------------------------------------------------ */

const char *jars_count(struct jangle *jangle, const char *jar)
{
    static _Thread_local struct jangle_outcome outcome;

    assert_result(jangle_send(jangle, &outcome, count_pebbles, .jar_id = jar), JANGLE_OK);
    return outcome.reply;
}

enum jangle_result
jars_add(struct jangle *jangle, const char *jar, int64_t amount, const char *note)
{
    return jangle_send(jangle, NULL, add_pebbles, .jar_id = jar, .amount = amount,
                       .times = 1, .note = note);
}
