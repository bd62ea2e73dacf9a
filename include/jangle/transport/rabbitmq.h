/* rabbitmq.h - RabbitMQ, by AMQP 0-9-1 and librabbitmq. Link jangle_rabbitmq.
 *
 * Topics are durable exchanges. A route is a routing key. Queues are durable. A parcel
 * for a queue goes through the default exchange. docs/operations.md says how to set a
 * RabbitMQ up, and which rights are needed. */
#ifndef JANGLE_TRANSPORT_RABBITMQ_H
#define JANGLE_TRANSPORT_RABBITMQ_H

#include <jangle/plugin/naming.h>
#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

enum jangle_rabbitmq_queues {
    JANGLE_RABBITMQ_QUORUM, /* written to the disk of a majority before they confirm */
    JANGLE_RABBITMQ_CLASSIC /* what petisco and Melange declare; `keeps_prefix` is false
                             */
};

/* An argument of every queue that is declared, such as {"x-quorum-initial-group-size",
 * "3"}. A value of digits only is sent as a number. */
struct jangle_rabbitmq_argument {
    const char *name;
    const char *value;
};

struct jangle_rabbitmq_options {
    enum jangle_rabbitmq_queues queues;
    bool fanout;             /* topics are fanout exchanges, as Melange's, and routes have
                                no meaning; else topic exchanges */
    int64_t heartbeat_ms;    /* a broker that is silent for twice as long is away. Default
                                20 s */
    int64_t prefetch;        /* how many parcels may be received and not settled. Default
                                512 */
    int64_t connect_ms;      /* how long one host may take to accept a connection. Default
                                5 s */
    const char *const *urls; /* more hosts, which are tried in turn; ends with NULL; may
                                be NULL */
    const struct jangle_rabbitmq_argument *arguments; /* ends with {0}; may be NULL */
    const char *ca_file;   /* of amqps: who may sign the broker's certificate. NULL: whom
                              the system trusts */
    const char *cert_file; /* of amqps: our certificate and its key. NULL: none. With a
                              certificate and no user in the URL, SASL EXTERNAL is used */
    const char *key_file;
};

/* Describe a broker: "amqp://user:password@host:5672/vhost", or "amqps://". The vhost is
 * "/" if the URL has no path; other characters than letters, digits, "-", "." and "_" are
 * written as %XX. `options` may be NULL, and must live until jangle_close, as `url`
 * must. `open` is INVALID for a URL that is malformed, has another scheme or no host. */
JANGLE_API struct jangle_broker
jangle_rabbitmq(const char *url, const struct jangle_rabbitmq_options *options);

enum { JANGLE_RABBITMQ_URL_SIZE = 512 };

/* Fill in `url` and `options` from the environment: JANGLE_RABBITMQ_URL, or
 * RABBITMQ_HOST, RABBITMQ_PORT, RABBITMQ_USER, RABBITMQ_PASSWORD, with RABBITMQ_HEARTBEAT
 * (seconds) and RABBITMQ_PREFETCH_COUNT. `url` must live as long as the broker's
 * descriptor. INVALID names a variable whose value is not valid, or two that are set and
 * differ. NOT_FOUND: none of them is set. */
JANGLE_API enum jangle_result
jangle_rabbitmq_from_env(char url[JANGLE_RABBITMQ_URL_SIZE],
                         struct jangle_rabbitmq_options *options,
                         struct jangle_error *error);

/* petisco's names. In them O is the organization, S the service, V the version of the
 * type, and NAME its name outside, in which a "." becomes "_":
 *
 *     topic        exchange O.S. A table's topic may be that of another service, O.OTHER,
 *                  which then stands for S in all names; any other topic is INVALID
 *     route        O.S.V.event.NAME, or O.S.V.command.NAME; a consumer's row of
 *                  jangle_any has both *.*.*.event.* and *.*.*.command.*, patterns that
 *                  only RabbitMQ knows
 *     queue        of each row of a consumer: ROUTE.CONSUMER; of a row of jangle_any:
 *                  O.S.store. A queue that a table names has that name, and is bound to a
 *                  topic only if the table names one
 *     retry, dead  the queues retry.QUEUE and dead_letter.QUEUE, by the exchanges
 *                  retry.O.S and dead_letter.O.S; for the store queue by retry.O.store
 *                  and dead_letter.O.store. A QUEUE that begins with "retry." or
 *                  "dead_letter." is named without that here
 *
 * A text that is missing, or has a * or #, is INVALID. petisco's queues are classic ones
 * that serve several receivers at once: set JANGLE_RABBITMQ_CLASSIC, and
 * JANGLE_ANY_ORDER in the consumer, if petisco declares them, too. docs/operations.md has
 * the tables of all queues and bindings. */
struct jangle_petisco_options {
    int64_t retry_ms;    /* the delay of every retry. Default 5 s */
    int64_t main_ms;     /* a message that waits for so long is dead, as in petisco, which
                            has 5 s. Default 0: never */
    bool unscoped_store; /* the queue of jangle_any is called `store`, as petisco's */
};

/* The texts and `options` (may be NULL) are borrowed until jangle_close. */
JANGLE_API struct jangle_naming
jangle_petisco_names(const char *organization,
                     const char *service,
                     const struct jangle_petisco_options *options);

JANGLE_C_END

#endif
