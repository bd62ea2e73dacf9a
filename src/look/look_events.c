/* look_events.c - jangle_look_events: search the log, or a stream, page by page. */
#include "base/arena.h"
#include "core/call.h"
#include "look/glob.h"
#include "look/seen_event.h"
#include "look/store_page.h"

#include <ctype.h>

enum { PAGE_COUNT = 1000 };

struct scan {
    struct jangle_look *look;
    const struct jangle_event_filter *filter;
    jangle_seen_event_fn *visit;
    void *context;
    struct jangle_search search;
    struct jangle_arena arena; /* of one event */
    struct jn_seen_event seen;
    struct jangle_error *error;
    bool stopped; /* a limit was reached */
};

/* ---- the filter -------------------------------------------------------------- */

static enum jangle_result check_glob(const char *glob, struct jangle_error *error)
{
    if (!glob || jn_glob_is_well_formed(glob))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_INVALID,
                   "\"%s\" is no pattern: a [ lacks its ], or nothing follows a \\",
                   JN_SHOWN(80, glob));
}

static enum jangle_result check_filter(const struct jangle_event_filter *filter,
                                       struct jangle_error *error)
{
    enum jangle_result result = check_glob(filter->kind, error);

    if (filter->after < 0 || filter->before < 0 || filter->limit < 0 ||
        filter->read_limit < 0)
        return jn_fail(error, JANGLE_INVALID,
                       "a filter's positions and limits are 0 or more");
    if (!result)
        result = check_glob(filter->id, error);
    if (!result)
        result = check_glob(filter->type, error);
    return result ? result : check_glob(filter->actor, error);
}

/* Only one stream is read if it is known by its name. */
static bool is_of_stream(const struct jangle_event_filter *filter)
{
    return filter->kind && filter->id && jn_glob_is_plain(filter->kind) &&
           jn_glob_is_plain(filter->id);
}

static bool matches(const char *glob, const char *text)
{
    return !glob || (text && jn_glob_matches(glob, text));
}

static bool is_same(const char *wanted, const char *text)
{
    return !wanted || (text && strcmp(wanted, text) == 0);
}

static bool contains(const char *text, const char *bytes, size_t size)
{
    size_t length = strlen(text);

    for (const char *at = bytes; bytes && size >= length; at++, size--) {
        const char *first = length ? memchr(at, text[0], size - length + 1) : at;

        if (!first)
            return false;
        size -= (size_t)(first - at);
        at = first;
        if (memcmp(at, text, length) == 0)
            return true;
    }
    return false;
}

/* Can the meta hold this text? It is looked for as it is before the JSON is read, if no
 * way of writing it differs. */
static bool may_hold(const char *meta, const char *text)
{
    for (const char *at = text; text && *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("-_.:", *at))
            return true;
    return !text || (meta && strstr(meta, text));
}

static bool passes_record(const struct jangle_event_filter *filter,
                          const struct jangle_record *record)
{
    return (!filter->since.us || record->at.us >= filter->since.us) &&
           (!filter->until.us || record->at.us < filter->until.us) &&
           matches(filter->type, record->type) && matches(filter->kind, record->kind) &&
           matches(filter->id, record->id) &&
           may_hold(record->meta, filter->correlation_id) &&
           may_hold(record->meta, filter->causation_id) &&
           (!filter->text ||
            contains(filter->text, record->payload, record->payload_size));
}

static bool passes_event(const struct jangle_event_filter *filter,
                         const struct jangle_seen_event *event)
{
    return is_same(filter->correlation_id, event->origin.correlation_id) &&
           is_same(filter->causation_id, event->origin.causation_id) &&
           is_same(filter->event_id, event->event_id) &&
           matches(filter->actor, event->origin.actor);
}

/* ---- the search -------------------------------------------------------------- */

/* Where the search goes on if it ends with this record. The records of a stream that are
 * missing have no positions. */
static void note_place(struct scan *scan, const struct jangle_found *found)
{
    int64_t behind = found->missing ? found->missing - 1 : 0;

    scan->search.read++;
    if (found->record->position)
        scan->search.next =
            found->record->position + (scan->filter->newest_first ? -behind : behind);
}

static enum jangle_result visit_seen(struct scan *scan)
{
    const struct jangle_event_filter *filter = scan->filter;
    enum jangle_result result;

    scan->search.visited++;
    result = scan->visit(scan->context, &scan->seen.event);
    if (result)
        return jn_call_visited(result, scan->error);
    scan->stopped = filter->limit && scan->search.visited >= filter->limit;
    return scan->stopped ? JANGLE_CANCELLED : JANGLE_OK;
}

static enum jangle_result note_command(void *context,
                                       const struct jangle_stored_command *command)
{
    struct scan *scan = context;
    struct jangle_seen_event *event = &scan->seen.event;

    event->command = jn_arena_copy_text(&scan->arena, command->from.type);
    event->sender = jn_arena_copy_text(&scan->arena, command->from.sender);
    event->cause = command->from.cause;
    return jn_arena_check(&scan->arena, scan->error);
}

/* What is not known of a command is no fault of its event. */
static enum jangle_result add_command(struct scan *scan)
{
    struct jangle_store *store = scan->look->store;
    const char *id = scan->seen.event.origin.causation_id;
    struct jangle_error why = {0};

    if (!scan->filter->with_commands || !id)
        return JANGLE_OK;
    if (store->ops->read_command(store, id, note_command, scan, &why) == JANGLE_NO_MEMORY)
        return jn_fail(scan->error, JANGLE_NO_MEMORY, "%s", why.message);
    return JANGLE_OK;
}

static enum jangle_result see(void *context, const struct jangle_found *found)
{
    struct scan *scan = context;
    enum jangle_result result;

    note_place(scan, found);
    if (!found->fault && !passes_record(scan->filter, found->record))
        return JANGLE_OK;
    jn_arena_reset(&scan->arena);
    result = jn_seen_event_fill(&scan->seen, &scan->arena, scan->look->limits, found,
                                scan->error);
    if (result)
        return result;
    if (!scan->seen.event.fault && !passes_event(scan->filter, &scan->seen.event))
        return JANGLE_OK;
    result = add_command(scan);
    return result ? result : visit_seen(scan);
}

/* How many records the next page may have. */
static size_t page_limit(const struct scan *scan)
{
    int64_t limit = PAGE_COUNT;
    int64_t left = scan->filter->read_limit - scan->search.read;

    if (scan->filter->read_limit && left < limit)
        limit = left;
    left = scan->filter->limit - scan->search.visited;
    if (scan->filter->limit && left < limit / 8)
        limit = limit < 16 ? limit : 16; /* the newest ten, say */
    return (size_t)limit;
}

static enum jangle_result search(struct scan *scan)
{
    const struct jangle_event_filter *filter = scan->filter;
    bool of_stream = is_of_stream(filter);
    struct jangle_range range = {.kind = of_stream ? filter->kind : NULL,
                                 .id = of_stream ? filter->id : NULL,
                                 .after = filter->after,
                                 .before = filter->before,
                                 .newest_first = filter->newest_first};
    enum jangle_result result = JANGLE_OK;

    while (!result && !range.ended &&
           (!filter->read_limit || scan->search.read < filter->read_limit)) {
        range.limit = page_limit(scan);
        result = jn_store_page(scan->look, &range, see, scan, scan->error);
    }
    if (scan->stopped)
        return JANGLE_OK;
    if (!result && range.ended)
        scan->search.next = 0;
    return result;
}

static enum jangle_result look_events(struct scan *scan, struct jangle_error *error)
{
    enum jangle_result result = jn_look_check(scan->look, error);

    if (!result)
        result = check_filter(scan->filter, error);
    if (result)
        return result;
    jn_arena_init(&scan->arena, scan->look->allocator);
    result = search(scan);
    jn_arena_finish(&scan->arena);
    return result;
}

enum jangle_result jangle_look_events(struct jangle_look *look,
                                      const struct jangle_event_filter *filter,
                                      jangle_seen_event_fn *visit,
                                      void *context,
                                      struct jangle_search *search,
                                      struct jangle_error *error)
{
    static const struct jangle_event_filter all = {0};
    struct jangle_error why = {0};
    struct scan scan = {.look = look,
                        .filter = filter ? filter : &all,
                        .visit = visit,
                        .context = context,
                        .error = &why};
    enum jangle_result result = look_events(&scan, &why);

    if (search)
        *search = scan.search;
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_events", result, &why,
                       error);
}
