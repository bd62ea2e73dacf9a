/* view_kind.c - the view kind of subscription: handlers write into the view's own file,
 * and the checkpoint and parked rows are committed there with what the handlers wrote. So
 * a crash leaves all of a batch, or nothing of it. */
#include "view/view_kind.h"

#include "dispatch/deliver.h"
#include "dispatch/plain.h"
#include "subscription/checkpoint.h"
#include "subscription/suspension.h"
#include "view/batch_view.h"
#include "view/view_opening.h"

/* ---- its checkpoint ----------------------------------------------------------- */

/* INVALID if the view must be replayed; the sentence says why. */
static enum jangle_result check_view(const struct jn_subscription *subscription,
                                     const struct jangle_view_checkpoint *own,
                                     struct jangle_error *error)
{
    struct jangle_view_spec spec;
    char what[120];

    jn_view_describe(subscription, &spec);
    jn_text_format(what, sizeof what, "the view \"%s\" (%s)", JN_SHOWN(44, spec.name),
                   spec.file ? JN_SHOWN(64, spec.file) : "in its own file");
    if (memcmp(own->store_id, spec.store_id, sizeof spec.store_id) != 0)
        return jn_fail(error, JANGLE_INVALID,
                       "it was made from another store: if this is the right one, replay "
                       "%s; the store is %s",
                       what, jn_checkpoint_store_name(jn_jangle_of(subscription)));
    if (own->schema_version != spec.schema_version)
        return jn_fail(error, JANGLE_INVALID,
                       "it has version %d of its schema, not %d: replay %s",
                       own->schema_version, spec.schema_version, what);
    if (memcmp(own->types_hash, spec.types_hash, sizeof spec.types_hash) != 0)
        return jn_fail(
            error, JANGLE_INVALID,
            "it was made of other types of events, or with another filter: replay "
            "%s",
            what);
    return jn_checkpoint_check_event(subscription, own->position, own->event_id, what,
                                     error);
}

/* An empty view that says JANGLE_FROM_NOW is set to the store's checkpoint, which says
 * where the view begins. Only the position is taken: the rest may be from a time when the
 * subscriber was no view. */
static enum jangle_result move_to_start(const struct jn_subscription *subscription,
                                        struct jangle_view_checkpoint *own,
                                        struct jangle_error *error)
{
    struct jangle_store *store = jn_jangle_of(subscription)->store;
    struct jangle_view_file *file = subscription->file;
    struct jangle_checkpoint checkpoint = {0};
    const struct jangle_subscriber *subscriber = subscription->subscriber;
    struct jangle_view *view;
    enum jangle_result result;

    if (subscriber->start != JANGLE_FROM_NOW || own->position)
        return JANGLE_OK;
    result = store->ops->find_checkpoint(store, subscriber->name, &checkpoint, error);
    if (result || !checkpoint.position)
        return result;
    checkpoint.subscriber = subscriber->name;
    checkpoint.from = own->position;
    checkpoint.parked = NULL;
    checkpoint.parked_count = 0;
    result = file->ops->begin(file, &view, error);
    if (!result)
        result = file->ops->commit(file, &checkpoint, false, error);
    if (result) {
        file->ops->roll_back(file);
        return result;
    }
    own->position = checkpoint.position;
    memcpy(own->event_id, checkpoint.event_id, sizeof own->event_id);
    return JANGLE_OK;
}

static void copy_checkpoint(struct jangle_checkpoint *checkpoint,
                            const struct jangle_view_checkpoint *own)
{
    checkpoint->position = own->position;
    memcpy(checkpoint->event_id, own->event_id, sizeof checkpoint->event_id);
    checkpoint->suspended_for = own->suspended_for;
    checkpoint->suspended_at = own->suspended_at;
    memcpy(checkpoint->reason, own->reason, sizeof checkpoint->reason);
}

/* A view that must be replayed is no failure: it answers from its old rows until then. */
static enum jangle_result read_view_checkpoint(struct jn_subscription *subscription,
                                               struct jangle_checkpoint *checkpoint,
                                               bool *stale,
                                               struct jangle_error *error)
{
    struct jangle_view_file *file = subscription->file;
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_view_checkpoint own = {0};
    struct jangle_error why = {0};
    enum jangle_result result = file->ops->checkpoint(file, &own, error);

    if (result)
        return result;
    result = check_view(subscription, &own, &why);
    if (!result && !subscription->replaying)
        result = move_to_start(subscription, &own, &why);
    if (result && result != JANGLE_INVALID)
        return jn_fail_as(error, &why);
    copy_checkpoint(checkpoint, &own);
    *stale = result == JANGLE_INVALID;
    if (!*stale)
        return JANGLE_OK;
    checkpoint->suspended_at = jn_host_now(&jangle->host);
    jn_text_show(checkpoint->reason, sizeof checkpoint->reason, why.message);
    JN_LOG(&jangle->log, VIEW_STALE,
           JN_PAIRS(JN_TEXT("subscriber", jn_name_of(subscription))), "%s", why.message);
    return JANGLE_OK;
}

static enum jangle_result look_at_view_checkpoint(struct jn_subscription *subscription,
                                                  struct jangle_checkpoint *checkpoint,
                                                  struct jangle_error *error)
{
    struct jangle_view_checkpoint own = {0};
    struct jangle_error why = {0};
    struct jangle_view_file *file;
    enum jangle_result result = jn_view_file_of(subscription, &file, &why);

    if (result == JANGLE_BUSY)
        return JANGLE_OK;
    if (!result)
        result = file->ops->checkpoint(file, &own, &why);
    if (result == JANGLE_NOT_FOUND)
        return JANGLE_OK;
    copy_checkpoint(checkpoint, &own);
    return jn_fail_as(error, &why);
}

static enum jangle_result visit_view_parked(struct jn_subscription *subscription,
                                            jangle_parked_fn *visit,
                                            void *context,
                                            struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jangle_view_file *file;
    jangle_time all = {0};
    enum jangle_result result = jn_view_file_of(subscription, &file, &why);

    if (result == JANGLE_BUSY)
        return JANGLE_OK;
    if (result)
        return jn_fail_as(error, &why);
    return file->ops->read_parked(file, all, INT32_MAX, visit, context, error);
}

/* ---- its transaction --------------------------------------------------------- */

static enum jangle_result begin_batch(struct jn_subscription *subscription,
                                      struct jangle_view **view,
                                      struct jangle_error *error)
{
    struct jangle_view_file *file = subscription->file;
    struct jangle_view *begun;
    enum jangle_result result = file->ops->begin(file, &begun, error);

    if (view)
        *view = result ? NULL : begun;
    return result;
}

static void roll_back_batch(struct jn_subscription *subscription)
{
    subscription->file->ops->roll_back(subscription->file);
}

/* Commit the view's transaction, with the move in it. */
static enum jangle_result commit_batch(struct jn_subscription *subscription,
                                       const struct jn_move *move,
                                       struct jangle_error *error)
{
    struct jangle_view_file *file = subscription->file;
    struct jangle_checkpoint checkpoint = {
        .subscriber = jn_name_of(subscription),
        .from = subscription->position,
        .position = move->position,
        .parked_count = move->row_count,
    };
    struct jangle_arena arena;
    struct jangle_parked *parked;
    enum jangle_result result;

    jn_arena_init(&arena, jn_allocator_of(subscription));
    parked = jangle_alloc(&arena, (move->row_count + 1) * sizeof *parked);
    result = jn_arena_check(&arena, error);
    for (size_t i = 0; !result && i < move->row_count; i++)
        parked[i] = jn_row_to_stored(&move->rows[i], checkpoint.subscriber);
    checkpoint.parked = parked;
    jn_suspension_to_checkpoint(&checkpoint, &subscription->suspension);
    memcpy(checkpoint.event_id, move->event_id, sizeof checkpoint.event_id);
    JN_FAILPOINT("subscription.before_view_commit");
    if (!result)
        result = file->ops->commit(file, &checkpoint, move->incomplete, error);
    JN_FAILPOINT("subscription.after_view_commit");
    if (result)
        file->ops->roll_back(file);
    jn_arena_finish(&arena);
    return result;
}

/* ---- its handlers ------------------------------------------------------------ */

static enum jangle_result deliver_to_view(struct jn_delivery *delivery)
{
    struct jangle *jangle = jn_jangle_of(delivery->subscription);
    struct jangle_view_file *file = delivery->file;
    struct jn_inside inside = {.subscriber = delivery->subscription->subscriber,
                               .file = file,
                               .view = delivery->view};
    enum jangle_result result = file->ops->enter(
        file, delivery->arena, delivery->in_savepoint, &delivery->report.error);

    if (!result) {
        jn_inside_enter(&jangle->insides, &inside);
        JN_FAILPOINT("delivery.in_view_handler");
        result = jn_call_handler(delivery);
        jn_inside_leave(&jangle->insides, &inside);
        result =
            file->ops->leave(file, result, &delivery->cannot, &delivery->report.error);
    }
    delivery->report.broken = result == JANGLE_STORAGE || result == JANGLE_NO_MEMORY;
    return result;
}

static void close_file(struct jn_subscription *subscription)
{
    if (subscription->file)
        jn_jangle_of(subscription)->views->ops->close_file(subscription->file);
}

const struct jn_kind jn_view_kind = {
    .start = JANGLE_FROM_FIRST,
    .has_own_checkpoint = true,
    .gathers = true,
    .open = jn_view_kind_open,
    .close = close_file,
    .read = read_view_checkpoint,
    .look_at = look_at_view_checkpoint,
    .visit_parked = visit_view_parked,
    .begin = begin_batch,
    .commit = commit_batch,
    .roll_back = roll_back_batch,
    .key_of = jn_plain_key_of,
    .deliver = deliver_to_view,
    .run_batch = jn_batch_together,
};
