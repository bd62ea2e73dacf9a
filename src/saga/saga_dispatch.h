/* saga_dispatch.h - an event comes to its saga, and has its turn there. */
#ifndef JN_SAGA_DISPATCH_H
#define JN_SAGA_DISPATCH_H

#include "subscription/subscription.h"

/* The kind of subscription that a saga is. */
extern const struct jn_kind jn_saga_kind;

#endif
