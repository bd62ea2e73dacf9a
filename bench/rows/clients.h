/* clients.h - threads that send commands to streams drawn at random, for several rows. */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "bench.h"

#include <jangle/jangle.h>
#include <stdatomic.h>

/* What such rows differ in: row->plan. */
struct clients_plan {
    int threads;
    int64_t streams; /* 0: PAYLOAD_STREAMS */
    int64_t events;  /* in each, before the run; 0: one */
    int64_t frames;  /* wal_checkpoint_frames; 0: the default */
    bool uncached;   /* states are read for each command */
    int64_t chain;   /* chain_count; 0: the default */
    bool mapped;     /* with reader_mmap_bytes */
    bool unsynced;   /* a sync does nothing: what is left is the processor's time */
    bool when_due;   /* at 70 % of the rate: for tails */
    int workers;     /* that run the subscribers; then the run lasts until these have
                        handled all that was stored */
    struct jangle_subscribers subscribers;
};

struct clients;

/* Open the store at work->path and pay into each stream, so that it is there and its
 * state is in memory. Each process has streams of its own, if each has another `number`.
 */
void clients_set_up_as(struct bench_work *work,
                       const struct clients_plan *plan,
                       int number);

/* Let them send for work->seconds, and add up what they did in work->sample. */
void clients_run(struct bench_work *work);

/* Count each command there, too, when it is answered. */
void clients_count_in(struct bench_work *work, atomic_llong *sent);

/* Send one, on the thread that calls. */
void clients_send_one(struct bench_work *work);

int64_t clients_commits(const struct bench_work *work); /* that they have made */

/* Close the store; work->stored says how many events it must hold by what was answered.
 */
void clients_tear_down(struct bench_work *work);

/* For rows that need nothing else: the plan is row->plan. */
void clients_set_up(struct bench_work *work);

#endif
