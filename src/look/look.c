/* look.c - open and close a look, and what is known of the store as a whole. */
#include "look/look.h"

#include "base/ids.h"
#include "core/call.h"
#include "core/instance.h"
#include "engine/stores.h"

/* ---- open and close ---------------------------------------------------------- */

enum jangle_result jn_look_check(const struct jangle_look *look,
                                 struct jangle_error *error)
{
    if (!look)
        return jn_fail(error, JANGLE_CLOSED,
                       "the look is NULL: jangle_look_open was not called, or failed and "
                       "said why");
    if (jn_process_is_here(&look->process))
        return JANGLE_OK;
    return jn_fail(error, JANGLE_CLOSED,
                   "this look was opened by another process: fork first, then open one "
                   "here");
}

static enum jangle_result open_stores(struct jangle_look *look,
                                      const struct jangle_storage *storage,
                                      bool frozen,
                                      struct jangle_error *error)
{
    struct jangle_storage descriptor = *storage;
    enum jangle_result result;

    descriptor.follower = descriptor.look = true;
    descriptor.frozen = frozen;
    result = storage->open(&descriptor, &look->own_host.host, &look->stores, error);
    if (!result)
        result = jn_stores_check(storage, &look->stores, error);
    look->store = look->stores.store;
    if (!result && !look->store)
        result = jn_fail(error, JANGLE_INVALID,
                         "this storage keeps no events: name one that does");
    return result;
}

/* What jangle_look_close frees. */
static enum jangle_result open_alone(struct jangle_look *look,
                                     const struct jangle_storage *storage,
                                     const struct jangle_look_options *options,
                                     struct jangle_error *error)
{
    static const struct jangle_look_options none = {0};
    const char *location = storage->location ? storage->location : "";

    look->location = jn_copy_text(look->allocator, location);
    if (!look->location)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    return open_stores(look, storage, (options ? options : &none)->frozen, error);
}

static enum jangle_result make_look(struct jangle_look **made,
                                    const struct jangle_look_options *options,
                                    struct jangle_error *error)
{
    static const struct jangle_host defaults = {0};
    const struct jangle_host *given = options ? &options->host : &defaults;
    struct jangle_host host = *given;
    struct jangle_look *look;

    jn_host_fill_in(&host);
    look = *made = jn_new(&host.allocator, sizeof *look);
    if (!look)
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    if (jn_host_init(&look->own_host, given)) {
        jn_free(&host.allocator, look);
        *made = NULL;
        return jn_fail(error, JANGLE_NO_MEMORY, "out of memory");
    }
    look->host = &look->own_host;
    look->allocator = &look->own_host.host.allocator;
    look->limits = &jn_limits_default;
    jn_process_init(&look->process);
    return JANGLE_OK;
}

struct jangle_look *jangle_look_open(const struct jangle_storage *storage,
                                     const struct jangle_look_options *options,
                                     struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jangle_look *look = NULL;
    enum jangle_result result;

    if (!storage || !storage->open)
        result = jn_fail(&why, JANGLE_INVALID,
                         "no storage to look at: name one, as config.storage does");
    else
        result = make_look(&look, options, &why);
    if (!result)
        result = open_alone(look, storage, options, &why);
    jn_call_end(NULL, "jangle_look_open", result, &why, error);
    if (!result)
        return look;
    jangle_look_close(look);
    return NULL;
}

struct jangle_look *jangle_look_of(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jangle_look *look = NULL;
    enum jangle_result result = jn_check_open(jangle, &why);

    if (!result) {
        look = jn_new(&jangle->host.host.allocator, sizeof *look);
        if (!look)
            result = jn_fail(&why, JANGLE_NO_MEMORY, "out of memory");
    }
    jn_call_end(jangle, "jangle_look_of", result, &why, error);
    if (result)
        return NULL;
    look->jangle = jangle;
    look->host = &jangle->host;
    look->allocator = &jangle->host.host.allocator;
    look->limits = &jangle->limits;
    look->store = jangle->store;
    jn_process_init(&look->process);
    return look;
}

/* In a child that fork made the stores are the parent's: closing them there would take
 * its locks along. */
void jangle_look_close(struct jangle_look *look)
{
    struct jangle_allocator allocator;
    bool is_here;

    if (!look)
        return;
    allocator = *look->allocator;
    is_here = jn_process_is_here(&look->process);
    if (!look->jangle && is_here)
        jn_stores_finish(&look->stores);
    jn_free(&allocator, look->location);
    if (!look->jangle && is_here)
        jn_host_finish(&look->own_host);
    jn_process_finish(&look->process);
    jn_free(&allocator, look);
}

/* ---- the store --------------------------------------------------------------- */

static const char *location_of(const struct jangle_look *look)
{
    const char *location =
        look->jangle ? look->jangle->config.storage.location : look->location;

    return location ? location : "";
}

static void copy_counts(struct jangle_look *look,
                        struct jangle_store_facts *facts,
                        const struct jangle_store_counts *counts)
{
    facts->schema = counts->schema;
    facts->schema_known = counts->schema_known;
    facts->streams = counts->streams;
    facts->types = counts->types;
    facts->commands = counts->commands;
    facts->first_at = counts->first_at;
    facts->last_at = counts->last_at;
    facts->store_bytes = counts->store_bytes;
    facts->log_bytes = counts->log_bytes;
    facts->sessions = counts->sessions;
    facts->in_doubt = counts->in_doubt;
    memcpy(look->fault, counts->fault, sizeof look->fault);
    facts->fault = *look->fault ? look->fault : NULL;
}

static enum jangle_result count(struct jangle_look *look,
                                struct jangle_store_facts *facts,
                                struct jangle_error *error)
{
    struct jangle_store_counts counts = {
        .schema = -1,
        .schema_known = -1,
        .streams = -1,
        .types = -1,
        .commands = -1,
        .store_bytes = -1,
        .log_bytes = -1,
        .sessions = -1,
    };
    const struct jangle_store_look_ops *ops = look->store->ops->look;
    enum jangle_result result =
        ops ? ops->counts(look->store, &counts, error) : JANGLE_OK;

    if (!result)
        copy_counts(look, facts, &counts);
    return result;
}

/* If the end of the log is damaged, the rest may be sound. */
static enum jangle_result find_head(struct jangle_look *look,
                                    struct jangle_store_facts *facts,
                                    struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result =
        look->store->ops->head(look->store, &facts->position, &why);

    if (result != JANGLE_STORAGE || !look->store->ops->look)
        return jn_fail_as(error, &why);
    facts->position = -1;
    if (!facts->fault)
        jn_text_copy(look->fault, sizeof look->fault, why.message);
    facts->fault = look->fault;
    return JANGLE_OK;
}

/* A damaged row of the store is told by `fault`, because all else may be sound. */
static enum jangle_result read_facts(struct jangle_look *look,
                                     struct jangle_store_facts *facts,
                                     struct jangle_error *error)
{
    const struct jangle_store_ops *ops = look->store->ops;
    unsigned char id[JANGLE_ID_SIZE];
    enum jangle_result result;

    *facts = (struct jangle_store_facts){.location = location_of(look)};
    result = count(look, facts, error);
    if (result)
        return result;
    if (!facts->fault) {
        result = ops->identify(look->store, id, &facts->epoch, error);
        if (!result)
            jn_id_to_text(id, facts->store_id);
    }
    return result ? result : find_head(look, facts, error);
}

enum jangle_result jangle_look_store(struct jangle_look *look,
                                     struct jangle_store_facts *facts,
                                     struct jangle_error *error)
{
    struct jangle_error why = {0};
    enum jangle_result result = jn_look_check(look, &why);

    if (!result)
        result = read_facts(look, facts, &why);
    return jn_call_end(look ? look->jangle : NULL, "jangle_look_store", result, &why,
                       error);
}
