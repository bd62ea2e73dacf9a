/* streams.c - jangle_look_streams: the list of streams, page by page. */
#include "core/call.h"
#include "look/glob.h"
#include "look/list_streams.h"

enum { PAGE_COUNT = 256 };

struct listing {
    const struct jangle_stream_filter *filter;
    jangle_stream_fn *visit;
    void *context;
    struct jangle_error *error;
    char *last_kind, *last_id; /* of the last stream of the page; NULL: none */
    const struct jangle_allocator *allocator;
    int64_t visited;
    size_t count; /* of this page */
};

static bool is_enough(const struct listing *listing)
{
    return listing->filter->limit && listing->visited >= listing->filter->limit;
}

/* The next page begins behind this stream. */
static enum jangle_result note_last(struct listing *listing,
                                    const struct jangle_found_stream *found)
{
    char *kind = jn_copy_text(listing->allocator, found->kind);
    char *id = jn_copy_text(listing->allocator, found->id);

    jn_free(listing->allocator, listing->last_kind);
    jn_free(listing->allocator, listing->last_id);
    listing->last_kind = kind;
    listing->last_id = id;
    return kind && id ? JANGLE_OK
                      : jn_fail(listing->error, JANGLE_NO_MEMORY, "out of memory");
}

static enum jangle_result see(void *context, const struct jangle_found_stream *found)
{
    struct listing *listing = context;
    const struct jangle_stream_filter *filter = listing->filter;
    const struct jangle_stream_facts facts = {.kind = found->kind,
                                              .id = found->id,
                                              .version = found->version,
                                              .last_position = found->last_position,
                                              .first_at = found->first_at,
                                              .last_at = found->last_at,
                                              .fault = found->fault};
    enum jangle_result result = note_last(listing, found);

    listing->count++;
    if (result || (filter->id && !jn_glob_matches(filter->id, found->id)))
        return result;
    listing->visited++;
    result = listing->visit(listing->context, &facts);
    if (result)
        return jn_call_visited(result, listing->error);
    return is_enough(listing) ? JANGLE_CANCELLED : JANGLE_OK;
}

/* A store may list fewer than it was asked for; none is the end. */
static enum jangle_result list(struct jangle_look *look, struct listing *listing)
{
    const struct jangle_stream_filter *filter = listing->filter;
    const char *after_kind = filter->after_kind, *after_id = filter->after_id;
    enum jangle_result result;

    do {
        listing->count = 0;
        result = jn_list_streams(look, filter->kind, after_kind, after_id, PAGE_COUNT,
                                 see, listing, listing->error);
        after_kind = listing->last_kind;
        after_id = listing->last_id;
    } while (!result && listing->count);
    return is_enough(listing) ? JANGLE_OK : result;
}

static enum jangle_result check(const struct jangle_stream_filter *filter,
                                struct jangle_error *error)
{
    if (filter->limit < 0)
        return jn_fail(error, JANGLE_INVALID, "a filter's limit is 0 or more");
    if (!filter->after_kind != !filter->after_id)
        return jn_fail(error, JANGLE_INVALID,
                       "a list goes on behind a stream, which has a kind and an id: "
                       "name both");
    if (filter->kind && filter->after_kind &&
        strcmp(filter->kind, filter->after_kind) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "a list of streams of the kind \"%s\" cannot go on behind one of "
                       "the kind \"%s\"",
                       JN_SHOWN(60, filter->kind), JN_SHOWN(60, filter->after_kind));
    if (filter->id && !jn_glob_is_well_formed(filter->id))
        return jn_fail(error, JANGLE_INVALID,
                       "\"%s\" is no pattern: a [ lacks its ], or nothing follows a \\",
                       JN_SHOWN(80, filter->id));
    return JANGLE_OK;
}

enum jangle_result jangle_look_streams(struct jangle_look *look,
                                       const struct jangle_stream_filter *filter,
                                       jangle_stream_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    static const struct jangle_stream_filter all = {0};
    struct jangle_error why = {0};
    struct listing listing = {.filter = filter ? filter : &all,
                              .visit = visit,
                              .context = context,
                              .error = &why};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result)
        result = check(listing.filter, &why);
    if (!result) {
        listing.allocator = look->allocator;
        result = list(look, &listing);
        jn_free(look->allocator, listing.last_kind);
        jn_free(look->allocator, listing.last_id);
    }
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_streams", result, &why,
                       error);
}
