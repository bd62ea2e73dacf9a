/* declared.c - what was declared at the broker for an endpoint, as the store keeps it. */
#include "messaging/endpoint/declared.h"

#include "base/error.h"
#include "message/decode.h"
#include "message/describe.h"
#include "message/encode.h"
#include "messaging/endpoint/topics.h"

#include <jangle/plugin/store.h>

#include <string.h>

/* The id of the row. Names of endpoints and of sagas are one set, so no saga has that
 * name. */
#define ROW_ID "#declared"

static JANGLE_STRUCT(
    jn_declared_queue, name, topic, retry, retry_topic, dead, dead_topic);
static JANGLE_STRUCT(jn_declared_topic, name);
static JANGLE_STRUCT(jn_declared,
                     consumer,
                     transport,
                     list(queues, jn_declared_queue),
                     list(topics, jn_declared_topic));

/* ---- of this program ------------------------------------------------------ */

enum jangle_result jn_declared_by_consumer(struct jn_declared *declared,
                                           const struct jangle_consumer *consumer,
                                           const struct jn_inboxes *inboxes,
                                           struct jangle_arena *arena,
                                           struct jangle_error *error)
{
    *declared = (struct jn_declared){.consumer = true, .transport = ""};
    for (size_t i = 0; !consumer->undeclared && i < inboxes->count; i++) {
        const struct jangle_names *names = &inboxes->items[i].names;
        const struct jn_declared_queue queue = {
            .name = names->queue,
            .topic = names->topic,
            .retry = names->retry,
            .retry_topic = names->retry_topic,
            .dead = names->dead,
            .dead_topic = names->dead_topic,
        };

        jangle_list_add_(arena, &declared->queues, sizeof queue, &queue);
    }
    return jn_arena_check(arena, error);
}

static bool has_topic(const struct jn_declared *declared, const char *name)
{
    for (size_t i = 0; i < declared->topics.count; i++)
        if (!strcmp(declared->topics.items[i].name, name))
            return true;
    return false;
}

enum jangle_result jn_declared_by_publisher(struct jn_declared *declared,
                                            const struct jangle_publisher *publisher,
                                            const struct jangle_naming *naming,
                                            struct jangle_arena *arena,
                                            struct jangle_error *error)
{
    bool has_topics = !publisher->undeclared && !publisher->queue;
    enum jangle_result result = JANGLE_OK;

    *declared = (struct jn_declared){.transport = ""};
    for (size_t i = 0; !result && has_topics && i < publisher->routes.count; i++) {
        struct jn_declared_topic topic;
        struct jangle_names names;

        result = jn_topics_name(publisher, i, naming, &names, error);
        if (result || !names.topic[0] || has_topic(declared, names.topic))
            continue;
        topic.name = jn_arena_copy_text(arena, names.topic);
        jangle_list_add_(arena, &declared->topics, sizeof topic, &topic);
    }
    return result ? result : jn_arena_check(arena, error);
}

/* ---- stored --------------------------------------------------------------- */

struct reading {
    struct jangle_arena *arena;
    int64_t version;
    const char *state;
    size_t state_size;
};

static enum jangle_result keep_row(void *context, const struct jangle_saga_record *record)
{
    struct reading *reading = context;

    reading->version = record->version;
    reading->state_size = record->state_size;
    reading->state = jn_arena_copy(reading->arena, record->state, record->state_size);
    return reading->state ? JANGLE_OK : JANGLE_NO_MEMORY;
}

static enum jangle_result read_row(struct jangle *jangle,
                                   const char *name,
                                   struct reading *reading,
                                   struct jangle_error *error)
{
    struct jangle_store *store = jangle->store;
    enum jangle_result result =
        store->ops->read_saga(store, name, ROW_ID, keep_row, reading, error);

    return reading->arena->failed ? jn_arena_check(reading->arena, error) : result;
}

static enum jangle_result write_row(struct jangle *jangle,
                                    const char *name,
                                    const struct reading *before,
                                    const char *state,
                                    size_t size,
                                    struct jangle_error *error)
{
    struct jangle_saga_record record = {
        .saga = name,
        .id = ROW_ID,
        .version = before->version + 1,
        .status = JANGLE_SAGA_OPEN,
        .state_version = 1,
        .state = state,
        .state_size = size,
    };
    struct jangle_group group = {.sagas = &record, .saga_count = 1};
    enum jangle_result result = jangle->store->ops->commit(jangle->store, &group, error);

    if (result || !record.error.result)
        return result;
    if (record.error.result == JANGLE_CONFLICT)
        return jn_fail(error, JANGLE_BUSY, "%s", record.error.message);
    return jn_fail_as(error, &record.error);
}

enum jangle_result jn_declared_store(struct jangle *jangle,
                                     const char *name,
                                     const struct jn_declared *declared,
                                     struct jangle_error *error)
{
    struct jangle_arena arena;
    struct reading before = {.arena = &arena};
    struct jangle_error why = {0};
    const char *state;
    size_t size;
    enum jangle_result result;

    jn_arena_init(&arena, &jangle->host.host.allocator);
    result = read_row(jangle, name, &before, &why);
    if (result == JANGLE_NOT_FOUND) {
        jn_error_clear(&why);
        result = JANGLE_OK;
    }
    if (!result)
        result = jn_encode(&arena, &jn_declared, declared, JN_NULLS_REFUSED,
                           &jn_limits_default, &state, &size, &why);
    if (!result && (size != before.state_size || memcmp(state, before.state, size) != 0))
        result = write_row(jangle, name, &before, state, size, &why);
    jn_arena_finish(&arena);
    return result ? jn_fail_as(error, &why) : JANGLE_OK;
}

enum jangle_result jn_declared_read(struct jangle *jangle,
                                    const char *name,
                                    struct jangle_arena *arena,
                                    struct jn_declared *declared,
                                    struct jangle_error *error)
{
    struct reading reading = {.arena = arena};
    enum jangle_result result = read_row(jangle, name, &reading, error);

    return result ? result
                  : jn_decode(arena, &jn_declared, reading.state, reading.state_size, 1,
                              &jn_limits_default, declared, error);
}

struct jangle_queue jn_declared_queue_of(const struct jn_declared_queue *declared)
{
    return (struct jangle_queue){
        .name = declared->name,
        .topic = jn_name_or_null(declared->topic),
        .retry = jn_name_or_null(declared->retry),
        .retry_topic = jn_name_or_null(declared->retry_topic),
        .dead = jn_name_or_null(declared->dead),
        .dead_topic = jn_name_or_null(declared->dead_topic),
    };
}
