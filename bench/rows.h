/* rows.h - the table of all rows. A new one has a line here, and its file one in
 * CMakeLists.txt. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "bench.h"

/* Only if PCRE2 and jansson are here. */
#ifdef BENCH_HAS_PATTERN
#define BENCH_PATTERN_ROWS(X)                                                            \
    X(row_pattern)     /* rows/pattern.c */                                              \
    X(row_plain_parse) /* rows/pattern.c */                                              \
    X(row_filtered)    /* rows/filtered.c */                                             \
    X(row_unfiltered)  /* rows/filtered.c */
#else
#define BENCH_PATTERN_ROWS(X)
#endif

/* Only if jansson is here. */
#ifdef BENCH_HAS_JANSSON
#define BENCH_JANSSON_ROWS(X) X(c_cold)      /* rows/c.c */
#define BENCH_TYPED_ROWS(X)   X(plain_typed) /* rows/replay_typed.c */
#else
#define BENCH_JANSSON_ROWS(X)
#define BENCH_TYPED_ROWS(X)
#endif

/* What there is of a broker that is not RabbitMQ: rows/messaging.c */
#define BENCH_BROKER_ROWS(X, name)                                                       \
    X(row_publish_##name)                                                                \
    X(row_plain_publish_##name)                                                          \
    X(row_take_##name)                                                                   \
    X(row_plain_take_##name)                                                             \
    X(row_outbox_##name)                                                                 \
    X(row_inbox_##name)

/* In the order in which they run and are printed. */
#define BENCH_ROWS(X)                                                                    \
    X(same_1)     /* rows/same.c */                                                      \
    X(raw_1)      /* rows/same.c */                                                      \
    X(append_1)   /* rows/append.c */                                                    \
    X(command_1)  /* rows/commands.c */                                                  \
    X(postgres_1) /* rows/peers.c */                                                     \
    X(redis_1)                                                                           \
    X(same_16)                                                                           \
    X(raw_16)                                                                            \
    X(c_16) /* rows/c.c */                                                               \
    X(append_16)                                                                         \
    X(command_16)                                                                        \
    X(postgres_16) /* rows/peers.c */                                                    \
    X(redis_16)                                                                          \
    X(same_64)                                                                           \
    X(raw_64)                                                                            \
    X(append_64)                                                                         \
    X(command_64)                                                                        \
    X(postgres_64)                                                                       \
    X(redis_64)                                                                          \
    X(command_wide)                                                                      \
    BENCH_JANSSON_ROWS(X)                                                                \
    X(command_cold)                                                                      \
    X(command_cold_mmap)                                                                 \
    X(command_hot_1)                                                                     \
    X(command_hot)                                                                       \
    X(command_hot_chain)                                                                 \
    X(c_cpu)                                                                             \
    X(cpu)                                                                               \
    X(c_64_due)                                                                          \
    X(worst_64)                                                                          \
    X(conflict_none)  /* rows/conflict.c */                                              \
    X(conflict_16)    /* rows/conflict.c */                                              \
    X(checkpoint_250) /* rows/checkpoint.c */                                            \
    X(checkpoint_1000)                                                                   \
    X(checkpoint_4000)                                                                   \
    X(simulate)     /* rows/simulate.c */                                                \
    X(processes_1)  /* rows/processes.c */                                               \
    X(processes_16) /* rows/processes.c */                                               \
    X(raw_insert)   /* rows/raw.c */                                                     \
    X(warm_command) /* rows/warm_command.c */                                            \
    X(warm_command_1000)                                                                 \
    X(dispatch_off_16)  /* rows/dispatch.c */                                            \
    X(dispatch_16)      /* rows/dispatch.c */                                            \
    X(dispatch_view_16) /* rows/dispatch.c */                                            \
    X(dispatch_fsync)   /* rows/dispatch.c */                                            \
    X(view_rate)        /* rows/view_rate.c */                                           \
    X(plain_view)       /* rows/view_rate.c */                                           \
    X(rebuild)          /* rows/view_rate.c */                                           \
    X(replay_raw)       /* rows/replay_raw.c */                                          \
    X(plain_scan)       /* rows/replay_raw.c */                                          \
    X(verify)           /* rows/verified.c */                                            \
    X(verify_deep)      /* rows/verified.c */                                            \
    X(verify_scan)      /* rows/verified.c */                                            \
    X(replay_typed)     /* rows/replay_typed.c */                                        \
    BENCH_TYPED_ROWS(X)                                                                  \
    X(stream_100)        /* rows/stream.c */                                             \
    X(plain_stream)      /* rows/stream.c */                                             \
    X(ask_1)             /* rows/ask.c */                                                \
    X(plain_ask)         /* rows/ask.c */                                                \
    X(saga_rate)         /* rows/sagas.c */                                              \
    X(four_commands)     /* rows/sagas.c */                                              \
    X(saga_fsync)        /* rows/sagas.c */                                              \
    X(row_memory)        /* rows/memory.c */                                             \
    X(memory_store)      /* rows/memory_store.c */                                       \
    X(memory_store_1000) /* rows/memory_store.c */                                       \
    X(row_bytes)         /* rows/sizes.c */                                              \
    X(open_1m)           /* rows/sizes.c */                                              \
    X(row_scale)         /* rows/scale.c */                                              \
    X(scale_same)        /* rows/scale.c */                                              \
    X(row_idle)          /* rows/idle.c */                                               \
    X(row_publish)       /* rows/messaging.c, and so are all below but the last */       \
    X(row_publish_hot)                                                                   \
    X(row_plain_publish)                                                                 \
    X(row_publish_hot_classic)                                                           \
    X(row_plain_publish_one)                                                             \
    X(row_take_events)                                                                   \
    X(row_take_commands)                                                                 \
    X(row_plain_take)                                                                    \
    X(row_end_to_end)                                                                    \
    X(row_plain_end_to_end)                                                              \
    X(row_hub)                                                                           \
    BENCH_BROKER_ROWS(X, nats)                                                           \
    BENCH_BROKER_ROWS(X, redis)                                                          \
    BENCH_BROKER_ROWS(X, kafka)                                                          \
    BENCH_PATTERN_ROWS(X)                                                                \
    X(short_64) /* rows/raw.c */

#define BENCH_ROW_(row) extern const struct bench_row row;
BENCH_ROWS(BENCH_ROW_)
#undef BENCH_ROW_

struct bench_rows {
    const struct bench_row *const *items;
    size_t count;
};

extern const struct bench_rows bench_rows;

/* NULL: there is no row of that name. */
const struct bench_row *bench_row_find(const char *name);

#endif
