/* view_kind.h - the view kind of subscription. */
#ifndef JN_VIEW_KIND_H
#define JN_VIEW_KIND_H

#include "subscription/kind.h"

extern const struct jn_kind jn_view_kind;

#endif
