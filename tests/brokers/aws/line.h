/* line.h - a transport of SQS and SNS in a test: opened, published to, received from.
 * What must not fail is asserted here. */
#ifndef AWS_LINE_H
#define AWS_LINE_H

#include "brokers/aws/server.h"
#include "brokers/aws/stand_in.h"
#include "brokers/line.h"

#define AWS_KEY    "AKIDOFTHETEST"
#define AWS_SECRET "sEcReT/of+the:test"
#define AWS_TOKEN  "tOkEn/of+the=test"
#define AWS_TOPIC  "arn:aws:sns:us-east-1:000000000000:news"
#define AWS_QUEUE  "http://sqs.us-east-1.localhost/000000000000/jobs"

/* Options with the credentials above, and that endpoint. */
struct jangle_aws_options aws_options(const char *endpoint);

/* Errors hold none of the secrets above; neither do the transport's log lines. */
struct jangle_transport *aws_open(const struct jangle_aws_options *options);

/* With a clock that goes on by `*later_us` alone. */
struct jangle_transport *aws_open_at(const struct jangle_aws_options *options,
                                     int64_t *later_us);

struct jangle_parcel aws_parcel(const char *topic, const char *queue, const char *body);

/* The result of the parcel. */
enum jangle_result aws_publish(struct jangle_transport *transport,
                               struct jangle_parcel parcel,
                               struct jangle_error *error);

void aws_assert_no_secret(const char *text);

#endif
