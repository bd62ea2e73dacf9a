/* shadow.h - a second subscription of a view during a replay: its batches fill a new
 * file, while the view answers from the old one. */
#ifndef JN_SHADOW_H
#define JN_SHADOW_H

#include "subscription/subscription.h"

/* Make `shadow` like the view's subscription, which is held, but with that file, which
 * stays the caller's. The scheduler does not know the shadow. */
void jn_shadow_cast(struct jn_subscription *shadow,
                    const struct jn_subscription *subscription,
                    struct jangle_view_file *file);
void jn_shadow_finish(struct jn_subscription *shadow);

#endif
