/* copies.h - what a copy of a store of purses is compared with: the log that it was taken
 * from. */
#ifndef COPIES_H
#define COPIES_H

#include "support/domains/follower.h"

enum { COPIES_PURSES = 20 }; /* "0", "1", "2"... */

/* A view that counts, in a file of its own beside the store: each event once, or it
 * shows. `copies_named` keeps it in sums.db. */
extern const struct jangle_subscriber copies_view, copies_named;

/* Every event of the copy is the original's, byte for byte; each stream is dense, and its
 * head is what its events say. Returns how many there are. */
int64_t copies_assert_prefix(struct jangle *copy, struct jangle *original);

/* The view, built to the head, shows what the events say. */
void copies_assert_view(struct world *copy);

/* Names of the files in it, sorted, with a space after each. */
void copies_list(const char *directory, char *names, size_t size);

#endif
