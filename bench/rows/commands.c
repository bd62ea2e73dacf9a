/* commands.c - rows: commands that threads of one process send, each durable before its
 * answer. */
#include "rows.h"
#include "rows/clients.h"

#define BESIDE(...)                                                                      \
    {                                                                                    \
        __VA_ARGS__                                                                      \
    }
#define ROW_(variable, name_, set_, what, beside_, ...)                                  \
    const struct bench_row variable = {                                                  \
        .name = name_,                                                                   \
        .group = "commands",                                                             \
        .summary = what,                                                                 \
        .unit = "commands",                                                              \
        .beside = beside_,                                                               \
        .set = set_,                                                                     \
        .plan = &(const struct clients_plan){__VA_ARGS__},                               \
        .warm = true,                                                                    \
        .set_up = clients_set_up,                                                        \
        .run = clients_run,                                                              \
        .tear_down = clients_tear_down,                                                  \
    }

ROW_(command_1,
     "command-1",
     "one",
     "one thread, states in memory",
     BESIDE("same-1", "raw-1"),
     .threads = 1);
ROW_(command_16,
     "command-16",
     "16",
     "16 threads, states in memory",
     BESIDE("same-16", "c-16", "raw-16"),
     .threads = 16);
ROW_(command_64,
     "command-64",
     "64",
     "64 threads, states in memory",
     BESIDE("same-64", "raw-64"),
     .threads = 64);
ROW_(command_wide,
     "command-wide",
     "wide",
     "16 threads, 100,000 streams, of which the cache keeps 10,000",
     BESIDE(NULL),
     .threads = 16,
     .streams = 100000);
ROW_(command_cold,
     "command-cold",
     "cold",
     "16 threads, streams of ten, no states in memory",
     BESIDE("c-cold"),
     .threads = 16,
     .events = 10,
     .uncached = true);
ROW_(command_cold_mmap,
     "command-cold-mmap",
     "cold",
     "the same, readers with the file in their memory",
     BESIDE("c-cold"),
     .threads = 16,
     .events = 10,
     .uncached = true,
     .mapped = true);
ROW_(command_hot,
     "command-hot",
     "hot",
     "16 threads, all on one stream, each decides for itself",
     BESIDE("command-hot-1"),
     .threads = 16,
     .streams = 1,
     .chain = 1);
ROW_(command_hot_chain,
     "command-hot-chain",
     "hot",
     "the same, chains of up to 16",
     BESIDE("command-hot-1"),
     .threads = 16,
     .streams = 1,
     .chain = 16);
ROW_(command_hot_1,
     "command-hot-1",
     "hot",
     "one thread, on one stream",
     BESIDE(NULL),
     .threads = 1,
     .streams = 1,
     .chain = 1);
ROW_(cpu,
     "cpu",
     "cpu",
     "one thread, syncs do nothing",
     BESIDE("c-cpu"),
     .threads = 1,
     .unsynced = true);
ROW_(worst_64,
     "worst-64",
     "due",
     "64 threads, at 70 % of the rate",
     BESIDE("c-64-due"),
     .threads = 64,
     .when_due = true);
