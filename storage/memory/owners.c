/* owners.c - who has the store open, and owns its subscribers: this process, because no
 * other one can see the store. */
#include "memory/owners.h"

#include "memory/row.h"

#include <unistd.h>

enum { SESSION = 1 };

/* Where the subscriber is in the list, or belongs. */
static struct jn_memory_owned **find_place(struct jn_memory_store *store,
                                           const char *subscriber)
{
    struct jn_memory_owned **link = &store->owned;

    while (*link && strcmp((*link)->row->as.owner.subscriber, subscriber) < 0)
        link = &(*link)->next;
    return link;
}

static bool is_of(const struct jn_memory_owned *owned, const char *subscriber)
{
    return owned && !strcmp(owned->row->as.owner.subscriber, subscriber);
}

static struct jn_memory_owned *make_owned(struct jn_memory_store *store,
                                          const char *subscriber)
{
    static const size_t texts[] = {JN_TEXT_OF(owner.subscriber), 0};
    const struct jn_memory_row content = {
        .as.owner = {.subscriber = subscriber, .session = SESSION}};
    struct jn_memory_owned *owned = jn_new(&store->host.allocator, sizeof *owned);

    if (!owned)
        return NULL;
    owned->row = jn_memory_new_row(store, &content, 0, texts);
    if (owned->row)
        return owned;
    jn_free(&store->host.allocator, owned);
    return NULL;
}

enum jangle_result jn_memory_own(struct jangle_store *base,
                                 const char *subscriber,
                                 bool *unclean,
                                 struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_memory_owned **link, *made = NULL;
    bool is_ours;

    *unclean = false;
    jn_mutex_lock(&store->mutex);
    link = find_place(store, subscriber);
    is_ours = is_of(*link, subscriber);
    if (!is_ours)
        made = make_owned(store, subscriber);
    if (made) {
        made->next = *link;
        *link = made;
    }
    jn_mutex_unlock(&store->mutex);
    return is_ours || made ? JANGLE_OK : jn_memory_full(error, "own a subscriber");
}

static void remove_owned(struct jn_memory_store *store, struct jn_memory_owned **link)
{
    struct jn_memory_owned *owned = *link;

    *link = owned->next;
    jn_memory_row_drop(owned->row, &store->host.allocator);
    jn_free(&store->host.allocator, owned);
}

void jn_memory_disown(struct jangle_store *base, const char *subscriber, bool unclean)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_memory_owned **link;

    (void)unclean;
    jn_mutex_lock(&store->mutex);
    link = find_place(store, subscriber);
    if (is_of(*link, subscriber))
        remove_owned(store, link);
    jn_mutex_unlock(&store->mutex);
}

void jn_memory_disown_all(struct jn_memory_store *store)
{
    while (store->owned)
        remove_owned(store, &store->owned);
}

enum jangle_result jn_memory_read_owners(struct jangle_store *base,
                                         jangle_store_owner_fn *visit,
                                         void *context,
                                         struct jangle_error *error)
{
    struct jn_memory_store *store = jn_memory_of(base);
    struct jn_picked picked = {0};
    enum jangle_result result;

    jn_mutex_lock(&store->mutex);
    for (const struct jn_memory_owned *owned = store->owned; owned && !picked.failed;
         owned = owned->next)
        jn_memory_pick(store, &picked, owned->row);
    result = jn_memory_end_picking(store, &picked, "read the owners", error);
    for (size_t i = 0; !result && i < picked.count; i++)
        result = visit(context, &picked.rows[i]->as.owner);
    jn_memory_unpick(store, &picked);
    return result;
}

enum jangle_result jn_memory_read_sessions(struct jangle_store *base,
                                           jangle_store_session_fn *visit,
                                           void *context,
                                           struct jangle_error *error)
{
    const struct jn_memory_store *store = jn_memory_of(base);

    (void)error;
    return visit(context, &(struct jangle_store_session){.number = SESSION,
                                                         .pid = getpid(),
                                                         .program = store->program,
                                                         .version = JANGLE_VERSION,
                                                         .opened_at = store->opened_at,
                                                         .alive = true});
}
