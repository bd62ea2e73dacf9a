/* view_kind.h - views as subscriptions. */
#ifndef JN_VIEW_KIND_H
#define JN_VIEW_KIND_H

#include "subscription/kind.h"

extern const struct jn_kind jn_view_kind;

#endif
