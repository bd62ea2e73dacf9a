/* kept_page.c - a run that ends early leaves its event page to the next. */
#include "dispatch/kept_page.h"

#include "command/commands.h"

static int64_t generation_of(const struct jn_subscription *subscription)
{
    return jn_cache_generation(&jn_jangle_of(subscription)->commands->locks);
}

/* Positions have no gaps, so what is left begins right behind where the run before came
 * to. */
static bool is_next(const struct jn_subscription *subscription,
                    const struct jn_kept_page *kept)
{
    return kept->page.items[0].record.position == subscription->ahead.position + 1 &&
           kept->readings == subscription->readings &&
           kept->generation == generation_of(subscription);
}

void jn_kept_page_take(struct jn_subscription *subscription, struct jn_kept_page *page)
{
    struct jn_kept_page *kept = subscription->kept;

    if (kept && is_next(subscription, kept)) {
        *page = *kept;
        jn_free(jn_allocator_of(subscription), kept);
        subscription->kept = NULL;
        return;
    }
    jn_kept_page_drop(subscription);
    *page = (struct jn_kept_page){.generation = generation_of(subscription),
                                  .readings = subscription->readings};
    jn_event_page_init(&page->page, subscription, subscription->page_limit);
}

/* Pass the items that the run has passed. */
static void pass_items(struct jn_event_page *page, int64_t position)
{
    while (page->count && page->items[0].record.position <= position) {
        page->items++;
        page->count--;
        page->limit--;
    }
}

/* Without memory the next run reads the page again. */
void jn_kept_page_leave(struct jn_subscription *subscription,
                        struct jn_kept_page *page,
                        bool keeps)
{
    struct jn_kept_page *kept = NULL;

    if (keeps)
        pass_items(&page->page, subscription->ahead.position);
    if (keeps && page->page.count)
        kept = jn_new(jn_allocator_of(subscription), sizeof *kept);
    if (kept)
        *kept = *page;
    else
        jn_event_page_finish(&page->page);
    subscription->kept = kept;
}

void jn_kept_page_drop(struct jn_subscription *subscription)
{
    if (!subscription->kept)
        return;
    jn_event_page_finish(&subscription->kept->page);
    jn_free(jn_allocator_of(subscription), subscription->kept);
    subscription->kept = NULL;
}
