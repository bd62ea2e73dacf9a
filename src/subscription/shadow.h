/* shadow.h - a subscription beside a real one, whose batches fill another file. */
#ifndef JN_SHADOW_H
#define JN_SHADOW_H

#include "subscription/subscription.h"

/* Make `shadow` the same as the view's subscription, which is held, but with that file,
 * which is lent. Nobody else knows of the shadow. */
void jn_shadow_cast(struct jn_subscription *shadow,
                    const struct jn_subscription *subscription,
                    struct jangle_view_file *file);
void jn_shadow_finish(struct jn_subscription *shadow);

#endif
