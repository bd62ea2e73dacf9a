/* web.h - signed requests to Amazon, which libcurl sends. Several may be under way at a
 * time, all on the thread that uses the transport. */
#ifndef JN_AWS_WEB_H
#define JN_AWS_WEB_H

#include "aws/aws.h"
#include "aws/wire/text.h"

enum jn_aws_service { JN_AWS_SQS, JN_AWS_SNS, JN_AWS_STS };

/* A request and its answer. */
struct jn_aws_request {
    enum jn_aws_service service;
    const char *action; /* "ReceiveMessage": a constant */
    struct jn_aws_text body;
    struct jn_aws_text answer;
    bool over;
    bool was_sent; /* a part of it may have reached Amazon */
    long status;   /* of HTTP; 0: no whole answer came */
    char fault[200];
    void *easy; /* libcurl's; NULL: it is not under way */
    void *headers;
};

/* NULL: no memory. */
struct jn_aws_web *jn_aws_web_new(struct jn_aws *aws);

/* From now on nothing that is written to a connection reaches Amazon. For a process which
 * has not opened them. */
void jn_aws_web_mute(struct jn_aws *aws);

/* End all connections. All requests must be stopped. */
void jn_aws_web_free(struct jn_aws *aws);

struct jn_aws_request jn_aws_request_of(const struct jn_aws *aws,
                                        enum jn_aws_service service,
                                        const char *action);
void jn_aws_request_finish(struct jn_aws_request *request);

/* Begin to send it; it is to be over by `until_us`. The request must stay where it is
 * until it is over or stopped. */
enum jangle_result jn_aws_request_start(struct jn_aws *aws,
                                        struct jn_aws_request *request,
                                        int64_t until_us,
                                        struct jangle_error *error);

/* Give it up if it is under way: its connection ends with it, so that its answer is never
 * taken for that of another. */
void jn_aws_request_stop(struct jn_aws *aws, struct jn_aws_request *request);

/* Is it over, or has it reached Amazon at least in part? */
bool jn_aws_request_is_sent(const struct jn_aws_request *request);

/* Go on with what is under way, and wait for something to happen: until `until_us`, a
 * wake, or a short while. What arrives meanwhile has arrived after `aws->looked_us`. */
void jn_aws_web_drive(struct jn_aws *aws, int64_t until_us);

/* End a jn_aws_web_drive that waits, or the next one. Any thread may call it. */
void jn_aws_web_wake(struct jn_aws *aws);

#endif
