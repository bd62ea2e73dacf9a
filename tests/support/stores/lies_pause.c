/* lies_pause.c - lies about pauses, first names and copies: ST-20, ST-26 to ST-29. */
#include "support/stores/lying_store.h"

#include <stdio.h>

/* ---- ST-26 ------------------------------------------------------------------- */

static enum jangle_result forget_who(struct jangle_store *store,
                                     const struct jangle_pause *pause,
                                     struct jangle_error *error)
{
    struct jangle_pause changed = *pause;

    changed.who[0] = '\0';
    store = honest_store(store);
    return store->ops->set_pause(store, &changed, error);
}

static enum jangle_result never_go_on(struct jangle_store *store,
                                      const struct jangle_pause *pause,
                                      struct jangle_error *error)
{
    store = honest_store(store);
    return pause->paused ? store->ops->set_pause(store, pause, error) : JANGLE_OK;
}

static enum jangle_result ask_for_a_checkpoint(struct jangle_store *store,
                                               const struct jangle_pause *pause,
                                               struct jangle_error *error)
{
    struct jangle_checkpoint checkpoint;

    store = honest_store(store);
    if (store->ops->find_checkpoint(store, pause->name, &checkpoint, NULL))
        return jangle_error_set(error, JANGLE_NOT_FOUND, "\"%s\" has no checkpoint",
                                pause->name);
    return store->ops->set_pause(store, pause, error);
}

/* ---- ST-27 ------------------------------------------------------------------- */

struct pauses {
    jangle_pause_fn *visit;
    void *context;
};

static enum jangle_result visit_named(void *context, const struct jangle_pause *pause)
{
    struct pauses *pauses = context;

    return *pause->name ? pauses->visit(pauses->context, pause) : JANGLE_OK;
}

static enum jangle_result leave_out_that_of_all(struct jangle_store *store,
                                                jangle_pause_fn *visit,
                                                void *context,
                                                struct jangle_error *error)
{
    struct pauses pauses = {visit, context};

    store = honest_store(store);
    return store->ops->read_pauses(store, visit_named, &pauses, error);
}

static enum jangle_result visit_on(void *context, const struct jangle_pause *pause)
{
    struct pauses *pauses = context;

    pauses->visit(pauses->context, pause);
    return JANGLE_OK;
}

static enum jangle_result never_stop(struct jangle_store *store,
                                     jangle_pause_fn *visit,
                                     void *context,
                                     struct jangle_error *error)
{
    struct pauses pauses = {visit, context};

    store = honest_store(store);
    return store->ops->read_pauses(store, visit_on, &pauses, error);
}

/* ---- ST-20 and ST-28 --------------------------------------------------------- */

/* As if nobody had decided anything: the row is replaced by one that goes on. */
static enum jangle_result leave_the_pause(struct jangle_store *store,
                                          const char *subscriber,
                                          const char *name,
                                          struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->rename(store, subscriber, name, error);
    if (!result && name)
        store->ops->set_pause(store, &(struct jangle_pause){.name = name}, NULL);
    return result;
}

static enum jangle_result say_the_last_name(struct jangle_store *store,
                                            const char *subscriber,
                                            struct jangle_checkpoint *checkpoint,
                                            struct jangle_error *error)
{
    enum jangle_result result;

    store = honest_store(store);
    result = store->ops->find_checkpoint(store, subscriber, checkpoint, error);
    if (!result)
        snprintf(checkpoint->first_name, sizeof checkpoint->first_name, "%s", subscriber);
    return result;
}

const struct lie lies_pause[] = {
    {"ST-20", "leaves the pause with the old name", .store = {.rename = leave_the_pause}},
    {"ST-26", "forgets who paused it", .store = {.set_pause = forget_who}},
    {"ST-26", "lets nothing go on", .store = {.set_pause = never_go_on}},
    {"ST-26", "pauses only who has a checkpoint",
     .store = {.set_pause = ask_for_a_checkpoint}},
    {"ST-27", "leaves out the pause of all",
     .store = {.read_pauses = leave_out_that_of_all}},
    {"ST-27", "visits on when told to stop", .store = {.read_pauses = never_stop}},
    {"ST-28", "takes the last name for the first",
     .store = {.find_checkpoint = say_the_last_name}},
    {"ST-29", "hides that it is a copy", .in_file = true,
     .store = {.read_pauses = leave_out_that_of_all}},
    {0},
};
