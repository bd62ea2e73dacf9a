/* saga_kind.h - the kind of subscription that a saga is. */
#ifndef JN_SAGA_KIND_H
#define JN_SAGA_KIND_H

#include "subscription/subscription.h"

extern const struct jn_kind jn_saga_kind;

#endif
