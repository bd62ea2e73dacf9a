/* view_opening.c - a view's file is opened, and its upserts are compiled before any
 * handler runs. */
#include "view/view_opening.h"

#include "core/registry_find.h"

void jn_view_describe(const struct jn_subscription *subscription,
                      struct jangle_view_spec *spec)
{
    const struct jangle_subscriber *subscriber = subscription->subscriber;

    *spec = (struct jangle_view_spec){
        .name = subscriber->name,
        .file = subscriber->file,
        .schema = subscriber->schema,
        .schema_version = subscriber->schema_version,
        .readers = (int)jn_jangle_of(subscription)->config.view_readers,
    };
    jn_registry_types_hash(subscriber, spec->types_hash);
    memcpy(spec->store_id, jn_jangle_of(subscription)->store_id, sizeof spec->store_id);
}

static enum jangle_result open_file(const struct jn_subscription *subscription,
                                    struct jangle_view_file **file,
                                    struct jangle_error *error)
{
    struct jangle_view_store *views = jn_jangle_of(subscription)->views;
    struct jangle_view_spec spec;

    jn_view_describe(subscription, &spec);
    return views->ops->open(views, &spec, file, error);
}

/* A view of another schema is suspended until it is replayed: so its upserts are compiled
 * against a scratch file of the new schema. */
static enum jangle_result check_elsewhere(const struct jn_subscription *subscription,
                                          const struct jangle_view_spec *spec,
                                          struct jangle_error *error)
{
    const struct jangle_upserts *upserts = &subscription->subscriber->upserts;
    struct jangle_view_store *views = jn_jangle_of(subscription)->views;
    struct jangle_view_file *scratch;
    enum jangle_result result = views->ops->scratch(views, spec, &scratch, error);

    if (result)
        return result;
    result = scratch->ops->check(scratch, upserts->items, upserts->count, error);
    scratch->ops->close_file(scratch);
    return result;
}

/* An upsert that does not fit its table is refused at open, and not when a handler runs.
 * A follower runs no handlers. */
static enum jangle_result check_view_upserts(const struct jn_subscription *subscription,
                                             struct jangle_error *error)
{
    const struct jangle_upserts *upserts = &subscription->subscriber->upserts;
    struct jangle_view_file *file = subscription->file;
    struct jangle_view_checkpoint checkpoint;
    struct jangle_view_spec spec;
    enum jangle_result result;

    if (!file || !upserts->count || jn_jangle_of(subscription)->config.follower)
        return JANGLE_OK;
    jn_view_describe(subscription, &spec);
    result = file->ops->checkpoint(file, &checkpoint, error);
    if (result)
        return result;
    if (checkpoint.schema_version != spec.schema_version)
        return check_elsewhere(subscription, &spec, error);
    return file->ops->check(file, upserts->items, upserts->count, error);
}

enum jangle_result jn_view_kind_open(struct jn_subscription *subscription,
                                     struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = open_file(subscription, &subscription->file, &why);

    if (result == JANGLE_BUSY && jn_jangle_of(subscription)->config.follower)
        return JANGLE_OK;
    if (!result)
        result = check_view_upserts(subscription, &why);
    return jn_fail_as(error, &why);
}

/* The first thread that has opened the file sets it: the file that is set. NULL is no
 * file, and sets none. */
static struct jangle_view_file *keep_file(struct jn_subscription *subscription,
                                          struct jangle_view_file *file)
{
    jn_subscription_lock(subscription);
    if (!subscription->file)
        subscription->file = file;
    file = subscription->file;
    jn_subscription_unlock(subscription);
    return file;
}

/* Opening a file may take long, so it is done without the mutex, by each thread that
 * finds none set. */
enum jangle_result jn_view_file_of(struct jn_subscription *subscription,
                                   struct jangle_view_file **file,
                                   struct jangle_error *error)
{
    struct jangle *jangle = jn_jangle_of(subscription);
    struct jangle_view_file *opened = NULL;
    enum jangle_result result;

    *file = keep_file(subscription, NULL);
    if (*file || !jangle->config.follower)
        return JANGLE_OK;
    result = open_file(subscription, &opened, error);
    if (result)
        return result;
    *file = keep_file(subscription, opened);
    if (*file != opened)
        jangle->views->ops->close_file(opened);
    return JANGLE_OK;
}
