/* publisher.h - the kind of subscription that publishes events to a broker. */
#ifndef JN_PUBLISHER_H
#define JN_PUBLISHER_H

#include "subscription/kind.h"

extern const struct jn_kind jn_publisher_kind;

#endif
