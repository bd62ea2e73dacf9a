/* engine.h - struct jangle: all parts of one instance, in one place. */
#ifndef JN_ENGINE_H
#define JN_ENGINE_H

#include "base/host.h"
#include "base/logger.h"
#include "base/process.h"
#include "core/filter.h"
#include "core/inside.h"
#include "core/registry.h"
#include "message/codec.h"

#include <jangle/jangle.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/view_store.h>

#include <stdatomic.h>

struct jn_commands;
struct jn_consumers;
struct jn_dispatch;
struct jn_workers;

/* The figures of jangle_measure. */
struct jn_counters {
    _Atomic int64_t accepted, rejected, invalid, conflicts, failed;
    _Atomic int64_t events, commits;
    _Atomic int64_t deliveries, retries, dead;
    _Atomic int64_t turns, timeouts;
};

struct jangle {
    struct jn_process process;   /* the one that opened it */
    struct jn_insides insides;   /* the callbacks that threads are in just now */
    struct jangle_arena arena;   /* what is copied from the configuration */
    struct jangle_config config; /* a copy, with all defaults filled in */
    struct jn_host host;
    struct jn_log log;
    struct jangle_host backend_host; /* the host, with a logger that knows the levels */
    struct jn_limits limits;
    struct jn_registry registry;
    struct jn_filters filters;
    struct jangle_store *store;
    struct jangle_snapshot_store *snapshots;
    struct jangle_view_store *views;
    unsigned char store_id[JANGLE_ID_SIZE];
    int64_t epoch;                /* of the store, when it was opened */
    struct jn_commands *commands; /* the parts that decide and store commands */
    struct jn_dispatch *dispatch;
    struct jn_consumers *consumers; /* NULL: the program has none */
    struct jn_workers *workers;
    struct jn_counters counters;
    _Atomic int64_t head; /* the log's last position, as far as it is known here. Set at
                             open, and then only raised, by dispatch under its mutex: for
                             a commit of this process, and for what a look at the store
                             finds. Anybody reads it, without the mutex. */
    _Atomic int64_t
        maybe_unknown_after; /* events after this one may be of an UNKNOWN; -1: none */
    jangle_time newest_at;   /* time of the last event that was there at open */
    int64_t opened_us;       /* time of the open, by the monotonic clock: tidy.c */
    _Atomic int64_t tidy_due_us; /* next time that old command ids are looked for */
    atomic_bool stopping;
};

#define JN_COUNT(jangle, counter, by)                                                    \
    atomic_fetch_add_explicit(&(jangle)->counters.counter, by, memory_order_relaxed)

#endif
