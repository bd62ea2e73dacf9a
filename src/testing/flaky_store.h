/* flaky_store.h - a store that counts its calls, and passes on all but one. */
#ifndef JN_FLAKY_STORE_H
#define JN_FLAKY_STORE_H

#include "testing/flaky.h"

/* Put a flaky store in the slot of a inner one; none is fine. NO_MEMORY: the inner one
 * stays where it is. */
enum jangle_result jn_flaky_wrap_store(struct jn_flaky *flaky,
                                       struct jangle_store **slot);

#endif
