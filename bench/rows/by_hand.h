/* by_hand.h - what a good programmer writes without jangle: states in memory, JSON, and
 * threads that share a commit, on SQLite. */
#ifndef BENCH_BY_HAND_H
#define BENCH_BY_HAND_H

#include "bench.h"

struct by_hand;

/* Make the store, with so many payments in each stream. It ends the program if it fails,
 * and so do all of these. */
struct by_hand *by_hand_open(const char *path, int64_t payments);
void by_hand_close(struct by_hand *by_hand);

/* A payment of a stream (1, 2, 3... PAYLOAD_STREAMS), durable when it returns. */
void by_hand_pay(struct by_hand *by_hand, int64_t stream);

/* The same, but the balance and the entries are read and parsed first, as by a program
 * that keeps no states in memory. Each thread needs a reader of its own. */
struct by_hand_reader;
struct by_hand_reader *by_hand_reader(const char *path);
void by_hand_reader_close(struct by_hand_reader *reader);
void by_hand_load(struct by_hand *by_hand, struct by_hand_reader *reader, int64_t stream);

int64_t by_hand_stored(const struct by_hand *by_hand); /* events, since it was made */

#endif
