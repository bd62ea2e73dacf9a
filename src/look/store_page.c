/* store_page.c - a page of events for a look, of any store.
 *
 * What every store can do is read on from a position, or from a version of a stream.
 * Backward, the page before is read so and visited from its end. The page is copied,
 * because a store may hold a lock while it visits. */
#include "look/store_page.h"

#include "base/arena.h"
#include "base/error.h"

enum { PAGE_COUNT = 64 };

struct page {
    struct jangle_store *store;
    const struct jangle_range *range;
    struct jangle_arena arena;
    struct jangle_found items[PAGE_COUNT];
    size_t count;
    int64_t at, last;  /* read after the one, up to the other */
    int64_t failed_at; /* where a read has failed; -1: none has */
};

/* ---- copying ----------------------------------------------------------------- */

static const struct jangle_record *copy_record(struct jangle_arena *arena,
                                               const struct jangle_record *record)
{
    struct jangle_record *copy = jn_arena_copy(arena, record, sizeof *record);

    if (!copy)
        return NULL;
    copy->kind = jn_arena_copy_text(arena, record->kind);
    copy->id = jn_arena_copy_text(arena, record->id);
    copy->type = jn_arena_copy_text(arena, record->type);
    copy->meta = jn_arena_copy_text(arena, record->meta);
    if (record->payload)
        copy->payload = jn_arena_copy(arena, record->payload, record->payload_size);
    return copy;
}

/* CANCELLED ends the read: the page is full. */
static enum jangle_result add_record(void *context, const struct jangle_record *record)
{
    struct page *page = context;
    int64_t number = page->range->kind ? record->version : record->position;
    struct jangle_found *item = &page->items[page->count];

    if (number > page->last || page->count == PAGE_COUNT)
        return JANGLE_CANCELLED;
    *item = (struct jangle_found){.record = copy_record(&page->arena, record)};
    if (!item->record)
        return JANGLE_CANCELLED;
    page->count++;
    page->at = number;
    return JANGLE_OK;
}

/* The store does not show a record that is damaged: only where it is, and its fault. */
static void add_fault(struct page *page, const char *fault)
{
    struct jangle_record *record = jn_arena_room(&page->arena, sizeof *record);
    char *text = jn_arena_copy_text(&page->arena, fault);

    page->at++;
    if (!record || !text)
        return;
    *record = (struct jangle_record){.kind = page->range->kind, .id = page->range->id};
    if (page->range->kind)
        record->version = page->at;
    else
        record->position = page->at;
    page->items[page->count++] =
        (struct jangle_found){.record = record, .fault = text, .missing = 1};
}

/* ---- reading ----------------------------------------------------------------- */

static enum jangle_result read_on(struct page *page, struct jangle_error *error)
{
    const struct jangle_store_ops *ops = page->store->ops;
    const struct jangle_range *range = page->range;

    return range->kind
               ? ops->read_stream(page->store, range->kind, range->id, page->at,
                                  add_record, page, error)
               : ops->read_all(page->store, page->at, (size_t)(page->last - page->at),
                               add_record, page, error);
}

/* Where the log or the stream ends. */
static enum jangle_result
find_end(struct page *page, int64_t *end, struct jangle_error *error)
{
    const struct jangle_store_ops *ops = page->store->ops;
    const struct jangle_range *range = page->range;

    return range->kind ? ops->stream_head(page->store, range->kind, range->id, end, error)
                       : ops->head(page->store, end, error);
}

/* The read behind `at` has failed. If it fails twice while the store can say where it
 * ends, it is the record that is damaged, and not the store that has failed. */
static enum jangle_result
judge(struct page *page, const char *fault, struct jangle_error *error)
{
    bool again = page->failed_at == page->at;
    int64_t end;
    enum jangle_result result = find_end(page, &end, error);

    page->failed_at = page->at;
    if (!result && again && page->count < PAGE_COUNT)
        add_fault(page, fault);
    return result;
}

/* Fill the page. A record that cannot be read is passed by. */
static enum jangle_result fill(struct page *page, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    while (!result && page->at < page->last && page->count < PAGE_COUNT) {
        struct jangle_error why = {0};
        int64_t before = page->at;

        result = read_on(page, &why);
        if (jn_arena_check(&page->arena, error))
            return JANGLE_NO_MEMORY;
        if (result == JANGLE_CANCELLED || (!result && page->at == before))
            return JANGLE_OK;
        if (result == JANGLE_STORAGE && page->at < page->last)
            result = judge(page, why.message, error);
        else if (result)
            return jn_fail_as(error, &why);
    }
    return result;
}

/* ---- the page ---------------------------------------------------------------- */

/* Of a stream's events those outside of the range are read in vain. */
static bool is_outside(const struct page *page, const struct jangle_found *item)
{
    int64_t position = item->record->position;

    return position && (position <= page->range->after ||
                        (page->range->before && position >= page->range->before));
}

static enum jangle_result
visit_all(const struct page *page, jangle_found_fn *visit, void *context)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < page->count; at++) {
        size_t index = page->range->newest_first ? page->count - 1 - at : at;

        if (!is_outside(page, &page->items[index]))
            result = visit(context, &page->items[index]);
    }
    return result;
}

static int64_t least(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t most(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

/* Which records the page has: after `at`, up to `last`. Then `place` is where the next
 * one goes on. */
static enum jangle_result
cut_page(struct page *page, struct jangle_range *range, struct jangle_error *error)
{
    int64_t count = least((int64_t)range->limit, PAGE_COUNT);
    int64_t first = range->kind ? 0 : range->after;
    int64_t end = 0;
    enum jangle_result result = find_end(page, &end, error);

    if (result)
        return result;
    if (range->before && !range->kind)
        end = least(end, range->before - 1);
    if (!range->newest_first) {
        page->at = range->place ? range->place : first;
        page->last = least(page->at + count, end);
        range->place = page->last;
        range->ended = page->last >= end;
        return JANGLE_OK;
    }
    page->last = range->place ? range->place - 1 : end;
    page->at = most(page->last - count, first);
    range->place = page->at + 1;
    range->ended = page->at <= first;
    return JANGLE_OK;
}

static enum jangle_result read_page(struct jangle_look *look,
                                    struct jangle_range *range,
                                    jangle_found_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct page page = {.store = look->store, .range = range, .failed_at = -1};
    enum jangle_result result;

    jn_arena_init(&page.arena, look->allocator);
    result = cut_page(&page, range, error);
    if (!result)
        result = fill(&page, error);
    if (!result)
        result = visit_all(&page, visit, context);
    jn_arena_finish(&page.arena);
    return result;
}

enum jangle_result jn_store_page(struct jangle_look *look,
                                 struct jangle_range *range,
                                 jangle_found_fn *visit,
                                 void *context,
                                 struct jangle_error *error)
{
    const struct jangle_store_look_ops *ops = look->store->ops->look;

    return ops ? ops->events(look->store, range, visit, context, error)
               : read_page(look, range, visit, context, error);
}
