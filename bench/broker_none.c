/* broker_none.c - broker.h in a benchmark that was built without librabbitmq. */
#include "bench.h"
#include "broker.h"

const char *broker_missing(void)
{
    return "the benchmark was built without librabbitmq (Debian: apt-get install "
           "librabbitmq-dev)";
}

void broker_start(const char *directory)
{
    bench_die(directory, broker_missing());
}

void broker_stop(void) {}

const char *broker_url(void)
{
    bench_die("broker", broker_missing());
}
