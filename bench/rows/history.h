/* history.h - a log that is full before the run: what rows of the read side read. */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include "bench.h"

#include <jangle/jangle.h>
#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>

/* Payments are those of the commands (domain.h), of PAYLOAD_SIZE bytes, and deposits are
 * the bank's (example_bank/domain/messages.h). */
enum history_kind { HISTORY_PAYMENTS, HISTORY_DEPOSITS };

struct history {
    enum history_kind kind;
    int64_t events; /* a multiple of `each` */
    int64_t each;   /* events of one stream. The streams take turns in an order that looks
                       random and is always the same */
    int64_t bytes;  /* of all payloads, once they are written */
};

/* So many events at least, in streams of `each`. */
struct history history_of(enum history_kind kind, int64_t events, int64_t each);

int64_t history_streams(const struct history *history);

/* What the versions of all events add up to: who has read them all has got this sum. */
int64_t history_sum(const struct history *history);

/* The entry of a payment is so much more than its version, because then all payments are
 * equally long. */
enum { HISTORY_ENTRY = 1000 };

enum { HISTORY_ID = 24 };

/* The id of a stream, for streams from 0 to history_streams - 1. */
void history_id(int64_t stream, char id[HISTORY_ID]);

/* Store these events at `path`, a thousand in a commit, without the engine. */
void history_write(const char *path, struct history *history);

/* Store these records as one append, which must be OK. */
void history_append(struct jangle_store *store,
                    struct jangle_record *records,
                    size_t count);

/* The stores at `path`, opened without the engine, for who reads by the contract of
 * stores. Both end the program if they fail. */
struct jangle_stores history_open(const char *path);
void history_close(const struct jangle_stores *stores);

#endif
