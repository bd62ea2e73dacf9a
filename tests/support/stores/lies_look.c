/* lies_look.c - lies to those who look: ST-38 to ST-40. */
#include "support/stores/lying_store.h"

static enum jangle_result look_events(struct jangle_store *store,
                                      struct jangle_range *range,
                                      jangle_found_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->look->events(store, range, visit, context, error);
}

static enum jangle_result look_streams(struct jangle_store *store,
                                       const char *kind,
                                       const char *after_kind,
                                       const char *after_id,
                                       size_t limit,
                                       jangle_found_stream_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->look->streams(store, kind, after_kind, after_id, limit, visit,
                                     context, error);
}

static enum jangle_result look_counts(struct jangle_store *store,
                                      struct jangle_store_counts *counts,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return store->ops->look->counts(store, counts, error);
}

const struct jangle_store_look_ops honest_look_ops = {look_events, look_streams,
                                                      look_counts};

/* ---- ST-38 ------------------------------------------------------------------- */

struct founds {
    jangle_found_fn *visit;
    void *context;
};

static enum jangle_result visit_sound(void *context, const struct jangle_found *found)
{
    struct founds *founds = context;

    return found->fault ? JANGLE_OK : founds->visit(founds->context, found);
}

static enum jangle_result hide_damage(struct jangle_store *store,
                                      struct jangle_range *range,
                                      jangle_found_fn *visit,
                                      void *context,
                                      struct jangle_error *error)
{
    struct founds founds = {visit, context};

    return look_events(store, range, visit_sound, &founds, error);
}

static enum jangle_result end_after_a_page(struct jangle_store *store,
                                           struct jangle_range *range,
                                           jangle_found_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    enum jangle_result result = look_events(store, range, visit, context, error);

    range->ended = true;
    return result;
}

static enum jangle_result forget_the_place(struct jangle_store *store,
                                           struct jangle_range *range,
                                           jangle_found_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    range->place = 0;
    return look_events(store, range, visit, context, error);
}

static enum jangle_result oldest_first(struct jangle_store *store,
                                       struct jangle_range *range,
                                       jangle_found_fn *visit,
                                       void *context,
                                       struct jangle_error *error)
{
    bool newest_first = range->newest_first;
    enum jangle_result result;

    range->newest_first = false;
    result = look_events(store, range, visit, context, error);
    range->newest_first = newest_first;
    return result;
}

/* ---- ST-39, ST-40 ------------------------------------------------------------ */

static enum jangle_result list_from_first(struct jangle_store *store,
                                          const char *kind,
                                          const char *after_kind,
                                          const char *after_id,
                                          size_t limit,
                                          jangle_found_stream_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    (void)after_kind, (void)after_id;
    return look_streams(store, kind, NULL, NULL, limit, visit, context, error);
}

static enum jangle_result count_one_more(struct jangle_store *store,
                                         struct jangle_store_counts *counts,
                                         struct jangle_error *error)
{
    enum jangle_result result = look_counts(store, counts, error);

    counts->streams++;
    return result;
}

/* ---- the table --------------------------------------------------------------- */

static const struct jangle_store_look_ops hides = {hide_damage, look_streams,
                                                   look_counts};
static const struct jangle_store_look_ops ends = {end_after_a_page, look_streams,
                                                  look_counts};
static const struct jangle_store_look_ops forgets = {forget_the_place, look_streams,
                                                     look_counts};
static const struct jangle_store_look_ops reverses = {oldest_first, look_streams,
                                                      look_counts};
static const struct jangle_store_look_ops lists = {look_events, list_from_first,
                                                   look_counts};
static const struct jangle_store_look_ops counts_more = {look_events, look_streams,
                                                         count_one_more};

const struct lie lies_look[] = {
    {"ST-38", "a damaged record is not shown", true, .store = {.look = &hides}},
    {"ST-38", "the first page is the last", true, .store = {.look = &ends}},
    {"ST-38", "each page is the first", true, .store = {.look = &forgets}},
    {"ST-38", "the newest come last", true, .store = {.look = &reverses}},
    {"ST-39", "each list begins with the first", true, .store = {.look = &lists}},
    {"ST-40", "a stream too many is counted", true, .store = {.look = &counts_more}},
    {0},
};
