/* aws.h - Amazon SQS and SNS, by libcurl. Link jangle_aws.
 *
 * A topic is an SNS topic, and a queue an SQS queue. SQS is spoken to in its JSON
 * protocol, SNS in its Query protocol, and every request is signed with Signature
 * Version 4. docs/operations.md says how to set both up, which rights are needed, and
 * which clauses of the contract Amazon cannot keep.
 *
 * Names. A name may be an ARN of a topic or a URL of a queue. In any other name the
 * characters that Amazon does not allow become "_": the topic "bank.money" is
 * "bank_money". Topics, and queues that are in order, are FIFO ones, whose names end with
 * ".fifo": if a name does not, that is added. A FIFO queue only receives from a FIFO
 * topic, and other queues receive from both. What is only used, and not declared, is
 * looked for under both names, the one with ".fifo" first.
 *
 * A parcel's key is its message group, in which SQS keeps the order. A key that is longer
 * than 128 characters, or has others than Amazon allows there, is replaced by a UUID of
 * version 5 (RFC 9562, namespace URL) that is made of it; the receiver gets the key
 * itself. Every message is sent with a deduplication id of its own, because SQS would
 * swallow a dead letter that is put back within five minutes, or what a publisher sends
 * again after a reset: doubles are recognized by the consumer's inbox.
 *
 * What is sent is a message with the attributes `type` (the route), `content-type`, `id`,
 * `key`, `attempt`, `encoding` and `headers`, as far as they are needed. SNS discards a
 * message of more than ten attributes without a word, so all headers are in one: a JSON
 * array of [name, value] or, for a value that is no UTF-8, [name, base64, 64]. `encoding`
 * is "base64" if the body is no text that Amazon carries, "none" if it is empty, and
 * "text" if it could be taken for the envelope of SNS. Attributes that another program
 * has set are received as headers, its `type` too, where jangle_plain finds it, and its
 * message group as the key. */
#ifndef JANGLE_TRANSPORT_AWS_H
#define JANGLE_TRANSPORT_AWS_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

/* Who we are. The texts are borrowed. */
struct jangle_aws_credentials {
    const char *access_key_id;
    const char *secret_access_key;
    const char *session_token; /* NULL: the key is a lasting one */
};

/* An attribute of every queue that is declared, such as {"KmsMasterKeyId", "alias/x"}. */
struct jangle_aws_attribute {
    const char *name;
    const char *value;
};

/* All texts must live until jangle_close. */
struct jangle_aws_options {
    struct jangle_aws_credentials credentials;

    /* Asked for the credentials before each request, instead of `credentials`, if they
     * change, as those of a role do. It must answer at once, from what your program has
     * fetched before, and its texts must stay until the next call. False: there are none
     * now, and the request is BUSY; so it is if a text has a line break or a space, or a
     * key is empty. Called on the thread that uses the transport. */
    bool (*provide)(void *context, struct jangle_aws_credentials *credentials);
    void *context; /* of `provide` */

    const char *endpoint;  /* where all requests go: "http://127.0.0.1:4566". NULL:
                              Amazon's own addresses of the region, by TLS */
    const char *ca_file;   /* who may sign the certificate of the endpoint. NULL: whom the
                              system trusts */
    int64_t visibility_ms; /* how long a message that was received belongs to this
                              receiver if it is not tended: whole seconds, up to 12 h.
                              Default 30 s */
    int64_t wait_ms;       /* how long a request waits for messages: whole seconds, up to
                              20 s, which is the default */
    int64_t connect_ms;    /* how long a connection may take. Default 5 s */
    bool standard;         /* topics that are declared are standard ones, which keep no
                              order */
    bool filter;           /* give new subscriptions a filter policy with the routes of
                              the queue. Amazon needs up to 15 minutes to obey one, and
                              takes 150 routes at most. Without it a queue gets
                              everything of its topic */
    bool wrapped;          /* subscribe without raw delivery, as Melange does. Both forms
                              are understood when they are received */
    const struct jangle_aws_attribute *attributes; /* ends with {0}; may be NULL */
};

/* Describe a broker: "sqs://us-west-2". `url` and `options` must live until jangle_close.
 * `open` is INVALID for another URL, for options out of their bounds, and if there are no
 * credentials. The library reads no environment and no files under ~/.aws, and uses no
 * proxy. */
JANGLE_API struct jangle_broker jangle_aws(const char *url,
                                           const struct jangle_aws_options *options);

enum { JANGLE_AWS_URL_SIZE = 64 };

/* Fill in `url` and `options` from the environment: AWS_REGION or AWS_DEFAULT_REGION,
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_ENDPOINT_URL. What
 * they do not say stays as it is. The texts are those of the environment: they must not
 * be changed until jangle_close. INVALID names a variable that is missing, or two that
 * are set and differ. NOT_FOUND: none of them is set. */
JANGLE_API enum jangle_result jangle_aws_from_env(char url[JANGLE_AWS_URL_SIZE],
                                                  struct jangle_aws_options *options,
                                                  struct jangle_error *error);

JANGLE_C_END

#endif
