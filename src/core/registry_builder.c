/* registry_builder.c - what the registry checks of every table, and how it stores it. */
#include "core/registry_builder.h"

#include "base/error.h"
#include "base/pair.h"
#include "base/table.h"
#include "core/saga_match.h"
#include "message/describe.h"

/* Names become keys, parts of file names and words of a log line, so few characters are
 * allowed. */
enum jangle_result jn_builder_check_name(struct jn_registry_builder *builder,
                                         const char *what,
                                         const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyz"
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

    if (!name || !*name)
        return jn_fail(builder->error, JANGLE_INVALID, "%s has no name", what);
    if (strlen(name) > JN_TABLE_NAME_MAX)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s \"%s\": a name has %d bytes at most", what, JN_SHOWN(24, name),
                       JN_TABLE_NAME_MAX);
    if (name[strspn(name, allowed)])
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s \"%s\": a name is made of letters, digits, _ and -", what,
                       name);
    return JANGLE_OK;
}

enum jangle_result jn_builder_check_type(struct jn_registry_builder *builder,
                                         const char *owner,
                                         const struct jangle_message *type,
                                         enum jangle_role role)
{
    static const char *const roles[] = {"a struct", "a command", "an event", "a query"};
    struct jangle_error error = {0};

    if (!type)
        return jn_fail(builder->error, JANGLE_INVALID, "%s is without %s", owner,
                       roles[role]);
    if (jn_type_check(type, &error))
        return jn_fail(builder->error, error.result, "%s: %s", owner, error.message);
    if (type->role != role)
        return jn_fail(builder->error, JANGLE_INVALID, "%s: %s is %s, not %s", owner,
                       type->name, roles[type->role], roles[role]);
    return JANGLE_OK;
}

enum jangle_result jn_builder_check_filter(struct jn_registry_builder *builder,
                                           const char *owner,
                                           const struct jangle_filter *where)
{
    if (where->text && !where->ops)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s.where has a text, and nothing that reads it", owner);
    if (!where->text && where->ops)
        return jn_fail(builder->error, JANGLE_INVALID, "%s.where has no text", owner);
    if (where->ops && where->ops->abi != 1)
        return jn_fail(builder->error, JANGLE_INVALID,
                       "%s.where: its filter was made for version %d of the contract, "
                       "and this jangle knows version 1",
                       owner, where->ops->abi);
    return JANGLE_OK;
}

const char *
jn_builder_row(char row[JN_ROW_SIZE], const char *owner, const char *table, size_t index)
{
    jn_text_format(row, JN_ROW_SIZE, "%s.%s[%zu]", owner, table, index);
    return row;
}

enum jangle_result jn_builder_check_elsewhere(struct jn_registry_builder *builder,
                                              const char *owner,
                                              const struct jangle_events *elsewhere)
{
    enum jangle_result result = jn_table_check(owner, "elsewhere", elsewhere->items,
                                               elsewhere->count, builder->error);

    for (size_t i = 0; !result && i < elsewhere->count; i++) {
        const struct jangle_message *event = elsewhere->items[i];

        const char *row = JN_BUILDER_ROW(owner, "elsewhere", i);
        result = jn_builder_check_type(builder, row, event, JANGLE_ROLE_EVENT);
        if (!result && !jn_map_find(&builder->registry->handlers,
                                    jn_builder_key(builder, owner, jn_type_name(event))))
            result = jn_fail(builder->error, JANGLE_INVALID,
                             "%s: %s is listed, but %s has nothing for it", row,
                             event->name, owner);
    }
    return result;
}

enum jangle_result
jn_builder_no_entry(struct jn_registry_builder *builder, const char *list, size_t index)
{
    return jn_fail(builder->error, JANGLE_INVALID, "config.%s[%zu] is NULL", list, index);
}

const char *
jn_builder_key(struct jn_registry_builder *builder, const char *owner, const char *name)
{
    return jn_pair_make(&builder->registry->arena, owner, name);
}

/* The one place where memory that ran out in between is noticed. */
enum jangle_result jn_builder_put(struct jn_registry_builder *builder,
                                  struct jn_map *map,
                                  const char *key,
                                  void *value)
{
    if (!value || jn_arena_check(&builder->registry->arena, NULL) ||
        jn_map_put(map, key, value))
        return jn_fail(builder->error, JANGLE_NO_MEMORY,
                       "out of memory: nothing is open");
    return JANGLE_OK;
}

/* Values of a map are not const. The cast goes through memcpy, because no cast may take
 * const away; nothing writes to them. */
void *jn_builder_unconst(const void *table)
{
    void *pointer;

    memcpy(&pointer, &table, sizeof pointer);
    return pointer;
}

/* Two programs, or two parts of one, may describe an event each for itself. That is
 * allowed as long as the two descriptions agree, because both read the same
 * stored JSON. */
enum jangle_result jn_builder_add_event(struct jn_registry_builder *builder,
                                        const char *owner,
                                        const struct jangle_message *type)
{
    struct jn_map *events = &builder->registry->events;
    unsigned char hash[JN_HASH_SIZE], other_hash[JN_HASH_SIZE];
    const struct jangle_message *other;
    enum jangle_result result =
        jn_builder_check_type(builder, owner, type, JANGLE_ROLE_EVENT);

    if (result)
        return result;
    other = jn_map_find(events, jn_type_name(type));
    if (other == type)
        return JANGLE_OK;
    if (!other)
        return jn_builder_put(builder, events, jn_type_name(type),
                              jn_builder_unconst(type));
    jn_type_hash(type, hash);
    jn_type_hash(other, other_hash);
    if (memcmp(hash, other_hash, sizeof hash) == 0 && type->size == other->size &&
        jn_type_version(type) == jn_type_version(other))
        return JANGLE_OK;
    return jn_fail(builder->error, JANGLE_INVALID,
                   "%s: the event %s is stored as \"%s\", and so is another %s that is "
                   "described differently",
                   owner, type->name, jn_type_name(type), other->name);
}

/* ---- does an aggregate emit each event that is handled? ---------------------- */

/* Whose tables are checked. A handler of a misspelt event would wait for it without
 * end. */
struct emitters {
    const struct jn_registry *registry;
    const char *owner;
    const struct jangle_events *elsewhere;
    struct jangle_error *error;
};

static bool is_emitted(const struct emitters *emitters,
                       const struct jangle_message *event)
{
    const char *name = jn_type_name(event);

    if (jn_map_find(&emitters->registry->emitted, name) ||
        jn_map_find(&emitters->registry->received, name))
        return true;
    for (size_t i = 0; i < emitters->elsewhere->count; i++)
        if (strcmp(jn_type_name(emitters->elsewhere->items[i]), name) == 0)
            return true;
    return false;
}

static enum jangle_result check_row(const struct emitters *emitters,
                                    const char *table,
                                    size_t index,
                                    const struct jangle_message *event)
{
    if (is_emitted(emitters, event))
        return JANGLE_OK;
    return jn_fail(emitters->error, JANGLE_INVALID,
                   "%s: no aggregate of this program emits %s; if another program does, "
                   "list it in %s.elsewhere",
                   JN_BUILDER_ROW(emitters->owner, table, index), event->name,
                   emitters->owner);
}

static enum jangle_result
check_subscriber_emitters(const struct jn_registry *registry,
                          const struct jangle_subscriber *subscriber,
                          struct jangle_error *error)
{
    struct emitters emitters = {registry, subscriber->name, &subscriber->elsewhere,
                                error};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < subscriber->handlers.count; i++)
        result = check_row(&emitters, "handlers", i, subscriber->handlers.items[i].event);
    return result;
}

/* An event without the member that holds the saga's id is a note of the saga's own, which
 * no aggregate emits. With an id_of any event that is applied may be such a note. */
static bool may_be_note(const struct jangle_saga *saga,
                        const struct jangle_message *event)
{
    return saga->id_of || !jn_saga_has_id(saga, event);
}

static enum jangle_result check_saga_emitters(const struct jn_registry *registry,
                                              const struct jangle_saga *saga,
                                              struct jangle_error *error)
{
    struct emitters emitters = {registry, saga->name, &saga->elsewhere, error};
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < saga->events.count; i++)
        if (!may_be_note(saga, saga->events.items[i].event))
            result = check_row(&emitters, "events", i, saga->events.items[i].event);
    for (size_t i = 0; !result && i < saga->reactions.count; i++)
        result = check_row(&emitters, "reactions", i, saga->reactions.items[i].event);
    if (!result && saga->begins_with && !is_emitted(&emitters, saga->begins_with))
        result = jn_fail(error, JANGLE_INVALID,
                         "%s begins with %s, which no aggregate of this program emits",
                         saga->name, saga->begins_with->name);
    return result;
}

enum jangle_result jn_registry_check_emitters(const struct jn_registry *registry,
                                              const struct jangle_config *config,
                                              struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->subscribers.count; i++)
        result = check_subscriber_emitters(registry, config->subscribers.items[i], error);
    for (size_t i = 0; !result && i < config->sagas.count; i++)
        result = check_saga_emitters(registry, config->sagas.items[i], error);
    return result;
}
