/* redis.h - Redis, by its streams and hiredis: a broker, and a dedup. Link jangle_redis.
 *
 * A topic is a stream, and a queue is a consumer group of it. A parcel for a queue goes
 * into a stream of that queue, which is read beside its topics. Redis 7.0 or newer is
 * needed, and no cluster. docs/operations.md says how to set a Redis up, which rights are
 * needed, and which keys there are. */
#ifndef JANGLE_TRANSPORT_REDIS_H
#define JANGLE_TRANSPORT_REDIS_H

#include <jangle/plugin/dedup.h>
#include <jangle/plugin/transport.h>

JANGLE_C_BEGIN

struct jangle_redis_options {
    const char *prefix; /* of every key. Default "jangle:" */
    int64_t lease_ms;   /* a receiver that has neither received nor tended for so long
                           loses what it has not settled to others; a lease is prolonged
                           when a quarter of it has passed. Default 30 s; 1 s to 1 h */
    int64_t length;     /* how many entries the stream of a topic keeps which all groups
                           have settled. Default 0: only its last one */
    int64_t replicas;   /* as many replicas must have a parcel before it counts as
                           published (Redis' WAIT). Default 0: none */
    bool durable;       /* refuse a Redis that may lose what it has confirmed: whose
                           `appendonly` is not yes, or whose `appendfsync` is not always,
                           or may not be read. Default false: the first two are warnings in
                           the log, and the third is not told */
};

/* Describe a broker: "redis://user:password@host:6379/0", in which all but the host may
 * be left out, or "unix:///path/of/a/socket". Characters of the user and the password
 * other than letters, digits, "-", "." and "_" are written as %XX. A password without a
 * user is
 * ":password". "rediss://" is INVALID, because hiredis of Debian 12 has no TLS.
 *
 * A parcel is published when Redis has answered. It is then as safe as `appendfsync` of
 * that Redis makes it: with "always" it survives a power cut. Without it, or without
 * `appendonly`, parcels that were confirmed may be lost: when such a Redis is connected,
 * the log says so (BROKER_AT_RISK), or it is refused (`durable`). A Redis that evicts
 * keys when its memory is full would lose parcels: it is always refused. To be refused is
 * INVALID when something is declared or attached, and BUSY of other calls.
 *
 * `options` may be NULL, and must live until jangle_close, as `url` must. */
JANGLE_API struct jangle_broker jangle_redis(const char *url,
                                             const struct jangle_redis_options *options);

enum { JANGLE_REDIS_URL_SIZE = 512 };

/* Fill in `url` from the environment: JANGLE_REDIS_URL. `url` must live as long as the
 * broker's descriptor. INVALID: it is no URL of a Redis; the sentence does not show it.
 * NOT_FOUND: it is not set, or empty. */
JANGLE_API enum jangle_result jangle_redis_from_env(char url[JANGLE_REDIS_URL_SIZE],
                                                    struct jangle_error *error);

/* ---- a dedup, whatever the broker is --------------------------------------- */

/* Describe a dedup (plugin/dedup.h) in a Redis, by a URL as above:
 *
 *     struct jangle_deduplication once = jangle_redis_dedup("redis://127.0.0.1");
 *
 *     once.needed = true;                           and in the table of the consumer:
 *     .dedup = &once,
 *
 * Each message is a key "SCOPE:seen:...", which expires. A claim is as safe as that Redis
 * makes what it has answered: one that forgets the last second in a crash, or a replica
 * that takes over without it, may let a message be handled twice, and never loses one. A
 * Redis that evicts keys when its memory is full is refused, as is one that does not tell
 * its maxmemory-policy, each time a connection is made; a Redis that is full is BUSY for
 * new claims, and still takes what is done. Without the right to INFO, all calls are
 * BUSY. The threads of a program take turns on one connection. */
JANGLE_API struct jangle_deduplication jangle_redis_dedup(const char *url);

/* The texts of a dedup that the environment describes. They must live as long as its
 * descriptor. */
struct jangle_redis_dedup_texts {
    char url[JANGLE_REDIS_URL_SIZE];
    char scope[101];
};

/* Fill in `texts` and `dedup` from the environment; lease_ms, keep_ms and `needed` are
 * left to you:
 *
 *     JANGLE_REDIS_DEDUP_URL     the URL
 *     JANGLE_REDIS_DEDUP_SCOPE   the scope, if it is not "jangle"
 *
 * or, as Melange has read them,
 *
 *     CACHE_REDIS_HOST           the host, if it is not "localhost"
 *     CACHE_REDIS_PORT           the port, if it is not 6379
 *     CACHE_REDIS_DB             the number of the database, if it is not 0
 *     CACHE_REDIS_PASSWORD       the password, if there is one
 *     CACHE_NAMESPACE            the scope, if it is not "jangle"
 *
 * A variable that is empty counts as not set. Keys that Melange has left there are not
 * read: they name its listeners. INVALID: a value makes no sense, or the same thing is
 * said by a variable of each kind; the sentence shows no password. NOT_FOUND: neither
 * JANGLE_REDIS_DEDUP_URL nor any CACHE_REDIS_... is set. */
JANGLE_API enum jangle_result
jangle_redis_dedup_from_env(struct jangle_redis_dedup_texts *texts,
                            struct jangle_deduplication *dedup,
                            struct jangle_error *error);

JANGLE_C_END

#endif
