/* mock.h - the broker of a test of Kafka: librdkafka's mock cluster, in this process; or
 * the one that JANGLE_KAFKA_BOOTSTRAP names.
 *
 * The mock has no administration: it cannot make topics when it is asked to, nor remove
 * them or their messages. So the descriptor that is returned here makes the topics of
 * what is declared at the mock itself, those of retries with them, and hides them when
 * they are removed. Everything else is the transport's own. */
#ifndef KAFKA_MOCK_H
#define KAFKA_MOCK_H

#include <jangle/transport/kafka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum { MOCK_PARTITIONS = 4, MOCK_WATCHDOG_S = 120 };

/* Start the mock, and a watchdog that ends the program: whatever of librdkafka is not
 * freed makes it wait without end. A second call starts another mock, which knows nothing
 * of the first one. */
void mock_start(void);
void mock_stop(void);

/* Start a mock of two brokers, of which the second is the coordinator of that group; and
 * make a topic, whose partitions the first one leads. */
enum { MOCK_COORDINATOR = 2 };
void mock_start_coordinator(const char *group);
void mock_lead(const char *topic);

/* Use the mock of that URL, which another process has started. It stays that process's
 * own: what is hidden here is only hidden from this one. */
void mock_join(const char *url);

/* Is it the mock, and no real broker? */
bool mock_is_used(void);

/* The broker, with the transport's options. NULL: with some that make tests quick. */
struct jangle_broker mock_broker(const struct jangle_kafka_options *options);
const char *mock_url(void);
rd_kafka_mock_cluster_t *mock_cluster(void);

/* Make a topic of MOCK_PARTITIONS partitions, or show it again; and hide it. */
void mock_show_topic(const char *topic);
void mock_hide_topic(const char *topic);

/* How many messages the topic ever had. */
int64_t mock_count(const char *topic);

/* The broker ends all connections and takes no more; and takes them again. What it had it
 * has still. */
bool mock_go_down(void *context);
bool mock_come_up(void *context);

#endif
