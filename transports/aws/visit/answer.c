/* answer.c - jangle_aws_answer: an event of SQS is visited to its end, and the answer
 * names the messages that are to come again. */
#include "aws/visit/event.h"
#include "aws/visit/options.h"
#include "aws/visit/show.h"

/* An event of a FIFO queue has ten messages at most. The limit is for events that
 * strangers have made up, so that these cost no more time than others. */
enum { FIRST_CAPACITY = 256, GROUPS_MAX = 64 };

/* A message group, of which one message failed. */
struct failed_group {
    struct failed_group *next;
    char name[];
};

struct answering {
    struct jn_visit visit;
    jangle_aws_record_fn *function;
    struct jangle_aws_response *response;
    struct failed_group *groups; /* in the visit's room for the event */
    size_t group_count;
    size_t size; /* of the response's text */
    size_t capacity;
};

/* ---- the text ------------------------------------------------------------------- */

static enum jangle_result add_text(struct answering *answering,
                                   const char *text,
                                   size_t size,
                                   struct jangle_error *error)
{
    struct jangle_aws_response *response = answering->response;
    size_t capacity = answering->capacity ? answering->capacity : FIRST_CAPACITY;
    char *grown = response->text;

    while (capacity - answering->size <= size)
        capacity *= 2;
    if (capacity > answering->capacity)
        grown = jn_resize(&response->allocator, response->text, capacity);
    if (!grown)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for an answer");
    memcpy(grown + answering->size, text, size);
    answering->capacity = capacity;
    answering->size += size;
    grown[answering->size] = '\0';
    response->text = grown;
    return JANGLE_OK;
}

static enum jangle_result
add_literal(struct answering *answering, const char *text, struct jangle_error *error)
{
    return add_text(answering, text, strlen(text), error);
}

/* The id is JSON already, since it is kept as the event has it. */
static enum jangle_result name_failure(struct answering *answering,
                                       const struct jn_visit_record *record,
                                       struct jangle_error *error)
{
    enum jangle_result result =
        add_literal(answering,
                    answering->response->failed ? ",{\"itemIdentifier\":\""
                                                : "{\"itemIdentifier\":\"",
                    error);

    if (!result)
        result = add_text(answering, record->message_id_json.text,
                          record->message_id_json.size, error);
    if (!result)
        result = add_literal(answering, "\"}", error);
    answering->response->failed++;
    return result;
}

/* ---- message groups ------------------------------------------------------------- */

static bool has_failed(const struct answering *answering, const char *group)
{
    const struct failed_group *each = group ? answering->groups : NULL;

    if (group && answering->group_count == GROUPS_MAX)
        return true;
    while (each && strcmp(each->name, group) != 0)
        each = each->next;
    return each;
}

static enum jangle_result
note_group(struct answering *answering, const char *group, struct jangle_error *error)
{
    size_t size = group ? strlen(group) + 1 : 0;
    struct failed_group *failed;

    if (!group || has_failed(answering, group))
        return JANGLE_OK;
    failed = jn_aws_room_take(&answering->visit.event, sizeof *failed + size);
    if (!failed)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for an answer");
    failed->next = answering->groups;
    memcpy(failed->name, group, size);
    answering->groups = failed;
    answering->group_count++;
    return JANGLE_OK;
}

/* ---- records -------------------------------------------------------------------- */

static enum jangle_result show_record(struct answering *answering,
                                      const struct jn_visit_record *record,
                                      const struct jangle_error *why,
                                      struct jangle_error *error)
{
    if (!why->result && !record->subscription.topic)
        answering->response->visited++;
    return jn_visit_show(&answering->visit, answering->function, record, why, error);
}

/* The later messages of a group whose message failed would be done before it. */
static enum jangle_result answer_message(struct answering *answering,
                                         const struct jn_visit_record *record,
                                         const struct jangle_error *why,
                                         struct jangle_error *error)
{
    struct jangle_error failure = {0};
    enum jangle_result result;

    if (has_failed(answering, record->group))
        return name_failure(answering, record, error);
    if (!show_record(answering, record, why, &failure))
        return JANGLE_OK;
    if (!answering->response->first.result)
        answering->response->first = failure;
    result = note_group(answering, record->group, error);
    return result ? result : name_failure(answering, record, error);
}

static enum jangle_result answer_record(void *context,
                                        struct jn_visit_record *record,
                                        const struct jangle_error *why,
                                        struct jangle_error *error)
{
    struct answering *answering = context;

    if (record->message_id)
        return answer_message(answering, record, why, error);
    if (record->is_of_sqs && !why->result)
        return jangle_error_set(error, JANGLE_INVALID,
                                "record %zu: it is of SQS and has no `messageId`, by "
                                "which an answer could name it",
                                record->number);
    return show_record(answering, record, why, error);
}

static enum jangle_result
answer_event(struct answering *answering, const char *json, struct jangle_error *error)
{
    enum jangle_result result = add_literal(answering, "{\"batchItemFailures\":[", error);

    if (!result)
        result = jn_visit_event(&answering->visit, json, answer_record, answering, error);
    return result ? result : add_literal(answering, "]}", error);
}

enum jangle_result jangle_aws_answer(const char *json,
                                     const struct jangle_aws_visit_options *options,
                                     struct jangle_aws_response *response,
                                     jangle_aws_record_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct answering answering = {.function = visit, .response = response};
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    *response = (struct jangle_aws_response){0};
    result = jn_visit_begin(&answering.visit, json, options, visit, context, error);
    response->allocator = *answering.visit.options.allocator;
    if (!result)
        result = answer_event(&answering, json, error);
    jn_visit_finish(&answering.visit);
    if (result) {
        jn_free(&response->allocator, response->text);
        response->text = NULL;
    }
    return result;
}

void jangle_aws_response_free(struct jangle_aws_response *response)
{
    if (response->text)
        jn_free(&response->allocator, response->text);
    *response = (struct jangle_aws_response){0};
}
