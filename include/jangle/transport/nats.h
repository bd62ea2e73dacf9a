/* nats.h - NATS JetStream, through libnats. Link jangle_nats.
 *
 * A topic is a stream, and a route is a subject in it. A queue is a durable consumer of
 * that stream, and a stream of its own for what is sent straight to it.
 * docs/operations.md says how to set a NATS up, which names it gets, and what it cannot
 * keep. */
#ifndef JANGLE_TRANSPORT_NATS_H
#define JANGLE_TRANSPORT_NATS_H

#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

struct jangle_nats_options {
    const char *const *urls; /* more servers, which are tried in turn; ends with NULL; may
                                be NULL */
    const char *credentials_file; /* with a JWT and its key, as nsc writes it. NULL: the
                                     user and password, or the token, of the URL */
    const char *ca_file; /* of tls: who may sign the server's certificate. NULL: whom the
                            system trusts */
    const char *cert_file; /* of tls: our certificate and its key. NULL: none */
    const char *key_file;
    int64_t connect_ms;  /* how long one server may take to accept a connection. Default
                            3 s */
    int64_t ack_wait_ms; /* for how long a parcel belongs to a receiver that says nothing.
                            It is prolonged while the receiver lives. Queues get it when
                            they are declared. Default 30 s */
    int64_t double_ms;   /* for how long the server knows what it has stored, so that a
                            parcel whose confirm was lost is not stored twice. Topics and
                            queues get it when they are declared. Default 2 min */
    int64_t max_bytes;   /* of each stream that is declared; what does not fit is refused,
                            and publishers wait. Default: the server's own limit */
    int replicas;        /* of each stream that is declared. Default 1 */
};

/* Describe a broker: "nats://host:4222", "nats://user:password@host",
 * "nats://token@host", or "tls://"; or several of them with commas between, which are
 * tried in turn. In user and password, other characters than letters, digits, "-",
 * "." and "_" are written as %XX, a comma as %2C. `options` may be NULL, and must
 * live until jangle_close, as `url` must. `open` is INVALID for a URL that is malformed,
 * has another scheme or no host, and for options that do not fit together. */
JANGLE_API struct jangle_broker jangle_nats(const char *url,
                                            const struct jangle_nats_options *options);

enum { JANGLE_NATS_URL_SIZE = 512 };

/* Copy JANGLE_NATS_URL of the environment to `url`, which must live as long as the
 * broker's descriptor. INVALID: it is no URL of a NATS, or too long. NOT_FOUND: it is not
 * set, or empty. */
JANGLE_API enum jangle_result jangle_nats_from_env(char url[JANGLE_NATS_URL_SIZE],
                                                   struct jangle_error *error);

JANGLE_C_END

#endif
