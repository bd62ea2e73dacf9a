/* shadow.h - a subscription beside a real one, whose batches fill another file. */
#ifndef JN_SHADOW_H
#define JN_SHADOW_H

#include "subscription/subscription.h"

/* As the view's subscription, which is held, but for the file; nobody else knows of it.
 * The file is lent. */
void jn_shadow_cast(struct jn_subscription *shadow,
                    const struct jn_subscription *subscription,
                    struct jangle_view_file *file);
void jn_shadow_finish(struct jn_subscription *shadow);

#endif
