/* awsvisit.c - a program of a stranger: it answers an event of SQS, and checks a
 * signature, which does not hold. */
#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <string.h>

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    (void)context;
    return strcmp(parcel->id, "2") == 0 ? JANGLE_BUSY : JANGLE_OK;
}

static const char *fetch(void *context, const char *url)
{
    (void)context;
    return strlen(url) ? "no certificate" : NULL;
}

static const char event[] =
    "{\"Records\":[{\"messageId\":\"1\",\"body\":\"a\"},"
    "{\"messageId\":\"2\",\"body\":\"b\"}]}";

static const char hook[] =
    "{\"Type\":\"Notification\",\"MessageId\":\"1\",\"TopicArn\":\"t\",\"Message\":\"m\","
    "\"Timestamp\":\"now\",\"SignatureVersion\":\"2\",\"Signature\":\"AAAA\","
    "\"SigningCertURL\":\"https://sns.eu-west-1.amazonaws.com/a.pem\"}";

int main(void)
{
    const struct jangle_aws_visit_options options = {.certificate = fetch};
    struct jangle_aws_response response;
    struct jangle_error error = {0};
    int failed = 0;

    if (jangle_aws_answer(event, NULL, &response, take, NULL, &error) ||
        strcmp(response.text, "{\"batchItemFailures\":[{\"itemIdentifier\":\"2\"}]}") !=
            0)
        failed = 1;
    jangle_aws_response_free(&response);
    if (jangle_aws_visit(hook, &options, take, NULL, &error) != JANGLE_BUSY)
        failed = 1;
    if (failed)
        fprintf(stderr, "%s\n", error.message);
    return failed;
}
