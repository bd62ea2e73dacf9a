/* flaky_store.h - a store that counts its calls, passes them to another, and fails one.
 */
#ifndef JN_FLAKY_STORE_H
#define JN_FLAKY_STORE_H

#include "testing/flaky.h"

/* Replace the store in `slot`, if there is one, by a flaky store around it. NO_MEMORY:
 * the slot is as it was. */
enum jangle_result jn_flaky_wrap_store(struct jn_flaky *flaky,
                                       struct jangle_store **slot);

#endif
