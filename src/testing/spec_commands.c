/* spec_commands.c - the commands that a saga or a handler sends in a spec: they are
 * checked, shown to `then`, and answered as the test has given. */

#include "testing/spec_commands.h"

#include "base/ids.h"
#include "message/check.h"
#include "message/describe.h"
#include "message/encode.h"
#include "testing/spec_record.h"

static struct jn_spec_answer *find_answer(struct jn_spec_stubs *stubs,
                                          const struct jangle_message *type)
{
    for (size_t i = 0; i < stubs->answers.count; i++) {
        if (!strcmp(jn_type_name(stubs->answers.items[i].type), jn_type_name(type)))
            return &stubs->answers.items[i];
    }
    return NULL;
}

/* The checks that a command must pass before its aggregate sees it. */
static enum jangle_result check_command(struct jangle_spec *spec,
                                        const struct jangle_message *type,
                                        const void *data,
                                        struct jangle_error *error)
{
    const char *target = jn_type_target(type, data), *json;
    size_t size;
    enum jangle_result result = jn_check_run(type, data, error);

    if (!result)
        result = jn_encode(&spec->arena, type, data, JN_NULLS_REFUSED, &jn_limits_default,
                           &json, &size, error);
    if (result)
        return result;
    if (!*target)
        return jn_fail(error, JANGLE_INVALID, "%s: the aggregate's id is empty",
                       type->name);
    if (strlen(target) > JN_ID_LIMIT)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: the aggregate's id has %zu bytes, more than %d", type->name,
                       strlen(target), JN_ID_LIMIT);
    return JANGLE_OK;
}

/* Show the command to `then`, also if it is refused before an aggregate sees it. */
static void show_command(struct jangle_spec *spec,
                         const struct jangle_message *type,
                         const void *data)
{
    struct jangle_error error = {0};
    struct jangle_arena *arena = &spec->arena;
    const char *json;
    size_t size;

    if (jn_encode(arena, type, data, JN_NULLS_EMPTY, &jn_limits_default, &json, &size,
                  &error))
        jn_spec_complain(spec->when, "%s cannot be sent: %s", type->name, error.message);
    else
        jangle_list_add(arena, &spec->emissions, jn_emission, .kind = "",
                        .id = jangle_text(arena, "%s", jn_type_target(type, data)),
                        .type = type, .json = json, .size = size);
}

/* The answer is recorded before the reaction goes on, as a store would do it: a turn that
 * is run again finds the step. */
static enum jangle_result record_step(struct jn_turn *turn,
                                      const struct jangle_message *type,
                                      const unsigned char id[JN_STEP_ID_SIZE])
{
    struct jangle_spec *spec = turn->context;
    struct jangle_outcome *outcome = &turn->base.outcome;
    struct jn_saga *saga = turn->saga;
    enum jangle_result result = outcome->error.result;
    struct jangle_step step = {
        .kind = JANGLE_STEP_COMMAND,
        .type = jn_type_name(type),
        .result = result,
        .reply = result ? outcome->error.message : outcome->reply,
    };

    memcpy(step.id, id, sizeof step.id);
    if (!jn_saga_add_step(saga, &step)) {
        outcome->error = (struct jangle_error){0};
        return jn_arena_check(saga->arena, &outcome->error);
    }
    saga->timeout_at = turn->timeout_at;
    jn_spec_save_saga(&spec->saga, saga);
    return result;
}

/* The refusal of a check comes before the answer that the test has given, because such a
 * command would not come to its aggregate. */
enum jangle_result jn_spec_answer_command(struct jangle_spec *spec,
                                          struct jangle_outcome *outcome,
                                          const struct jangle_message *type,
                                          const void *data)
{
    const struct jn_spec_answer *answer = find_answer(&spec->stubs, type);
    enum jangle_result result = check_command(spec, type, data, &outcome->error);

    show_command(spec, type, data);
    if (!result && answer && answer->result)
        result = jn_fail(&outcome->error, answer->result, "%s", answer->reason);
    else if (!result && answer)
        jn_text_copy(outcome->reply, sizeof outcome->reply, answer->reason);
    return result;
}

/* The outcome of the command before is overwritten last, because what is sent may lie in
 * it. */
enum jangle_result jn_spec_send_from_turn(struct jn_turn *turn,
                                          const struct jangle_message *type,
                                          const void *data,
                                          const unsigned char id[JN_STEP_ID_SIZE])
{
    struct jangle_outcome made = {0};
    enum jangle_result result = jn_spec_answer_command(turn->context, &made, type, data);

    jn_id_to_text(id, made.command_id);
    turn->base.outcome = made;
    return jangle_result_final(result) ? record_step(turn, type, id) : result;
}

void jangle_given_answer_(struct jangle_here here,
                          const struct jangle_message *type,
                          enum jangle_result result,
                          const char *reason)
{
    struct jn_spec_stubs *stubs = &here.spec->stubs;
    struct jn_spec_answer *answer;

    if (!jn_spec_is(here, JN_SPEC_SAGA | JN_SPEC_SUBSCRIBER, "jangle_given_answer"))
        return;
    if (type->role != JANGLE_ROLE_COMMAND) {
        jn_spec_complain(here, "%s is not a command", type->name);
        return;
    }
    reason = jangle_text(&stubs->arena, "%s", reason ? reason : "");
    answer = find_answer(stubs, type);
    if (answer)
        *answer = (struct jn_spec_answer){type, result, reason};
    else
        jangle_list_add(&stubs->arena, &stubs->answers, jn_spec_answer, .type = type,
                        .result = result, .reason = reason);
}
