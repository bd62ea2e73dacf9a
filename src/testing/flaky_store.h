/* flaky_store.h - a store, and a store of snapshots, that count their calls, pass them to
 * others, and fail one. */
#ifndef JN_FLAKY_STORE_H
#define JN_FLAKY_STORE_H

#include "testing/flaky_call.h"

/* Replace the store and the snapshots, if they are there, by flaky ones around them.
 * NO_MEMORY: what could not be replaced is as it was. */
enum jangle_result jn_flaky_wrap(struct jn_flaky *flaky, struct jangle_stores *stores);

#endif
