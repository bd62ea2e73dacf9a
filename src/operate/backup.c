/* backup.c - a copy of the store while it is in use, watched by its caller. */
#include "core/call.h"
#include "core/instance.h"
#include "subscription/hold.h"

/* The caller's progress function, between the store and the copy. */
struct watch {
    struct jangle *jangle;
    jangle_backup_fn *progress; /* may be NULL */
    void *context;
    bool closing; /* it was that which stopped the copy */
};

static bool go_on_copying(void *context, int64_t done, int64_t total)
{
    struct watch *watch = context;

    watch->closing = jn_check_open(watch->jangle, NULL) != JANGLE_OK;
    if (watch->closing)
        return false;
    return !watch->progress || watch->progress(watch->context, done, total);
}

static enum jangle_result back_up(struct jangle *jangle,
                                  const char *path,
                                  jangle_backup_fn *progress,
                                  void *context,
                                  struct jangle_error *error)
{
    struct watch watch = {.jangle = jangle, .progress = progress, .context = context};
    struct jangle_error why = {0};
    enum jangle_result result = jn_check_open(jangle, error);
    const char *callback, *location;
    struct jangle_store *store;

    if (result)
        return result;
    store = jangle->store;
    location = jangle->config.storage.location;
    callback = jn_thread_callback(jangle);
    if (callback)
        return jn_fail(error, JANGLE_BUSY,
                       "%s cannot make a backup, which takes long: call jangle_backup "
                       "from a thread of yours",
                       callback);
    if (!store->ops->backup)
        return jn_fail(error, JANGLE_INVALID,
                       "%s: this storage cannot be copied while it is in use",
                       location ? location : store->ops->name);
    result = store->ops->backup(store, path, go_on_copying, &watch, &why);
    if (result && watch.closing)
        return jn_check_open(jangle, error);
    return jn_fail_as(error, &why);
}

enum jangle_result jangle_backup(struct jangle *jangle,
                                 const char *path,
                                 jangle_backup_fn *progress,
                                 void *context,
                                 struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = back_up(jangle, path, progress, context, &why);

    return jn_call_end(jangle, "jangle_backup", result, &why, error);
}
