/* saga_kind.h - sagas as subscriptions. */
#ifndef JN_SAGA_KIND_H
#define JN_SAGA_KIND_H

#include "subscription/subscription.h"

extern const struct jn_kind jn_saga_kind;

#endif
