/* event.c - the records of an event, one after the other. */
#include "aws/visit/event.h"
#include "aws/visit/record.h"
#include "aws/wire/base64.h"
#include "aws/wire/members.h"

typedef enum jangle_result read_record_fn(struct jn_visit *visit,
                                          const struct jn_json_span *object,
                                          struct jn_visit_record *record,
                                          struct jangle_error *error);

/* What the functions of this file work on. */
struct walk {
    struct jn_visit *visit;
    jn_visit_each_fn *each;
    void *context;
    struct jangle_error *error;
};

/* Read a record, and show it. `number` is 0 for an event that is one record itself. */
static enum jangle_result visit_record(const struct walk *walk,
                                       read_record_fn *read,
                                       const struct jn_json_span *object,
                                       size_t number)
{
    struct jn_visit_record record = {.number = number};
    struct jangle_error why = {0}, sentence = {0};
    enum jangle_result result = read(walk->visit, object, &record, &why);

    if (result && number)
        jangle_error_set(&sentence, result, "record %zu: %s", number, why.message);
    else
        sentence = why;
    result = walk->each(walk->context, &record, &sentence, walk->error);
    jn_aws_room_empty(&walk->visit->record);
    return result;
}

static enum jangle_result visit_records(const struct walk *walk,
                                        const struct jn_json_span *records)
{
    enum jangle_result result = JANGLE_OK;
    struct jn_json_span record;
    struct jn_json json;
    size_t number = 1;

    jn_json_init(&json, records->text, records->size, JN_AWS_JSON_DEPTH);
    jn_json_peek(&json);
    jn_json_enter(&json);
    for (; !result && jn_json_next_item(&json, number == 1); number++)
        if (jn_json_skip(&json, &record))
            result = visit_record(walk, jn_visit_record_read, &record, number);
    if (!result && json.fault)
        return jangle_error_set(walk->error, JANGLE_INVALID, "`Records` is no JSON: %s",
                                json.fault);
    return result;
}

/* ---- web hooks that came through a gateway -------------------------------------- */

static enum jangle_result
visit_gateway(const struct walk *walk, const struct jn_aws_member *body, bool is_base64)
{
    struct jn_json_span inner;
    char *text;
    size_t size;
    enum jangle_result result =
        jn_aws_member_text(body, &walk->visit->event, &text, &size, walk->error);

    if (result)
        return result;
    if (is_base64 && !jn_aws_base64_read(text, size, text, &size))
        return jangle_error_set(walk->error, JANGLE_INVALID,
                                "`body` is no base64, as `isBase64Encoded` says");
    inner = (struct jn_json_span){text, size};
    return visit_record(walk, jn_visit_notice_read, &inner, 0);
}

/* ---- what kind of event it is --------------------------------------------------- */

enum member { RECORDS, TYPE, REQUEST, BODY, IS_BASE64, DETAIL_TYPE, MEMBERS };

static const struct jn_aws_member all_members[MEMBERS] = {
    [RECORDS] = {.name = "Records", .kind = JN_JSON_LIST},
    [TYPE] = {.name = "Type", .kind = JN_JSON_TEXT},
    [REQUEST] = {.name = "requestContext", .kind = JN_JSON_OBJECT},
    [BODY] = {.name = "body", .kind = JN_JSON_TEXT},
    [IS_BASE64] = {.name = "isBase64Encoded", .kind = JN_JSON_BOOL},
    [DETAIL_TYPE] = {.name = "detail-type", .kind = JN_JSON_TEXT},
};

static enum jangle_result fail_as_strange(const struct walk *walk,
                                          const struct jn_aws_member *members)
{
    char *type = NULL;
    enum jangle_result result = jn_aws_member_text(
        &members[DETAIL_TYPE], &walk->visit->event, &type, NULL, walk->error);

    if (result)
        return result;
    if (type)
        return jangle_error_set(
            walk->error, JANGLE_INVALID,
            "the event has no `Records`, because it is a \"%s\" of "
            "EventBridge: it carries no message, so call jangle_drain",
            JN_SHOWN(60, type));
    if (members[REQUEST].value.text)
        return jangle_error_set(walk->error, JANGLE_INVALID,
                                "the event is a request without a `body`");
    return jangle_error_set(walk->error, JANGLE_INVALID,
                            "the event is none of SQS or SNS: it has no `Records`, no "
                            "`Type`, and no `body` with a `requestContext`");
}

static enum jangle_result visit_object(const struct walk *walk,
                                       const struct jn_json_span *object)
{
    struct jn_aws_member members[MEMBERS];
    const struct jn_json_span *is_base64 = &members[IS_BASE64].value;
    enum jangle_result result;

    memcpy(members, all_members, sizeof members);
    result = jn_aws_members_read(object, "the event", members, MEMBERS, walk->error);
    if (result)
        return result;
    if (members[RECORDS].value.text)
        return visit_records(walk, &members[RECORDS].value);
    if (members[TYPE].value.text)
        return visit_record(walk, jn_visit_notice_read, object, 0);
    if (members[REQUEST].value.text && members[BODY].value.text)
        return visit_gateway(walk, &members[BODY],
                             is_base64->text && *is_base64->text == 't');
    return fail_as_strange(walk, members);
}

enum jangle_result jn_visit_event(struct jn_visit *visit,
                                  const char *json,
                                  jn_visit_each_fn *each,
                                  void *context,
                                  struct jangle_error *error)
{
    const struct walk walk = {visit, each, context, error};
    const struct jn_json_span all = {json, strlen(json)};

    return visit_object(&walk, &all);
}
