/* call.c - a request and its answer, and what it means when Amazon refuses. */
#include "aws/call.h"
#include "aws/clock.h"
#include "aws/wire/json.h"
#include "aws/wire/xml.h"

struct meaning {
    const char *code; /* without what stands before its last "." or "#" */
    enum jangle_result result;
};

/* Amazon's codes. One that is not here may be tried again: it is no reason to give a
 * message up. */
static const struct meaning meanings[] = {
    {"QueueDoesNotExist", JANGLE_NOT_FOUND},
    {"NonExistentQueue", JANGLE_NOT_FOUND},
    {"NotFound", JANGLE_NOT_FOUND},
    {"NotFoundException", JANGLE_NOT_FOUND},
    {"ResourceNotFoundException", JANGLE_NOT_FOUND},
    {"QueueNameExists", JANGLE_INVALID},
    {"QueueAlreadyExists", JANGLE_INVALID},
    {"InvalidParameter", JANGLE_INVALID},
    {"InvalidParameterValue", JANGLE_INVALID},
    {"InvalidParameterValueException", JANGLE_INVALID},
    {"InvalidAttributeName", JANGLE_INVALID},
    {"InvalidAttributeValue", JANGLE_INVALID},
    {"InvalidMessageContents", JANGLE_INVALID},
    {"MissingParameter", JANGLE_INVALID},
    {"MissingRequiredParameterException", JANGLE_INVALID},
    {"ParameterValueInvalid", JANGLE_INVALID},
    {"BatchRequestTooLong", JANGLE_INVALID},
    {"MessageNotInflight", JANGLE_CONFLICT},
    {"ReceiptHandleIsInvalid", JANGLE_CONFLICT},
};

/* Codes whose message says what was signed, and with that what is secret. */
static bool has_secret_message(const char *code)
{
    return strstr(code, "Signature") || strstr(code, "Token") || strstr(code, "Security");
}

static const char *bare_code(const char *code)
{
    const char *hash = strrchr(code, '#');
    const char *point = strrchr(hash ? hash : code, '.');

    return point ? point + 1 : hash ? hash + 1 : code;
}

enum jangle_result jn_aws_code_result(const char *code, long status)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (strcmp(bare_code(code), meanings[i].code) == 0)
            return meanings[i].result;
    return status >= 500 && status != 503 ? JANGLE_TIMEOUT : JANGLE_BUSY;
}

/* ---- refusals ------------------------------------------------------------------ */

enum { CODE_SIZE = 80, MESSAGE_SIZE = 400 };

struct refusal {
    const struct jn_aws *aws;
    char code[CODE_SIZE];
    char message[MESSAGE_SIZE]; /* the start of Amazon's sentence */
    bool has_secret;            /* the whole sentence holds what nobody may see */
};

static bool holds_secret(const struct jn_aws *aws, const char *message)
{
    const struct jangle_aws_credentials *credentials = &aws->options.credentials;
    const char *const texts[] = {credentials->access_key_id,
                                 credentials->secret_access_key,
                                 credentials->session_token};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] && *texts[i] && strstr(message, texts[i]))
            return true;
    return false;
}

static void take_message(struct refusal *refusal, const char *message)
{
    jn_text_copy(refusal->message, MESSAGE_SIZE, message);
    refusal->has_secret = holds_secret(refusal->aws, message);
}

static bool
take_refusal(void *context, const char *parent, const char *name, const char *text)
{
    struct refusal *refusal = context;

    if (strcmp(parent, "Error") != 0)
        return true;
    if (strcmp(name, "Code") == 0)
        jn_text_copy(refusal->code, CODE_SIZE, text);
    if (strcmp(name, "Message") == 0)
        take_message(refusal, text);
    return true;
}

static void read_refusal(const struct jn_aws_text *answer, struct refusal *refusal)
{
    const struct jn_aws_xml_visitor visitor = {.leaf = take_refusal, .context = refusal};
    json_t *json = jn_aws_json_read(answer->bytes, answer->size);
    const char *code = jn_aws_json_text(json, "__type");
    const char *message = jn_aws_json_text(json, "message");

    if (code)
        jn_text_copy(refusal->code, CODE_SIZE, bare_code(code));
    if (message)
        take_message(refusal, message);
    json_decref(json);
    if (!code && answer->size)
        jn_aws_xml_visit(answer->bytes, answer->size, &visitor);
}

/* What `provide` has given is not known any more. */
static bool is_shown(const struct jn_aws *aws, const struct refusal *refusal)
{
    return *refusal->message && !refusal->has_secret && !aws->options.provide &&
           !has_secret_message(refusal->code);
}

static enum jangle_result refuse(const struct jn_aws *aws,
                                 const struct jn_aws_request *request,
                                 struct jangle_error *error)
{
    struct refusal refusal = {.aws = aws};
    bool shown;

    read_refusal(&request->answer, &refusal);
    shown = is_shown(aws, &refusal);
    return jangle_error_set(error, jn_aws_code_result(refusal.code, request->status),
                            "AWS refuses %s with HTTP %ld %s%s%s", request->action,
                            request->status, JN_SHOWN(CODE_SIZE, refusal.code),
                            shown ? ": " : "",
                            shown ? JN_SHOWN(MESSAGE_SIZE, refusal.message) : "");
}

enum jangle_result jn_aws_garbage(const struct jn_aws_request *request,
                                  struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_TIMEOUT,
                            "what AWS answers to %s cannot be read, so nobody knows "
                            "whether it was done",
                            request->action);
}

enum jangle_result jn_aws_request_result(const struct jn_aws *aws,
                                         const struct jn_aws_request *request,
                                         struct jangle_error *error)
{
    const char *where = aws->options.endpoint ? aws->options.endpoint : aws->region;

    if (!request->over)
        return jangle_error_set(error, JANGLE_TIMEOUT, "AWS has not answered to %s",
                                request->action);
    if (request->answer.failed)
        return jangle_error_set(error, JANGLE_TIMEOUT, "no memory for AWS' answer to %s",
                                request->action);
    if (!request->status)
        return jangle_error_set(error, request->was_sent ? JANGLE_TIMEOUT : JANGLE_BUSY,
                                "AWS (%s) has not answered to %s: %s",
                                JN_SHOWN(120, where), request->action, request->fault);
    return request->status == 200 ? JANGLE_OK : refuse(aws, request, error);
}

/* ---- calls --------------------------------------------------------------------- */

enum jangle_result jn_aws_call(struct jn_aws *aws,
                               struct jn_aws_request *request,
                               int64_t until_us,
                               struct jangle_error *error)
{
    enum jangle_result result = jn_aws_request_start(aws, request, until_us, error);

    if (result)
        return result;
    while (!request->over && jn_aws_now_us(aws) < until_us)
        jn_aws_web_drive(aws, until_us);
    jn_aws_request_stop(aws, request);
    return jn_aws_request_result(aws, request, error);
}

enum jangle_result jn_aws_ask(struct jn_aws *aws,
                              struct jn_aws_request *request,
                              int64_t until_us,
                              struct jangle_error *error)
{
    enum jangle_result result = jn_aws_call(aws, request, until_us, error);

    if (result == JANGLE_TIMEOUT && error)
        error->result = JANGLE_BUSY;
    return result == JANGLE_TIMEOUT ? JANGLE_BUSY : result;
}
