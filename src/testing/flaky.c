/* flaky.c - a storage that passes all calls to another storage, and fails one of them. */

#include "engine/stores.h"
#include "testing/flaky_call.h"
#include "testing/flaky_store.h"

#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

/* Open the inner stores, and wrap the event store and the snapshots. The caller is a user
 * of `flaky` until this has returned. */
static enum jangle_result open_real(struct jn_flaky *flaky,
                                    bool follower,
                                    const struct jangle_host *host,
                                    struct jangle_stores *stores,
                                    struct jangle_error *error)
{
    struct jangle_storage inner = flaky->settings->storage;
    struct jn_flaky_call call = jn_flaky_begin(flaky, "open", false, error);
    struct jangle_stores opened = {0};
    enum jangle_result result = call.result;

    inner.follower = follower;
    if (!result)
        result = inner.open(&inner, host, &opened, error);
    if (result)
        return result;
    if (jn_flaky_wrap(flaky, &opened)) {
        jn_stores_finish(&opened);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    *stores = opened;
    return JANGLE_OK;
}

static enum jangle_result open_flaky(const struct jangle_storage *storage,
                                     const struct jangle_host *host,
                                     struct jangle_stores *stores,
                                     struct jangle_error *error)
{
    /* `options` is const, but what it points to belongs to the test that owns the flaky.
     */
    struct jangle_flaky *const *owner = storage->options;
    struct jn_flaky *flaky = jn_new(&host->allocator, sizeof *flaky);
    enum jangle_result result;

    if (!flaky || jn_mutex_init(&flaky->mutex)) {
        jn_free(&host->allocator, flaky);
        return jangle_error_set(error, JANGLE_NO_MEMORY, "flaky: no room to open");
    }
    flaky->settings = *owner;
    flaky->allocator = host->allocator;
    flaky->users = 1;
    result = open_real(flaky, storage->follower, host, stores, error);
    jn_flaky_leave(flaky);
    return result;
}

struct jangle_storage jangle_storage_flaky(struct jangle_flaky *flaky)
{
    flaky->self = flaky;
    return (struct jangle_storage){
        .location = flaky->storage.location, .options = &flaky->self, .open = open_flaky};
}
