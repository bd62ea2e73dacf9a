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
