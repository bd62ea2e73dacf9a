/* list_streams.c - a page of the list of streams, of any store.
 *
 * Where there is no list, all events are read, and the first few names behind a given one
 * are kept. So the memory is bounded, however many streams there are. */
#include "look/list_streams.h"

#include "base/error.h"
#include "look/store_page.h"

enum { KEPT_COUNT = 64, PAGE_COUNT = 256 };

struct named {
    char *kind, *id;
    struct jangle_found_stream facts;
};

struct collecting {
    const struct jangle_allocator *allocator;
    const char *kind, *after_kind, *after_id;
    struct named items[KEPT_COUNT + 1]; /* in order; the last one is for a moment */
    size_t count;
    struct jangle_error *error;
};

static int compare(const char *kind, const char *id, const char *kind_2, const char *id_2)
{
    int order = strcmp(kind, kind_2);

    return order ? order : strcmp(id, id_2);
}

static void forget(struct collecting *collecting, struct named *named)
{
    jn_free(collecting->allocator, named->kind);
    jn_free(collecting->allocator, named->id);
}

/* The place of a stream among those that are kept. */
static size_t find_place(const struct collecting *collecting,
                         const struct jangle_record *record)
{
    size_t low = 0, high = collecting->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct named *named = &collecting->items[middle];

        if (compare(named->kind, named->id, record->kind, record->id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct collecting *collecting,
                  size_t place,
                  const struct jangle_record *record)
{
    const struct named *named = &collecting->items[place];

    return place < collecting->count &&
           compare(named->kind, named->id, record->kind, record->id) == 0;
}

static enum jangle_result
insert(struct collecting *collecting, size_t place, const struct jangle_record *record)
{
    struct named *items = collecting->items;
    struct named named = {.kind = jn_copy_text(collecting->allocator, record->kind),
                          .id = jn_copy_text(collecting->allocator, record->id),
                          .facts.first_at = record->at};

    if (!named.kind || !named.id) {
        forget(collecting, &named);
        return jn_fail(collecting->error, JANGLE_NO_MEMORY, "out of memory");
    }
    memmove(items + place + 1, items + place,
            (collecting->count - place) * sizeof *items);
    items[place] = named;
    if (++collecting->count > KEPT_COUNT)
        forget(collecting, &items[--collecting->count]);
    return JANGLE_OK;
}

static bool is_wanted(const struct collecting *collecting,
                      const struct jangle_record *record)
{
    return record->kind && record->id &&
           (!collecting->kind || strcmp(collecting->kind, record->kind) == 0) &&
           (!collecting->after_id ||
            compare(record->kind, record->id, collecting->after_kind,
                    collecting->after_id) > 0);
}

static enum jangle_result collect(void *context, const struct jangle_found *found)
{
    struct collecting *collecting = context;
    const struct jangle_record *record = found->record;
    struct jangle_found_stream *facts;
    size_t place;

    if (!is_wanted(collecting, record))
        return JANGLE_OK;
    place = find_place(collecting, record);
    if (place == KEPT_COUNT)
        return JANGLE_OK;
    if (!is_at(collecting, place, record) && insert(collecting, place, record))
        return JANGLE_NO_MEMORY;
    facts = &collecting->items[place].facts;
    facts->version = record->version;
    facts->last_position = record->position;
    facts->last_at = record->at;
    return JANGLE_OK;
}

static enum jangle_result
visit_kept(struct collecting *collecting, jangle_found_stream_fn *visit, void *context)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && at < collecting->count; at++) {
        struct named *named = &collecting->items[at];

        named->facts.kind = named->kind;
        named->facts.id = named->id;
        result = visit(context, &named->facts);
    }
    return result;
}

static enum jangle_result list_by_events(struct jangle_look *look,
                                         struct collecting *collecting,
                                         jangle_found_stream_fn *visit,
                                         void *context)
{
    struct jangle_range range = {.limit = PAGE_COUNT};
    enum jangle_result result = JANGLE_OK;

    while (!result && !range.ended)
        result = jn_store_page(look, &range, collect, collecting, collecting->error);
    if (!result)
        result = visit_kept(collecting, visit, context);
    for (size_t at = 0; at < collecting->count; at++)
        forget(collecting, &collecting->items[at]);
    return result;
}

enum jangle_result jn_list_streams(struct jangle_look *look,
                                   const char *kind,
                                   const char *after_kind,
                                   const char *after_id,
                                   size_t limit,
                                   jangle_found_stream_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    const struct jangle_store_look_ops *ops = look->store->ops->look;
    struct collecting collecting = {.allocator = look->allocator,
                                    .kind = kind,
                                    .after_kind = after_kind,
                                    .after_id = after_id,
                                    .error = error};

    if (ops)
        return ops->streams(look->store, kind, after_kind, after_id, limit, visit,
                            context, error);
    return list_by_events(look, &collecting, visit, context);
}
