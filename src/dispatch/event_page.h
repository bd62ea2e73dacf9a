/* event_page.h - an event page: some stored events in memory, in order, which one run
 * goes through. */
#ifndef JN_EVENT_PAGE_H
#define JN_EVENT_PAGE_H

#include "base/arena.h"
#include "subscription/subscription.h"

#include <jangle/plugin/store.h>
#include <jangle/subscriber.h>

struct jn_item {
    struct jangle_record record;
    const struct jangle_handler *handler; /* NULL: the subscriber does not want the event,
                                             and its payload and meta are not here, unless
                                             the filter had to see them */
    bool mismatched;                      /* the filter could not judge it */
    enum jangle_parked_kind kind;         /* of the key */
    const char *key;    /* that it is parked under if it fails; NULL without a handler */
    const char *stream; /* the key of its stream, which is `key` if events are taken in
                           order; NULL without a handler */
};

struct jn_event_page {
    struct jn_subscription *subscription;
    struct jangle_arena arena, scratch; /* of the items; of one event while it is read */
    struct jn_item *items;
    size_t count, limit, bytes;
    bool whole;    /* every event of the range, from the store: with metas, no payloads */
    int64_t up_to; /* no event after this position */
    int64_t more;  /* position of the first event that found no room; 0: all did */
};

/* For at most `limit` events, in not much more than a MiB. Takes no memory yet. */
void jn_event_page_init(struct jn_event_page *page,
                        struct jn_subscription *subscription,
                        size_t limit);
void jn_event_page_finish(struct jn_event_page *page);

/* Fill it with the events after `position`: from the ring if the very next event is
 * there, else from the store. STORAGE, NO_MEMORY, or what else the store returns. */
enum jangle_result jn_event_page_read(struct jn_event_page *page,
                                      int64_t position,
                                      struct jangle_error *error);

/* Add what the log has after the events that are in the page, which stay where they are.
 * `position` is that of the first read. On failure the page holds what it held. */
enum jangle_result jn_event_page_read_more(struct jn_event_page *page,
                                           int64_t position,
                                           struct jangle_error *error);

/* Fill it with the one event at that position. STORAGE if it is not there. */
enum jangle_result jn_event_page_read_one(struct jn_event_page *page,
                                          int64_t position,
                                          struct jangle_error *error);

/* Fill it with the events of a saga's key after `position`, at most up to `up_to`: the
 * whole log between the two is read. The page ends before an event that is newer than
 * this program, because it cannot be known which saga that event is for. */
enum jangle_result jn_event_page_read_key(struct jn_event_page *page,
                                          const char *key,
                                          int64_t position,
                                          int64_t up_to,
                                          struct jangle_error *error);

/* Fill it with a stream's events after `version`, at most up to position `up_to`, that
 * the subscription has handlers for. `kind` and `id` must not lie in this page. */
enum jangle_result jn_event_page_read_stream(struct jn_event_page *page,
                                             const char *kind,
                                             const char *id,
                                             int64_t version,
                                             int64_t up_to,
                                             struct jangle_error *error);

/* Is the event newer than the description of its type in this program? Then `reason` says
 * so. */
bool jn_is_too_new(const struct jangle_record *record,
                   const struct jangle_handler *handler,
                   char reason[JN_REASON_SIZE]);

/* The row of an event that is not parked yet, due at once. The key is the item's. */
struct jn_row jn_item_row(const struct jn_subscription *subscription,
                          const struct jn_item *item);

/* The row that the event is parked under, alone or with its stream; NULL if it is not
 * parked. Under the mutex. */
const struct jn_row *jn_subscription_parked(const struct jn_subscription *subscription,
                                            const struct jn_item *item);

#endif
