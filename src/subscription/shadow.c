/* shadow.c - a second subscription of a view during a replay. */
#include "subscription/shadow.h"

void jn_shadow_cast(struct jn_subscription *shadow,
                    const struct jn_subscription *subscription,
                    struct jangle_view_file *file)
{
    *shadow = (struct jn_subscription){
        .dispatch = subscription->dispatch,
        .kind = subscription->kind,
        .subscriber = subscription->subscriber,
        .retry = subscription->retry,
        .file = file,
        .owned = true,
        .running = true,
        .replaying = true,
    };
    jn_parked_init(&shadow->parked, &jn_jangle_of(subscription)->host.host.allocator,
                   false);
    jn_arena_init(&shadow->checkpoint_arena,
                  &jn_jangle_of(subscription)->host.host.allocator);
}

void jn_shadow_finish(struct jn_subscription *shadow)
{
    jn_parked_finish(&shadow->parked);
    jn_arena_finish(&shadow->checkpoint_arena);
}
