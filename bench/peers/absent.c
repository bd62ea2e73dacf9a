/* absent.c - peers whose library was not found when the benchmark was built. */
#include "peers/peer.h"

#include <stddef.h>

#ifndef BENCH_HAS_LIBPQ
static const char *without_libpq(const char *directory)
{
    (void)directory;
    return "the benchmark was built without libpq (Debian: apt-get install libpq-dev)";
}

const struct peer peer_postgres = {.name = "PostgreSQL", .missing = without_libpq};
#endif

#ifndef BENCH_HAS_HIREDIS
static const char *without_hiredis(const char *directory)
{
    (void)directory;
    return "the benchmark was built without hiredis (Debian: apt-get install "
           "libhiredis-dev)";
}

const struct peer peer_redis = {.name = "Redis", .missing = without_hiredis};
#endif
