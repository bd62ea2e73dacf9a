/* signature.c - whose word is taken: signatures of SNS, addresses of certificates,
 * topics, and confirmations of subscriptions. */
#include "support/test.h"
#include "unit/aws/signer.h"

#include <jangle/transport/aws_visit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC   "arn:aws:sns:eu-west-1:123456789012:shop"
#define HOST    "https://sns.eu-west-1.amazonaws.com/"
#define PEM     HOST "SimpleNotificationService-01.pem"
#define CONFIRM HOST "?Action=ConfirmSubscription&TopicArn=" TOPIC "&Token=s3cret"

/* ---- a web hook's body
 * ------------------------------------------------------------------ */

/* A member that is NULL is left out. */
struct notice {
    const char *type, *id, *topic, *subject, *message, *time, *version, *signature;
    const char *certificate_url, *subscribe_url, *token;
};

static const struct notice sound = {
    .type = "Notification",
    .id = "11111111-2222-3333-4444-555555555555",
    .topic = TOPIC,
    .message = "a secret body",
    .time = "2026-01-02T03:04:05.678Z",
    .version = "2",
    .certificate_url = PEM,
};

/* What SNS signs, by its manual. */
static const char signed_text[] =
    "Message\na secret body\n"
    "MessageId\n11111111-2222-3333-4444-555555555555\n"
    "Timestamp\n2026-01-02T03:04:05.678Z\n"
    "TopicArn\n" TOPIC
    "\n"
    "Type\nNotification\n";
static const char signed_with_subject[] =
    "Message\na secret body\n"
    "MessageId\n11111111-2222-3333-4444-555555555555\n"
    "Subject\na lamp\n"
    "Timestamp\n2026-01-02T03:04:05.678Z\n"
    "TopicArn\n" TOPIC
    "\n"
    "Type\nNotification\n";

static char *written(const struct notice *notice, bool as_lambda)
{
    const struct {
        const char *name, *text;
    } members[] = {
        {"Type", notice->type},
        {"MessageId", notice->id},
        {"TopicArn", notice->topic},
        {"Subject", notice->subject},
        {"Message", notice->message},
        {"Timestamp", notice->time},
        {"SignatureVersion", notice->version},
        {"Signature", notice->signature},
        {as_lambda ? "SigningCertUrl" : "SigningCertURL", notice->certificate_url},
        {"SubscribeURL", notice->subscribe_url},
        {"Token", notice->token},
    };
    char *json = NULL;
    size_t size;
    FILE *file = open_memstream(&json, &size);

    fputs(as_lambda ? "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Extra\":1"
                    : "{\"Extra\":1",
          file);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (members[i].text)
            fprintf(file, ",\"%s\":\"%s\"", members[i].name, members[i].text);
    fputs(as_lambda ? "}}]}" : "}", file);
    fclose(file);
    return json;
}

/* ---- the program ---------------------------------------------------------------- */

struct program {
    const char *pem;
    int fetched;
    int visited;
    int confirmed;
    bool ended;
    enum jangle_result answer; /* of a confirmation */
};

static const char *fetch(void *context, const char *url)
{
    struct program *program = context;

    assert_string_equal(url, PEM);
    program->fetched++;
    return program->pem;
}

static enum jangle_result
take(void *context, const struct jangle_parcel *parcel, struct jangle_error *error)
{
    (void)error;
    struct program *program = context;

    assert_string_equal(parcel->topic, TOPIC);
    assert_int_equal(parcel->body_size, strlen(sound.message));
    program->visited++;
    return JANGLE_OK;
}

static enum jangle_result confirm(void *context,
                                  const struct jangle_aws_subscription *subscription)
{
    struct program *program = context;

    assert_string_equal(subscription->topic, TOPIC);
    assert_string_equal(subscription->url, CONFIRM);
    program->confirmed++;
    program->ended = subscription->ended;
    return program->answer;
}

static const char *const topics[] = {"arn:aws:sns:eu-west-1:123456789012:other", TOPIC,
                                     NULL};

static const struct jangle_aws_visit_options strict = {.certificate = fetch,
                                                       .topics = topics};

/* No sentence says what was in the message. */
static enum jangle_result visit_with(const struct jangle_aws_visit_options *options,
                                     const struct notice *notice,
                                     bool as_lambda,
                                     struct program *program,
                                     struct jangle_error *error)
{
    char *json = written(notice, as_lambda);
    enum jangle_result result;

    if (!program->pem)
        program->pem = signer_certificate();
    result = jangle_aws_visit(json, options, take, program, error);
    free(json);
    assert_result(error->result, result);
    assert_null(strstr(error->message, "secret"));
    assert_null(strstr(error->message, "s3cret"));
    return result;
}

static void believed(const struct notice *notice, const char *text)
{
    for (int lambda = 0; lambda < 2; lambda++) {
        char *signature = signer_sign(text, notice->version);
        struct notice complete = *notice;
        struct program program = {0};
        struct jangle_error error;

        complete.signature = signature;
        assert_result(visit_with(&strict, &complete, lambda, &program, &error),
                      JANGLE_OK);
        assert_int_equal(program.fetched, 1);
        assert_int_equal(program.visited, 1);
        free(signature);
    }
}

static void
refused(const struct notice *notice, const char *text, const char *sentence, int fetched)
{
    char *signature = signer_sign(text, "2");
    struct notice complete = *notice;
    struct program program = {0};
    struct jangle_error error;

    if (!complete.signature)
        complete.signature = signature;
    assert_result(visit_with(&strict, &complete, false, &program, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message, sentence);
    assert_int_equal(program.fetched, fetched);
    assert_int_equal(program.visited, 0);
    free(signature);
}

/* ---- signatures ----------------------------------------------------------------- */

static void a_signature_of_either_version_holds(void **state)
{
    struct notice notice = sound;

    (void)state;
    believed(&notice, signed_text);
    notice.version = "1";
    believed(&notice, signed_text);
    notice.subject = "a lamp";
    believed(&notice, signed_with_subject);
    notice.version = "2";
    believed(&notice, signed_with_subject);
}

static void what_was_altered_is_refused(void **state)
{
    static const char sentence[] = "its signature does not hold";
    struct notice notice;

    (void)state;
    notice = sound, notice.message = "a secret bodY";
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.id = "21111111-2222-3333-4444-555555555555";
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.time = "2026-01-02T03:04:05.679Z";
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.topic = topics[0];
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.subject = "a lamp";
    refused(&notice, signed_text, sentence, 1);
    notice = sound;
    refused(&notice, signed_with_subject, sentence, 1);
    notice = sound, notice.version = "1"; /* the other hash */
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.signature = "AAAA";
    refused(&notice, signed_text, sentence, 1);
    notice = sound, notice.signature = "";
    refused(&notice, signed_text, sentence, 1);
}

static void a_signature_that_cannot_be_checked_says_what_is_missing(void **state)
{
    struct notice notice = sound;

    (void)state;
    notice.signature = "not base64!";
    refused(&notice, signed_text, "its `Signature` is no base64", 1);
    notice = sound, notice.version = "3";
    refused(&notice, signed_text, "its `SignatureVersion` is \"3\", and not 1 or 2", 0);
    notice = sound, notice.version = NULL;
    refused(&notice, signed_text,
            "its signature cannot be checked: `SignatureVersion` is missing", 0);
    notice = sound, notice.certificate_url = NULL;
    refused(&notice, signed_text,
            "its signature cannot be checked: `SigningCertURL` is missing", 0);
    notice = sound, notice.time = NULL;
    refused(&notice, signed_text,
            "its signature cannot be checked: `Timestamp` is missing", 0);
}

static void a_message_without_a_signature_is_refused(void **state)
{
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    assert_result(visit_with(&strict, &sound, true, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "record 1: its signature cannot be checked: "
                        "`Signature` is missing");
    assert_result(jangle_aws_visit("{\"Records\":[{\"messageId\":\"1\",\"body\":\"b\"}]}",
                                   &strict, take, &program, &error),
                  JANGLE_INVALID);
    assert_string_equal(error.message,
                        "record 1: SNS did not wrap it, so it has no "
                        "signature to check");
    assert_int_equal(program.visited, 0);
}

static void the_certificate_must_be_that_of_who_signed(void **state)
{
    static const char encrypted[] =
        "-----BEGIN CERTIFICATE-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
        "\nAAAA\n-----END CERTIFICATE-----\n";
    const char *const pems[] = {"", "<html>", encrypted};
    char *signature = signer_sign(signed_text, "2");
    struct notice notice = sound;
    struct program other = {0};
    struct jangle_error error;

    (void)state;
    notice.signature = signature;
    for (size_t i = 0; i < sizeof pems / sizeof *pems; i++) {
        struct program program = {.pem = pems[i]};

        assert_result(visit_with(&strict, &notice, false, &program, &error), JANGLE_BUSY);
        assert_string_equal(error.message,
                            "what was fetched from `SigningCertURL` is no "
                            "certificate that libcrypto can read");
    }
    other.pem = signer_other_certificate();
    assert_result(visit_with(&strict, &notice, false, &other, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "its signature does not hold");
    free(signature);
}

static const char *fetch_nothing(void *context, const char *url)
{
    (void)url;
    ((struct program *)context)->fetched++;
    return NULL;
}

static void without_a_certificate_the_message_comes_again(void **state)
{
    const struct jangle_aws_visit_options options = {.certificate = fetch_nothing};
    struct notice notice = sound;
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    notice.signature = "AAAA";
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_BUSY);
    assert_string_equal(error.message,
                        "the certificate of its signature cannot be fetched now");
    assert_int_equal(program.fetched, 1);
}

/* ---- addresses ------------------------------------------------------------------ */

static void certificates_come_from_amazons_hosts_and_no_others(void **state)
{
    static const char *const urls[] = {
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "HTTPS://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com.cn.evil.example/a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://user@sns.eu-west-1.amazonaws.com/a.pem",
        "https://user:word@sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com:444/a.pem",
        "https://sns.eu-west-1.amazonaws.com:443/a.pem",
        "https://sns.eu-west-1.amazonaws.com./a.pem",
        "https://sns.eu-west-1.amazonaws..com/a.pem",
        "https://sns..amazonaws.com/a.pem",
        "https://sns.amazonaws.com/a.pem",
        "https://sns.eu-west-1.evil.amazonaws.com/a.pem",
        "https://evil.sns.eu-west-1.amazonaws.com/a.pem",
        "https://snsXeu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1Xamazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.co/a.pem",
        "https://sns.eu-west-1.amazonaws.comx/a.pem",
        "https://sns.eu-west-1.amazonaws.com.cnx/a.pem",
        "https://sns.s3.amazonaws.com/a.pem",
        "https://sns.s3-eu-west-1.amazonaws.com/a.pem",
        "https://sns.s3-website-eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-.amazonaws.com/a.pem",
        "https://sns.west-1.amazonaws.com/a.pem",
        "https://sns.-west-1.amazonaws.com/a.pem",
        "https://sns.EU-WEST-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com",
        "https://sns.eu-west-1.amazonaws.com/",
        "https://sns.eu-west-1.amazonaws.com/.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem?x=.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem#",
        "https://sns.eu-west-1.amazonaws.com/?a.pem",
        "https://sns.eu-west-1.amazonaws.com/b/../a.pem",
        "https://sns.eu-west-1.amazonaws.com/b/a.pem",
        "https://sns.eu-west-1.amazonaws.com/%2e.pem",
        "https://sns.eu-west-1.amazonaws.com/a.pem ",
        "https://sns.eu-west-1.amazonaws.com/a.pem\\u000a",
        " https://sns.eu-west-1.amazonaws.com/a.pem",
        "https:\\\\\\\\sns.eu-west-1.amazonaws.com\\\\a.pem",
        "file:///a.pem",
        "",
    };
    struct notice notice = sound;

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        notice.certificate_url = urls[i];
        refused(&notice, signed_text,
                "its `SigningCertURL` is not https://sns.REGION.amazonaws.com/NAME.pem, "
                "and nothing was fetched from there",
                0);
    }
}

static const char *fetch_any(void *context, const char *url)
{
    (void)url;
    ((struct program *)context)->fetched++;
    return signer_certificate();
}

static void certificates_of_every_region_are_fetched(void **state)
{
    static const char *const urls[] = {
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
        "https://sns.us-gov-west-1.amazonaws.com/a.pem",
        "https://sns.ap-southeast-12.amazonaws.com/a_b.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/A.pem",
    };
    const struct jangle_aws_visit_options options = {.certificate = fetch_any};
    char *signature = signer_sign(signed_text, "2");
    struct notice notice = sound;
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    notice.signature = signature;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        notice.certificate_url = urls[i];
        assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_OK);
    }
    assert_int_equal(program.fetched, sizeof urls / sizeof *urls);
    free(signature);
}

static void only_topics_that_are_listed_are_believed(void **state)
{
    const char *const others[] = {topics[0], NULL};
    const struct jangle_aws_visit_options options = {.topics = others};
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    assert_result(visit_with(&options, &sound, false, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "its topic \"" TOPIC "\" is not one of those that are believed");
    assert_int_equal(program.visited, 0);
}

/* ---- confirmations -------------------------------------------------------------- */

static const char signed_confirmation[] =
    "Message\nconfirm\nMessageId\n11111111-2222-3333-4444-555555555555\n"
    "SubscribeURL\n" CONFIRM
    "\nTimestamp\n2026-01-02T03:04:05.678Z\n"
    "Token\ns3cret\nTopicArn\n" TOPIC "\nType\nSubscriptionConfirmation\n";

static const char signed_end[] =
    "Message\nconfirm\nMessageId\n11111111-2222-3333-4444-555555555555\n"
    "SubscribeURL\n" CONFIRM
    "\nTimestamp\n2026-01-02T03:04:05.678Z\n"
    "Token\ns3cret\nTopicArn\n" TOPIC "\nType\nUnsubscribeConfirmation\n";

static struct notice confirmation(const char *type)
{
    struct notice notice = sound;

    notice.type = type;
    notice.message = "confirm";
    notice.subscribe_url = CONFIRM;
    notice.token = "s3cret";
    return notice;
}

static void a_confirmation_is_shown_to_its_own_function(void **state)
{
    struct jangle_aws_visit_options options = strict;
    struct notice notice = confirmation("SubscriptionConfirmation");
    char *signature = signer_sign(signed_confirmation, "2");
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    options.subscription = confirm;
    notice.signature = signature;
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_OK);
    assert_int_equal(program.confirmed, 1);
    assert_false(program.ended);
    program.answer = JANGLE_BUSY;
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_BUSY);
    free(signature);

    notice.type = "UnsubscribeConfirmation";
    notice.signature = signature = signer_sign(signed_end, "2");
    program = (struct program){0};
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_OK);
    assert_true(program.ended);
    assert_int_equal(program.visited, 0);
    free(signature);
}

static void a_confirmation_that_nobody_takes_says_what_to_do(void **state)
{
    struct notice notice = confirmation("SubscriptionConfirmation");

    (void)state;
    refused(&notice, signed_confirmation,
            "it is no message, but says that the topic \"" TOPIC
            "\" wants to send here: set `subscription`, or open its SubscribeURL once",
            1);
    notice.type = "UnsubscribeConfirmation";
    refused(&notice, signed_end,
            "it is no message, but says that the topic \"" TOPIC "\" sends here no more",
            1);
}

static void a_forged_confirmation_reaches_nobody(void **state)
{
    struct jangle_aws_visit_options options = strict;
    struct notice notice = confirmation("SubscriptionConfirmation");
    char *signature = signer_sign(signed_confirmation, "2");
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    options.subscription = confirm;
    notice.signature = signature;
    notice.token = "forged";
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "its signature does not hold");
    assert_int_equal(program.confirmed, 0);
    free(signature);
}

static void who_confirms_must_look_at_signatures(void **state)
{
    const struct jangle_aws_visit_options options = {.subscription = confirm};
    struct notice notice = confirmation("SubscriptionConfirmation");
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message,
                        "`subscription` needs `certificate`: who confirms "
                        "what is not signed lets strangers send");
    assert_int_equal(program.confirmed, 0);
}

/* Without a look at the signature, so that only the address can be what is wrong. */
static void addresses_to_confirm_at_are_amazons(void **state)
{
    static const char *const urls[] = {
        "https://evil.example/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com.evil.example/?a",
        "https://sns.eu-west-1.amazonaws.com@evil.example/?a",
        "https://sns.eu-west-1.amazonaws.com/a?b",
        "https://sns.eu-west-1.amazonaws.com/?",
        "https://sns.eu-west-1.amazonaws.com/?a b",
        "https://sns.eu-west-1.amazonaws.com/?a#b",
        "https://sns.eu-west-1.amazonaws.com/?a\\u000ab",
        "https://sns.s3-eu-west-1.amazonaws.com/?a",
        "http://sns.eu-west-1.amazonaws.com/?a",
    };
    const struct jangle_aws_visit_options options = {0};
    struct notice notice = confirmation("SubscriptionConfirmation");
    struct program program = {0};
    struct jangle_error error;

    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        notice.subscribe_url = urls[i];
        assert_result(visit_with(&options, &notice, false, &program, &error),
                      JANGLE_INVALID);
        assert_string_equal(error.message,
                            "its `SubscribeURL` is not "
                            "https://sns.REGION.amazonaws.com/?...: do not open it");
    }
    notice.subscribe_url = NULL;
    assert_result(visit_with(&options, &notice, false, &program, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "a confirmation of SNS has no `SubscribeURL`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_of_either_version_holds),
        cmocka_unit_test(what_was_altered_is_refused),
        cmocka_unit_test(a_signature_that_cannot_be_checked_says_what_is_missing),
        cmocka_unit_test(a_message_without_a_signature_is_refused),
        cmocka_unit_test(the_certificate_must_be_that_of_who_signed),
        cmocka_unit_test(without_a_certificate_the_message_comes_again),
        cmocka_unit_test(certificates_come_from_amazons_hosts_and_no_others),
        cmocka_unit_test(certificates_of_every_region_are_fetched),
        cmocka_unit_test(only_topics_that_are_listed_are_believed),
        cmocka_unit_test(a_confirmation_is_shown_to_its_own_function),
        cmocka_unit_test(a_confirmation_that_nobody_takes_says_what_to_do),
        cmocka_unit_test(a_forged_confirmation_reaches_nobody),
        cmocka_unit_test(who_confirms_must_look_at_signatures),
        cmocka_unit_test(addresses_to_confirm_at_are_amazons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
