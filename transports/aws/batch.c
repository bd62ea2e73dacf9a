/* batch.c - requests about messages that were received: to delete them, or to say when
 * they come again. */
#include "aws/batch.h"
#include "aws/call.h"
#include "aws/wire/json.h"

struct batch {
    struct jn_aws_step *steps[JN_AWS_BATCH_COUNT];
    size_t count;
    enum jn_aws_doing doing;
    const struct jn_aws_attached *attached;
};

/* The first steps that are not done and can go into one request. */
static void fill(struct batch *batch, struct jn_aws_step *steps, size_t count)
{
    for (size_t i = 0; i < count && batch->count < JN_AWS_BATCH_COUNT; i++) {
        struct jn_aws_step *step = &steps[i];

        if (step->result != JANGLE_UNKNOWN)
            continue;
        if (batch->count &&
            (step->doing != batch->doing || step->delivery->attached != batch->attached))
            continue;
        batch->doing = step->doing;
        batch->attached = step->delivery->attached;
        batch->steps[batch->count++] = step;
    }
}

static void write_batch(const struct batch *batch, struct jn_aws_text *text)
{
    jn_aws_text_add(text, "{\"QueueUrl\":");
    jn_aws_text_add_json(text, batch->attached->url);
    jn_aws_text_add(text, ",\"Entries\":[");
    for (size_t i = 0; i < batch->count; i++) {
        jn_aws_text_add(text, i ? ",{\"Id\":\"" : "{\"Id\":\"");
        jn_aws_text_add_number(text, (int64_t)i);
        jn_aws_text_add(text, "\",\"ReceiptHandle\":");
        jn_aws_text_add_json(text, batch->steps[i]->delivery->handle);
        if (batch->doing == JN_AWS_SHOW) {
            jn_aws_text_add(text, ",\"VisibilityTimeout\":");
            jn_aws_text_add_number(text, batch->steps[i]->seconds);
        }
        jn_aws_text_add(text, "}");
    }
    jn_aws_text_add(text, "]}");
}

static struct jn_aws_step *step_of(const struct batch *batch, const json_t *entry)
{
    const char *id = jn_aws_json_text(entry, "Id");

    if (!id || id[0] < '0' || id[0] > '9' || id[1])
        return NULL;
    return (size_t)(id[0] - '0') < batch->count ? batch->steps[id[0] - '0'] : NULL;
}

/* An entry that is named neither way may be done or not: it stays BUSY. */
static void take_results(const struct batch *batch, const json_t *answer)
{
    const json_t *entry;
    struct jn_aws_step *step;
    size_t i;

    json_array_foreach(json_object_get(answer, "Successful"), i, entry)
    {
        step = step_of(batch, entry);
        if (step)
            step->result = JANGLE_OK;
    }
    json_array_foreach(json_object_get(answer, "Failed"), i, entry)
    {
        const char *code = jn_aws_json_text(entry, "Code");
        enum jangle_result result = jn_aws_code_result(code ? code : "", 0);

        step = step_of(batch, entry);
        if (step) /* a handle that is not valid is one that has ended */
            step->result = result == JANGLE_INVALID ? JANGLE_CONFLICT : result;
    }
}

static enum jangle_result do_batch(struct jn_aws *aws,
                                   const struct batch *batch,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    struct jn_aws_request request =
        jn_aws_request_of(aws, JN_AWS_SQS,
                          batch->doing == JN_AWS_SHOW ? "ChangeMessageVisibilityBatch"
                                                      : "DeleteMessageBatch");
    enum jangle_result result;

    write_batch(batch, &request.body);
    result = jn_aws_ask(aws, &request, until_us, error);
    for (size_t i = 0; i < batch->count; i++)
        batch->steps[i]->result = result ? result : JANGLE_BUSY;
    if (result == JANGLE_OK) {
        json_t *json = jn_aws_json_read(request.answer.bytes, request.answer.size);

        take_results(batch, json);
        json_decref(json);
    }
    jn_aws_request_finish(&request);
    return result;
}

static void prepare(struct jn_aws_step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].doing == JN_AWS_NOTHING)
            steps[i].result = JANGLE_OK;
        else
            steps[i].result =
                steps[i].delivery->attached ? JANGLE_UNKNOWN : JANGLE_CONFLICT;
}

/* After BUSY the others are not even tried: each would wait as long. */
enum jangle_result jn_aws_batch_do(struct jn_aws *aws,
                                   struct jn_aws_step *steps,
                                   size_t count,
                                   int64_t until_us,
                                   struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    prepare(steps, count);
    while (result != JANGLE_BUSY && result != JANGLE_NO_MEMORY) {
        struct batch batch = {.count = 0};

        fill(&batch, steps, count);
        if (!batch.count)
            return JANGLE_OK;
        result = do_batch(aws, &batch, until_us, error);
    }
    for (size_t i = 0; i < count; i++)
        if (steps[i].result == JANGLE_UNKNOWN)
            steps[i].result = result;
    return result;
}
