/* event_page.c - an event page: some stored events in memory, in order. */
#include "dispatch/event_page.h"

#include "base/pair.h"
#include "core/registry_find.h"
#include "message/describe.h"
#include "subscription/record.h"

enum { PAGE_BYTES = 1024 * 1024 };

void jn_event_page_init(struct jn_event_page *page,
                        struct jn_subscription *subscription,
                        size_t limit)
{
    *page = (struct jn_event_page){
        .subscription = subscription, .limit = limit, .up_to = INT64_MAX};
    jn_arena_init(&page->arena, jn_allocator_of(subscription));
    jn_arena_init(&page->scratch, page->arena.allocator);
}

void jn_event_page_finish(struct jn_event_page *page)
{
    jn_arena_finish(&page->scratch);
    jn_arena_finish(&page->arena);
}

static enum jangle_result empty_page(struct jn_event_page *page,
                                     struct jangle_error *error)
{
    jn_arena_reset(&page->arena);
    page->count = page->bytes = 0;
    page->more = 0;
    page->items = jn_arena_room(&page->arena, page->limit * sizeof *page->items);
    return jn_arena_check(&page->arena, error);
}

/* A message that was posted for a publisher is seen by that publisher alone. What a
 * consumer has stored was said by others, so a publisher does not say it again, unless it
 * relays. */
static bool may_see(const struct jn_subscription *subscription,
                    const struct jangle_record *record)
{
    const struct jn_registry *registry = &jn_jangle_of(subscription)->registry;
    const struct jn_publisher_type *publisher = subscription->publisher;
    const struct jn_publisher_type *posted = jn_map_find(&registry->posted, record->kind);

    if (posted || !publisher)
        return posted == publisher;
    return publisher->publisher->relayed || !jn_map_find(&registry->stored, record->kind);
}

static const struct jangle_handler *handler_of(const struct jn_event_page *page,
                                               const struct jangle_record *record)
{
    const struct jn_subscription *subscription = page->subscription;
    const struct jn_registry *registry = &jn_jangle_of(subscription)->registry;
    const struct jangle_subscriber *subscriber = subscription->subscriber;
    const struct jangle_handler *handler;

    if (registry->publishers.count && !may_see(subscription, record))
        return NULL;
    handler = jn_registry_handler(registry, subscriber, record->type);
    return handler || !subscription->publisher
               ? handler
               : jn_registry_handler(registry, subscriber, JN_ANY_TYPE);
}

bool jn_is_too_new(const struct jangle_record *record,
                   const struct jangle_handler *handler,
                   char reason[JN_REASON_SIZE])
{
    if (record->type_version <= jn_type_version(handler->event) ||
        handler->event == &jangle_any)
        return false;
    jn_text_format(
        reason, JN_REASON_SIZE,
        "event %lld is a %s of version %d, and this program knows version %d: it "
        "needs a newer program",
        (long long)record->position, record->type, record->type_version,
        jn_type_version(handler->event));
    return true;
}

/* The key of the record, or NULL: then the program does not want the event. It lies in
 * the scratch memory, and is copied with the record. */
static const char *find_key(struct jn_event_page *page,
                            const struct jangle_record *record,
                            struct jn_item *item)
{
    const struct jn_subscription *subscription = page->subscription;
    const char *key;

    if (!item->handler)
        return NULL;
    jn_arena_reset(&page->scratch);
    key = subscription->kind->key_of(subscription, &page->scratch, record, item->handler,
                                     &item->kind);
    page->arena.failed |= page->scratch.failed;
    if (!key)
        item->handler = NULL;
    return key;
}

/* The key of the stream is kept beside the event's own: a row of that key may be left
 * from the time when the subscriber took events in order. */
static void keep_keys(struct jn_event_page *page, struct jn_item *item, const char *key)
{
    item->stream = item->key = key;
    if (key && page->subscription->subscriber->order == JANGLE_ANY_ORDER)
        item->stream = jn_pair_make(&page->arena, item->record.kind, item->record.id);
}

/* Copy what is wanted of the record, and the key in front of it, in one piece of memory,
 * because a page has hundreds of events. */
static void copy_item(struct jn_event_page *page,
                      struct jn_item *item,
                      const struct jangle_record *record,
                      const char *key)
{
    size_t key_size = key ? strlen(key) + 1 : 0;
    struct jangle_record wanted = *record;
    char *room;

    if (!item->handler || page->whole) {
        wanted.payload = NULL;
        wanted.payload_size = 0;
    }
    if (!item->handler && !page->whole)
        wanted.meta = NULL;
    room = jn_arena_room(&page->arena, key_size + jn_record_size(&wanted));
    if (!room)
        return;
    keep_keys(page, item, key ? memcpy(room, key, key_size) : NULL);
    jn_record_copy(&item->record, &wanted, room + key_size);
    page->bytes += wanted.payload_size;
}

/* False if there is no room for it, or no memory. */
static bool add_item(struct jn_event_page *page,
                     const struct jangle_record *record,
                     const struct jangle_handler *handler)
{
    struct jn_item *item;

    if (page->count == page->limit || page->bytes > PAGE_BYTES) {
        page->more = record->position;
        return false;
    }
    item = &page->items[page->count++];
    *item = (struct jn_item){.record = *record, .handler = handler};
    copy_item(page, item, record, find_key(page, record, item));
    return !page->arena.failed;
}

/* ---- the filter -------------------------------------------------------------- */

/* What is too new is not judged, because only a newer program knows what it says. Nor is
 * a record that cannot be read: the delivery says what is wrong with it. If memory runs
 * out, the page as a whole cannot be read. */
static bool is_wanted(struct jn_event_page *page,
                      const struct jangle_record *record,
                      const struct jangle_handler *handler,
                      bool *mismatched)
{
    const struct jn_subscription *subscription = page->subscription;
    struct jn_candidate candidate = {.arena = &page->scratch, .record = record};
    char reason[JN_REASON_SIZE];
    bool wanted;
    enum jangle_result result;

    *mismatched = false;
    if (jn_is_too_new(record, handler, reason))
        return true;
    jn_arena_reset(&page->scratch);
    result = jn_filter_ask(jn_jangle_of(subscription), &subscription->subscriber->where,
                           &candidate, &wanted, NULL);
    page->arena.failed |= result == JANGLE_NO_MEMORY;
    *mismatched = candidate.mismatched;
    return wanted;
}

/* The items `from` on are judged when the page is read, and not while it is filled,
 * because the ring is locked then. */
static void apply_filter(struct jn_event_page *page, size_t from)
{
    if (!page->subscription->subscriber->where.ops || page->whole)
        return;
    for (size_t i = from; i < page->count && !page->arena.failed; i++) {
        struct jn_item *item = &page->items[i];

        if (item->handler &&
            !is_wanted(page, &item->record, item->handler, &item->mismatched))
            item->handler = NULL;
    }
}

/* ---- the log ----------------------------------------------------------------- */

/* The ring is locked meanwhile: so the event is copied, and nothing else is done. */
static bool visit_slot(void *context, const struct jangle_record *record)
{
    struct jn_event_page *page = context;

    return add_item(page, record, handler_of(page, record));
}

/* CANCELLED ends the visit: the page is full, or memory ran out. */
static enum jangle_result visit_log(void *context, const struct jangle_record *record)
{
    return visit_slot(context, record) ? JANGLE_OK : JANGLE_CANCELLED;
}

/* The result of a read that a full page may have stopped, with CANCELLED: that is OK. */
static enum jangle_result end_read(struct jn_event_page *page,
                                   enum jangle_result result,
                                   struct jangle_error *error)
{
    enum jangle_result memory = jn_arena_check(&page->arena, error);

    if (memory)
        return memory;
    if (result != JANGLE_CANCELLED)
        return result;
    jn_error_clear(error);
    return JANGLE_OK;
}

/* Add events behind those that the page holds of the log after `position`. */
static enum jangle_result
fill_page(struct jn_event_page *page, int64_t position, struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(page->subscription);
    struct jn_ring *ring = &page->subscription->dispatch->ring;
    size_t before = page->count;
    enum jangle_result result = JANGLE_OK;

    while (!page->whole && page->count < page->limit &&
           jn_ring_visit(ring, position + (int64_t)page->count + 1, visit_slot, page))
        ;
    if (page->count == before && !page->arena.failed)
        result =
            jangle->store->ops->read_all(jangle->store, position + (int64_t)before,
                                         page->limit - before, visit_log, page, error);
    if (result == JANGLE_STORAGE && page->count)
        result = JANGLE_CANCELLED; /* the events before the damaged one are sound */
    apply_filter(page, before);
    return end_read(page, result, error);
}

enum jangle_result jn_event_page_read(struct jn_event_page *page,
                                      int64_t position,
                                      struct jangle_error *error)
{
    enum jangle_result result = empty_page(page, error);

    return result ? result : fill_page(page, position, error);
}

enum jangle_result jn_event_page_read_more(struct jn_event_page *page,
                                           int64_t position,
                                           struct jangle_error *error)
{
    size_t count = page->count;
    enum jangle_result result = fill_page(page, position, error);

    if (result)
        page->count = count;
    return result;
}

enum jangle_result jn_event_page_read_one(struct jn_event_page *page,
                                          int64_t position,
                                          struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(page->subscription);
    enum jangle_result result = empty_page(page, error);

    if (!result)
        result = jangle->store->ops->read_all(jangle->store, position - 1, 1, visit_log,
                                              page, error);
    apply_filter(page, 0);
    result = end_read(page, result, error);
    if (!result && (!page->count || page->items[0].record.position != position))
        return jn_fail(error, JANGLE_STORAGE,
                       "the event at position %lld, which \"%s\" must handle, is not in "
                       "the store",
                       (long long)position, jn_name_of(page->subscription));
    return result;
}

/* ---- a key ------------------------------------------------------------------- */

struct search {
    struct jn_event_page *page;
    const char *key;
    int64_t position; /* read so far */
};

static enum jangle_result visit_key(void *context, const struct jangle_record *record)
{
    struct search *search = context;
    struct jn_event_page *page = search->page;
    const struct jangle_handler *handler;
    enum jangle_parked_kind kind;
    const char *key;
    char reason[JN_REASON_SIZE];

    if (record->position > page->up_to)
        return JANGLE_CANCELLED;
    search->position = record->position;
    handler = handler_of(page, record);
    if (!handler)
        return JANGLE_OK;
    if (jn_is_too_new(record, handler, reason)) { /* it may be of this key */
        page->more = record->position;
        return JANGLE_CANCELLED;
    }
    jn_arena_reset(&page->scratch);
    key = page->subscription->kind->key_of(page->subscription, &page->scratch, record,
                                           handler, &kind);
    page->arena.failed |= page->scratch.failed;
    if (!page->arena.failed && (!key || strcmp(key, search->key) != 0))
        return JANGLE_OK;
    return add_item(page, record, handler) ? JANGLE_OK : JANGLE_CANCELLED;
}

enum jangle_result jn_event_page_read_key(struct jn_event_page *page,
                                          const char *key,
                                          int64_t position,
                                          int64_t up_to,
                                          struct jangle_error *error)
{
    enum { READ_COUNT = 500 };
    struct jangle_store *store = jn_jangle_of(page->subscription)->store;
    struct search search = {.page = page, .key = key, .position = position};
    enum jangle_result result = empty_page(page, error);

    page->up_to = up_to;
    while (!result && search.position < up_to) {
        int64_t before = search.position;

        result =
            store->ops->read_all(store, before, READ_COUNT, visit_key, &search, error);
        if (search.position == before)
            break;
    }
    return end_read(page, result, error);
}

/* ---- a stream ---------------------------------------------------------------- */

static enum jangle_result visit_stream(void *context, const struct jangle_record *record)
{
    struct jn_event_page *page = context;
    const struct jangle_handler *handler;
    bool mismatched;

    if (record->position > page->up_to)
        return JANGLE_CANCELLED;
    handler = handler_of(page, record);
    if (!handler || !is_wanted(page, record, handler, &mismatched))
        return JANGLE_OK;
    return add_item(page, record, handler) ? JANGLE_OK : JANGLE_CANCELLED;
}

enum jangle_result jn_event_page_read_stream(struct jn_event_page *page,
                                             const char *kind,
                                             const char *id,
                                             int64_t version,
                                             int64_t up_to,
                                             struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(page->subscription);
    enum jangle_result result = empty_page(page, error);

    page->up_to = up_to;
    if (!result)
        result = jangle->store->ops->read_stream(jangle->store, kind, id, version,
                                                 visit_stream, page, error);
    return end_read(page, result, error);
}

/* ---- rows of parked keys ------------------------------------------------------ */

struct jn_row jn_item_row(const struct jn_subscription *subscription,
                          const struct jn_item *item)
{
    return (struct jn_row){
        .stored = {.kind = item->kind,
                   .key = item->key,
                   .position = item->record.position,
                   .next_at = jn_host_now(&jn_jangle_of(subscription)->host)},
        .due_us = jn_dispatch_now_us(subscription->dispatch)};
}

const struct jn_row *jn_subscription_parked(const struct jn_subscription *subscription,
                                            const struct jn_item *item)
{
    char text[JN_DIGITS_SIZE];
    const struct jn_parked *parked;

    if (!subscription->parked.map.count)
        return NULL;
    parked = jn_parked_find(&subscription->parked, item->stream);
    if (parked && parked->row.stored.position <= item->record.position)
        return &parked->row;
    jn_digits_write(text, item->record.position, 1);
    parked = jn_parked_find(&subscription->parked, text);
    return parked ? &parked->row : NULL;
}
