/* aws_env.c - a broker as the environment describes it, in Amazon's own names. */
#include "aws/aws.h"

#include <stdlib.h>

/* An empty variable counts as one that is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

struct found {
    const char *region;
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token;
    const char *endpoint;
};

static enum jangle_result find_region(const char **region, struct jangle_error *error)
{
    const char *newer = variable("AWS_REGION");
    const char *older = variable("AWS_DEFAULT_REGION");

    if (newer && older && strcmp(newer, older) != 0)
        return jangle_error_set(error, JANGLE_INVALID,
                                "AWS_REGION is %s and AWS_DEFAULT_REGION is %s: set one "
                                "of them, or both alike",
                                JN_SHOWN(60, newer), JN_SHOWN(60, older));
    *region = newer ? newer : older;
    return JANGLE_OK;
}

static enum jangle_result check(const struct found *found, struct jangle_error *error)
{
    if (!found->region && !found->access_key_id && !found->secret_access_key &&
        !found->session_token && !found->endpoint)
        return jangle_error_set(error, JANGLE_NOT_FOUND,
                                "none of AWS_REGION, AWS_ACCESS_KEY_ID and "
                                "AWS_SECRET_ACCESS_KEY is set");
    if (!found->region)
        return jangle_error_set(error, JANGLE_INVALID,
                                "AWS_REGION is not set, nor AWS_DEFAULT_REGION");
    if (strlen(found->region) + sizeof "sqs://" > JANGLE_AWS_URL_SIZE)
        return jangle_error_set(error, JANGLE_INVALID, "AWS_REGION is too long: %s",
                                JN_SHOWN(60, found->region));
    if (!found->access_key_id != !found->secret_access_key)
        return jangle_error_set(error, JANGLE_INVALID,
                                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong "
                                "together, and only %s is set",
                                found->access_key_id ? "the first" : "the second");
    return JANGLE_OK;
}

enum jangle_result jangle_aws_from_env(char url[JANGLE_AWS_URL_SIZE],
                                       struct jangle_aws_options *options,
                                       struct jangle_error *error)
{
    struct found found = {.access_key_id = variable("AWS_ACCESS_KEY_ID"),
                          .secret_access_key = variable("AWS_SECRET_ACCESS_KEY"),
                          .session_token = variable("AWS_SESSION_TOKEN"),
                          .endpoint = variable("AWS_ENDPOINT_URL")};
    enum jangle_result result;

    if (error)
        *error = (struct jangle_error){0};
    result = find_region(&found.region, error);
    if (result == JANGLE_OK)
        result = check(&found, error);
    if (result)
        return result;
    jn_text_format(url, JANGLE_AWS_URL_SIZE, "sqs://%s",
                   found.region ? found.region : "");
    if (found.access_key_id)
        options->credentials = (struct jangle_aws_credentials){
            found.access_key_id, found.secret_access_key, found.session_token};
    if (found.endpoint)
        options->endpoint = found.endpoint;
    return JANGLE_OK;
}
