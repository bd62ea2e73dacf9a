/* saga_admin.c - what an operator does with sagas: looks at them, has them go on,
 * finishes them. */
#include "command/commands.h"
#include "core/call.h"
#include "core/instance.h"
#include "core/saga_match.h"
#include "dispatch/retry.h"
#include "saga/saga_close.h"
#include "saga/saga_info.h"
#include "saga/saga_record.h"
#include "saga/saga_run.h"
#include "saga/saga_store.h"
#include "subscription/ends.h"
#include "subscription/hold.h"
#include "subscription/survey.h"

/* ---- finding ----------------------------------------------------------------- */

/* The subscription of that saga. NULL: error->result says why. */
static struct jn_subscription *
find_saga(struct jangle *jangle, const char *saga, struct jangle_error *error)
{
    struct jn_subscription *subscription;

    if (jn_check_process(jangle, error))
        return NULL;
    subscription = jn_subscription_find(jangle, saga);
    if (subscription && subscription->saga)
        return subscription;
    if (saga)
        jn_fail(error, JANGLE_NOT_FOUND, "no saga is called \"%s\"", JN_SHOWN(80, saga));
    else
        jn_fail(error, JANGLE_NOT_FOUND, "no saga is named: NULL was given");
    return NULL;
}

static enum jangle_result load_saga(struct jn_saga *saga,
                                    const struct jn_subscription *subscription,
                                    const char *id,
                                    struct jangle_arena *arena,
                                    struct jangle_error *error)
{
    enum jangle_result result =
        jn_saga_load(saga, subscription, id ? id : "", arena, error);

    if (result || saga->exists)
        return result;
    return jn_fail(error, JANGLE_NOT_FOUND, "there is no %s/%s", jn_name_of(subscription),
                   JN_SHOWN(80, id));
}

/* ---- looking ----------------------------------------------------------------- */

/* The attempts and the last reason are in the parked row of the open turn, which only the
 * process that runs the saga has. */
static void describe_row(struct jangle_saga_info *info,
                         struct jn_subscription *subscription,
                         struct jangle_arena *arena)
{
    bool timed_out = info->turn_at.us && !info->turn_position;
    const char *key =
        timed_out ? jn_saga_timeout_key(arena, info->id) : jn_saga_key(arena, info->id);
    struct jn_row row;

    if (arena->failed || !jn_subscription_is_here(subscription) ||
        !jn_survey_row(subscription, key, &row))
        return;
    info->attempts = row.stored.attempts;
    if (row.reason[0])
        info->reason = jn_arena_copy_text(arena, row.reason);
}

static enum jangle_result show_info(struct jn_subscription *subscription,
                                    const struct jn_saga *saga,
                                    bool steps,
                                    jangle_saga_info_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct jangle_saga_info info;
    enum jangle_result result;

    jn_saga_describe(&info, saga, steps);
    if (saga->status != JANGLE_SAGA_FINISHED)
        describe_row(&info, subscription, saga->arena);
    result = jn_arena_check(saga->arena, error);
    return result ? result : jn_call_visited(visit(context, &info), error);
}

enum { PAGE_COUNT = 100 };

/* Up to PAGE_COUNT sagas, copied from what the store shows. */
struct saga_page {
    struct jangle *jangle;
    const struct jn_saga_type *type;
    struct jangle_arena arena;
    struct {
        struct jn_saga *items;
        size_t count;
    } sagas;
    struct jangle_error *error;
};

/* A saga whose record cannot be understood is shown with the reason, and hides no other
 * saga. */
static enum jangle_result collect_saga(void *context,
                                       const struct jangle_saga_record *record)
{
    struct saga_page *page = context;
    struct jangle_saga_record plain = *record;
    struct jangle_error why = {0};
    struct jn_saga saga;
    enum jangle_result result = jn_saga_init(&saga, page->jangle, page->type, record->id,
                                             &page->arena, page->error);

    if (result)
        return result;
    plain.step_count = 0;
    result = jn_saga_from_record(&saga, &plain, &why);
    if (result == JANGLE_INVALID)
        saga.reason = jn_arena_copy_text(&page->arena, why.message);
    else if (result)
        return jn_fail(page->error, result, "%s", why.message);
    jangle_list_add_(&page->arena, &page->sagas, sizeof saga, &saga);
    return jn_arena_check(&page->arena, page->error);
}

/* The visitor may call jangle, so it is called when the store has shown the
 * whole page. */
static enum jangle_result visit_page(struct jn_subscription *subscription,
                                     struct saga_page *page,
                                     enum jangle_saga_status status,
                                     const char *after,
                                     jangle_saga_info_fn *visit,
                                     void *context)
{
    struct jangle_store *store = page->jangle->store;
    enum jangle_result result;

    page->sagas.items = NULL;
    page->sagas.count = 0;
    jn_arena_reset(&page->arena);
    result = store->ops->read_sagas(store, page->type->saga->name, status, after,
                                    PAGE_COUNT, collect_saga, page, page->error);
    for (size_t i = 0; !result && i < page->sagas.count; i++)
        result = show_info(subscription, &page->sagas.items[i], false, visit, context,
                           page->error);
    return result;
}

enum jangle_result jangle_saga_visit(struct jangle *jangle,
                                     const char *name,
                                     enum jangle_saga_status status,
                                     jangle_saga_info_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jn_subscription *subscription = find_saga(jangle, name, &why);
    struct saga_page page = {.jangle = jangle, .error = &why};
    char after[JN_ID_LIMIT + 1];
    enum jangle_result result = why.result;

    if (result)
        goto done;
    jn_ends_flush(subscription);
    page.type = subscription->saga;
    jn_arena_init(&page.arena, &jangle->host.host.allocator);
    result = visit_page(subscription, &page, status, NULL, visit, context);
    while (!result && page.sagas.count == PAGE_COUNT) {
        jn_text_copy(after, sizeof after, page.sagas.items[PAGE_COUNT - 1].id);
        result = visit_page(subscription, &page, status, after, visit, context);
    }
    jn_arena_finish(&page.arena);
done:
    return jn_call_end(jangle, "jangle_saga_visit", result, &why, error);
}

enum jangle_result jangle_saga_show(struct jangle *jangle,
                                    const char *name,
                                    const char *id,
                                    jangle_saga_info_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jn_subscription *subscription = find_saga(jangle, name, &why);
    struct jangle_arena arena;
    struct jn_saga saga;
    enum jangle_result result = why.result;

    if (result)
        goto done;
    jn_ends_flush(subscription);
    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = load_saga(&saga, subscription, id, &arena, &why);
    if (!result)
        result = show_info(subscription, &saga, true, visit, context, &why);
    jn_arena_finish(&arena);
done:
    return jn_call_end(jangle, "jangle_saga_show", result, &why, error);
}

/* ---- going on, and finishing ------------------------------------------------- */

/* What the operator wants done with one saga. `change` changes the saga in memory. */
struct order {
    enum jangle_result (*change)(struct jn_saga *saga,
                                 const struct order *order,
                                 struct jangle_error *error);
    int after;
    const char *reason;
};

static enum jangle_result
order_retry(struct jn_saga *saga, const struct order *order, struct jangle_error *error)
{
    (void)order;
    if (!saga->turn_at.us)
        return jn_fail(error, JANGLE_INVALID,
                       "no turn of %s/%s is open: there is nothing to retry",
                       saga->type->saga->name, saga->id);
    saga->status = JANGLE_SAGA_OPEN;
    saga->reason = NULL;
    return JANGLE_OK;
}

static enum jangle_result
order_resume(struct jn_saga *saga, const struct order *order, struct jangle_error *error)
{
    size_t taken = saga->count - saga->closed;
    enum jangle_result result = order_retry(saga, order, error);

    if (result)
        return result;
    if (order->after < 0 || (size_t)order->after > taken)
        return jn_fail(error, JANGLE_INVALID,
                       "the turn of %s/%s took %zu steps: it cannot be resumed after %d",
                       saga->type->saga->name, saga->id, taken, order->after);
    saga->reorderable = (size_t)order->after;
    return JANGLE_OK;
}

static enum jangle_result
order_finish(struct jn_saga *saga, const struct order *order, struct jangle_error *error)
{
    struct jangle_step step = {
        .kind = JANGLE_STEP_BY_HAND, .type = "finished by hand", .reply = order->reason};

    if (!jn_saga_add_step(saga, &step))
        return jn_arena_check(saga->arena, error);
    saga->status = JANGLE_SAGA_FINISHED;
    saga->timeout_at = (jangle_time){0};
    jn_saga_leave_turn(saga);
    return JANGLE_OK;
}

/* The subscription is held, so nobody else runs a turn of the saga. First the saga is
 * stored as changed, then what waits under its keys is tried again, because a retry goes
 * on from what is stored. A crash in between leaves the parked rows as they were: they
 * are retried later, from the changed saga. */
static enum jangle_result carry_out_held(struct jn_subscription *subscription,
                                         const char *id,
                                         const struct order *order,
                                         struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_error problem = {0};
    struct jangle_arena arena;
    struct jn_saga saga;
    struct jn_row row;
    int64_t position;
    enum jangle_result result;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = load_saga(&saga, subscription, id, &arena, &problem);
    if (result &&
        !(result == JANGLE_INVALID && saga.exists && order->change == order_finish))
        goto done;
    problem = (struct jangle_error){0}; /* a saga that cannot be read can be finished */
    saga.timeout_is_parked =
        jn_survey_row(subscription, jn_saga_timeout_key(&arena, saga.id), &row);
    result = saga.status == JANGLE_SAGA_FINISHED
                 ? jn_fail(&problem, JANGLE_INVALID, "%s/%s is finished already",
                           jn_name_of(subscription), saga.id)
                 : order->change(&saga, order, &problem);
    position = saga.turn_position;
    if (!result)
        result = jn_saga_save(&saga, &problem);
    if (!result)
        result = jn_saga_wake(subscription, jn_saga_key(&arena, id), &arena, &problem);
    if (!result)
        result =
            jn_saga_wake(subscription, jn_saga_timeout_key(&arena, id), &arena, &problem);
    if (!result && position)
        jn_retry_hasten(subscription, position);
done:
    jn_arena_finish(&arena);
    return jn_fail(error, result, "%s", problem.message);
}

static enum jangle_result carry_out(struct jangle *jangle,
                                    const char *call,
                                    const char *name,
                                    const char *id,
                                    struct order *order,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jn_subscription *subscription = find_saga(jangle, name, &why);
    enum jangle_result result = why.result;

    if (!result)
        result = jn_subscription_hold(subscription, JN_HELD_BY_SAGAS, &why);
    if (result)
        goto done;
    result = carry_out_held(subscription, id, order, &why);
    jn_subscription_let_go(subscription);
    if (!result)
        result = jn_committer_flush(&jangle->commands->committer, &why);
done:
    return jn_call_end(jangle, call, result, &why, error);
}

enum jangle_result jangle_saga_retry(struct jangle *jangle,
                                     const char *saga,
                                     const char *id,
                                     struct jangle_error *error)
{
    return carry_out(jangle, "jangle_saga_retry", saga, id,
                     &(struct order){.change = order_retry}, error);
}

enum jangle_result jangle_saga_resume(struct jangle *jangle,
                                      const char *saga,
                                      const char *id,
                                      int after,
                                      struct jangle_error *error)
{
    return carry_out(jangle, "jangle_saga_resume", saga, id,
                     &(struct order){.change = order_resume, .after = after}, error);
}

enum jangle_result jangle_saga_finish(struct jangle *jangle,
                                      const char *saga,
                                      const char *id,
                                      const char *reason,
                                      struct jangle_error *error)
{
    return carry_out(
        jangle, "jangle_saga_finish", saga, id,
        &(struct order){.change = order_finish, .reason = reason ? reason : ""}, error);
}
