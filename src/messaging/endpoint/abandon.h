/* abandon.h - the connections of an instance, in a child that fork made. */
#ifndef JN_ABANDON_H
#define JN_ABANDON_H

#include "core/engine.h"

/* Close the connections in this process only: the broker hears nothing of it, and those
 * of the parent go on. No lock is taken, because another thread of the parent may have
 * held it. */
void jn_endpoints_abandon(struct jangle *jangle);

#endif
