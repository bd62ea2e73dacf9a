/* peer.h - a database server that programs use in place of jangle: the benchmark starts
 * one of its own for each round of a row, stores the same events in it, and counts them.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "peers/server.h"

#include <stdint.h>

struct peer_setting {
    const char *name, *value;
};

struct peer_event {
    int64_t stream, version; /* a stream is 1, 2, 3...; its first version is 1 */
    int64_t at;              /* microseconds since 1970 */
    unsigned char id[16];
    const char *payload;
    int payload_size;
};

enum { PEER_VERSION_SIZE = 64 };

/* A client is one connection, of one thread. Functions that fail end the program. */
struct peer {
    const char *name;
    const struct peer_setting *settings; /* that differ from its defaults, or are named
                                            because durability rests on them; the last has
                                            no name. Each client compares them. */
    const char *durability;              /* what those give, a sentence */
    int end;     /* the signal that ends it at once, and lets it tidy up */
    bool humble; /* it refuses to run as root */

    /* Why it cannot be started with its files in that directory, a sentence that is valid
     * until the next call; NULL: it can be. If the benchmark was built without its
     * library, this is the only function. */
    const char *(*missing)(const char *directory);
    void (*version)(char text[PEER_VERSION_SIZE]);

    void (*start)(struct peer_server *server); /* returns when it answers */
    void *(*connect)(const struct peer_server *server);
    void (*disconnect)(void *client);

    /* Make what events are kept in, and the versions 1 to `versions` of each stream. */
    void (*fill)(void *client, int64_t versions);
    void (*ready)(void *client); /* to append, and from then on for nothing else */

    /* Store the event, if the stream is at the version before it; returns when it is
     * durable. */
    void (*append)(void *client, const struct peer_event *event);

    /* The sentence of verify_counts, about all that it holds. */
    const char *(*verify)(void *client, int64_t wanted);
};

extern const struct peer peer_postgres, peer_redis;

#endif
