/* aws_visit.h - what a Lambda function is called with, and what SNS sends to a web hook:
 * each message in it becomes a parcel for jangle_deliver. Link jangle_awsvisit, which
 * opens no connection.
 *
 *     static enum jangle_result take(void *context, const struct jangle_parcel *parcel,
 *                                    struct jangle_error *error)
 *     {
 *         return jangle_deliver(context, "orders", parcel, error);
 *     }
 *
 *     result = jangle_aws_answer(event, NULL, &response, take, jangle, &error);
 *
 * docs/lambda.md has a whole function. These events are known:
 *
 *     SQS        {"Records": [{"messageId": ..., "body": ...}]}, of a standard queue or a
 *                FIFO queue. A body that is an envelope of SNS is unwrapped
 *     SNS        {"Records": [{"Sns": {...}}]}
 *     web hook   {"Type": "Notification", "Message": ...}, the body that SNS posts
 *     gateway    {"requestContext": {...}, "body": ...}, with such a web hook's body: an
 *                event of API Gateway or of a function's URL
 *
 * A parcel has
 *
 *     topic      the ARN of the SNS topic; NULL if SNS did not wrap the message
 *     queue      the ARN of the SQS queue; NULL if it came without one
 *     route      the message attribute "type"
 *     key        the attribute "key", else SQS' MessageGroupId, unless that is "none", as
 *                which jangle sends what has no key
 *     id         the attribute "id", else SNS' MessageId, else SQS' messageId: it is the
 *                same at every delivery of the message
 *     attempt    SQS' ApproximateReceiveCount; 0 if SQS did not deliver it
 *     body       decoded, if its attributes say that it is base64
 *     headers    all other attributes that are text or numbers, with names in lower case;
 *                and "type", so that jangle_plain finds it
 *
 * and no receipt. It is valid until the visitor returns. */
#ifndef JANGLE_TRANSPORT_AWS_VISIT_H
#define JANGLE_TRANSPORT_AWS_VISIT_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

/* A topic asks whether it may send to a web hook, or says that it no longer does. */
struct jangle_aws_subscription {
    const char *topic; /* its ARN */
    const char *url;   /* who opens this address (GET), says yes. It is on a host of
                          Amazon's, and holds a token: do not log it */
    bool ended;        /* the subscription has ended; to open the address restores it */
};

/* Fetch the PEM text at `url`, an https address of a host of Amazon's, with a client that
 * checks the host's certificate and follows no redirects. The text is yours, and must
 * live until jangle_aws_visit returns. Certificates change seldom, so keep them. NULL: it
 * cannot be fetched now; the record is then BUSY. */
typedef const char *jangle_aws_certificate_fn(void *context, const char *url);

/* Any result but OK is the record's. */
typedef enum jangle_result
jangle_aws_subscription_fn(void *context,
                           const struct jangle_aws_subscription *subscription);

/* Called for each record, in the order of the event. Any result but OK is the record's,
 * and what the function has said in `error`, which is never NULL, is told with it. */
typedef enum jangle_result jangle_aws_record_fn(void *context,
                                                const struct jangle_parcel *parcel,
                                                struct jangle_error *error);

/* All members may be zero. The functions get the context of the visit. */
struct jangle_aws_visit_options {
    /* Set this where strangers can call you, as they can call a web hook. Then each
     * record must have a signature of SNS that holds (SignatureVersion 1 or 2); all
     * others are INVALID, and so are messages that SNS did not wrap, because they have
     * none. Set `topics`, too: a signature says that SNS sent the message, not for whom,
     * and anybody may have a topic. SNS does not sign message attributes. NULL:
     * signatures are not looked at, as is right for a function that only Lambda calls. */
    jangle_aws_certificate_fn *certificate;
    const char *const *topics; /* the ARNs of the topics that are believed; ends with
                                  NULL. NULL: any */

    /* Called for a SubscriptionConfirmation and an UnsubscribeConfirmation. It needs
     * `certificate`: who confirms what is not signed lets strangers send. NULL: such
     * records are INVALID, with a sentence that says what to do. */
    jangle_aws_subscription_fn *subscription;
    size_t message_bytes;                     /* the largest body. Default 1 MiB */
    const struct jangle_allocator *allocator; /* NULL: malloc */
};

/* Visit each message of an event, unwrapped, in order. `json` ends with a zero. The first
 * failure ends the visit:
 *
 *     OK          all were visited
 *     INVALID     the event is none of those above, and `error` says what is missing; or
 *                 a record is malformed or too large, or its signature does not hold, and
 *                 `error` names the record. An event that is not JSON to its end is
 *                 INVALID before anything is visited
 *     BUSY        a certificate could not be fetched or read, or libcrypto could not tell
 *                 whether a signature holds
 *     NO_MEMORY   memory ran out
 *     any other   what a visitor returned; `error` has its sentence, too
 *
 * `options` and `error` may be NULL. A body is at most `message_bytes` long, an id or key
 * 200 bytes, and there are at most 64 headers of 8 KiB, and 64 KiB of them together. Any
 * thread. */
JANGLE_API enum jangle_result
jangle_aws_visit(const char *json,
                 const struct jangle_aws_visit_options *options,
                 jangle_aws_record_fn *visit,
                 void *context,
                 struct jangle_error *error);

/* What a function answers. */
struct jangle_aws_response {
    char *text;     /* JSON, to be returned as it is: {"batchItemFailures":[...]};
                       NULL unless the result is OK */
    size_t visited; /* messages for which the visitor was called */
    size_t failed;  /* records that are to come again */
    struct jangle_error first;         /* why the first of them failed, for your log */
    struct jangle_allocator allocator; /* what `text` was made with */
};

/* Visit an event of SQS to its end, also when messages fail, and write the answer that
 * lets only those come again. Lambda reads the answer if the event source mapping has
 * `ReportBatchItemFailures`, and else takes every message for done: then use
 * jangle_aws_visit, and let the function fail.
 *
 * A record that is malformed comes again, too, until the redrive policy of its queue
 * makes it a dead letter. After a failure in a FIFO queue the later messages of its group
 * are not visited, and come again, so that they keep their order.
 *
 * OK: return `text`. With any other result let the function fail, so that all of the
 * event comes again; jangle knows what was done, as long as its store lasts. The results
 * are those of jangle_aws_visit, and a record without messageId is INVALID, because no
 * answer can name it: `error` says which one it is. For every other event this is
 * jangle_aws_visit, with an answer that names nothing, because Lambda reads none.
 *
 * `response` is always filled in: free it with jangle_aws_response_free. */
JANGLE_API enum jangle_result
jangle_aws_answer(const char *json,
                  const struct jangle_aws_visit_options *options,
                  struct jangle_aws_response *response,
                  jangle_aws_record_fn *visit,
                  void *context,
                  struct jangle_error *error);

/* A zeroed response is fine. */
JANGLE_API void jangle_aws_response_free(struct jangle_aws_response *response);

JANGLE_C_END

#endif
