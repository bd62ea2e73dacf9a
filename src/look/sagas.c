/* sagas.c - jangle_look_sagas: sagas, without the program whose sagas they are. */
#include "core/call.h"
#include "core/saga_match.h"
#include "look/names.h"
#include "saga/saga_info.h"
#include "saga/saga_record.h"

enum { PAGE_COUNT = 64 };

struct sagas {
    struct jangle_look *look;
    const struct jangle_saga_filter *filter;
    jangle_saga_info_fn *visit;
    void *context;
    struct jangle_error *error;
    int64_t visited;

    /* A page, copied, because a visit may use the look. */
    struct jangle_arena arena;
    struct {
        struct jangle_saga_info *items;
        size_t count;
    } page;
    const char *last_id; /* in the arena */
};

static bool is_enough(const struct sagas *sagas)
{
    return sagas->filter->limit && sagas->visited >= sagas->filter->limit;
}

/* ---- a saga ------------------------------------------------------------------ */

/* The engine reads the record; the state stays JSON. */
static enum jangle_result collect(void *context, const struct jangle_saga_record *record)
{
    struct sagas *sagas = context;
    struct jangle_arena *arena = &sagas->arena;
    const struct jangle_saga table = {.name = jn_arena_copy_text(arena, record->saga)};
    const struct jn_saga_type type = {.saga = &table};
    struct jn_saga saga = {.limits = sagas->look->limits,
                           .type = &type,
                           .id = jn_arena_copy_text(arena, record->id),
                           .arena = arena};
    struct jangle_error why = {0};
    struct jangle_saga_info info;

    if (jn_arena_check(arena, sagas->error))
        return JANGLE_NO_MEMORY;
    if (record->error.result) {
        saga.status = record->status;
        saga.reason = jn_arena_copy_text(arena, record->error.message);
    } else if (jn_saga_from_record(&saga, record, &why)) {
        saga.reason = jn_arena_copy_text(arena, why.message);
    }
    jn_saga_describe(&info, &saga, sagas->filter->id != NULL);
    info.reason = jn_arena_copy_text(arena, info.reason);
    jangle_list_add_(arena, &sagas->page, sizeof info, &info);
    sagas->last_id = info.id;
    return jn_arena_check(arena, sagas->error);
}

/* Attempts and the last failure are in the parked row of the open turn. */
static enum jangle_result add_row(void *context, const struct jangle_parked *parked)
{
    struct sagas *sagas = context;
    const char *id = jn_saga_id_of_key(parked->kind, parked->key);

    for (size_t at = 0; id && at < sagas->page.count; at++) {
        struct jangle_saga_info *info = &sagas->page.items[at];
        bool timed_out = info->turn_at.us && !info->turn_position;

        if (strcmp(info->id, id) != 0 ||
            timed_out != (parked->kind == JANGLE_PARKED_TIMEOUT))
            continue;
        info->attempts = parked->attempts;
        if (parked->error && *parked->error)
            info->reason = jn_arena_copy_text(&sagas->arena, parked->error);
    }
    return jn_arena_check(&sagas->arena, sagas->error);
}

static enum jangle_result visit_page(struct sagas *sagas, const char *name, bool is_over)
{
    struct jangle_store *store = sagas->look->store;
    jangle_time all = {0};
    enum jangle_result result = JANGLE_OK;

    if (!is_over && sagas->page.count)
        result = store->ops->read_parked(store, name, all, INT32_MAX, add_row, sagas,
                                         sagas->error);
    for (size_t at = 0; !result && !is_enough(sagas) && at < sagas->page.count; at++) {
        sagas->visited++;
        result = jn_call_visited(sagas->visit(sagas->context, &sagas->page.items[at]),
                                 sagas->error);
    }
    return result;
}

static void begin_page(struct sagas *sagas)
{
    sagas->page.items = NULL;
    sagas->page.count = 0;
    jn_arena_reset(&sagas->arena);
}

/* ---- many -------------------------------------------------------------------- */

/* The id behind which the next page begins is kept through the reset of the arena. */
static enum jangle_result
visit_status(struct sagas *sagas, const char *name, enum jangle_saga_status status)
{
    struct jangle_store *store = sagas->look->store;
    char *after = jn_copy_text(sagas->look->allocator, sagas->filter->after_id);
    enum jangle_result result = JANGLE_OK;

    do {
        begin_page(sagas);
        result = store->ops->read_sagas(store, name, status, after, PAGE_COUNT, collect,
                                        sagas, sagas->error);
        if (!result)
            result = visit_page(sagas, name, status == JANGLE_SAGA_FINISHED);
        if (!result && sagas->page.count) {
            jn_free(sagas->look->allocator, after);
            after = jn_copy_text(sagas->look->allocator, sagas->last_id);
            if (!after)
                result = jn_fail(sagas->error, JANGLE_NO_MEMORY, "out of memory");
        }
    } while (!result && sagas->page.count == PAGE_COUNT && !is_enough(sagas));
    jn_free(sagas->look->allocator, after);
    return result;
}

static enum jangle_result visit_named(struct sagas *sagas, const char *name)
{
    static const enum jangle_saga_status statuses[] = {
        JANGLE_SAGA_PARKED, JANGLE_SAGA_OPEN, JANGLE_SAGA_FINISHED};
    size_t count = sagas->filter->finished ? 3 : 2;
    enum jangle_result result = JANGLE_OK;

    for (size_t at = 0; !result && !is_enough(sagas) && at < count; at++)
        result = visit_status(sagas, name, statuses[at]);
    return result;
}

static enum jangle_result visit_all(struct sagas *sagas)
{
    struct jn_name_list names;
    enum jangle_result result = jn_look_names(sagas->look, NULL, &names, sagas->error);

    for (size_t at = 0; !result && !is_enough(sagas) && at < names.list.count; at++)
        result = visit_named(sagas, names.list.items[at]);
    jn_arena_finish(&names.arena);
    return result;
}

static enum jangle_result visit_one(struct sagas *sagas)
{
    const struct jangle_saga_filter *filter = sagas->filter;
    struct jangle_store *store = sagas->look->store;
    enum jangle_result result;

    begin_page(sagas);
    result = store->ops->read_saga(store, filter->saga, filter->id, collect, sagas,
                                   sagas->error);
    return result ? result : visit_page(sagas, filter->saga, false);
}

/* ---- the call ---------------------------------------------------------------- */

static enum jangle_result check(const struct jangle_saga_filter *filter,
                                struct jangle_error *error)
{
    if (filter->limit < 0)
        return jn_fail(error, JANGLE_INVALID, "a filter's limit is 0 or more");
    if ((filter->id || filter->after_id) && !filter->saga)
        return jn_fail(error, JANGLE_INVALID,
                       "the id of a saga is known only together with the saga's name");
    return JANGLE_OK;
}

static enum jangle_result look_sagas(struct sagas *sagas)
{
    enum jangle_result result = jn_look_check(sagas->look, sagas->error);

    if (!result)
        result = check(sagas->filter, sagas->error);
    if (result)
        return result;
    jn_arena_init(&sagas->arena, sagas->look->allocator);
    if (sagas->filter->id)
        result = visit_one(sagas);
    else if (sagas->filter->saga)
        result = visit_named(sagas, sagas->filter->saga);
    else
        result = visit_all(sagas);
    jn_arena_finish(&sagas->arena);
    return result;
}

enum jangle_result jangle_look_sagas(struct jangle_look *look,
                                     const struct jangle_saga_filter *filter,
                                     jangle_saga_info_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    static const struct jangle_saga_filter all = {0};
    struct jangle_error why = {0};
    struct sagas sagas = {.look = look,
                          .filter = filter ? filter : &all,
                          .visit = visit,
                          .context = context,
                          .error = &why};
    enum jangle_result result = look_sagas(&sagas);

    return jn_call_end(look ? look->jangle : NULL, "jangle_look_sagas", result, &why,
                       error);
}
