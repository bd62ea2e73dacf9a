/* described.c - what a store says of its subscribers: what they are, and who runs them.
 */
#include "look/described.h"

#include "base/error.h"
#include "message/decode.h"

/* The members of `facts` that matter here; others are skipped. */
struct view_facts {
    jangle_optional_int schema_version;
    jangle_optional_text file;
};

static JANGLE_STRUCT(view_facts, schema_version, file);

static struct jn_described *find(const struct jn_description *description,
                                 const char *name)
{
    for (size_t at = 0; at < description->list.count; at++)
        if (strcmp(description->list.items[at].name, name) == 0)
            return &description->list.items[at];
    return NULL;
}

const struct jn_described *jn_described_find(const struct jn_description *description,
                                             const char *name)
{
    return find(description, name);
}

static struct jn_described *find_or_add(struct jn_description *description,
                                        const char *name)
{
    struct jn_described *found = find(description, name);

    if (found)
        return found;
    return jangle_list_add(&description->arena, &description->list, jn_described,
                           .name = jn_arena_copy_text(&description->arena, name),
                           .gone = true);
}

/* ---- what they are ----------------------------------------------------------- */

/* Of two programs that describe a name, one that still has it counts. */
static enum jangle_result add_entry(void *context,
                                    const struct jangle_catalogue_entry *entry)
{
    struct jn_description *description = context;
    struct jangle_arena *arena = &description->arena;
    struct jn_described *described;
    struct view_facts facts = {.file = {.value = NULL}};

    if (entry->kind < JANGLE_CATALOGUE_HANDLER || entry->kind > JANGLE_CATALOGUE_CONSUMER)
        return JANGLE_OK;
    described = find_or_add(description, entry->name);
    if (!described || (described->kind && !described->gone))
        return JANGLE_OK;
    described->kind = entry->kind;
    described->gone = entry->gone_at.us != 0;
    if (entry->kind == JANGLE_CATALOGUE_VIEW &&
        !jn_decode(arena, &view_facts, entry->facts, strlen(entry->facts), 1,
                   description->limits, &facts, NULL)) {
        described->schema_version = facts.schema_version;
        described->file = facts.file.value;
    }
    return JANGLE_OK;
}

/* ---- who runs them ----------------------------------------------------------- */

/* Until the sessions are read, the pid is the number of the session. */
static enum jangle_result add_owner(void *context, const struct jangle_store_owner *owner)
{
    struct jn_described *described = find_or_add(context, owner->subscriber);

    if (described) {
        described->owned = true;
        described->owner_pid = -owner->session;
    }
    return JANGLE_OK;
}

static enum jangle_result add_session(void *context,
                                      const struct jangle_store_session *session)
{
    struct jn_description *description = context;

    for (size_t at = 0; at < description->list.count; at++)
        if (description->list.items[at].owner_pid == -session->number)
            description->list.items[at].owner_pid = session->pid;
    return JANGLE_OK;
}

static void forget_numbers(struct jn_description *description)
{
    for (size_t at = 0; at < description->list.count; at++)
        if (description->list.items[at].owner_pid < 0)
            description->list.items[at].owner_pid = 0;
}

enum jangle_result jn_description_read(struct jn_description *description,
                                       struct jangle_look *look,
                                       struct jangle_error *error)
{
    const struct jangle_store_ops *ops = look->store->ops;

    *description = (struct jn_description){.limits = look->limits};
    jn_arena_init(&description->arena, look->allocator);
    (void)ops->read_catalogue(look->store, add_entry, description, NULL);
    if (!ops->read_owners(look->store, add_owner, description, NULL))
        (void)ops->read_sessions(look->store, add_session, description, NULL);
    forget_numbers(description);
    return jn_arena_check(&description->arena, error);
}
