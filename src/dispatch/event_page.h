/* event_page.h - some stored events in memory, in order: what one step goes through. */
#ifndef JN_EVENT_PAGE_H
#define JN_EVENT_PAGE_H

#include "base/arena.h"
#include "subscription/subscription.h"

#include <jangle/plugin/store.h>
#include <jangle/subscriber.h>

struct jn_item {
    struct jangle_record record;
    const struct jangle_handler *handler; /* NULL: nobody wants it, and its payload and
                                             meta are not here */
    enum jangle_parked_kind kind;         /* of the key */
    const char *key;                      /* that it goes by; NULL without a handler */
    const char *stream;                   /* the same if in order; NULL likewise */
    bool delivered;
};

struct jn_event_page {
    struct jn_subscription *subscription;
    struct jangle_arena arena, scratch; /* of what is in it; for one event at a time */
    struct jn_item *items;
    size_t count, limit, bytes;
    bool whole;    /* all of the range, by the store: with metas, without payloads */
    int64_t up_to; /* no event after this position */
    int64_t more;  /* position of the first event that found no room; 0: all did */
};

/* Takes no memory yet. At most `limit` events, in not much more than a MiB. */
void jn_event_page_init(struct jn_event_page *page,
                        struct jn_subscription *subscription,
                        size_t limit);
void jn_event_page_finish(struct jn_event_page *page);

/* Fill it with the log after `position`: from the ring if the very next event is there,
 * else from the store. STORAGE, NO_MEMORY as the store has it. */
enum jangle_result jn_event_page_read(struct jn_event_page *page,
                                      int64_t position,
                                      struct jangle_error *error);

/* The same again, for what it has room for behind that: nothing that is there moves. On
 * failure it holds what it held. */
enum jangle_result jn_event_page_read_more(struct jn_event_page *page,
                                           int64_t position,
                                           struct jangle_error *error);

/* The one event at that position. STORAGE if it is not there. */
enum jangle_result jn_event_page_read_one(struct jn_event_page *page,
                                          int64_t position,
                                          struct jangle_error *error);

/* Fill it with the events of a saga's key after `position`, at most up to `up_to`: by
 * the log, whose other events are only looked at. It has no room for what is newer than
 * this program, nor behind that: nobody knows here which saga it is for. */
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

/* Is the event newer than its handler's descriptor? Then `reason` says so. */
bool jn_is_too_new(const struct jangle_record *record,
                   const struct jangle_handler *handler,
                   char reason[JN_REASON_SIZE]);

/* The row under which it waits, though the checkpoint is past it; NULL if it does not.
 * Under the mutex. */
const struct jn_row *jn_subscription_parked(const struct jn_subscription *subscription,
                                            const struct jn_item *item);

#endif
