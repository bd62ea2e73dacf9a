/* kafka.h - Apache Kafka, by librdkafka. Link jangle_kafka.
 *
 * A topic is a topic of Kafka. A queue Q is the topic Q, for what is sent straight into
 * it, and is read together with the topic that it is bound to. Both are logs: each
 * partition is one, and its reader says how far it has read it (struct
 * jangle_log_offset). No consumer group is joined: one reader reads all partitions, from
 * its own offsets, which nobody else can move. They are also committed to the group Q,
 * for tools that show how far a reader is behind; what is committed there is never read
 * back, except to count.
 *
 * The key of a parcel is the key of the message, and chooses the partition as Java's
 * client does. Headers are headers. docs/operations.md says how to set a Kafka up, which
 * rights are needed, and which clauses of the contract Kafka cannot keep. */
#ifndef JANGLE_TRANSPORT_KAFKA_H
#define JANGLE_TRANSPORT_KAFKA_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

struct jangle_kafka_options {
    const char *const *settings; /* librdkafka's own: name, value, name, value, NULL. May
                                    be NULL. Those that jangle sets itself are INVALID */
    int partitions;              /* of a topic that is made. Default 6 */
    int replicas;       /* of a topic that is made. 0: as many as the broker makes
                           by default */
    int64_t connect_ms; /* how long a call waits for an answer of a broker that
                           may be away. Default 5 s, at most 20 s */
    int64_t look_ms;    /* how often a reader looks for new partitions, and
                           whether its queue is still there. Default 5 s */
};

/* Describe a broker: "kafka://host:9092,host:9092" without encryption, "ssl://..." with
 * TLS, and with a user "sasl_ssl://user:password@host:9093,host:9093" or
 * "sasl_plaintext://...". The mechanism is PLAIN, unless the setting `sasl.mechanisms`
 * names another. In user and password, other characters than letters, digits, "-", "."
 * and "_" are written as %XX. `options` may be NULL, and must live until jangle_close, as
 * `url` must.
 *
 * `open` is INVALID for a URL that is malformed or has another scheme, and for a setting
 * that librdkafka refuses or that jangle's promises lean on. Those are:
 *
 *     where and how          bootstrap.servers, metadata.broker.list, security.protocol,
 *                            test.mock.num.brokers
 *     what is confirmed      acks, request.required.acks, enable.idempotence,
 *                            enable.gapless.guarantee, message.timeout.ms,
 *                            delivery.timeout.ms, retries, message.send.max.retries,
 *                            transactional.id, max.in.flight,
 *                            max.in.flight.requests.per.connection,
 *                            delivery.report.only.error
 *     where a key goes       partitioner, partitioner_cb
 *     whose offsets hold     group.id, group.instance.id, auto.offset.reset,
 *                            enable.auto.commit, auto.commit.enable,
 *                            enable.auto.offset.store, enable.partition.eof,
 *                            isolation.level
 *     topics by accident     allow.auto.create.topics
 *     who is at the other    enable.ssl.certificate.verification,
 *     end                    ssl.endpoint.identification.algorithm
 *     code that is loaded    plugin.library.paths
 *     the look at the wire   check.crcs
 */
JANGLE_API struct jangle_broker jangle_kafka(const char *url,
                                             const struct jangle_kafka_options *options);

enum { JANGLE_KAFKA_URL_SIZE = 1024 };

/* Fill in `url` from the environment: JANGLE_KAFKA_BOOTSTRAP is a URL as above, or
 * "host:9092,host:9092". `url` must live as long as the broker's descriptor. INVALID: it
 * is not a valid one. NOT_FOUND: it is not set. */
JANGLE_API enum jangle_result jangle_kafka_from_env(char url[JANGLE_KAFKA_URL_SIZE],
                                                    struct jangle_error *error);

JANGLE_C_END

#endif
