/* query.c - jangle_ask: the answerer of a query is found, and called on the view as of
 * one commit. */
#include "view/query.h"

#include "core/call.h"
#include "core/instance.h"
#include "message/check.h"
#include "message/copy.h"
#include "message/describe.h"
#include "view/view_opening.h"

/* The memory of an answer, with an allocator of its own, because an answer may outlive
 * the instance. */
struct answer_memory {
    struct jangle_arena arena; /* first: answer->arena points here */
    struct jangle_allocator allocator;
};

enum jangle_result jn_answer_hold(struct jangle *jangle, struct jangle_answer *answer)
{
    struct answer_memory *memory = jn_new(&jangle->host.host.allocator, sizeof *memory);

    if (!memory)
        return jn_fail(&answer->error, JANGLE_NO_MEMORY, "out of memory");
    memory->allocator = jangle->host.host.allocator;
    jn_arena_init(&memory->arena, &memory->allocator);
    answer->arena = &memory->arena;
    return JANGLE_OK;
}

void jangle_answer_free(struct jangle_answer *answer)
{
    struct jangle_allocator allocator;

    if (!answer)
        return;
    if (answer->arena) {
        allocator = *answer->arena->allocator;
        jn_arena_finish(answer->arena);
        jn_free(&allocator, answer->arena);
    }
    *answer = (struct jangle_answer){0};
}

enum jangle_result jangle_answer_with_(struct jangle_answer *answer,
                                       const struct jangle_message *type,
                                       const void *data)
{
    void *copy;

    if (answer->error.result)
        return answer->error.result;
    if (type != answer->type)
        return jn_fail(&answer->error, JANGLE_INVALID,
                       "%s is given where the query is answered with %s", type->name,
                       answer->type->name);
    if (!data)
        return jn_fail(&answer->error, JANGLE_INVALID, "%s: is answered with NULL",
                       type->name);
    if (jn_check_answer(type, data, &answer->error))
        return answer->error.result;
    copy = jangle_alloc(answer->arena, type->size);
    if (!copy || jn_type_copy(answer->arena, type, copy, data))
        return jn_fail(&answer->error, JANGLE_NO_MEMORY, "%s: out of memory", type->name);
    (void)jn_type_fill_texts(type, copy); /* its lists are sound */
    answer->data = copy;
    return JANGLE_OK;
}

/* The result of the question, by what the answerer returned and what it answered. */
static enum jangle_result settle_query(struct jangle_answer *answer,
                                       const struct jn_answerer *answerer,
                                       enum jangle_result result)
{
    if (!result && jn_arena_check(answer->arena, &answer->error))
        result = JANGLE_NO_MEMORY;
    if (!jn_result_exists(result))
        result = jn_fail(&answer->error, JANGLE_INVALID, "%s: its answerer returned %s",
                         answerer->query->name, JN_RESULT_SHOWN(result));
    if (!result && !answer->error.result && !answer->data)
        result = jn_fail(&answer->error, JANGLE_INVALID, "%s gave %s no answer",
                         answerer->subscriber->name, answerer->query->name);
    if (result && !answer->error.result)
        jn_fail(&answer->error, result, "%s: %s", answerer->query->name,
                jangle_result_text(result));
    if (answer->error.result)
        answer->data = NULL;
    return answer->error.result;
}

static enum jangle_result call_answerer(struct jangle *jangle,
                                        struct jangle_answer *answer,
                                        const struct jn_answerer *answerer,
                                        struct jangle_view_file *file,
                                        const struct jangle_query *query)
{
    struct jn_inside inside = {.subscriber = answerer->subscriber,
                               .file = file,
                               .view = query->view,
                               .asked = true};
    enum jangle_result result;

    jn_inside_enter(&jangle->insides, &inside);
    result = answerer->answer(answer, query);
    jn_inside_leave(&jangle->insides, &inside);
    return result;
}

static enum jangle_result ask_view(struct jangle *jangle,
                                   struct jangle_answer *answer,
                                   const struct jn_answerer *answerer,
                                   struct jangle_view_file *file,
                                   struct jangle_view *within,
                                   struct jangle_query *query)
{
    struct jangle_error error = {0};
    enum jangle_result result =
        file->ops->ask(file, within, answer->arena, jangle->config.ask_timeout_ms,
                       &query->view, &answer->position, &answer->error);

    if (result)
        return result;
    result = call_answerer(jangle, answer, answerer, file, query);
    result = file->ops->answered(file, query->view, result, &error);
    if (result && error.result)
        jn_fail(&answer->error, error.result, "%s", error.message);
    return result;
}

/* The file that is asked is the view's; or, in a callback of the same view, the file that
 * the callback is given, which in a replay is another one. */
static enum jangle_result call(struct jangle *jangle,
                               struct jangle_answer *answer,
                               const struct jn_answerer *answerer,
                               const void *data)
{
    const struct jangle_subscriber *subscriber = answerer->subscriber;
    struct jn_within within = jn_inside_look(&jangle->insides, subscriber);
    struct jangle_view_file *file;
    struct jangle_query query = {.type = answerer->query,
                                 .data = data,
                                 .context = subscriber->context,
                                 .program = jangle->config.context,
                                 .jangle = jangle,
                                 .at = jn_host_now(&jangle->host)};
    enum jangle_result result = JANGLE_OK;

    if (within.depth >= JANGLE_ASK_DEPTH)
        return jn_fail(&answer->error, JANGLE_INVALID,
                       "%s is asked inside %d other questions, and no question may be "
                       "deeper: ask it outside of them",
                       answerer->query->name, within.depth);
    if (within.own)
        file = within.own->file;
    else
        result = jn_view_file_of(jn_subscription_find(jangle, subscriber->name), &file,
                                 &answer->error);
    if (!result && file)
        result = ask_view(jangle, answer, answerer, file,
                          within.own ? within.own->view : within.view, &query);
    else if (!result)
        result = call_answerer(jangle, answer, answerer, file, &query);
    return settle_query(answer, answerer, result);
}

static enum jangle_result ask(struct jangle *jangle,
                              struct jangle_answer *answer,
                              const struct jangle_message *type,
                              const void *data)
{
    const struct jn_answerer *answerer;

    if (jn_check_open(jangle, &answer->error))
        return answer->error.result;
    answerer = jn_map_find(&jangle->registry.answerers, jn_type_name(type));
    if (!answerer || answerer->query->size != type->size)
        return jn_fail(&answer->error, JANGLE_INVALID, "nobody answers %s", type->name);
    if (jn_check_run(type, data, &answer->error) || jn_answer_hold(jangle, answer))
        return answer->error.result;
    answer->type = answerer->query->answer;
    return call(jangle, answer, answerer, data);
}

enum jangle_result jangle_ask_(struct jangle *jangle,
                               struct jangle_answer *answer,
                               const struct jangle_message *type,
                               const void *data)
{
    struct jangle_answer made = {0}; /* `data` may point into the old answer */
    enum jangle_result result = ask(jangle, &made, type, data);

    jn_call_end(jangle, "jangle_ask", result, &made.error, NULL);
    jangle_answer_free(answer);
    *answer = made;
    return result;
}
