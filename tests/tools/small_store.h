/* small_store.h - a store for the tests of tools, the same each time: a clock that goes
 * by minutes, ids that are drawn from one seed, two kinds of streams. */
#ifndef SMALL_STORE_H
#define SMALL_STORE_H

#include "support/test_host.h"

#include <jangle/jangle.h>

struct small_store {
    struct test_host host;
    struct jangle *jangle;
};

/* What a program of its own knows of it, for jangle_admin. */
enum jangle_result small_store_config(struct jangle_config *config,
                                      struct jangle_error *error);

/* Open the store beside others: with ids that come nowhere else. */
void small_store_join(struct small_store *store, const char *path);

/* Open, or make, the store at that path. */
void small_store_open(struct small_store *store, const char *path);
void small_store_close(struct small_store *store);

/* Store an event note_written of the stream note/ID, a minute later than the one before.
 */
void small_store_write(struct small_store *store, const char *id, const char *text);

/* Twelve notes in three streams, by two people. Four of them become dead letters of the
 * subscriber mail, and two of the three sagas diary are open in the end. */
void small_store_fill(struct small_store *store);

#endif
