/* commit.c - store a group. Each part is stored or refused on its own; if there is no
 * memory for all of them, nothing is stored. The store's lock is held all the time. */
#include "memory/commit.h"

#include "memory/append.h"
#include "memory/deliver.h"
#include "memory/sagas.h"

#include <assert.h>

/* A point in a commit to which the store can go back. */
struct standing {
    size_t event_count;
    const struct jn_command *newest;
    size_t change_count;
};

static struct standing stand(const struct jn_memory_store *store)
{
    return (struct standing){store->log.count, store->newest, store->journal.count};
}

static void go_back(struct jn_memory_store *store, const struct standing *standing)
{
    jn_memory_take_back(store, standing->event_count, standing->newest);
    jn_journal_undo(&store->journal, standing->change_count);
}

/* For asserts: a `with` of another group is a mistake of the engine. */
static bool in_group(const struct jangle_group *group, const struct jangle_append *append)
{
    for (size_t i = 0; i < group->append_count; i++) {
        if (append == &group->appends[i])
            return true;
    }
    return false;
}

/* Store the sagas and delivery steps that name an append in `with`, until one is refused:
 * then `error` is that one's. */
static enum jangle_result put_attached(struct jn_memory_store *store,
                                       struct jangle_group *group,
                                       const struct jangle_append *append,
                                       struct jangle_error *error)
{
    for (size_t i = 0; i < group->saga_count; i++) {
        struct jangle_saga_record *saga = &group->sagas[i];
        enum jangle_result result = JANGLE_OK;

        if (saga->with == append)
            result = jn_memory_put_saga(store, saga);
        if (result)
            return jangle_error_set(error, result, "%s", saga->error.message);
    }
    for (size_t i = 0; i < group->step_count; i++) {
        const struct jangle_delivery_step *step = &group->steps[i];

        if (step->with == append && jn_memory_put_delivery_step(store, step))
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

static void settle_attached(struct jangle_group *group,
                            const struct jangle_append *append,
                            const struct jangle_error *error)
{
    for (size_t i = 0; i < group->saga_count; i++) {
        if (group->sagas[i].with == append)
            group->sagas[i].error = *error;
    }
    for (size_t i = 0; i < group->step_count; i++) {
        if (group->steps[i].with == append)
            group->steps[i].error = *error;
    }
}

/* ---- a chain: appends that are tied ------------------------------------------------ */

static enum jangle_result put_link(struct jn_memory_store *store,
                                   struct jangle_group *group,
                                   struct jangle_append *append,
                                   struct jangle_error *error)
{
    enum jangle_result result = jn_memory_append(store, append);

    if (result) {
        *error = append->error;
        return result;
    }
    if (append->repeated)
        return jangle_error_set(error, JANGLE_CONFLICT,
                                "memory store: the appends that are tied to it are not "
                                "stored, because a command with the id %s is stored "
                                "already",
                                JN_SHOWN(60, append->command_id));
    return put_attached(store, group, append, error);
}

/* All of them are stored, or none: then each is a CONFLICT (ST-32). */
static enum jangle_result run_chain(struct jn_memory_store *store,
                                    struct jangle_group *group,
                                    struct jangle_append *first,
                                    size_t count)
{
    struct standing before = stand(store);
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < count; i++)
        result = put_link(store, group, &first[i], &error);
    if (result)
        go_back(store, &before);
    if (error.result == JANGLE_INVALID)
        error.result = JANGLE_CONFLICT;
    for (size_t i = 0; i < count; i++) {
        first[i].repeated = false;
        first[i].error = error;
        settle_attached(group, &first[i], &error);
    }
    return result;
}

/* So many appends are stored together with this one, or not at all: itself, and those
 * that are tied behind it. */
static size_t chain_count(const struct jangle_group *group, size_t first)
{
    size_t end = first + 1;

    while (end < group->append_count && group->appends[end].tied)
        end++;
    return end - first;
}

/* ---- one append ----------------------------------------------------------------------
 */

/* An append that was stored before stays stored, whatever its attachments come to. */
static enum jangle_result run_append(struct jn_memory_store *store,
                                     struct jangle_group *group,
                                     struct jangle_append *append)
{
    struct standing before = stand(store);
    struct jangle_error error = {0};
    enum jangle_result result = jn_memory_append(store, append);

    if (result)
        error = append->error;
    else
        result = put_attached(store, group, append, &error);
    if (result)
        go_back(store, &before);
    settle_attached(group, append, &error);
    if (!append->repeated)
        append->error = error;
    return result;
}

/* Store the sagas and delivery steps that name no append, each on its own. */
static enum jangle_result run_sagas(struct jn_memory_store *store,
                                    struct jangle_group *group)
{
    for (size_t i = 0; i < group->saga_count; i++) {
        struct jangle_saga_record *saga = &group->sagas[i];

        assert(!saga->with || in_group(group, saga->with));
        if (!saga->with && jn_memory_put_saga(store, saga) == JANGLE_NO_MEMORY)
            return JANGLE_NO_MEMORY;
    }
    for (size_t i = 0; i < group->step_count; i++) {
        const struct jangle_delivery_step *step = &group->steps[i];

        assert(!step->with || in_group(group, step->with));
        if (!step->with && jn_memory_put_delivery_step(store, step))
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

/* Every part starts as stored; whoever refuses one overwrites its error. */
static void clear_errors(struct jangle_group *group)
{
    static const struct jangle_error none = {JANGLE_OK, ""};

    for (size_t i = 0; i < group->append_count; i++)
        group->appends[i].error = none;
    for (size_t i = 0; i < group->checkpoint_count; i++)
        group->checkpoints[i].error = none;
    for (size_t i = 0; i < group->saga_count; i++)
        group->sagas[i].error = none;
    for (size_t i = 0; i < group->step_count; i++)
        group->steps[i].error = none;
}

/* Are the appends that the checkpoint names stored by this commit? */
static bool has_its_appends(struct jangle_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->with_count; i++) {
        if (!checkpoint->with[i].error.result && !checkpoint->with[i].repeated)
            continue;
        jangle_error_set(&checkpoint->error, JANGLE_CONFLICT,
                         "memory store: \"%s\" stays, because an append that its "
                         "checkpoint belongs to was not stored now",
                         JN_SHOWN(100, checkpoint->subscriber));
        return false;
    }
    return true;
}

static enum jangle_result run_checkpoints(struct jn_memory_store *store,
                                          struct jangle_group *group)
{
    for (size_t i = 0; i < group->checkpoint_count; i++) {
        struct jangle_checkpoint *checkpoint = &group->checkpoints[i];

        if (has_its_appends(checkpoint) &&
            jn_memory_put_checkpoint(store, checkpoint) == JANGLE_NO_MEMORY)
            return JANGLE_NO_MEMORY;
    }
    return JANGLE_OK;
}

static enum jangle_result run_group(struct jn_memory_store *store,
                                    struct jangle_group *group)
{
    size_t count;

    clear_errors(group);
    for (size_t i = 0; i < group->append_count; i += count) {
        struct jangle_append *append = &group->appends[i];
        enum jangle_result result;

        count = chain_count(group, i);
        result = count > 1 ? run_chain(store, group, append, count)
                           : run_append(store, group, append);
        if (result == JANGLE_NO_MEMORY)
            return JANGLE_NO_MEMORY;
    }
    if (run_sagas(store, group))
        return JANGLE_NO_MEMORY;
    return run_checkpoints(store, group);
}

enum jangle_result jn_memory_commit(struct jangle_store *base,
                                    struct jangle_group *group,
                                    struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    enum jangle_result result;
    struct standing before;

    jn_mutex_lock(&store->mutex);
    before = stand(store);
    result = run_group(store, group);
    if (result)
        go_back(store, &before);
    else
        jn_journal_keep(&store->journal);
    group->epoch = JN_MEMORY_EPOCH;
    for (size_t i = 0; !result && i < group->append_count; i++) {
        if (!group->appends[i].error.result)
            jn_memory_tell(store, &group->appends[i]);
    }
    jn_mutex_unlock(&store->mutex);
    return result ? jn_memory_full(error, "commit") : JANGLE_OK;
}
