/* catalogue_facts.c - the facts of what a program is made of, as JSON objects. */
#include "engine/catalogue_facts.h"

#include "core/registry.h"
#include "message/describe.h"

#include <jangle/plugin/json.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- members ----------------------------------------------------------------- */

/* A member whose text is NULL is left out, and so is a number that is 0. */
static void put_text(struct jn_json_writer *json, const char *name, const char *text)
{
    if (!text)
        return;
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
}

static void put_int(struct jn_json_writer *json, const char *name, int64_t value)
{
    if (!value)
        return;
    jn_json_put_name(json, name);
    jn_json_put_int(json, value);
}

static void
put_type(struct jn_json_writer *json, const char *name, const struct jangle_message *type)
{
    put_text(json, name, type ? jn_type_name(type) : NULL);
}

static void put_item(struct jn_json_writer *json, const struct jangle_message *type)
{
    const char *name = jn_type_name(type);

    jn_json_put_text(json, name, strlen(name));
}

/* "member":["a","b"], of the types in one member of a table's rows. */
#define PUT_TYPES(json, name, table, member)                                             \
    do {                                                                                 \
        jn_json_put_name(json, name);                                                    \
        jn_json_open(json, '[');                                                         \
        for (size_t i = 0; i < (table).count; i++)                                       \
            put_item(json, (table).items[i].member);                                     \
        jn_json_close(json, ']');                                                        \
    } while (0)

static struct jn_json_writer begin(struct jangle_arena *arena)
{
    struct jn_json_writer json = {.arena = arena};

    jn_json_open(&json, '{');
    return json;
}

static const char *end(struct jn_json_writer *json)
{
    jn_json_close(json, '}');
    return jn_json_written(json, NULL);
}

/* ---- messages and aggregates ------------------------------------------------- */

static const char *name_kind(enum jangle_kind kind)
{
    static const char *const names[] = {
        [JANGLE_KIND_BOOL] = "bool",
        [JANGLE_KIND_INT] = "int",
        [JANGLE_KIND_REAL] = "real",
        [JANGLE_KIND_TEXT] = "text",
        [JANGLE_KIND_TIME] = "time",
        [JANGLE_KIND_JSON] = "json",
        [JANGLE_KIND_OPTIONAL_BOOL] = "optional bool",
        [JANGLE_KIND_OPTIONAL_INT] = "optional int",
        [JANGLE_KIND_OPTIONAL_REAL] = "optional real",
        [JANGLE_KIND_OPTIONAL_TEXT] = "optional text",
        [JANGLE_KIND_OPTIONAL_TIME] = "optional time",
        [JANGLE_KIND_NESTED] = "nested",
        [JANGLE_KIND_LIST] = "list",
        [JANGLE_KIND_NOTHING] = "nothing",
    };

    return names[kind];
}

const char *jn_facts_of_message(struct jangle_arena *arena,
                                const struct jangle_message *type)
{
    struct jn_json_writer json = begin(arena);

    jn_json_put_name(&json, "fields");
    jn_json_open(&json, '[');
    for (const struct jangle_field *field = type->fields; field->kind; field++) {
        jn_json_open(&json, '{');
        put_text(&json, "name", field->name);
        put_text(&json, "kind", name_kind(field->kind));
        put_type(&json, "type", field->type);
        jn_json_close(&json, '}');
    }
    jn_json_close(&json, ']');
    put_text(&json, "stream", type->stream);
    put_type(&json, "answer", type->answer);
    return end(&json);
}

static void put_state(struct jn_json_writer *json, const struct jangle_message *state)
{
    put_type(json, "state", state);
    put_int(json, "state_version", state ? jn_type_version(state) : 0);
}

const char *jn_facts_of_aggregate(struct jangle_arena *arena,
                                  const struct jangle_aggregate *aggregate)
{
    struct jn_json_writer json = begin(arena);

    put_state(&json, aggregate->state);
    PUT_TYPES(&json, "commands", aggregate->commands, command);
    PUT_TYPES(&json, "events", aggregate->events, event);
    put_int(&json, "snapshot_every", aggregate->snapshot_every);
    return end(&json);
}

/* ---- who follows events ------------------------------------------------------ */

static void put_order(struct jn_json_writer *json, enum jangle_order order)
{
    put_text(json, "order", order == JANGLE_IN_ORDER ? "in order" : "any order");
}

static void put_dead(struct jn_json_writer *json, enum jangle_dead dead)
{
    put_text(json, "dead", dead == JANGLE_DEAD_PARKS ? "parks" : "passes");
}

/* What a policy leaves out is that of `base`. */
static void put_retry(struct jn_json_writer *json,
                      const struct jangle_retry *retry,
                      const struct jangle_retry *base)
{
    static const struct jangle_retry none = {0};
    const struct jangle_retry *other = base ? base : &none;

    jn_json_put_name(json, "retry");
    jn_json_open(json, '{');
    put_int(json, "max_attempts",
            retry->max_attempts ? retry->max_attempts : other->max_attempts);
    put_int(json, "first_delay_ms",
            retry->first_delay_ms ? retry->first_delay_ms : other->first_delay_ms);
    put_int(json, "max_delay_ms",
            retry->max_delay_ms ? retry->max_delay_ms : other->max_delay_ms);
    jn_json_close(json, '}');
}

/* From the root, so that it is found from everywhere. A view that names no file has one
 * beside the store, wherever that is moved to: so it has no such member. */
static void put_file(struct jn_json_writer *json, const char *file)
{
    char here[PATH_MAX];
    const char *path = file;

    if (file && file[0] != '/' && getcwd(here, sizeof here))
        path = jangle_text(json->arena, "%s/%s", here, file);
    put_text(json, "file", path);
}

const char *jn_facts_of_subscriber(struct jangle_arena *arena,
                                   const struct jangle_subscriber *subscriber,
                                   const struct jangle_retry *retry)
{
    struct jn_json_writer json = begin(arena);

    PUT_TYPES(&json, "handles", subscriber->handlers, event);
    PUT_TYPES(&json, "answers", subscriber->answerers, query);
    put_order(&json, subscriber->order);
    put_dead(&json, subscriber->dead);
    put_retry(&json, &subscriber->retry, retry);
    put_int(&json, "threads", subscriber->threads);
    if (jn_is_view(subscriber)) {
        put_file(&json, subscriber->file);
        put_int(&json, "schema_version", subscriber->schema_version);
    }
    return end(&json);
}

const char *jn_facts_of_saga(struct jangle_arena *arena,
                             const struct jangle_saga *saga,
                             const struct jangle_retry *retry)
{
    struct jn_json_writer json = begin(arena);

    put_state(&json, saga->state);
    put_type(&json, "begins_with", saga->begins_with);
    put_text(&json, "id_member", saga->id_of ? NULL : saga->id_member);
    PUT_TYPES(&json, "applies", saga->events, event);
    PUT_TYPES(&json, "reacts_to", saga->reactions, event);
    put_retry(&json, &saga->retry, retry);
    return end(&json);
}

/* ---- who talks to brokers ---------------------------------------------------- */

static void put_routes(struct jn_json_writer *json, const struct jangle_routes *routes)
{
    jn_json_put_name(json, "routes");
    jn_json_open(json, '[');
    for (size_t i = 0; i < routes->count; i++) {
        const struct jangle_route *route = &routes->items[i];

        jn_json_open(json, '{');
        put_type(json, "type", route->type);
        put_text(json, "as", route->as);
        put_text(json, "topic", route->topic);
        put_text(json, "does", route->handle ? "handles" : NULL);
        jn_json_close(json, '}');
    }
    jn_json_close(json, ']');
}

const char *jn_facts_of_publisher(struct jangle_arena *arena,
                                  const struct jangle_publisher *publisher)
{
    struct jn_json_writer json = begin(arena);

    put_text(&json, "topic", publisher->topic);
    put_text(&json, "queue", publisher->queue);
    put_routes(&json, &publisher->routes);
    put_order(&json, publisher->order);
    put_dead(&json, publisher->dead);
    put_retry(&json, &publisher->retry, NULL);
    return end(&json);
}

const char *jn_facts_of_consumer(struct jangle_arena *arena,
                                 const struct jangle_consumer *consumer)
{
    struct jn_json_writer json = begin(arena);

    put_text(&json, "topic", consumer->topic);
    put_text(&json, "queue", consumer->queue ? consumer->queue : consumer->name);
    put_routes(&json, &consumer->routes);
    put_order(&json, consumer->order);
    put_retry(&json, &consumer->retry, NULL);
    put_int(&json, "threads", consumer->threads);
    return end(&json);
}
