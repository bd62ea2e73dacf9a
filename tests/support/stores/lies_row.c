/* lies_row.c - lies about subscribers, sagas and the store itself: ST-10 to ST-22. */
#include "support/stores/lying_store.h"

#include <assert.h>

/* ---- ST-10, ST-19, ST-20 ----------------------------------------------------- */

static enum jangle_result lose_the_event_id(struct jangle_store *store,
                                            const char *subscriber,
                                            struct jangle_checkpoint *checkpoint,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->find_checkpoint(store, subscriber, checkpoint, error);
    if (!result)
        memset(checkpoint->event_id, 0, sizeof checkpoint->event_id);
    return result;
}

static enum jangle_result forget_suspensions(struct jangle_store *store,
                                             const char *subscriber,
                                             struct jangle_checkpoint *checkpoint,
                                             struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->find_checkpoint(store, subscriber, checkpoint, error);
    checkpoint->suspended_for = JANGLE_SUSPENDED_NOT;
    return result;
}

struct checkpoints {
    jangle_checkpoint_fn *visit;
    void *context;
    int count;
};

static enum jangle_result only_one(void *context,
                                   const struct jangle_checkpoint *checkpoint)
{
    struct checkpoints *checkpoints = context;

    return checkpoints->count++ ? JANGLE_OK
                                : checkpoints->visit(checkpoints->context, checkpoint);
}

static enum jangle_result visit_one_checkpoint(struct jangle_store *store,
                                               jangle_checkpoint_fn *visit,
                                               void *context,
                                               struct jangle_error *error)
{
    struct checkpoints checkpoints = {visit, context, 0};

    store = honest_store(store);
    return store->ops->read_checkpoints(store, only_one, &checkpoints, error);
}

static enum jangle_result take_any_name(struct jangle_store *store,
                                        const char *subscriber,
                                        const char *name,
                                        struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->rename(store, subscriber, name, error);
    return result == JANGLE_CONFLICT ? JANGLE_OK : result;
}

static enum jangle_result forget_nothing(struct jangle_store *store,
                                         const char *subscriber,
                                         const char *name,
                                         struct jangle_error *error)
{
    store = honest_store(store);
    return name ? store->ops->rename(store, subscriber, name, error) : JANGLE_OK;
}

/* ---- ST-11 ------------------------------------------------------------------- */

static enum jangle_result be_early(struct jangle_store *store,
                                   const char *subscriber,
                                   jangle_time now,
                                   size_t limit,
                                   jangle_parked_fn *visit,
                                   void *context,
                                   struct jangle_error *error)
{
    store = honest_store(store);
    if (now.us)
        now.us++;
    return store->ops->read_parked(store, subscriber, now, limit, visit, context, error);
}

static enum jangle_result mix_subscribers(struct jangle_store *store,
                                          const char *subscriber,
                                          jangle_time now,
                                          size_t limit,
                                          jangle_parked_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    (void)subscriber;
    store = honest_store(store);
    return store->ops->read_parked(store, NULL, now, limit, visit, context, error);
}

struct parked {
    jangle_parked_fn *visit;
    void *context;
};

static enum jangle_result visit_untried(void *context, const struct jangle_parked *parked)
{
    struct parked *list = context;
    struct jangle_parked changed = *parked;

    changed.trying = false;
    return list->visit(list->context, &changed);
}

static enum jangle_result forget_attempts(struct jangle_store *store,
                                          const char *subscriber,
                                          jangle_time now,
                                          size_t limit,
                                          jangle_parked_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    struct parked list = {visit, context};

    store = honest_store(store);
    return store->ops->read_parked(store, subscriber, now, limit, visit_untried, &list,
                                   error);
}

/* ---- ST-12, ST-13, ST-21 ----------------------------------------------------- */

struct sagas {
    jangle_saga_fn *visit;
    void *context;
};

static enum jangle_result visit_commands(void *context,
                                         const struct jangle_saga_record *saga)
{
    struct sagas *sagas = context;
    struct jangle_saga_record changed = *saga;
    struct jangle_step steps[8];

    assert(saga->step_count <= sizeof steps / sizeof *steps);
    for (size_t i = 0; i < saga->step_count; i++) {
        steps[i] = saga->steps[i];
        steps[i].kind = JANGLE_STEP_COMMAND;
    }
    changed.steps = steps;
    return sagas->visit(sagas->context, &changed);
}

static enum jangle_result mix_steps(struct jangle_store *store,
                                    const char *saga,
                                    const char *id,
                                    jangle_saga_fn *visit,
                                    void *context,
                                    struct jangle_error *error)
{
    struct sagas sagas = {visit, context};

    store = honest_store(store);
    return store->ops->read_saga(store, saga, id, visit_commands, &sagas, error);
}

static enum jangle_result lose_a_step(void *context,
                                      const struct jangle_saga_record *saga)
{
    struct sagas *sagas = context;
    struct jangle_saga_record changed = *saga;

    changed.step_count -= changed.step_count > 0;
    return sagas->visit(sagas->context, &changed);
}

static enum jangle_result lose_the_last_step(struct jangle_store *store,
                                             const char *saga,
                                             const char *id,
                                             jangle_saga_fn *visit,
                                             void *context,
                                             struct jangle_error *error)
{
    struct sagas sagas = {visit, context};

    store = honest_store(store);
    return store->ops->read_saga(store, saga, id, lose_a_step, &sagas, error);
}

static enum jangle_result visit_open(void *context, const struct jangle_saga_record *saga)
{
    struct sagas *sagas = context;

    if (saga->status != JANGLE_SAGA_OPEN)
        return JANGLE_OK;
    return sagas->visit(sagas->context, saga);
}

static enum jangle_result judge_by_status(struct jangle_store *store,
                                          jangle_time now,
                                          size_t limit,
                                          jangle_saga_fn *visit,
                                          void *context,
                                          struct jangle_error *error)
{
    struct sagas sagas = {visit, context};

    store = honest_store(store);
    return store->ops->read_due_sagas(store, now, limit, visit_open, &sagas, error);
}

static enum jangle_result round_to_seconds(struct jangle_store *store,
                                           jangle_time now,
                                           size_t limit,
                                           jangle_saga_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    store = honest_store(store);
    now.us += 1000000;
    return store->ops->read_due_sagas(store, now, limit, visit, context, error);
}

static enum jangle_result start_over(struct jangle_store *store,
                                     const char *saga,
                                     enum jangle_saga_status status,
                                     const char *id,
                                     size_t limit,
                                     jangle_saga_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    (void)id;
    store = honest_store(store);
    return store->ops->read_sagas(store, saga, status, NULL, limit, visit, context,
                                  error);
}

/* ---- ST-14, ST-15, ST-16, ST-17 ---------------------------------------------- */

static enum jangle_result keep_what_was_released(struct jangle_store *store,
                                                 const char *subscriber,
                                                 bool *unclean,
                                                 struct jangle_error *error)
{
    if (lying_store_of(store)->calls++)
        return jangle_error_set(error, JANGLE_BUSY, "subscriber %s: still owned",
                                subscriber);
    store = honest_store(store);
    return store->ops->own(store, subscriber, unclean, error);
}

static enum jangle_result cry_wolf(struct jangle_store *store,
                                   const char *subscriber,
                                   bool *unclean,
                                   struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->own(store, subscriber, unclean, error);
    *unclean = true;
    return result;
}

static enum jangle_result share(struct jangle_store *store,
                                const char *subscriber,
                                bool *unclean,
                                struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    *unclean = false;
    result = store->ops->own(store, subscriber, unclean, error);
    return result == JANGLE_BUSY ? JANGLE_OK : result;
}

static void
call_it_a_clean_end(struct jangle_store *store, const char *subscriber, bool unclean)
{
    (void)unclean;
    store = honest_store(store);
    store->ops->disown(store, subscriber, false);
}

static enum jangle_result forget_everything(struct jangle_store *store,
                                            jangle_time forget,
                                            bool *more,
                                            struct jangle_error *error)
{
    store = honest_store(store);
    if (forget.us)
        forget.us = INT64_MAX;
    return store->ops->tidy(store, forget, more, error);
}

static enum jangle_result never_be_done(struct jangle_store *store,
                                        jangle_time forget,
                                        bool *more,
                                        struct jangle_error *error)
{
    (void)store;
    (void)forget;
    (void)error;
    *more = true;
    return JANGLE_OK;
}

static void leave_it_open(struct jangle_store *store)
{
    (void)store;
}

static enum jangle_result be_somebody_else(struct jangle_store *store,
                                           unsigned char store_id[JANGLE_ID_SIZE],
                                           int64_t *epoch,
                                           struct jangle_error *error)
{
    int calls = lying_store_of(store)->calls++;
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->identify(store, store_id, epoch, error);
    store_id[0] ^= (unsigned char)calls;
    return result;
}

static enum jangle_result be_anybody(struct jangle_store *store,
                                     unsigned char store_id[JANGLE_ID_SIZE],
                                     int64_t *epoch,
                                     struct jangle_error *error)
{
    (void)store;
    (void)error;
    memset(store_id, 1, JANGLE_ID_SIZE);
    *epoch = 1;
    return JANGLE_OK;
}

/* ---- ST-18 ------------------------------------------------------------------- */

static enum jangle_result mix_deliveries(struct jangle_store *store,
                                         const char *subscriber,
                                         int64_t position,
                                         jangle_delivery_step_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result =
        store->ops->read_delivery(store, subscriber, position, visit, context, error);
    return result ? result
                  : store->ops->read_delivery(store, subscriber, position + 1, visit,
                                              context, error);
}

/* ---- ST-22 ------------------------------------------------------------------- */

static enum jangle_result copy_unwatched(struct jangle_store *store,
                                         const char *path,
                                         jangle_backup_fn *progress,
                                         void *context,
                                         struct jangle_error *error)
{
    (void)progress;
    (void)context;
    store = honest_store(store);
    return store->ops->backup(store, path, NULL, NULL, error);
}

static enum jangle_result copy_nothing(struct jangle_store *store,
                                       const char *path,
                                       jangle_backup_fn *progress,
                                       void *context,
                                       struct jangle_error *error)
{
    (void)store;
    (void)path;
    (void)progress;
    (void)context;
    (void)error;
    return JANGLE_OK;
}

const struct lie lies_row[] = {
    {"ST-10", "loses the event id of a checkpoint",
     .store = {.find_checkpoint = lose_the_event_id}},
    {"ST-10", "forgets why it is suspended",
     .store = {.find_checkpoint = forget_suspensions}},
    {"ST-11", "is early with what is parked", .store = {.read_parked = be_early}},
    {"ST-11", "forgets that a key is being tried",
     .store = {.read_parked = forget_attempts}},
    {"ST-11", "mixes the keys of subscribers", .store = {.read_parked = mix_subscribers}},
    {"ST-12", "takes a note for a command", .store = {.read_saga = mix_steps}},
    {"ST-12", "loses the last step of a saga",
     .store = {.read_saga = lose_the_last_step}},
    {"ST-13", "judges by the status", .store = {.read_due_sagas = judge_by_status}},
    {"ST-13", "rounds to seconds", .store = {.read_due_sagas = round_to_seconds}},
    {"ST-14", "keeps what was released", .store = {.own = keep_what_was_released}},
    {"ST-14", "says that a clean owner died", .store = {.own = cry_wolf}},
    {"ST-14", "calls an unclean end a clean one", .in_file = true,
     .store = {.disown = call_it_a_clean_end}},
    {"ST-14", "lets two own a subscriber", .in_file = true, .store = {.own = share}},
    {"ST-15", "forgets new commands, too", .store = {.tidy = forget_everything}},
    {"ST-15", "is never done", .store = {.tidy = never_be_done}},
    {"ST-16", "leaves it open", .store = {.close = leave_it_open}},
    {"ST-17", "is somebody else each time", .store = {.identify = be_somebody_else}},
    {"ST-17", "is like all the others", .store = {.identify = be_anybody}},
    {"ST-18", "mixes the steps of deliveries",
     .store = {.read_delivery = mix_deliveries}},
    {"ST-19", "visits one checkpoint",
     .store = {.read_checkpoints = visit_one_checkpoint}},
    {"ST-20", "takes any name", .store = {.rename = take_any_name}},
    {"ST-20", "forgets nothing", .store = {.rename = forget_nothing}},
    {"ST-21", "starts over at each page", .store = {.read_sagas = start_over}},
    {"ST-22", "copies unwatched", .in_file = true, .store = {.backup = copy_unwatched}},
    {"ST-22", "copies nothing", .in_file = true, .store = {.backup = copy_nothing}},
    {"ST-23", "keeps the locks of its parent", .in_file = true,
     .store = {.abandon = leave_it_open}},
    {0},
};
