/* saga_kind.c - the kind of subscription that a saga is: the engine itself handles its
 * events, as turns of the saga, and timeouts are work like events. */
#include "saga/saga_kind.h"

#include "saga/saga_dispatch.h"
#include "saga/saga_due.h"
#include "saga/saga_timers.h"

const struct jn_kind jn_saga_kind = {
    .start = JANGLE_FROM_NOW,
    .may_block = true,
    .key_of = jn_saga_key_of_event,
    .deliver = jn_saga_deliver,
    .look_for_due = jn_timers_look,
    .run_due = jn_timers_run,
};
