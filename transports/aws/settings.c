/* settings.c - the URL and the options of a broker. */
#include "aws/settings.h"

enum {
    DEFAULT_VISIBILITY_MS = 30000,
    DEFAULT_WAIT_MS = 20000,
    DEFAULT_CONNECT_MS = 5000,
    ENDPOINT_MAX = 400
};

static const char scheme[] = "sqs://";

/* ---- the URL ------------------------------------------------------------------- */

static bool is_region(const char *text)
{
    size_t size = 0;

    while ((text[size] >= 'a' && text[size] <= 'z') ||
           (text[size] >= '0' && text[size] <= '9') || text[size] == '-')
        size++;
    return size && !text[size];
}

/* A URL that is refused is not shown: it may hold a password. */
static enum jangle_result
read_url(struct jn_aws *aws, const char *url, struct jangle_error *error)
{
    const char *region = url && strncmp(url, scheme, sizeof scheme - 1) == 0
                             ? url + sizeof scheme - 1
                             : "";

    if (!is_region(region) || strlen(region) >= sizeof aws->region)
        return jangle_error_set(error, JANGLE_INVALID,
                                "the URL of SQS and SNS is sqs://REGION, such as "
                                "sqs://us-west-2, and nothing else; keys are options");
    jn_text_copy(aws->region, sizeof aws->region, region);
    return JANGLE_OK;
}

/* ---- options ------------------------------------------------------------------- */

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value ? value : otherwise;
}

static bool is_endpoint(const char *text)
{
    const char *host = strncmp(text, "http://", 7) == 0    ? text + 7
                       : strncmp(text, "https://", 8) == 0 ? text + 8
                                                           : "";

    return *host && strlen(text) < ENDPOINT_MAX && !strchr(text, '@') &&
           !strchr(text, '?') && !strchr(text, '#');
}

static bool are_whole_seconds(int64_t ms, int64_t most)
{
    return ms >= 1000 && ms <= most && ms % 1000 == 0;
}

/* A line break would begin a header of its own. */
static bool is_token(const char *text)
{
    for (; text && *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

const char *jn_aws_credentials_fault(const struct jangle_aws_credentials *credentials)
{
    bool named = credentials->access_key_id && *credentials->access_key_id;
    bool secret = credentials->secret_access_key && *credentials->secret_access_key;

    if (!named || !secret)
        return "has no access_key_id or no secret_access_key";
    if (!is_token(credentials->access_key_id) || !is_token(credentials->session_token))
        return "holds a space or a line break";
    return NULL;
}

/* Those that `provide` gives are checked when they are used. */
static enum jangle_result check_credentials(const struct jangle_aws_options *options,
                                            struct jangle_error *error)
{
    const char *fault =
        options->provide ? NULL : jn_aws_credentials_fault(&options->credentials);

    return fault ? jangle_error_set(error, JANGLE_INVALID,
                                    "options of AWS: `credentials` %s, and there is no "
                                    "`provide`",
                                    fault)
                 : JANGLE_OK;
}

/* What is wrong with the other options, or NULL. */
static const char *options_fault(const struct jangle_aws_options *options)
{
    if (options->endpoint && !is_endpoint(options->endpoint))
        return "`endpoint` is not http://HOST or https://HOST, with a port and a path at "
               "most";
    if (!are_whole_seconds(options->visibility_ms, JN_AWS_VISIBILITY_MAX_S * 1000LL))
        return "`visibility_ms` is not whole seconds, from one second to 12 hours";
    if (!are_whole_seconds(options->wait_ms, 20000))
        return "`wait_ms` is not whole seconds, from one to 20";
    if (options->connect_ms < 1 || options->connect_ms > 20000)
        return "`connect_ms` is not between 1 and 20000";
    return NULL;
}

enum jangle_result jn_aws_settings_read(struct jn_aws *aws,
                                        const struct jangle_broker *broker,
                                        struct jangle_error *error)
{
    struct jangle_aws_options *options = &aws->options;
    const char *fault;
    enum jangle_result result = read_url(aws, broker->url, error);

    if (result)
        return result;
    if (broker->options)
        *options = *(const struct jangle_aws_options *)broker->options;
    options->visibility_ms = or_default(options->visibility_ms, DEFAULT_VISIBILITY_MS);
    options->wait_ms = or_default(options->wait_ms, DEFAULT_WAIT_MS);
    options->connect_ms = or_default(options->connect_ms, DEFAULT_CONNECT_MS);
    result = check_credentials(options, error);
    if (result)
        return result;
    fault = options_fault(options);
    return fault ? jangle_error_set(error, JANGLE_INVALID, "options of AWS: %s", fault)
                 : JANGLE_OK;
}
