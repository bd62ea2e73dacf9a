/* dedup_memory.c - the contract of dedups, tried on the one that tests of the engine use.
 */
#include "contract/dedup.h"
#include "support/brokers/memory_dedup.h"
#include "support/test_host.h"

static struct memory_dedup memory, *pointer = &memory;

static void pass(void *context, int64_t ms)
{
    ((struct memory_dedup *)context)->later_us += ms * 1000;
}

static void stop(void *context)
{
    ((struct memory_dedup *)context)->away = true;
}

static void start(void *context)
{
    ((struct memory_dedup *)context)->away = false;
}

static void spoil(void *context)
{
    ((struct memory_dedup *)context)->unfit = true;
}

static void mend(void *context)
{
    ((struct memory_dedup *)context)->unfit = false;
}

int main(void)
{
    struct test_host host;
    struct dedup_trial trial = {.host = &host.host,
                                .wrong_url = "moon",
                                .context = &memory,
                                .pass = pass,
                                .stop = stop,
                                .start = start,
                                .spoil = spoil,
                                .mend = mend};
    int failed;

    test_host_init(&host);
    if (!memory_dedup_init(&memory))
        return 1;
    trial.descriptor = memory_dedup_descriptor(&pointer);
    trial.descriptor.scope = "trial";
    trial.descriptor.lease_ms = 60000;
    trial.descriptor.keep_ms = 600000;
    failed = dedup_contract(&trial);
    memory_dedup_finish(&memory);
    return failed;
}
