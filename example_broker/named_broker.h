/* named_broker.h - the broker that the environment names, for the bank and for loyalty.
 *
 * BROKER_URL is the URL of a transport, whose header says how it is written:
 *
 *     amqp://user:password@host/      RabbitMQ; also amqps://
 *     nats://user:password@host       NATS; also tls://
 *     redis://user:password@host      Redis; also unix://
 *     sqs://eu-west-1                 SQS and SNS, with AWS_ACCESS_KEY_ID,
 *                                     AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and
 *                                     AWS_ENDPOINT_URL
 *     kafka://host:9092               Kafka; also ssl://, sasl_ssl:// and
 *                                     sasl_plaintext://
 *
 * Without it the broker is the RabbitMQ of JANGLE_RABBITMQ_URL, or of RABBITMQ_HOST and
 * its like (transport/rabbitmq.h).
 *
 * BROKER_HOLD_MS says for how long a message belongs to a program that has received it
 * and says nothing more, as one that was killed; others get it then. It holds for NATS,
 * Redis, and SQS, which wants whole seconds. Without it each transport has its default,
 * 30 s. RabbitMQ sees at once that a program has ended, and at Kafka nothing is handed
 * out. It is from 1000 to 3600000, an hour. */
#ifndef NAMED_BROKER_H
#define NAMED_BROKER_H

#include <jangle/jangle.h>
#include <jangle/transport/aws.h>
#include <jangle/transport/nats.h>
#include <jangle/transport/rabbitmq.h>
#include <jangle/transport/redis.h>

enum { NAMED_BROKER_URL_SIZE = 1024 };

/* Must live until the program that was opened with its `broker` is closed, and so must
 * the environment. */
struct named_broker {
    struct jangle_broker broker;
    char url[NAMED_BROKER_URL_SIZE];
    int64_t hold_ms; /* 0: the transport's default */
    union {          /* of the transport that the URL names */
        struct jangle_aws_options aws;
        struct jangle_nats_options nats;
        struct jangle_rabbitmq_options rabbitmq;
        struct jangle_redis_options redis;
    } options;
};

/* NOT_FOUND: the environment names no broker. INVALID: the URL is that of no broker, or
 * that of a transport without which this program was built, or a variable has no valid
 * value. No sentence shows the URL. Nothing is connected, and nothing is written: call it
 * before jangle_open makes a file. */
enum jangle_result named_broker_find(struct named_broker *named,
                                     struct jangle_error *error);

#endif
